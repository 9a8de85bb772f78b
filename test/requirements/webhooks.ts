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
];
