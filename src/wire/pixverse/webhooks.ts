/**
 * Webhooks of this dialect, both ways: what a gateway sends to a tenant, and what the vendor sends to a gateway. Section
 * numbers are places in reference/pixverse-platform.md.
 */
import type { JobView } from '../../contracts/views.ts';
import type { ReceivedMessage, WebhookFormat, WebhookVerdict } from '../../contracts/webhook.ts';
import { toWhole } from '../../std/credits.ts';
import { equalSecrets, hmacBase64 } from '../../std/crypto.ts';
import { isObject, type JsonObject, parseJson } from '../../std/json.ts';
import { OURS } from './ours.ts';
import { STATUS, statusOf } from './status.ts';

/**
 * What is signed after timestamp and nonce: the members of the body as a query string (§9, the vendor's page), or the
 * raw body under `encodeURIComponent` (reference/what-clients-send.md: some receivers do that).
 */
export const SIGNATURES = ['pairs', 'raw-body'] as const;
export type Signature = (typeof SIGNATURES)[number];

/** §9, in lower case as they arrive. */
export const WEBHOOK_HEADERS = {
  timestamp: 'webhook-timestamp',
  nonce: 'webhook-nonce',
  signature: 'webhook-signature',
  trace: 'ai-trace-id',
} as const;

/** §9: 2 s, 10 s, 30 s, 1 min, 5 min, 15 min, 1 h, 4 h after the try before. */
export const RETRY_DELAYS_MS = [2, 10, 30, 60, 300, 900, 3600, 14_400].map((seconds) => seconds * 1000);

/** §9: what a receiver answers, with HTTP 200. */
export const RECEIVED = 'ok';

/** §9: the vendor's page states no window; receivers use five minutes either way. */
const FRESH_MS = 300_000;

/** §9. The order of its members is that of the alphabet, so that senders and receivers who sort agree with those who do not. */
export interface WebhookBody {
  /** Whole credits paid; 0 for a job that did not succeed. */
  readonly credits: number;
  readonly has_audio: boolean;
  /** The `video_id`, as a text. */
  readonly id: string;
  /** Bytes, like in the status answer; 0 without a result. */
  readonly size: number;
  /** §4.17. */
  readonly status: number;
  /** Empty without a result. */
  readonly url: string;
}

/** The body that tells how a job ended. @param origin public origin for the URL, without a trailing slash. */
export function webhookBody(job: JobView, origin: string): WebhookBody {
  const status = statusOf(job);
  const result = status === STATUS.success ? job.result : null;
  return {
    credits: status === STATUS.success ? toWhole(job.credit.amount) : 0,
    has_audio: result?.info.hasAudio ?? false,
    id: String(job.id),
    size: result?.bytes ?? 0,
    status,
    url: result === null ? OURS.urlWithoutResult : origin + result.path,
  };
}

/** Timestamp (unix seconds) and nonce of a message, with its body as it is on the wire. */
export interface SignedParts {
  readonly timestamp: string;
  readonly nonce: string;
  readonly body: string;
}

/**
 * The text that is signed (§9). For `pairs` the members keep the order they have in the body. Undefined where the body
 * has no pairs: it is no JSON object.
 */
export function stringToSign(signature: Signature, { timestamp, nonce, body }: SignedParts): string | undefined {
  const payload = signature === 'raw-body' ? encodeURIComponent(body.toWellFormed()) : pairsOf(body)?.toString();
  return payload === undefined ? undefined : `${timestamp}\n${nonce}\n${payload}`;
}

/** The members of a JSON object as the pairs of a form; null as an empty text, what is nested as its JSON. */
function pairsOf(body: string): URLSearchParams | undefined {
  const members = parseJson(body);
  if (!isObject(members)) return undefined;
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(members as JsonObject)) pairs.append(name, textOf(value));
  return pairs;
}

function textOf(value: JsonObject[string]): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Base64 of the HMAC-SHA256, as in `Webhook-Signature`. Undefined where `stringToSign` is. */
export function signWebhook(secret: string, signature: Signature, parts: SignedParts): string | undefined {
  const text = stringToSign(signature, parts);
  return text === undefined ? undefined : hmacBase64(secret, text);
}

/**
 * Every text a correct sender may have signed. Beside what we send: pairs sorted by name (§9: the order is not stated),
 * and percent-encoding with `%20` where forms have `+`.
 */
function signable(parts: SignedParts): [Signature, string][] {
  const texts: [Signature, string][] = [['raw-body', encodeURIComponent(parts.body.toWellFormed())]];
  const given = pairsOf(parts.body);
  if (given) {
    const sorted = new URLSearchParams(given);
    sorted.sort();
    for (const pairs of [given, sorted]) {
      const percent = [...pairs].map((pair) => pair.map((text) => encodeURIComponent(text)).join('=')).join('&');
      texts.push(['pairs', pairs.toString()], ['pairs', percent]);
    }
  }
  return texts.map(([signature, text]) => [signature, `${parts.timestamp}\n${parts.nonce}\n${text}`]);
}

/**
 * Judges a message by its signature and its age. `once` of a good verdict is the nonce: a receiver that remembers it for
 * ten minutes turns replays away.
 */
export function verifyWebhook(secret: string, { headers, body }: ReceivedMessage, nowMs: number): WebhookVerdict {
  const timestamp = headers[WEBHOOK_HEADERS.timestamp];
  const nonce = headers[WEBHOOK_HEADERS.nonce];
  const given = headers[WEBHOOK_HEADERS.signature];
  if (!timestamp || !nonce || !given) return { ok: false, reason: 'it carries no signature' };
  if (!/^[0-9]{1,12}$/.test(timestamp)) return { ok: false, reason: 'its timestamp is not a number of seconds' };
  const found = signable({ timestamp, nonce, body }).find(([, text]) => equalSecrets(given, hmacBase64(secret, text)));
  if (found === undefined) return { ok: false, reason: 'its signature does not fit the secret' };
  const ageMs = nowMs - Number(timestamp) * 1000;
  if (Math.abs(ageMs) > FRESH_MS) return { ok: false, reason: `it was signed ${Math.round(ageMs / 1000)} s ago` };
  return { ok: true, signature: found[0], once: nonce };
}

/** What a received body says; undefined where it is none of this dialect. */
export function readWebhook(body: string): Pick<WebhookBody, 'id' | 'status' | 'url'> | undefined {
  const members = parseJson(body);
  if (!isObject(members)) return undefined;
  const { id, status, url } = members;
  if ((typeof id !== 'string' && typeof id !== 'number') || id === '') return undefined;
  // Sent as a number where the page says text, and the other way round, by one vendor or the other before now.
  const code = typeof status === 'string' && status !== '' ? Number(status) : status;
  if (typeof code !== 'number' || !Number.isInteger(code)) return undefined;
  return { id: String(id), status: code, url: typeof url === 'string' ? url : '' };
}

/** What a test sends: a success of no job. */
const SAMPLE: WebhookBody = { credits: 0, has_audio: false, id: '0', size: 0, status: STATUS.success, url: '' };

/** The format for `wire/formats.ts`. */
export const pixverseWebhooks: WebhookFormat = {
  name: 'pixverse',
  signatures: SIGNATURES,
  retryDelaysMs: RETRY_DELAYS_MS,
  secretFault: () => undefined,
  write({ job, origin, deliveryId }, signer) {
    const body = JSON.stringify(job === null ? SAMPLE : webhookBody(job, origin));
    const timestamp = String(Math.floor(signer.nowMs / 1000));
    const nonce = Array.from(signer.nonce, (byte) => byte.toString(16).padStart(2, '0')).join('');
    const variant = SIGNATURES.find((known) => known === signer.signature) ?? 'pairs';
    const signature = signWebhook(signer.secret, variant, { timestamp, nonce, body }) ?? '';
    return {
      headers: {
        'Webhook-Timestamp': timestamp,
        'Webhook-Nonce': nonce,
        'Webhook-Signature': signature,
        'Ai-Trace-Id': job?.traceId ?? deliveryId,
      },
      body,
    };
  },
  accepts: ({ status, body }) => status === 200 && body === RECEIVED,
  verify: verifyWebhook,
};
