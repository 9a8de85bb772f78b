/** What webhooks must do, one line each, with its place in the reference. Tests cite the ids in their names. */

const PIXVERSE = 'reference/pixverse-platform.md §9';
const CLIENTS = 'reference/what-clients-send.md, PixVerse Platform v2';

/** Requirements of webhooks, those of the PixVerse dialect and ours. */
export const REQUIREMENTS: readonly { id: string; text: string; source: string }[] = [
  {
    id: 'webhooks.pixverse.body',
    text: 'A webhook tells credits, has_audio, id (a text), size, status and url, in the order of the alphabet.',
    source: PIXVERSE,
  },
  {
    id: 'webhooks.pixverse.headers',
    text: 'It carries Webhook-Timestamp, Webhook-Nonce of 32 characters, Webhook-Signature and Ai-Trace-Id.',
    source: PIXVERSE,
  },
  {
    id: 'webhooks.pixverse.signature',
    text: 'The signature is the Base64 HMAC-SHA256 of timestamp, nonce and the pairs of the body, joined by newlines.',
    source: PIXVERSE,
  },
  {
    id: 'webhooks.pixverse.signature.raw',
    text: 'Set so, the raw body under encodeURIComponent is signed instead of its pairs.',
    source: CLIENTS,
  },
  { id: 'webhooks.pixverse.ok', text: 'Only HTTP 200 with the body ok counts as received.', source: PIXVERSE },
  {
    id: 'webhooks.pixverse.retries',
    text: 'What was not received is sent again after 2 s, 10 s, 30 s, 1 min, 5 min, 15 min, 1 h and 4 h.',
    source: PIXVERSE,
  },
  {
    id: 'webhooks.pixverse.receive',
    text: 'A webhook of the vendor is taken with either signature, in either order, at most 300 s old.',
    source: `${PIXVERSE}; ${CLIENTS}`,
  },
  {
    id: 'webhooks.pixverse.create',
    text: 'Every create takes webhook_id, a number or a text; one that is no webhook of the tenant is 400017.',
    source: `${PIXVERSE}; the code is ours`,
  },
  {
    id: 'webhooks.standard',
    text: 'A webhook for every job of its tenant is sent as Standard Webhooks are, unless it was set otherwise.',
    source: 'reference/crun-and-peers.md, "Standard Webhooks"; the default is ours',
  },
  {
    id: 'webhooks.apart',
    text: 'A receiver that hangs, drips, floods, redirects or resets delays no other, and is called again later.',
    source: 'ours: a tenant must not pay for the receiver of another',
  },
  {
    id: 'webhooks.dead',
    text: 'What failed for the last time is kept and can be sent again.',
    source: 'ours: no end of a job is lost',
  },
  {
    id: 'webhooks.manage',
    text: 'A webhook is made, changed, tested and removed through the native API; its secret is told once.',
    source: 'ours: the vendor has a console for it (reference/pixverse-platform.md §9)',
  },
  {
    id: 'webhooks.guard',
    text: 'Only public http and https addresses are called, judged when they are set and when they are connected to.',
    source: 'ours: a tenant must not reach what only the gateway can',
  },
  {
    id: 'webhooks.tenants',
    text: 'A webhook of another tenant does not exist, and a job is never told to another tenant.',
    source: 'ours: promise P9',
  },
  {
    id: 'webhooks.listen',
    text: 'The command listen takes what is signed and fresh, once, and turns away the rest.',
    source: 'ours: a receiver to build against',
  },
];
