import type { ErrorTable, WireAnswer } from '../../contracts/dialect.ts';
import { ERRORS, type Refusal } from '../../std/errors.ts';
import type { Problem } from './schemas/common.ts';

/** HTTP status of every error code. */
export const STATUSES: ErrorTable<number> = {
  key_missing: 401,
  key_wrong: 401,
  key_disabled: 401,
  key_expired: 401,
  permission_denied: 403,
  parameter_missing: 400,
  parameter_type: 400,
  parameter_invalid: 400,
  body_unreadable: 400,
  prompt_too_long: 400,
  negative_prompt_too_long: 400,
  image_id_invalid: 400,
  template_inactive: 400,
  template_quota: 409,
  price_unknown: 400,
  operation_unsupported: 400,
  template_quality: 400,
  lyrics_invalid: 400,
  audio_unverified: 400,
  content_deleted: 410,
  address_refused: 400,
  not_found: 404,
  account_not_found: 404,
  route_unknown: 404,
  method_not_allowed: 405,
  image_too_large: 413,
  body_too_large: 413,
  image_format_invalid: 415,
  media_type_unsupported: 415,
  image_unreadable: 422,
  image_size_invalid: 422,
  idempotency_mismatch: 422,
  moderated: 422,
  image_moderated: 422,
  content_refused: 422,
  subject_missing: 422,
  person_missing: 422,
  credits_insufficient: 402,
  budget_exceeded: 402,
  cancelled: 409,
  request_not_allowed: 403,
  concurrency_reached: 429,
  price_exceeded: 409,
  cancel_refused: 409,
  in_use: 409,
  queue_full: 429,
  rate_limited: 429,
  internal: 500,
  render_failed: 500,
  upload_failed: 502,
  generation_failed: 502,
  result_rejected: 502,
  account_refused: 502,
  account_exhausted: 502,
  account_limited: 502,
  account_full: 502,
  account_unable: 502,
  upstream_busy: 503,
  upstream_faulty: 502,
  input_forgotten: 502,
  result_deleted: 502,
  attempts_exhausted: 502,
  unavailable: 503,
  database_failed: 503,
  result_pending: 503,
  outcome_unknown: 504,
};

/** A refusal as a problem document (RFC 9457). */
export function refusalAnswer(refusal: Refusal): WireAnswer {
  const { code, field, message, retryAfterS } = refusal;
  const { owner, retryable, title } = ERRORS[code];
  const status = STATUSES[code];
  const problem: Problem = {
    type: `urn:reelpool:error:${code}`,
    title,
    status,
    detail: message,
    code,
    owner,
    retryable,
    ...(retryAfterS === undefined ? {} : { retryAfterS: wholeSeconds(retryAfterS) }),
    // What is refused is refused before anything is kept; after a fault nobody expected, nobody can say.
    credits: code === 'internal' ? 'unknown' : 'untouched',
    ...(field === undefined ? {} : { field }),
  };
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
      ...(retryAfterS === undefined ? {} : { 'retry-after': String(wholeSeconds(retryAfterS)) }),
    },
    body: problem,
  };
}

const wholeSeconds = (seconds: number): number => Math.max(1, Math.ceil(seconds));
