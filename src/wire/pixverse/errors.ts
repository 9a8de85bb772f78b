import type { ErrorTable, WireAnswer } from '../../contracts/dialect.ts';
import type { ErrorCode, Refusal } from '../../std/errors.ts';

/** The wire form of one code. */
export interface WireError {
  /** §1: what the business refuses is HTTP 200. The transport's own refusals keep their status and the envelope. */
  readonly http: number;
  /** `ErrCode`, §7. */
  readonly code: number;
}

const business = (code: number): WireError => ({ http: 200, code });

/**
 * Every error code of ours as this dialect says it. The numbers are those of reference/pixverse-platform.md §7; which
 * one fits a refusal of the transport (401, 404, 405, 413, 415, 429, 5xx) is not documented and ours, the meaning of
 * 10004 excepted. A revoked key is 10005 like a wrong one: what 10001 to 10003 mean is not known, and both are mended by a new key.
 */
export const ERRORS_ON_WIRE: ErrorTable<WireError> = {
  key_missing: { http: 401, code: 10004 },
  key_wrong: { http: 401, code: 10005 },
  key_disabled: { http: 401, code: 10005 },
  key_expired: { http: 401, code: 10005 },
  permission_denied: business(500020),
  parameter_missing: business(400011),
  parameter_type: business(400013),
  parameter_invalid: business(400017),
  body_unreadable: business(400013),
  prompt_too_long: business(400018),
  negative_prompt_too_long: business(400019),
  image_id_invalid: business(400032),
  template_inactive: business(500070),
  template_quota: business(500060),
  not_found: business(500008),
  account_not_found: business(400012),
  image_too_large: business(500030),
  image_unreadable: business(500031),
  image_format_invalid: business(500032),
  image_size_invalid: business(500033),
  upload_failed: business(500041),
  address_refused: business(500042),
  idempotency_mismatch: business(400017),
  request_not_allowed: business(500020),
  concurrency_reached: business(500044),
  queue_full: business(500044),
  credits_insufficient: business(500090),
  budget_exceeded: business(500090),
  price_exceeded: business(400017),
  cancel_refused: business(400017),
  in_use: business(400017),
  price_unknown: business(400017),
  operation_unsupported: business(400017),
  content_deleted: business(500064),
  template_quality: business(500071),
  lyrics_invalid: business(400080),
  audio_unverified: business(701020),
  // Ours: a synchronous answer that takes longer than we wait. The work goes on, so it is none of the codes that say nothing was begun.
  result_pending: business(99999),
  route_unknown: { http: 404, code: 500008 },
  method_not_allowed: { http: 405, code: 400017 },
  body_too_large: { http: 413, code: 400017 },
  media_type_unsupported: { http: 415, code: 400013 },
  rate_limited: { http: 429, code: 500069 },
  unavailable: { http: 503, code: 500069 },
  database_failed: { http: 503, code: 500100 },
  internal: { http: 500, code: 99999 },

  // What ends a job shows as a status (§4.17); these are here so that no code can miss its translation.
  moderated: business(500063),
  // §1: the one answer of the business that is documented with a status of its own, and in lower case.
  image_moderated: { http: 500, code: 500052 },
  content_refused: business(500054),
  subject_missing: business(701002),
  person_missing: business(701003),
  generation_failed: business(99999),
  render_failed: business(99999),
  result_rejected: business(99999),
  account_refused: business(500069),
  account_exhausted: business(500069),
  account_limited: business(500069),
  account_full: business(500069),
  account_unable: business(500069),
  upstream_busy: business(500069),
  upstream_faulty: business(99999),
  input_forgotten: business(500069),
  result_deleted: business(500064),
  attempts_exhausted: business(500069),
  outcome_unknown: business(99999),
  cancelled: business(99999),
};

/** What a refusal is about where it does not say so itself: the engine does not know how this dialect spells its fields. */
const FIELDS: Readonly<Partial<Record<ErrorCode, string>>> = {
  key_missing: 'API-KEY',
  key_wrong: 'API-KEY',
  key_disabled: 'API-KEY',
  key_expired: 'API-KEY',
  image_id_invalid: 'img_id',
  template_inactive: 'template_id',
};

/** A refusal in the envelope of §1: `Resp` is null, and the message names the field at fault. The one exception is documented. */
export function refusalAnswer(refusal: Refusal): WireAnswer {
  const { http, code } = ERRORS_ON_WIRE[refusal.code];
  const { message, retryAfterS } = refusal;
  const field = refusal.field ?? FIELDS[refusal.code];
  const text = field === undefined || message.includes(field) ? message : `${field}: ${message}`;
  if (refusal.code === 'image_moderated') return { status: http, body: { err_code: code, err_msg: text, resp: '' } };
  return {
    status: http,
    ...(retryAfterS === undefined ? {} : { headers: { 'retry-after': String(Math.max(1, Math.ceil(retryAfterS))) } }),
    body: { ErrCode: code, ErrMsg: text, Resp: null },
  };
}
