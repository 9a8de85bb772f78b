import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type { Agent, Dispatcher } from 'undici';
import { messageOf } from '../std/errors.ts';

/**
 * Calls to addresses the operator has set: the vendors of the accounts. They are trusted, so nothing is guarded here; an
 * address that anybody else gave belongs to net/fetch.ts. Nothing is retried, no redirect is followed, and a call that
 * fails says whether any of it may have arrived, because a create that did is never sent again (promise P1).
 */
export interface VendorClient {
  /** Makes a call and reads the answer to its end. Rejects with `CallFailed` alone. */
  call(request: VendorRequest): Promise<VendorAnswer>;
  /** Opens the answer to a GET; the caller reads it to its end or breaks it off with the signal. Rejects with `CallFailed`. */
  open(request: Pick<VendorRequest, 'url' | 'headers' | 'signal'>): Promise<OpenedAnswer>;
  /** Ends every connection. */
  close(): Promise<void>;
}

/** One call. */
export interface VendorRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** A text, or bytes of a known number that are read when the connection stands. */
  readonly body?: string | { readonly bytes: number; readonly source: AsyncIterable<Uint8Array> };
  /** The deadline: whatever is under way ends with it. */
  readonly signal: AbortSignal;
}

/** An answer as it came. Names of headers are in lower case. */
export interface VendorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** An answer whose body is still to be read. */
export interface OpenedAnswer {
  readonly status: number;
  /** Content type without parameters, in lower case; empty where none was sent. */
  readonly mime: string;
  readonly body: AsyncIterable<Uint8Array>;
  /** Drops the body that is not wanted, with its connection. */
  end(): void;
}

/** A call without an answer. */
export class CallFailed extends Error {
  override readonly name = 'CallFailed';
  /** False only where not one byte of the request was written. */
  readonly sent: boolean;

  constructor(message: string, sent: boolean, cause?: unknown) {
    super(message, { cause });
    this.sent = sent;
  }
}

const CONNECT_TIMEOUT_MS = 10_000;
/** Connections to one vendor; what finds none free waits unsent. */
const CONNECTIONS_MAX = 128;
/** Answers of an API are small; a larger one is none. */
const ANSWER_BYTES_MAX = 4 * 1024 * 1024;

/** Builds the client. */
export function vendorClient(): VendorClient {
  let agent: Promise<Agent> | undefined;
  const opened = () => {
    agent ??= openAgent();
    return agent;
  };
  return {
    call: async (request) => call(await opened(), request),
    open: async (request) => open(await opened(), request),
    close: async () => (await agent)?.destroy(),
  };
}

/** Loaded with the first call: a quarter of what an idle gateway weighs. */
async function openAgent(): Promise<Agent> {
  const { Agent } = await import('undici');
  return new Agent({
    connect: { timeout: CONNECT_TIMEOUT_MS },
    connections: CONNECTIONS_MAX,
    pipelining: 1,
    // The deadline is the caller's and covers everything.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

function call(agent: Agent, request: VendorRequest): Promise<VendorAnswer> {
  return new Promise((resolve, reject) => {
    const reader = new AnswerReader(request.signal, resolve, reject);
    if (request.signal.aborted) return reader.fail('was not begun in time');
    try {
      agent.dispatch(optionsOf(request), reader);
    } catch (error) {
      reader.fail(messageOf(error), error);
    }
  });
}

function optionsOf({ url, method, headers, body }: VendorRequest): Dispatcher.DispatchOptions {
  const { origin, pathname, search } = new URL(url);
  const length = body !== undefined && typeof body !== 'string' ? { 'content-length': String(body.bytes) } : {};
  return {
    origin,
    path: pathname + search,
    method,
    headers: { ...COMMON_HEADERS, ...headers, ...length },
    body: body === undefined || typeof body === 'string' ? (body ?? null) : Readable.from(body.source),
  };
}

const COMMON_HEADERS = { accept: 'application/json, */*', 'accept-encoding': 'identity', 'user-agent': 'reelpool' };

/** Collects one answer. undici calls `onRequestStart` immediately before it writes the first byte, and not otherwise. */
class AnswerReader implements Dispatcher.DispatchHandler {
  readonly #signal: AbortSignal;
  readonly #resolve: (answer: VendorAnswer) => void;
  readonly #reject: (error: CallFailed) => void;
  readonly #chunks: Buffer[] = [];
  readonly #onAbort = () => this.fail(`was broken off: ${messageOf(this.#signal.reason)}`);
  #controller: Dispatcher.DispatchController | null = null;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #bytes = 0;
  #over = false;

  constructor(signal: AbortSignal, resolve: (answer: VendorAnswer) => void, reject: (error: CallFailed) => void) {
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Given up while it waited for a connection: undici writes nothing of what is aborted here.
    if (this.#over) controller.abort(new Error('given up'));
    else this.#controller = controller;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > ANSWER_BYTES_MAX) this.fail(`answered more than ${ANSWER_BYTES_MAX} bytes`);
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#end()) {
      const text = Buffer.concat(this.#chunks).toString('utf8');
      this.#resolve({ status: this.#status, headers: plainHeaders(this.#headers), text });
    }
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.fail(causeOf(error), error);
  }

  fail(why: string, cause?: unknown): void {
    if (!this.#end()) return;
    const sent = this.#controller !== null;
    this.#reject(new CallFailed(`The call ${why}`, sent, cause));
    this.#controller?.abort(new Error('broken off'));
  }

  /** False where it had ended before. */
  #end(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#signal.removeEventListener('abort', this.#onAbort);
    return true;
  }
}

async function open(
  agent: Agent,
  { url, headers, signal }: Parameters<VendorClient['open']>[0],
): Promise<OpenedAnswer> {
  const { origin, pathname, search } = new URL(url);
  try {
    const answer = await agent.request({
      origin,
      path: pathname + search,
      method: 'GET',
      headers: { ...COMMON_HEADERS, accept: '*/*', ...headers },
      signal,
    });
    // It is read later, or never; until then nobody listens.
    answer.body.on('error', () => {});
    const mime = plainHeaders(answer.headers)['content-type']?.split(';')[0]?.trim().toLowerCase() ?? '';
    return { status: answer.statusCode, mime, body: answer.body, end: () => void answer.body.destroy() };
  } catch (error) {
    throw new CallFailed(`The call ${causeOf(error)}`, true, error);
  }
}

function plainHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const text = Array.isArray(value) ? value[0] : value;
    if (text !== undefined) plain[name.toLowerCase()] = text;
  }
  return plain;
}

/** What went wrong, in words that hold nothing of the request. */
function causeOf(error: unknown): string {
  const code = String((error as NodeJS.ErrnoException).code ?? '');
  return code === '' ? `failed: ${messageOf(error)}` : `failed: ${code}`;
}
