/** The inbound server and what doors share, over real HTTP (net/server.ts, doors/http.ts). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import type { Log } from '../../src/contracts/effects.ts';
import { armDoor, readGetBody } from '../../src/doors/http.ts';
import { createServer, type InboundServer, type ServerOptions } from '../../src/net/server.ts';
import { systemClock } from '../../src/std/clock.ts';
import { Refusal } from '../../src/std/errors.ts';

type Line = Record<string, unknown> & { message: string };

interface Running {
  readonly server: InboundServer;
  readonly url: string;
  readonly lines: Line[];
}

/** A server with one small door under `/door` that says everything in its own words. */
async function running(
  t: TestContext,
  options: Partial<ServerOptions> = {},
  more: (app: FastifyInstance) => void = () => {},
): Promise<Running> {
  const lines: Line[] = [];
  const keep = (fields: Record<string, unknown>, message: string) => void lines.push({ ...fields, message });
  const log: Log = { debug: keep, info: keep, warn: keep, error: keep };
  const server = createServer({
    host: '127.0.0.1',
    port: 0,
    trustProxy: false,
    publicUrl: null,
    log,
    clock: systemClock,
    bodyLimitBytes: 100_000,
    ...options,
  });
  const refusal = ({ code, message, field }: Refusal) => ({
    status: STATUS[code] ?? 400,
    body: { code, message, field },
  });
  void server.app.register(
    async (app) => {
      armDoor(app, { refusal, log });
      app.get('/things/:id', async (request) => ({ id: (request.params as { id: string }).id }));
      app.get('/origin', async (request) => ({ origin: server.originOf(request) }));
      app.get('/list', async (request) => ({ body: await readGetBody(request) }));
      app.post('/things', async (request) => ({ body: request.body ?? null }));
      app.delete('/things/:id', async (request) => ({ body: request.body ?? null }));
      app.get('/broken', async () => {
        throw new Error('secret detail', { cause: new Error('root of it') });
      });
      app.get('/later', async () => {
        throw new Refusal('unavailable', { retryAfterS: 1.2 });
      });
      more(app);
    },
    { prefix: '/door' },
  );
  const at = await server.listen();
  t.after(() => server.close(0));
  return { server, url: `${at.url}/door`, lines };
}

const STATUS: Partial<Record<string, number>> = {
  route_unknown: 404,
  method_not_allowed: 405,
  body_too_large: 413,
  media_type_unsupported: 415,
  internal: 500,
  unavailable: 503,
};

const json = { 'content-type': 'application/json' };

async function answer(url: string, init: RequestInit = {}) {
  const response = await fetch(url, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
}

/** Sends bytes as they are and returns everything that comes back until the server closes. */
async function bytes(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  socket.write(text);
  let received = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    received += chunk;
  });
  await once(socket, 'close');
  return received;
}

test('composite ids pass raw and percent-encoded, with and without a trailing slash, without a redirect', async (t) => {
  const { url } = await running(t);
  const id = `user:1234-pixverse:${'someone'.repeat(20)}@example.com-video:9007199254740991`;
  for (const path of [id, `${id}/`, encodeURIComponent(id), `${encodeURIComponent(id)}/?email=`]) {
    const { status, body } = await answer(`${url}/things/${path}`, { redirect: 'error' });
    assert.deepEqual([status, body], [200, { id }], path);
  }
  assert.equal((await answer(`${url.replace('/door', '//door')}/things/1`)).status, 200);
  assert.equal((await answer(`${url.replace('/door', '/DOOR')}/things/1`)).status, 404);
});

test('an unknown path is 404, a known one with another method 405 with Allow, whatever the body', async (t) => {
  const { url } = await running(t);
  for (const init of [
    {},
    { method: 'POST', body: '{"a":', headers: json },
    { method: 'PUT', body: 'x'.repeat(200_000) },
  ]) {
    const { status, body } = await answer(`${url}/nothing?key=secret`, init);
    assert.deepEqual([status, body.code], [404, 'route_unknown']);
    assert.doesNotMatch(body.message, /secret/);
  }
  for (const init of [{ method: 'PATCH' }, { method: 'POST', body: '{"a":', headers: json }]) {
    const { status, body, headers } = await answer(`${url}/things/1/`, init);
    assert.deepEqual([status, body.code], [405, 'method_not_allowed']);
    assert.equal(headers.get('allow'), 'GET, HEAD, DELETE, OPTIONS');
  }
  const preflight = await answer(`${url}/things`, { method: 'OPTIONS' });
  assert.deepEqual([preflight.status, preflight.headers.get('allow')], [204, 'POST, OPTIONS']);
  const head = await answer(`${url}/things/1`, { method: 'HEAD' });
  assert.deepEqual([head.status, head.headers.get('content-length'), head.body], [200, '10', undefined]);
});

test('a URL that cannot be read is refused by the door it was meant for', async (t) => {
  const { url } = await running(t);
  for (const path of ['/things/%zz', `/things/${'x'.repeat(2000)}`]) {
    const { status, body } = await answer(`${url}${path}`);
    assert.deepEqual([status, body.code, body.field], [400, 'parameter_invalid', 'path']);
  }
});

test('JSON bodies: read, missing, empty, broken, of another type, too deep, too large', async (t) => {
  const { url } = await running(t);
  const post = (body: string | undefined, headers: Record<string, string> = json) =>
    answer(`${url}/things`, { method: 'POST', headers, ...(body === undefined ? {} : { body }) });
  assert.deepEqual((await post('{"a":[1,"é"]}', { 'content-type': 'Application/JSON; charset=UTF-8' })).body, {
    body: { a: [1, 'é'] },
  });
  assert.deepEqual((await post('{"__proto__":{"x":1},"b":2}')).body, { body: { b: 2 } });
  for (const headers of [json, {}]) assert.deepEqual((await post(undefined, headers)).body, { body: null });
  for (const broken of ['{"a":', '{a:1}', '[1,]', 'nul', '{"a":1} // why']) {
    assert.deepEqual((await post(broken)).body.code, 'body_unreadable', broken);
  }
  const deep = await post('['.repeat(40_000));
  assert.deepEqual([deep.status, deep.body.code], [400, 'body_unreadable']);
  assert.equal((await post('['.repeat(600) + ']'.repeat(600))).body.code, 'body_unreadable');
  assert.equal((await post(JSON.stringify({ text: '[{"'.repeat(10_000) }))).status, 200);
  for (const type of ['text/plain', 'application/xml', 'multipart/form-data; boundary=x', 'nonsense']) {
    const { status, body } = await post('{}', { 'content-type': type });
    assert.deepEqual([status, body.code], [415, 'media_type_unsupported'], type);
  }
});

test('a body over the limit is answered with 413, and the connection lives on', async (t) => {
  const { url } = await running(t);
  const { hostname, port, pathname } = new URL(`${url}/things`);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const send = async (body: string, chunked: boolean): Promise<{ status: number; socket: unknown }> => {
    const headers = { ...json, ...(chunked ? {} : { 'content-length': body.length }) };
    const request = httpRequest({ hostname, port, path: pathname, method: 'POST', agent, headers });
    if (chunked) request.write(body.slice(0, 10));
    request.end(chunked ? body.slice(10) : body);
    const [response] = await once(request, 'response');
    response.resume();
    await once(response, 'end');
    return { status: response.statusCode, socket: request.socket };
  };
  const first = await send('x'.repeat(3_000_000), false);
  assert.equal(first.status, 413);
  const second = await send('x'.repeat(3_000_000), true);
  assert.equal(second.status, 413);
  const third = await send('{}', false);
  assert.equal(third.status, 200);
  assert.equal(third.socket, first.socket, 'one connection served all three');
});

test('a GET may declare JSON without a body, and may send one', async (t) => {
  const { url } = await running(t);
  const { hostname, port, pathname } = new URL(`${url}/list`);
  const get = async (body: string): Promise<[number, unknown]> => {
    const headers = body === '' ? json : { ...json, 'content-length': Buffer.byteLength(body) };
    const request = httpRequest({ hostname, port, path: pathname, method: 'GET', headers });
    request.end(body);
    const [response] = await once(request, 'response');
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return [response.statusCode, JSON.parse(Buffer.concat(chunks).toString())];
  };
  assert.deepEqual(await get(''), [200, {}]);
  assert.deepEqual(await get('{"page_num":2}'), [200, { body: { page_num: 2 } }]);
  assert.equal((await get('{"page_num":'))[0], 400);
  assert.equal((await get(' '.repeat(70_000)))[0], 413);
});

test('a defect is answered without its details, and logged with them', async (t) => {
  const { url, lines } = await running(t);
  const { status, body, headers } = await answer(`${url}/broken`);
  assert.deepEqual([status, body.code], [500, 'internal']);
  assert.doesNotMatch(JSON.stringify(body), /secret|root of it|server\.test/);
  const line = lines.find((entry) => entry['error'] === 'secret detail');
  assert.ok(line, 'logged');
  assert.equal(line['cause'], 'root of it');
  assert.equal(line['route'], '/door/broken');
  assert.equal(line['requestId'], headers.get('x-request-id'));
  assert.equal((await answer(`${url}/later`)).headers.get('retry-after'), '2');
  assert.equal(lines.filter((entry) => entry['error'] !== undefined).length, 1, 'a refusal is not a defect');
});

test('what is no HTTP is answered with JSON and no stack trace', async (t) => {
  const { url } = await running(t);
  const cases: [string, string][] = [
    ['GARBAGE\r\n\r\n', '400'],
    ['GET /door HTTP/9.9\r\nhost: a\r\n\r\n', '400'],
    [`GET /door HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, '431'],
    [
      'POST /door/things HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      '400',
    ],
  ];
  for (const [text, status] of cases) {
    const received = await bytes(url, text);
    assert.match(received, new RegExp(`^HTTP/1\\.1 ${status} `), JSON.stringify(text.slice(0, 40)));
    const body = JSON.parse(received.slice(received.indexOf('\r\n\r\n') + 4));
    assert.equal(body.code, Number(status));
    assert.doesNotMatch(received, /at .*:\d+:\d+/);
  }
});

test('clients that drip are cut: the timers are set', async (t) => {
  const { server } = await running(t);
  const { headersTimeout, requestTimeout, timeout, keepAliveTimeout } = server.app.server;
  assert.deepEqual([headersTimeout, requestTimeout, timeout, keepAliveTimeout], [20_000, 600_000, 120_000, 72_000]);
});

test('the origin: Host without trust, X-Forwarded-* with it, the public URL always', async (t) => {
  const forwarded = { 'x-forwarded-host': 'video.example.com', 'x-forwarded-proto': 'https' };
  const originAt = async (options: Partial<ServerOptions>, headers: Record<string, string>) => {
    const { url, server } = await running(t, options);
    const own = url.replace('/door', '');
    const origin = await originFrom(url, headers);
    await server.close(0);
    return origin.replace(own, 'own');
  };
  assert.equal(await originAt({}, {}), 'own');
  assert.equal(await originAt({}, { host: 'pool.example.com:99' }), 'http://pool.example.com:99');
  assert.equal(await originAt({}, { host: '[::1]:99' }), 'http://[::1]:99');
  assert.equal(await originAt({}, forwarded), 'own');
  assert.equal(await originAt({ trustProxy: true }, forwarded), 'https://video.example.com');
  assert.equal(await originAt({ trustProxy: 'loopback' }, forwarded), 'https://video.example.com');
  assert.equal(await originAt({ trustProxy: '10.0.0.0/8' }, forwarded), 'own');
  assert.equal(await originAt({ trustProxy: 1 }, forwarded), 'https://video.example.com');
  for (const publicUrl of ['https://pool.example.com', 'https://POOL.example.com:443/']) {
    assert.equal(await originAt({ publicUrl, trustProxy: true }, forwarded), 'https://pool.example.com');
  }
  for (const host of ['evil.com/path', 'a"b', 'user@evil.com', 'a b', '<script>', '']) {
    assert.equal(await originAt({}, { host }), 'own', host);
    assert.equal(await originAt({ trustProxy: true }, { 'x-forwarded-host': host || ' ' }), 'own', host);
  }
  for (const publicUrl of ['pool.example.com', 'ftp://a', 'https://a/b', 'https://u:p@a', 'https://a?b']) {
    await assert.rejects(async () => running(t, { publicUrl }), /the public URL/);
  }
});

async function originFrom(url: string, headers: Record<string, string>): Promise<string> {
  const request = httpRequest(`${url}/origin`, { headers });
  request.end();
  const [response] = await once(request, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString()).origin;
}

test('a taken port is a plain sentence', async (t) => {
  const { url } = await running(t);
  await assert.rejects(running(t, { port: Number(new URL(url).port) }), /is in use by another program/);
});

test('closing lets a running request finish, refuses new connections and ends idle ones', async (t) => {
  let release: (() => void) | undefined;
  let entered: (() => void) | undefined;
  const inside = new Promise<void>((resolve) => {
    entered = resolve;
  });
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { server, url } = await running(t, {}, (app) => {
    app.get('/slow', async () => {
      entered?.();
      await gate;
      return { done: true };
    });
  });
  const { hostname, port } = new URL(url);
  const idle = connect(Number(port), hostname);
  await once(idle, 'connect');
  idle.write(`GET /door/things/1 HTTP/1.1\r\nhost: a\r\n\r\n`);
  await once(idle, 'data');
  const slow = answer(`${url}/slow`);
  await inside;
  const closed = server.close(60_000);
  await once(idle, 'close');
  const refused = connect(Number(port), hostname);
  const [error] = await once(refused, 'error');
  assert.equal((error as NodeJS.ErrnoException).code, 'ECONNREFUSED');
  release?.();
  assert.deepEqual((await slow).body, { done: true });
  await closed;
  await server.close(60_000);
});

test('closing does not wait for connections on which nothing was asked, nor for half a question', {
  timeout: 30_000,
}, async (t) => {
  const { server, url } = await running(t);
  const { hostname, port } = new URL(url);
  const ended = ['', 'GET /door/thi', 'GET /door/things/1 HTTP/1.1\r\nhost: a\r\nx-more: '].map(async (text) => {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(text);
    return { socket, closed: once(socket, 'close') };
  });
  const open = await Promise.all(ended);
  // All of them have been accepted when one that came after them is answered.
  assert.equal((await answer(`${url}/things/1`)).status, 200);
  await server.close(3_600_000);
  for (const { closed } of open) await closed;
});

test('a question that was being sent when closing began is answered', { timeout: 30_000 }, async (t) => {
  const { server, url } = await running(t);
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.write('GET /door/things/7 HTTP/1.1\r\nho');
  assert.equal((await answer(`${url}/things/1`)).status, 200);
  const closing = server.close(3_600_000);
  socket.write('st: a\r\n\r\n');
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  assert.match(bytes.toString(), /^HTTP\/1\.1 200 [\s\S]*"id":"7"/);
  await closing;
});

test('closing cuts what does not end within the grace period', async (t) => {
  let entered: (() => void) | undefined;
  const inside = new Promise<void>((resolve) => {
    entered = resolve;
  });
  const { server, url } = await running(t, {}, (app) => {
    app.get('/never', () => {
      entered?.();
      return new Promise(() => {});
    });
  });
  const never = fetch(`${url}/never`);
  never.catch(() => {});
  await inside;
  await server.close(0);
  await assert.rejects(never);
});
