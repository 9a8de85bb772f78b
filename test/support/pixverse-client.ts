/** A client of the PixVerse door for tests over HTTP: plain `fetch`, with a new trace id for every call unless given. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

/** The answer of any call. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: { readonly ErrCode: number; readonly ErrMsg: string; readonly Resp: Record<string, unknown> | null };
}

/** What a call may change. */
export interface CallOptions {
  /** Null sends none. */
  readonly key?: string | null;
  /** Null sends none. */
  readonly trace?: string | null;
  /** A form or a text is sent as it is, anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Calls one gateway. */
export interface PixverseClient {
  get(path: string, options?: CallOptions): Promise<Reply>;
  post(path: string, options?: CallOptions): Promise<Reply>;
  call(method: string, path: string, options?: CallOptions): Promise<Reply>;
}

/** The smallest job there is: v6, 1 s, 360p; 5 credits. */
export const SMALL = { prompt: 'a cat', model: 'v6', duration: 1, quality: '360p' };
export const SMALL_TEXT = { ...SMALL, aspect_ratio: '16:9' };

/** A client with the gateway's key. Paths are below /openapi/v2. */
export function pixverseClient(gateway: { readonly url: string; readonly key: string }): PixverseClient {
  const call = async (method: string, path: string, options: CallOptions = {}): Promise<Reply> => {
    const { key = gateway.key, trace = randomUUID(), body } = options;
    const raw =
      body === undefined || typeof body === 'string' || body instanceof FormData || body instanceof URLSearchParams;
    const headers = {
      ...(key === null ? {} : { 'API-KEY': key }),
      ...(trace === null ? {} : { 'Ai-trace-id': trace }),
      ...(raw ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    };
    const sent = body === undefined ? {} : { body: raw ? body : JSON.stringify(body) };
    const answer = await fetch(`${gateway.url}/openapi/v2${path}`, { method, headers, ...sent });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: JSON.parse(text) as Reply['body'] };
  };
  return {
    call,
    get: (path, options) => call('GET', path, options),
    post: (path, options) => call('POST', path, options),
  };
}

/** Asserts a success and returns its `Resp`. */
export function accepted(reply: Reply): Record<string, unknown> {
  assert.equal(reply.status, 200, JSON.stringify(reply.body));
  assert.equal(reply.body.ErrCode, 0, JSON.stringify(reply.body));
  assert.equal(typeof reply.body.ErrMsg, 'string');
  return reply.body.Resp ?? assert.fail('a success has a Resp');
}

/** Asserts a refusal in the envelope, and that its message says what is wrong. */
export function refusedWith(reply: Reply, errCode: number, says: RegExp, status = 200): void {
  assert.equal(reply.body.ErrCode, errCode, JSON.stringify(reply.body));
  assert.equal(reply.status, status, JSON.stringify(reply.body));
  assert.deepEqual(Object.keys(reply.body), ['ErrCode', 'ErrMsg', 'Resp']);
  assert.equal(reply.body.Resp, null);
  assert.match(reply.body.ErrMsg, says);
}

/** What can be spent now, whole credits. */
export async function balanceOf(client: PixverseClient): Promise<number> {
  const resp = accepted(await client.get('/account/balance'));
  return Number(resp['credit_monthly']) + Number(resp['credit_package']);
}

/** Polls, as clients do, until the video has ended; its last status. @param trace the id of every poll; new ones where absent. */
export async function ended(client: PixverseClient, id: unknown, trace?: string): Promise<Record<string, unknown>> {
  while (true) {
    const resp = accepted(await client.get(`/video/result/${id}`, trace === undefined ? {} : { trace }));
    if (resp['status'] !== 5) return resp;
    await pause(20);
  }
}
