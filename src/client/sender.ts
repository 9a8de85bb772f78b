import { backoffMs } from '../std/backoff.ts';
import { type Clock, holdProcess, sleep, systemClock } from '../std/clock.ts';
import { messageOf } from '../std/errors.ts';
import { isObject, parseJson } from '../std/json.ts';
import { systemRandom, uuid } from '../std/random.ts';
import { NATIVE_PREFIX } from '../wire/native/routes.ts';
import { UPLOAD_FIELDS } from '../wire/native/uploads.ts';
import { NoAnswerError, ReelpoolError, readProblem } from './errors.ts';
import type { Asked } from './methods.ts';

/** Where a client asks, and how patiently. */
export interface ClientOptions {
  /** Where the gateway is: `https://host[:port]`, with a path where it stands behind one. */
  readonly url: string;
  /** The key to send. */
  readonly key: string;
  /** How long one try may take, ms; 60,000 where absent. Of a stream: until it begins. */
  readonly timeoutMs?: number | undefined;
  /** How often a request is sent again whose answer was never learned or says `retryable`; 2 where absent, 0 for never. */
  readonly retries?: number | undefined;
  /** Instead of the global one. */
  readonly fetch?: typeof fetch | undefined;
  /** For tests. */
  readonly clock?: Clock | undefined;
}

const TIMEOUT_MS = 60_000;
const RETRIES = 2;
/** The first pause before a request is sent again; each one after it is twice as long. */
const PAUSE_MIN_MS = 250;
const PAUSE_MAX_MS = 8_000;
/** Where the gateway says to come back later than this, that is for the caller to decide. */
const WAIT_MAX_S = 30;

/**
 * Sends requests to one gateway. What the gateway did not answer, or refused with `retryable`, is sent again: requests that
 * change nothing as they are, changes under the same `Idempotency-Key`, which is made before the first try, so that nothing
 * is done twice.
 */
export class Sender {
  readonly clock: Clock;
  readonly #base: string;
  readonly #key: string;
  readonly #timeoutMs: number;
  readonly #retries: number;
  readonly #fetch: typeof fetch;

  constructor(options: ClientOptions) {
    const { url, key, timeoutMs = TIMEOUT_MS, retries = RETRIES, clock = systemClock } = options;
    if (!/^[\x21-\x7e]+$/.test(key)) throw new TypeError('key must be the key of a gateway, such as ak_…');
    this.#base = baseOf(url) + NATIVE_PREFIX;
    this.#key = key;
    this.#timeoutMs = timeoutMs;
    this.#retries = retries;
    this.#fetch = options.fetch ?? ((...args) => fetch(...args));
    this.clock = clock;
  }

  /** The answer, sent for as often as it takes. Throws `ReelpoolError`, `NoAnswerError`, or the reason of the signal. */
  async ask(asked: Asked): Promise<unknown> {
    const once = onceOf(asked);
    const retries = this.retriesOf(asked);
    const trip: Trip = { once, connected: false };
    for (let tries = 1; ; tries++) {
      try {
        return await this.#attempt(asked, trip, {}, async (response) => {
          const answer = parseJson(await response.text());
          if (answer === undefined) throw this.#stranger(response, trip);
          return answer;
        });
      } catch (error) {
        if (tries > retries || !mayHelp(error)) throw error;
        await this.pause(tries, error, asked.options.signal);
      }
    }
  }

  retriesOf({ options }: Asked): number {
    return options.retries ?? this.#retries;
  }

  /** Opens a stream, once. The body ends with an error when `options.signal` aborts. */
  open(asked: Asked, headers: Readonly<Record<string, string>>): Promise<ReadableStream<Uint8Array>> {
    const trip: Trip = { once: null, connected: false };
    return this.#attempt(asked, trip, headers, async (response) => {
      if (response.body === null) throw this.#stranger(response, trip);
      return response.body;
    });
  }

  /** Waits before a request is sent again. Throws the reason of the signal when it aborts. */
  async pause(tries: number, error: unknown, signal: AbortSignal | undefined): Promise<void> {
    const asked = error instanceof ReelpoolError ? (error.retryAfterS ?? 0) * 1000 : 0;
    const release = holdProcess();
    await sleep(this.clock, Math.max(asked, backoffMs(tries, PAUSE_MIN_MS, PAUSE_MAX_MS, systemRandom)), signal);
    release();
    signal?.throwIfAborted();
  }

  async #attempt<T>(
    asked: Asked,
    trip: Trip,
    headers: Readonly<Record<string, string>>,
    use: (response: Response) => Promise<T>,
  ): Promise<T> {
    const { signal, timeoutMs = this.#timeoutMs } = asked.options;
    signal?.throwIfAborted();
    const url = this.#base + pathOf(asked) + queryOf(asked.query);
    const init = this.#requestOf(asked, trip.once, headers);
    const late = new AbortController();
    const cancel = this.clock.setTimer(timeoutMs, () =>
      late.abort(new Error(`no answer within ${timeoutMs / 1000} s`)),
    );
    try {
      const limit = signal ? AbortSignal.any([signal, late.signal]) : late.signal;
      const response = await this.#fetch(url, { ...init, signal: limit });
      if (response.ok) return await use(response);
      const problem = readProblem(parseJson(await response.text()));
      throw problem ? new ReelpoolError(problem) : this.#stranger(response, trip);
    } catch (error) {
      if (error instanceof ReelpoolError || error instanceof NoAnswerError) throw error;
      signal?.throwIfAborted();
      trip.connected ||= !neverConnected(error);
      const cause = error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
      throw noAnswer(`No gateway answers at ${new URL(this.#base).origin} (${cause})`, trip, { cause: error });
    } finally {
      cancel();
    }
  }

  #requestOf({ named: { route }, body }: Asked, once: string | null, headers: Readonly<Record<string, string>>) {
    const isFile = body instanceof Blob;
    return {
      method: route.method,
      headers: {
        authorization: `Bearer ${this.#key}`,
        ...(body === undefined || isFile ? {} : { 'content-type': 'application/json' }),
        ...(once === null ? {} : { 'idempotency-key': once }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isFile ? formOf(body) : JSON.stringify(body) }),
      // A key is sent to the address it was meant for and to no other.
      redirect: 'error',
    } as const;
  }

  #stranger({ status }: Response, trip: Trip): NoAnswerError {
    trip.connected = true;
    const message = `${new URL(this.#base).origin} does not answer like a Reelpool gateway (HTTP ${status})`;
    return noAnswer(message, trip, { status });
  }
}

/** A request on its way, with all its tries. */
interface Trip {
  /** The id under which it is sent; null for one that changes nothing. */
  readonly once: string | null;
  /** Some try may have reached a gateway. */
  connected: boolean;
}

function noAnswer(message: string, { once, connected }: Trip, about: { status?: number; cause?: unknown }) {
  return new NoAnswerError(message, { ...about, idempotencyKey: once, maybeDone: once !== null && connected });
}

/** What Node says where no connection came about. Browsers do not tell, so there it may always have. */
const UNCONNECTED: ReadonlySet<unknown> = new Set([
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'],
]);

function neverConnected(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return isObject(cause) && UNCONNECTED.has(cause['code']);
}

function onceOf({ named, options: { idempotencyKey } }: Asked): string | null {
  if (!named.route.once) return null;
  if (idempotencyKey === undefined) return uuid(systemRandom);
  if (/^[\x21-\x7e]{1,128}$/.test(idempotencyKey)) return idempotencyKey;
  throw new TypeError('idempotencyKey must have 1 to 128 printable ASCII characters and no spaces');
}

/** May the same request succeed when it is sent again soon? */
export function mayHelp(error: unknown): boolean {
  if (error instanceof ReelpoolError) return error.retryable && (error.retryAfterS ?? 0) <= WAIT_MAX_S;
  // Something between us and the gateway that has lost it may find it again; something else entirely will not become one.
  return error instanceof NoAnswerError && (error.status === null || error.status >= 500);
}

function baseOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new TypeError(`url must be http(s)://host[:port], not ${text}`);
  }
  return url.origin + url.pathname.replace(/\/+$/, '');
}

function pathOf({ named: { route }, params }: Asked): string {
  return route.path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => {
    const text = String(params[name] ?? '');
    // An address would lose them, and be another.
    if (text === '' || text === '.' || text === '..') throw new TypeError(`${name} must be an id or a name`);
    return encodeURIComponent(text);
  });
}

/** A form whose one field is the file. */
function formOf(file: Blob): FormData {
  const form = new FormData();
  form.set(UPLOAD_FIELDS.file, file);
  return form;
}

function queryOf(query: Asked['query']): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return search.size === 0 ? '' : `?${search}`;
}
