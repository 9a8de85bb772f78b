import { lookup } from 'node:dns/promises';
import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { FetchedBody, StrangerFetch } from '../contracts/fetch.ts';
import type { Clock } from '../std/clock.ts';
import { Refusal } from '../std/errors.ts';
import { guardedConnector, type Resolve } from './connect.ts';
import { readTarget, type Target } from './guard.ts';

/**
 * The one outbound fetch of addresses that strangers gave. Each hop gets its own connection, made by a connector that
 * checks where it goes (net/connect.ts); nothing is pooled, cached, retried or sent besides a bare GET.
 */

/** How the fetch is set up. */
export interface StrangerFetchOptions {
  /** Lets loopback addresses through, and nothing else that is private: for a gateway that only listens on loopback. */
  readonly allowLoopback: boolean;
  readonly clock: Clock;
  /** Name resolution; the system's unless given. */
  readonly resolve?: Resolve;
}

const REDIRECTS_MAX = 3;
const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308]);
/** Largest headers of an answer, bytes. */
export const HEADER_BYTES_MAX = 16 * 1024;

const HEADERS = { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'reelpool' };

/** The system's name resolution. */
export const systemResolve: Resolve = async (host) => {
  const found = await lookup(host, { all: true, verbatim: true });
  return found.map((entry) => entry.address);
};

/** Builds the fetch. See contracts/fetch.ts for what it promises. */
export function strangerFetch(options: StrangerFetchOptions): StrangerFetch {
  const { allowLoopback, clock, resolve = systemResolve } = options;
  return {
    async open(text, limits) {
      let target = readTarget(text, allowLoopback);
      const deadline = startDeadline(clock, limits.timeoutMs, limits.signal);
      try {
        for (let hops = 0; ; hops++) {
          const answer = await ask(target, { allowLoopback, clock, resolve, signal: deadline.signal });
          if (!REDIRECT_STATUSES.has(answer.statusCode)) return accept(answer, target, limits.maxBytes, deadline);
          answer.end();
          if (hops === REDIRECTS_MAX) throw failed(target, `redirects more than ${REDIRECTS_MAX} times`);
          target = readTarget(redirectOf(answer, target), allowLoopback);
        }
      } catch (error) {
        deadline.end();
        throw failure(error, target, deadline);
      }
    },
  };
}

/** The time an open address has, from the first lookup to the last byte. */
export interface Deadline {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Did time run out (and not somebody break it off)? */
  isOver(): boolean;
  end(): void;
}

/** Starts the time; `outer` ends it early. */
export function startDeadline(clock: Clock, timeoutMs: number, outer: AbortSignal | undefined): Deadline {
  const controller = new AbortController();
  let over = false;
  const onOuter = () => controller.abort();
  const cancel = clock.setTimer(timeoutMs, () => {
    over = true;
    controller.abort();
  });
  if (outer?.aborted) controller.abort();
  outer?.addEventListener('abort', onOuter, { once: true });
  return {
    signal: controller.signal,
    timeoutMs,
    isOver: () => over,
    end() {
      cancel();
      outer?.removeEventListener('abort', onOuter);
    },
  };
}

interface Answer {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Dispatcher.ResponseData['body'];
  /** Drops the connection with whatever is still on it. */
  end(): void;
}

/** One GET on a connection of its own. */
async function ask(target: Target, options: Parameters<typeof guardedConnector>[1]): Promise<Answer> {
  // Loaded with the first call: a quarter of what an idle gateway weighs.
  const { Client } = await import('undici');
  const client = new Client(target.url.origin, {
    connect: guardedConnector(target, options),
    maxHeaderSize: HEADER_BYTES_MAX,
    // The deadline is ours and covers everything; undici's own timers would only blur it.
    headersTimeout: 0,
    bodyTimeout: 0,
    pipelining: 1,
  });
  const { signal } = options;
  const end = () => {
    signal.removeEventListener('abort', end);
    // A reason, so that a body that is being read fails instead of waiting.
    client.destroy(new Error('broken off')).catch(() => {});
  };
  signal.addEventListener('abort', end, { once: true });
  try {
    signal.throwIfAborted();
    const path = `${target.url.pathname}${target.url.search}`;
    const { statusCode, headers, body } = await client.request({ method: 'GET', path, headers: HEADERS });
    body.on('error', () => {});
    return { statusCode, headers, body, end };
  } catch (error) {
    end();
    throw error;
  }
}

function redirectOf(answer: Answer, target: Target): string {
  const { location } = answer.headers;
  if (location === undefined || !URL.canParse(location, target.url.href)) {
    throw failed(target, `answers ${answer.statusCode} without a usable Location`);
  }
  return new URL(location, target.url.href).href;
}

/** Judges the headers of the final answer and hands out its body. */
function accept(answer: Answer, target: Target, maxBytes: number, deadline: Deadline): FetchedBody {
  const { headers, statusCode } = answer;
  const encoding = first(headers['content-encoding']).trim().toLowerCase();
  const refusal =
    statusCode !== 200 && statusCode !== 203
      ? failed(target, `answers ${statusCode}`)
      : encoding !== '' && encoding !== 'identity'
        ? failed(target, 'sends the file compressed, though asked not to')
        : Number(headers['content-length'] ?? 0) > maxBytes
          ? tooLarge(maxBytes)
          : undefined;
  if (refusal !== undefined) {
    answer.end();
    throw refusal;
  }
  const mime = first(headers['content-type']).split(';')[0]?.trim().toLowerCase() ?? '';
  return { mime, body: readBody(answer, target, maxBytes, deadline) };
}

/** The body, counted while it flows. However reading ends, the connection ends with it. */
async function* readBody(
  answer: Answer,
  target: Target,
  maxBytes: number,
  deadline: Deadline,
): AsyncGenerator<Uint8Array> {
  let size = 0;
  try {
    for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > maxBytes) throw tooLarge(maxBytes);
      yield chunk;
    }
  } catch (error) {
    throw failure(error, target, deadline);
  } finally {
    deadline.end();
    answer.end();
  }
}

function first(header: string | string[] | undefined): string {
  return (Array.isArray(header) ? header[0] : header) ?? '';
}

function tooLarge(maxBytes: number): Refusal {
  return new Refusal('body_too_large', { message: `The file behind the address is larger than ${maxBytes} bytes.` });
}

function failed(target: Target, what: string, cause?: unknown): Refusal {
  const message = `${target.url.host} ${what}. Check that the address serves the file, or upload the file itself.`;
  return new Refusal('upload_failed', { message, cause });
}

const CAUSES: Readonly<Record<string, string>> = {
  ENOTFOUND: 'has no address',
  EAI_AGAIN: 'could not be looked up right now',
  ECONNREFUSED: 'refuses the connection',
  ECONNRESET: 'broke off the connection',
  ETIMEDOUT: 'cannot be reached',
  EHOSTUNREACH: 'cannot be reached',
  ENETUNREACH: 'cannot be reached',
  UND_ERR_SOCKET: 'broke off the connection',
  UND_ERR_HEADERS_OVERFLOW: 'sends too many headers',
};

/** Whatever went wrong on the way, as a refusal that tells what the caller can act on and no address we learned. */
function failure(error: unknown, target: Target, deadline: Deadline): Refusal {
  if (error instanceof Refusal) return error;
  if (deadline.isOver()) return failed(target, `did not deliver within ${deadline.timeoutMs / 1000} s`, error);
  if (deadline.signal.aborted) return failed(target, 'was not waited for', error);
  return failed(target, causeOf(error), error);
}

/** What the network or the far side did, as the end of a sentence whose subject is the far side. */
export function causeOf(error: unknown): string {
  const code = String((error as NodeJS.ErrnoException).code ?? '');
  if (/CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|EPROTO/.test(code)) return 'has no certificate that can be trusted';
  return CAUSES[code] ?? (code.startsWith('HPE_') ? 'does not answer in HTTP' : 'could not be read');
}
