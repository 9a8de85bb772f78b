import type { ErrorTable, WireAnswer } from '../../contracts/dialect.ts';
import type { Refusal } from '../../std/errors.ts';

/** How a code is said in this dialect. */
export interface CrunError {
  readonly status: number;
  /** The body's code where it is not the HTTP status. */
  readonly code?: number;
  /** Replaces the refusal's own message, word for word as the vendor documents it. */
  readonly text?: string;
}

const INVALID: CrunError = { status: 422, text: 'Missing Params or Type Error' };
const NOT_FOUND: CrunError = { status: 404 };
/** Generation failed. The HTTP status beside 501 is not documented; 500 is the nearest the vendor lists. */
const FAILED: CrunError = { status: 500, code: 501 };

/**
 * reference/crun-and-peers.md §1.2. The body's code is the HTTP status, but for the vendor's own 455 and 501, which
 * travel under a status its clients know (503 is in their retry set). 405, 413 and 415 are not documented and say
 * what they say in HTTP.
 */
export const CRUN_ERRORS: ErrorTable<CrunError> = {
  key_missing: { status: 401, text: 'API key missing' },
  key_wrong: { status: 401 },
  key_disabled: { status: 403, text: 'API key disabled' },
  key_expired: { status: 403 },
  permission_denied: { status: 403 },
  parameter_missing: INVALID,
  parameter_type: INVALID,
  parameter_invalid: INVALID,
  body_unreadable: INVALID,
  prompt_too_long: INVALID,
  negative_prompt_too_long: INVALID,
  image_id_invalid: INVALID,
  not_found: NOT_FOUND,
  account_not_found: NOT_FOUND,
  image_too_large: INVALID,
  image_unreadable: INVALID,
  image_format_invalid: INVALID,
  image_size_invalid: INVALID,
  template_inactive: INVALID,
  template_quota: INVALID,
  upload_failed: INVALID,
  address_refused: INVALID,
  idempotency_mismatch: INVALID,
  request_not_allowed: { status: 403 },
  concurrency_reached: { status: 429 },
  queue_full: { status: 429 },
  credits_insufficient: { status: 402 },
  budget_exceeded: { status: 402 },
  price_exceeded: INVALID,
  cancel_refused: INVALID,
  in_use: INVALID,
  price_unknown: INVALID,
  operation_unsupported: INVALID,
  content_deleted: INVALID,
  template_quality: INVALID,
  lyrics_invalid: INVALID,
  audio_unverified: INVALID,
  result_pending: { status: 503, code: 455 },
  route_unknown: NOT_FOUND,
  method_not_allowed: { status: 405 },
  body_too_large: { status: 413 },
  media_type_unsupported: { status: 415 },
  rate_limited: { status: 429 },
  unavailable: { status: 503, code: 455 },
  database_failed: { status: 503, code: 455 },
  internal: { status: 500 },
  moderated: INVALID,
  image_moderated: INVALID,
  content_refused: INVALID,
  subject_missing: INVALID,
  person_missing: INVALID,
  generation_failed: FAILED,
  render_failed: FAILED,
  result_rejected: FAILED,
  account_refused: FAILED,
  account_exhausted: FAILED,
  account_limited: FAILED,
  account_full: FAILED,
  account_unable: FAILED,
  upstream_busy: FAILED,
  upstream_faulty: FAILED,
  input_forgotten: FAILED,
  result_deleted: FAILED,
  attempts_exhausted: FAILED,
  outcome_unknown: FAILED,
  cancelled: FAILED,
};

/**
 * `{code, message, data: null}`; for bad parameters also a top-level `errors` with what is wrong.
 * reference/crun-and-peers.md §1.2.
 */
export function crunRefusal(refusal: Refusal): WireAnswer {
  const error = CRUN_ERRORS[refusal.code];
  const headers: Record<string, string> = {};
  if (refusal.retryAfterS !== undefined) headers['retry-after'] = String(Math.max(1, Math.ceil(refusal.retryAfterS)));
  const body = { code: error.code ?? error.status, message: error.text ?? refusal.message, data: null };
  return {
    status: error.status,
    headers,
    body: error.status === 422 ? { ...body, errors: [refusal.message] } : body,
  };
}
