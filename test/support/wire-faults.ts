/** Stands between a driver and its vendor, and breaks single calls on the wire. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import type { Ending } from './gateway.ts';

/** What becomes of one call. */
export type Fault =
  /** The connection is reset when the head of the request has come; nothing reaches the far side. */
  | { readonly type: 'reset-before-body' }
  /** The far side gets the request and answers; the connection is reset instead of passing that on. */
  | { readonly type: 'reset-after-body' }
  /** Nobody answers: with `reached`, the far side got the request all the same. */
  | { readonly type: 'half-open'; readonly reached: boolean }
  /** The answer comes in pieces of one byte, and never ends when `endless`. */
  | { readonly type: 'slow'; readonly endless: boolean }
  /** The connection ends in the middle of the answer. */
  | { readonly type: 'truncated' }
  /** The answer is whole, its text is cut. */
  | { readonly type: 'broken-json' }
  /** Something else answers; with `reached`, the far side got the request all the same. */
  | {
      readonly type: 'answer';
      readonly status: number;
      readonly body: string | Uint8Array;
      readonly headers?: Readonly<Record<string, string>>;
      readonly reached?: boolean;
    };

/** A call as the proxy saw it. */
export interface SeenCall {
  readonly method: string;
  readonly path: string;
  readonly traceId: string;
  readonly body: string;
}

/** The proxy. */
export interface WireFaults {
  readonly url: string;
  /** Every call, in order. */
  readonly calls: readonly SeenCall[];
  /** The next call whose path contains this meets the fault; later ones pass, unless `times` says more. Resolves when the last has. */
  plan(path: string, fault: Fault, times?: number): Promise<void>;
  /** Forgets every fault that was not met yet: calls pass. */
  clear(): void;
  /** Calls to a path. */
  count(path: string): number;
}

interface Planned {
  readonly path: string;
  readonly fault: Fault;
  left: number;
  readonly met: () => void;
}

/** Starts a proxy to the server of an address; it ends with the test. */
export async function startWireFaults(t: Ending, target: string): Promise<WireFaults> {
  const calls: SeenCall[] = [];
  const plans: Planned[] = [];
  const server = createServer((request, response) => {
    void take(request, response).catch(() => request.socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');

  function next(path: string): Planned | undefined {
    const found = plans.find((plan) => path.includes(plan.path));
    if (found !== undefined && --found.left === 0) plans.splice(plans.indexOf(found), 1);
    return found;
  }

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    const planned = next(path);
    const met = () => {
      if (planned?.left === 0) planned.met();
    };
    const traceId = String(request.headers['ai-trace-id'] ?? '');
    if (planned?.fault.type === 'reset-before-body') {
      calls.push({ method: request.method ?? '', path, traceId, body: '' });
      request.socket.resetAndDestroy();
      return met();
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    calls.push({ method: request.method ?? '', path, traceId, body: body.toString('latin1') });
    await act(planned?.fault, request, response, () => forward(target, request, body));
    met();
  }

  t.after(async () => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${address.port}`,
    calls,
    clear: () => void plans.splice(0),
    count: (path) => calls.filter((call) => call.path.includes(path)).length,
    plan: (path, fault, times = 1) => new Promise((met) => plans.push({ path, fault, left: times, met })),
  };
}

interface Passed {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: Buffer;
}

async function forward(target: string, request: IncomingMessage, body: Buffer): Promise<Passed> {
  const headers = { ...request.headers, connection: 'close' };
  const sent = send(target + (request.url ?? ''), { method: request.method, headers });
  sent.end(body);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) };
}

async function act(
  fault: Fault | undefined,
  request: IncomingMessage,
  response: ServerResponse,
  pass: () => Promise<Passed>,
): Promise<void> {
  switch (fault?.type) {
    case 'reset-after-body':
      await pass();
      request.socket.resetAndDestroy();
      return;
    case 'half-open':
      if (fault.reached) await pass();
      return;
    case 'answer': {
      if (fault.reached) await pass();
      response.writeHead(fault.status, { 'content-type': 'text/html', ...fault.headers }).end(fault.body);
      return;
    }
    default: {
      const { status, headers, body } = await pass();
      const { 'content-length': _length, 'transfer-encoding': _encoding, connection: _connection, ...rest } = headers;
      if (fault === undefined) response.writeHead(status, rest).end(body);
      else await spoil(fault.type === 'slow' ? fault : { type: fault.type }, response, status, rest, body);
    }
  }
}

async function spoil(
  fault: { type: string; endless?: boolean },
  response: ServerResponse,
  status: number,
  headers: Record<string, string | string[] | undefined>,
  body: Buffer,
): Promise<void> {
  const half = body.subarray(0, body.length >> 1);
  if (fault.type === 'broken-json') {
    response.writeHead(status, headers).end(half);
    return;
  }
  response.writeHead(status, { ...headers, 'content-length': String(body.length) });
  if (fault.type === 'truncated') {
    await new Promise<void>((resolve) => response.write(half, () => resolve()));
    response.destroy();
    return;
  }
  const bytes = fault.endless === true ? half : body;
  for (let at = 0; at < bytes.length; at++) {
    response.write(bytes.subarray(at, at + 1));
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (fault.endless !== true) response.end();
}
