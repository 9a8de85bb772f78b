import type { PostAnswer, WebhookMessage, WebhookPost } from '../contracts/webhook.ts';
import { Refusal } from '../std/errors.ts';
import { guardedConnector } from './connect.ts';
import { causeOf, HEADER_BYTES_MAX, type StrangerFetchOptions, startDeadline, systemResolve } from './fetch.ts';
import { readTarget, type Target } from './guard.ts';

/**
 * The one outbound POST to addresses that tenants gave: webhooks. Each has a connection of its own, made by the connector
 * that checks where it goes (net/connect.ts), and is sent once: whether it comes again is the engine's decision.
 */

/** An acknowledgement is a word; what is longer is not read to its end. */
const ANSWER_BYTES_MAX = 1024;

/** Builds the POST. See contracts/webhook.ts for what it promises. */
export function webhookPost(options: StrangerFetchOptions): WebhookPost {
  const { allowLoopback, clock, resolve = systemResolve } = options;
  return {
    check: (url) => void readTarget(url, allowLoopback),
    async send(url, message, { timeoutMs, signal }) {
      const deadline = startDeadline(clock, timeoutMs, signal);
      try {
        const target = readTarget(url, allowLoopback);
        const connect = guardedConnector(target, { allowLoopback, clock, resolve, signal: deadline.signal });
        return await post(target, message, connect, deadline.signal);
      } catch (error) {
        if (error instanceof Refusal) return { type: 'failed', reason: `is not called: ${error.message}` };
        if (deadline.isOver()) return { type: 'failed', reason: `did not answer within ${timeoutMs / 1000} s` };
        return { type: 'failed', reason: deadline.signal.aborted ? 'was not waited for' : causeOf(error) };
      } finally {
        deadline.end();
      }
    },
  };
}

async function post(
  target: Target,
  { headers, body }: WebhookMessage,
  connect: ReturnType<typeof guardedConnector>,
  signal: AbortSignal,
): Promise<PostAnswer> {
  const { origin, pathname, search } = target.url;
  // Loaded with the first call: a quarter of what an idle gateway weighs.
  const { Client } = await import('undici');
  // The deadline is ours and covers everything; undici's own timers would only blur it.
  const client = new Client(origin, { connect, maxHeaderSize: HEADER_BYTES_MAX, headersTimeout: 0, bodyTimeout: 0 });
  // A reason, so that an answer that is being read fails instead of waiting.
  const end = () => void client.destroy(new Error('broken off')).catch(() => {});
  signal.addEventListener('abort', end, { once: true });
  try {
    signal.throwIfAborted();
    const bytes = Buffer.from(body);
    const answer = await client.request({
      method: 'POST',
      path: pathname + search,
      headers: {
        'content-type': 'application/json',
        'content-length': String(bytes.length),
        accept: '*/*',
        'accept-encoding': 'identity',
        'user-agent': 'reelpool',
        ...headers,
      },
      body: bytes,
    });
    answer.body.on('error', () => {});
    return { type: 'answered', status: answer.statusCode, body: await beginningOf(answer.body) };
  } finally {
    signal.removeEventListener('abort', end);
    end();
  }
}

/** What was answered, as far as anybody looks at it. */
async function beginningOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > ANSWER_BYTES_MAX) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}
