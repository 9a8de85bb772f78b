/** What the useapi dialects must do, one line each, with its place in the reference. Tests cite the ids in their names. */

const V2 = 'reference/useapi-pixverse.md';
const CLIENTS = 'reference/what-clients-send.md, useapi.net v2';

/** Requirements of `useapi-v2` and `useapi-v1`. */
export const REQUIREMENTS: readonly { id: string; text: string; source: string }[] = [
  {
    id: 'useapi.auth.bearer',
    text: 'A key is sent as `Authorization: Bearer <key>`; missing or wrong is 401 {"error":"Unauthorized","code":401}.',
    source: `${V2} §1.1`,
  },
  {
    id: 'useapi.auth.first',
    text: 'A request without a good key is refused before its body is read.',
    source: 'ours: a stranger must not make us read',
  },
  {
    id: 'useapi.auth.admin',
    text: 'Account and feature routes need the role admin; a client key is refused with 403 {error, code}.',
    source: 'ours: DESIGN §7, roles',
  },
  {
    id: 'useapi.errors.shape',
    text: 'Every refusal is {error, code} with code equal to the HTTP status, unknown routes, methods, types and sizes too.',
    source: `${V2} §1.6`,
  },
  {
    id: 'useapi.errors.statuses',
    text: '400 parameters, 401 key, 404 nothing there, 412 credits used up with its documented text, 422 moderated, 429 full.',
    source: `${V2} §1.6`,
  },
  {
    id: 'useapi.errors.retry-after',
    text: 'A refusal that says when to come back carries Retry-After in whole seconds.',
    source: 'ours: RFC 9110 §10.2.3; no page of the vendor shows it',
  },
  {
    id: 'useapi.paths.slash',
    text: 'Paths work with and without a trailing slash, without a redirect.',
    source: `${V2} §1.1; ${CLIENTS}`,
  },
  {
    id: 'useapi.paths.email',
    text: 'An address stands raw or percent-encoded in paths and queries.',
    source: CLIENTS,
  },
  {
    id: 'useapi.states.v2',
    text: 'v2 states are 5 queued, 10 generating, 1 completed, 7 moderated, 8 failed.',
    source: `${V2} §1.7; DESIGN §3`,
  },
  {
    id: 'useapi.features.fields',
    text: 'Features answer 200 with every field of the page in its type, prices and discounts as text, times as ISO 8601.',
    source: `${V2} §2.5`,
  },
  {
    id: 'useapi.features.account',
    text: "Plan name, credits, dates, slots and qualities are the named account's own.",
    source: `${V2} §2.5; DESIGN §7`,
  },
  {
    id: 'useapi.features.email-optional',
    text: 'email is optional with exactly one account; an empty email is an absent one.',
    source: `${V2} §1.3; ${CLIENTS}`,
  },
  {
    id: 'useapi.features.email-required',
    text: 'Without email and with several accounts the answer is 400 {error, code}.',
    source: `${V2} §1.3 (status: the only one listed)`,
  },
  {
    id: 'useapi.features.email-unknown',
    text: 'An email that is not configured is 400 {error, code}: read routes document 400 and 401 only.',
    source: `ours, from ${V2} §1.3`,
  },
  {
    id: 'useapi.features.none',
    text: 'With no account configured the answer is 404 {error, code}.',
    source: `${V2} §1.6, row 404`,
  },
  {
    id: 'useapi.accounts.create',
    text: 'POST accounts/{email} and POST accounts/ with the address in the body answer 201 with the account.',
    source: `${V2} §2.3`,
  },
  {
    id: 'useapi.accounts.update',
    text: 'Posting an account that exists replaces its configuration and answers 201.',
    source: `${V2} §2.3`,
  },
  {
    id: 'useapi.accounts.required',
    text: 'email, password and maxJobs are required; 400 names the missing one.',
    source: `${V2} §2.3`,
  },
  {
    id: 'useapi.accounts.max-jobs',
    text: 'maxJobs is an integer from 1 to 8.',
    source: `${V2} §1.4`,
  },
  {
    id: 'useapi.accounts.multipart',
    text: 'The body may be multipart/form-data, where every value is text and is read as its type.',
    source: `${V2} §1.1`,
  },
  {
    id: 'useapi.accounts.token',
    text: 'token is optional and accepted only for an account that exists.',
    source: `${V2} §1.9`,
  },
  {
    id: 'useapi.accounts.same-email',
    text: 'An address in the path and another in the body is 400.',
    source: `ours, from ${V2} §6.1 (v1 enforces it for its channel)`,
  },
  {
    id: 'useapi.accounts.masked',
    text: 'password answers …secured…, jwt.token its first three characters, …secured…, its last three.',
    source: `${V2} §1.8`,
  },
  {
    id: 'useapi.accounts.jwt',
    text: 'jwt is {AccountId, ExpireTime, ExpireTimeUTC, Username, token}; ExpireTime in seconds, the same instant as ExpireTimeUTC.',
    source: `${V2} §1.9, §8 (unit assumed)`,
  },
  {
    id: 'useapi.v1.accounts',
    text: 'GET account answers 200 with an object by channel of {server, channel, discord, maxJobs}.',
    source: `${V2} §6.1`,
  },
  {
    id: 'useapi.v1.channels',
    text: 'Channel and server ids are 19 digits, distinct, and the same every time; discord is masked.',
    source: `ours, in the form of ${V2} §6.1`,
  },
  {
    id: 'useapi.v1.none',
    text: 'With nothing configured the answer is 404 with the documented text.',
    source: `${V2} §6.1`,
  },
  {
    id: 'useapi.v1.errors',
    text: 'Refusals are {error, errorDetails?, code}; 401 is {"error":"Unauthorized","code":401}.',
    source: `${V2} §1.6, §6`,
  },
  {
    id: 'useapi.v1.deprecated',
    text: 'Every answer, refusals too, carries Deprecation and Link rel="successor-version"; no Sunset.',
    source: 'ours: RFC 9745, RFC 8288; the page calls the version deprecated',
  },
  {
    id: 'useapi.v1.states',
    text: 'v1 states are created, started, progress, completed, moderated, failed, cancelled.',
    source: `${V2} §6.3; DESIGN §3`,
  },
];
