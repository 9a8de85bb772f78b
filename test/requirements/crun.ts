/** What the CRUN dialect must do, one line each, with its place in the reference. Tests cite the ids in their names. */

const REF = 'reference/crun-and-peers.md';

/** Requirements of `crun`. */
export const REQUIREMENTS: readonly { id: string; text: string; source: string }[] = [
  {
    id: 'crun.auth.header',
    text: 'A key is sent as x-api-key, in any casing of the header; Authorization: Bearer is read as well.',
    source: `${REF} §1.1`,
  },
  {
    id: 'crun.auth.missing',
    text: 'Without a key: HTTP 401 {"code":401,"message":"API key missing","data":null}.',
    source: `${REF} §1.2`,
  },
  {
    id: 'crun.auth.wrong',
    text: 'With a key that is not known: HTTP 401 with code 401 in the envelope.',
    source: `${REF} §1.2`,
  },
  {
    id: 'crun.auth.disabled',
    text: 'With a key that was revoked: HTTP 403 {"code":403,"message":"API key disabled","data":null}.',
    source: `${REF} §1.2`,
  },
  {
    id: 'crun.envelope',
    text: 'Every answer is {code, message, data}; data is null on a refusal; code is the HTTP status, but for 455 and 501.',
    source: `${REF} §1.2`,
  },
  {
    id: 'crun.envelope.http',
    text: 'Unknown routes, wrong methods, too large bodies and rate limits keep the envelope: 404, 405, 413, 429.',
    source: `${REF} §1.2 (405 and 413 ours)`,
  },
  {
    id: 'crun.errors.validation',
    text: 'Bad parameters: 422 "Missing Params or Type Error" with a top-level errors array of texts.',
    source: `${REF} §1.2`,
  },
  {
    id: 'crun.errors.codes',
    text: 'Not enough credits is 402, maintenance 455, a failed generation 501.',
    source: `${REF} §1.2`,
  },
  {
    id: 'crun.balance',
    text: 'GET account/balance answers {"code":200,"message":"success","data":{"balance":<number>}}.',
    source: `${REF} §1.3`,
  },
  {
    id: 'crun.balance.whole',
    text: 'balance is everything the tenant can spend, of every kind, with its fraction, without what is held.',
    source: `${REF} §1.3; DESIGN §7`,
  },
  {
    id: 'crun.states',
    text: 'States are pending, running, success, failed; there is no cancelled and no expired.',
    source: `${REF} §1.5; DESIGN §3`,
  },
];
