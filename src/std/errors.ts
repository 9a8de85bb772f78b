/**
 * The one registry of what can go wrong. Every code has an owner (who is at fault: promise P7), says whether the same
 * request may succeed later, and carries a title and a hint. Dialects map codes to their own numbers and statuses in
 * `wire/<vendor>/errors.ts`; docs and tests are checked against this table.
 */

/** Who is at fault: the request, the tenant's credits or limits, an account, an upstream, or this gateway. */
export type Owner = 'caller' | 'tenant' | 'account' | 'upstream' | 'us';

/** What the registry knows of a code. */
export interface ErrorInfo {
  readonly owner: Owner;
  /** May the same request succeed later without being changed? */
  readonly retryable: boolean;
  readonly title: string;
  /** The way out, in a sentence. */
  readonly hint: string;
}

const define = (owner: Owner, retryable: boolean, title: string, hint: string): ErrorInfo => ({
  owner,
  retryable,
  title,
  hint,
});

/** Every error code of Reelpool. */
export const ERRORS = {
  key_missing: define('caller', false, 'API key missing', 'Send your key in the header this API names.'),
  key_wrong: define('caller', false, 'API key wrong', 'Check the key; it may have been mistyped or revoked.'),
  key_disabled: define('caller', false, 'API key disabled', 'Ask the operator for a new key.'),
  key_expired: define(
    'caller',
    false,
    'API key expired',
    'Ask the operator for a new key, or for a later end of this one.',
  ),
  permission_denied: define('caller', false, 'No permission', 'This needs a key with the role admin.'),
  parameter_missing: define('caller', false, 'Parameter missing', 'Add the named field.'),
  parameter_type: define('caller', false, 'Parameter of the wrong type', 'Send the named field in the type given.'),
  parameter_invalid: define('caller', false, 'Parameter invalid', 'Use one of the values given.'),
  body_unreadable: define('caller', false, 'Body unreadable', 'Send a body of the content type you declare.'),
  prompt_too_long: define('caller', false, 'Prompt too long', 'Shorten the prompt.'),
  negative_prompt_too_long: define('caller', false, 'Negative prompt too long', 'Shorten the negative prompt.'),
  image_id_invalid: define('caller', false, 'Image id invalid', 'Upload the picture and use the id of the answer.'),
  template_inactive: define('caller', false, 'Template not activated', 'Activate the template first, or leave it out.'),
  template_quota: define(
    'tenant',
    false,
    'Activations of templates used up',
    'Use a template that is activated, or wait for the next month (UTC).',
  ),
  not_found: define('caller', false, 'Not found', 'Check the id; only your own resources can be seen.'),
  account_not_found: define('caller', false, 'Account not found', 'Create the account first, or check its address.'),
  image_too_large: define('caller', false, 'Picture too large', 'Send a picture under the limits given.'),
  image_unreadable: define('caller', false, 'Picture unreadable', 'The file is damaged or not what it claims to be.'),
  image_format_invalid: define('caller', false, 'Picture format not accepted', 'Send a PNG, JPEG or WebP picture.'),
  image_size_invalid: define(
    'caller',
    false,
    'Picture width or height invalid',
    'Send a picture at least 1 pixel wide and high.',
  ),
  upload_failed: define(
    'upstream',
    true,
    'Picture could not be fetched',
    'Check that the address serves the picture, or upload the file itself.',
  ),
  address_refused: define('caller', false, 'Address refused', 'Use a public http or https address.'),
  idempotency_mismatch: define('caller', false, 'Id used with another body', 'Use a new id for a new request.'),
  request_not_allowed: define(
    'tenant',
    false,
    'Not allowed with this key',
    'Use a model and an operation that this key may use.',
  ),
  concurrency_reached: define(
    'tenant',
    true,
    'No free slot',
    'Wait until a job has finished and send the request again.',
  ),
  queue_full: define('tenant', true, 'Queue full', 'Wait until a job has finished and send the request again.'),
  credits_insufficient: define('tenant', false, 'Not enough credits', 'Add credits, or wait for the next refill.'),
  budget_exceeded: define(
    'tenant',
    false,
    'Budget of the key used up',
    'Raise the budget, or wait for its next period.',
  ),
  price_exceeded: define('caller', false, 'Price above the limit given', 'Raise the limit, or ask for less.'),
  cancel_refused: define(
    'caller',
    false,
    'Not to be cancelled any more',
    'Wait for its end; what was not made is not paid for.',
  ),
  in_use: define('caller', false, 'In use', 'End or change what uses it first.'),
  price_unknown: define(
    'caller',
    false,
    'No price for this request',
    'Choose a combination that the price table lists.',
  ),
  operation_unsupported: define(
    'caller',
    false,
    'No account carries this out',
    'Ask the operator which operations and models this gateway has accounts for.',
  ),
  content_deleted: define('caller', false, 'Content deleted', 'Use a video that was not deleted.'),
  template_quality: define(
    'caller',
    false,
    'Template does not support this quality',
    'Use one of the qualities the list of templates names.',
  ),
  lyrics_invalid: define('caller', false, 'Lyrics invalid', 'Send the words in order, each with its start and end.'),
  audio_unverified: define('caller', false, 'Sound not verified', 'Send the sound to the verification first.'),
  result_pending: define(
    'us',
    true,
    'Not ready yet',
    'The work goes on; send the same request with the same id to wait for it further.',
  ),
  route_unknown: define('caller', false, 'Unknown route', 'Check the path against the documentation.'),
  method_not_allowed: define('caller', false, 'Method not allowed', 'Use a method listed in the Allow header.'),
  body_too_large: define('caller', false, 'Body too large', 'Send less at once.'),
  media_type_unsupported: define(
    'caller',
    false,
    'Content type not supported',
    'Use a content type that this route reads.',
  ),
  rate_limited: define('tenant', true, 'Too many requests', 'Wait as long as Retry-After says.'),
  unavailable: define(
    'us',
    true,
    'Not available right now',
    'The gateway is stopping or starting; send the request again.',
  ),
  database_failed: define(
    'us',
    true,
    'Database not available',
    'Nothing of the request was kept; send it again in a moment.',
  ),
  internal: define(
    'us',
    true,
    'Internal error',
    'Send the request again with the same idempotency id; see the log for the cause.',
  ),

  moderated: define('caller', false, 'Refused by moderation', 'Change the prompt or the inputs.'),
  image_moderated: define('caller', false, 'Picture did not pass review', 'Use another picture.'),
  content_refused: define('caller', false, 'Content not compliant', 'Use another file for this request.'),
  subject_missing: define('caller', false, 'No clear subject', 'Use a picture that shows a person or an animal.'),
  person_missing: define('caller', false, 'No person in the video', 'Use a video that shows a person.'),
  generation_failed: define('upstream', true, 'Generation failed', 'Send the job again; the credits were given back.'),
  render_failed: define('us', true, 'Renderer failed', 'Send the job again; the credits were given back.'),
  result_rejected: define(
    'upstream',
    true,
    'Result did not pass its check',
    'Send the job again; the credits were given back.',
  ),
  account_refused: define(
    'account',
    true,
    'Account refused',
    'The account was refused by its upstream; check its credentials.',
  ),
  account_exhausted: define(
    'account',
    true,
    'Account out of credits',
    'The account has too few credits at its upstream; add some, or wait for its refresh.',
  ),
  account_limited: define(
    'account',
    true,
    'Account sent too many requests',
    'The upstream wants a pause from this account.',
  ),
  account_full: define(
    'account',
    true,
    'Account has too many jobs',
    'The upstream runs no more jobs of this account at a time.',
  ),
  account_unable: define(
    'account',
    true,
    'Account may not do this',
    "The account's plan at its upstream leaves this out; another account may take it.",
  ),
  upstream_busy: define('upstream', true, 'Upstream overloaded', 'Send the job again later.'),
  upstream_faulty: define(
    'upstream',
    true,
    'Upstream refused without a known reason',
    'Send the job again later; see the message for what the upstream said.',
  ),
  input_forgotten: define(
    'upstream',
    true,
    'Upstream no longer has the input',
    'Nothing to do: the input is carried to the account again.',
  ),
  result_deleted: define(
    'upstream',
    false,
    'Result deleted at the upstream',
    'Send the job again; the credits were given back.',
  ),
  attempts_exhausted: define(
    'upstream',
    true,
    'Refused by every account tried',
    'Send the job again later; the credits were given back.',
  ),
  outcome_unknown: define(
    'upstream',
    false,
    'Outcome never learned',
    'The credits were given back; a late result is still delivered.',
  ),
  cancelled: define('caller', false, 'Cancelled', 'Somebody asked for that; the credits were given back.'),
} as const satisfies Record<string, ErrorInfo>;

/** A code of the registry. */
export type ErrorCode = keyof typeof ERRORS;

/** True for a code of the registry. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code);
}

/** What a refusal may say beyond its code. */
export interface RefusalDetail {
  /** The field, header or query parameter at fault, as the caller spelled it. */
  field?: string;
  /** What is wrong and what would be right, in a sentence; the registry's title and hint where absent. */
  message?: string;
  /** When the same request may succeed, in seconds from now. */
  retryAfterS?: number;
  cause?: unknown;
}

/** A request or a job refused for a known reason. Never carries secrets; its message may be shown to the caller. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: ErrorCode;
  readonly field: string | undefined;
  readonly retryAfterS: number | undefined;

  constructor(code: ErrorCode, detail: RefusalDetail = {}) {
    const info = ERRORS[code];
    super(detail.message ?? `${info.title}. ${info.hint}`, { cause: detail.cause });
    this.code = code;
    this.field = detail.field;
    this.retryAfterS = detail.retryAfterS;
  }

  get owner(): Owner {
    return ERRORS[this.code].owner;
  }
}

/** Short for `throw new Refusal(…)` where an expression is needed. */
export function refuse(code: ErrorCode, detail?: RefusalDetail): never {
  throw new Refusal(code, detail);
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
