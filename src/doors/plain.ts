import type { WireAnswer } from '../contracts/dialect.ts';
import type { ErrorCode, Refusal } from '../std/errors.ts';

/** Statuses of the codes that can occur where no dialect is spoken; others follow from their owner. */
const STATUS: Partial<Readonly<Record<ErrorCode, number>>> = {
  permission_denied: 403,
  not_found: 404,
  route_unknown: 404,
  method_not_allowed: 405,
  body_too_large: 413,
  media_type_unsupported: 415,
  rate_limited: 429,
  unavailable: 503,
};

/** A refusal as JSON for doors that speak no dialect: the root and the media door. */
export function plainRefusal(refusal: Refusal): WireAnswer {
  const status = STATUS[refusal.code] ?? (refusal.owner === 'us' ? 500 : refusal.owner === 'upstream' ? 502 : 400);
  return { status, body: { error: { code: refusal.code, message: refusal.message } } };
}
