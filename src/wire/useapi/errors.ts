import type { ErrorTable, WireAnswer } from '../../contracts/dialect.ts';
import { ERRORS, type Refusal } from '../../std/errors.ts';

/** How a code is said in this dialect: the HTTP status, and the documented text where there is one. */
export interface UseapiError {
  readonly status: number;
  /** Replaces the refusal's own message, word for word as the vendor documents it. */
  readonly text?: string;
}

/** 401 for every doubt about the key: the vendor shows one body for all of them. reference/useapi-pixverse.md §1.1. */
const UNAUTHORIZED: UseapiError = { status: 401, text: 'Unauthorized' };
const BAD_REQUEST: UseapiError = { status: 400 };

/**
 * v2: reference/useapi-pixverse.md §1.6. Statuses the vendor does not document (403, 405, 413, 415, 500, 502, 503) say
 * what they say in HTTP. `not_found` is the general 404; routes where 404 means "still running" refuse otherwise.
 */
export const V2_ERRORS: ErrorTable<UseapiError> = {
  key_missing: UNAUTHORIZED,
  key_wrong: UNAUTHORIZED,
  key_disabled: UNAUTHORIZED,
  key_expired: UNAUTHORIZED,
  permission_denied: { status: 403 },
  parameter_missing: BAD_REQUEST,
  parameter_type: BAD_REQUEST,
  parameter_invalid: BAD_REQUEST,
  body_unreadable: BAD_REQUEST,
  prompt_too_long: BAD_REQUEST,
  negative_prompt_too_long: BAD_REQUEST,
  image_id_invalid: BAD_REQUEST,
  not_found: { status: 404 },
  account_not_found: { status: 404 },
  image_too_large: BAD_REQUEST,
  image_unreadable: BAD_REQUEST,
  image_format_invalid: BAD_REQUEST,
  image_size_invalid: BAD_REQUEST,
  template_inactive: BAD_REQUEST,
  template_quota: BAD_REQUEST,
  upload_failed: BAD_REQUEST,
  address_refused: BAD_REQUEST,
  idempotency_mismatch: BAD_REQUEST,
  request_not_allowed: { status: 403 },
  concurrency_reached: { status: 429 },
  queue_full: { status: 429 },
  credits_insufficient: {
    status: 412,
    text: 'All Credits have been used up. Please upgrade your membership or purchase credits.',
  },
  budget_exceeded: { status: 412 },
  price_exceeded: BAD_REQUEST,
  cancel_refused: BAD_REQUEST,
  in_use: BAD_REQUEST,
  price_unknown: BAD_REQUEST,
  operation_unsupported: BAD_REQUEST,
  content_deleted: BAD_REQUEST,
  template_quality: BAD_REQUEST,
  lyrics_invalid: BAD_REQUEST,
  audio_unverified: BAD_REQUEST,
  result_pending: { status: 503 },
  route_unknown: { status: 404 },
  method_not_allowed: { status: 405 },
  body_too_large: { status: 413 },
  media_type_unsupported: { status: 415 },
  rate_limited: { status: 429 },
  unavailable: { status: 503 },
  database_failed: { status: 503 },
  internal: { status: 500 },
  moderated: { status: 422 },
  image_moderated: { status: 422 },
  content_refused: { status: 422 },
  subject_missing: { status: 422 },
  person_missing: { status: 422 },
  generation_failed: { status: 502 },
  render_failed: { status: 500 },
  result_rejected: { status: 502 },
  // Creating an account logs in at its upstream; a refused login is a 401 with a text of its own (§1.6, row 401).
  account_refused: { status: 401 },
  account_exhausted: { status: 412 },
  account_limited: { status: 429 },
  account_full: { status: 429 },
  account_unable: { status: 403 },
  upstream_busy: { status: 503 },
  upstream_faulty: { status: 502 },
  input_forgotten: { status: 502 },
  result_deleted: { status: 502 },
  attempts_exhausted: { status: 502 },
  outcome_unknown: { status: 502 },
  cancelled: BAD_REQUEST,
};

/** v1: as v2, but for what its own pages word differently. reference/useapi-pixverse.md §6.1, §6.4. */
export const V1_ERRORS: ErrorTable<UseapiError> = {
  ...V2_ERRORS,
  account_not_found: {
    status: 404,
    text: 'Configuration not found. To create configuration use pixverse/account/channel.',
  },
};

/** `{error, code}`, `code` being the HTTP status. reference/useapi-pixverse.md §1.6. */
export function v2Refusal(refusal: Refusal): WireAnswer {
  const { status, text } = V2_ERRORS[refusal.code];
  return { status, headers: headersOf(refusal, status), body: { error: text ?? refusal.message, code: status } };
}

/**
 * `{error, errorDetails?, code}`. A documented text stands alone; otherwise `error` is the short title and
 * `errorDetails` says what to do. reference/useapi-pixverse.md §1.6, §6.
 */
export function v1Refusal(refusal: Refusal): WireAnswer {
  const { status, text } = V1_ERRORS[refusal.code];
  const body =
    text === undefined
      ? { error: ERRORS[refusal.code].title, errorDetails: refusal.message, code: status }
      : { error: text, code: status };
  return { status, headers: headersOf(refusal, status), body };
}

function headersOf(refusal: Refusal, status: number): Record<string, string> {
  const headers: Record<string, string> = {};
  if (status === 401) headers['www-authenticate'] = 'Bearer';
  if (refusal.retryAfterS !== undefined) headers['retry-after'] = String(Math.max(1, Math.ceil(refusal.retryAfterS)));
  return headers;
}
