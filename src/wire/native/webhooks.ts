/**
 * Webhooks of our own: Standard Webhooks (reference/crun-and-peers.md, "Standard Webhooks"). `webhook-id` is the same in
 * every repetition; the signature covers it, the time and the raw body.
 */
import type { WebhookFormat, WebhookNotice, WebhookVerdict } from '../../contracts/webhook.ts';
import { isoTime } from '../../std/clock.ts';
import { equalSecrets, hmacBase64 } from '../../std/crypto.ts';
import { encodeJob } from './encode.ts';

/** The scheme's name for HMAC-SHA256. */
const SCHEME = 'v1';
const SECRET_BYTES_MIN = 24;
const SECRET_BYTES_MAX = 64;
/** Receivers take a message this old, or this early. */
const FRESH_MS = 300_000;

/** The schedule the specification suggests. */
const RETRY_DELAYS_MS = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400].map((seconds) => seconds * 1000);

/** Base64 of the HMAC over `id.timestamp.body`. */
function sign(secret: string, id: string, timestamp: string, body: string): string {
  return hmacBase64(keyOf(secret), `${id}.${timestamp}.${body}`);
}

/** The bytes behind `whsec_…`; none where it is no such text. */
function keyOf(secret: string): Uint8Array {
  const text = /^whsec_((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)$/.exec(secret)?.[1] ?? '';
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

/** `{type, timestamp, data}`: `job.succeeded` and the other ends, with the job as `GET /jobs/{id}` has it. */
function textOf({ job, origin, occurredAt }: WebhookNotice): string {
  const type = job === null ? 'test' : `job.${job.state}`;
  const data = job === null ? {} : encodeJob(job, { origin, role: 'client' });
  return JSON.stringify({ type, timestamp: isoTime(occurredAt), data });
}

function verify(
  secret: string,
  { headers, body }: Parameters<WebhookFormat['verify']>[1],
  nowMs: number,
): WebhookVerdict {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': given } = headers;
  if (!id || !timestamp || !given) return { ok: false, reason: 'it carries no signature' };
  if (!/^[0-9]{1,12}$/.test(timestamp)) return { ok: false, reason: 'its timestamp is not a number of seconds' };
  const right = `${SCHEME},${sign(secret, id, timestamp, body)}`;
  if (!given.split(' ').some((one) => equalSecrets(one, right))) {
    return { ok: false, reason: 'its signature does not fit the secret' };
  }
  const ageMs = nowMs - Number(timestamp) * 1000;
  if (Math.abs(ageMs) > FRESH_MS) return { ok: false, reason: `it was signed ${Math.round(ageMs / 1000)} s ago` };
  return { ok: true, signature: SCHEME, once: `${id} ${timestamp}` };
}

/** The format for `wire/formats.ts`. */
export const standardWebhooks: WebhookFormat = {
  name: 'standard',
  signatures: [SCHEME],
  retryDelaysMs: RETRY_DELAYS_MS,
  secretFault(secret) {
    const { length } = keyOf(secret);
    return length >= SECRET_BYTES_MIN && length <= SECRET_BYTES_MAX
      ? undefined
      : 'must be whsec_ and 24 to 64 bytes in Base64';
  },
  write(notice, { secret, nowMs }) {
    const body = textOf(notice);
    const timestamp = String(Math.floor(nowMs / 1000));
    const id = notice.deliveryId;
    const signature = `${SCHEME},${sign(secret, id, timestamp, body)}`;
    return { headers: { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature }, body };
  },
  accepts: ({ status }) => status >= 200 && status < 300,
  verify,
};
