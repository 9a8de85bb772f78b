/** The guarded fetch, against real sockets on loopback (net/fetch.ts, net/connect.ts). */
import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { StrangerFetch } from '../../src/contracts/fetch.ts';
import { strangerFetch } from '../../src/net/fetch.ts';
import { type Clock, systemClock } from '../../src/std/clock.ts';
import { Refusal } from '../../src/std/errors.ts';

const LIMITS = { maxBytes: 1000, timeoutMs: 20_000 };
const local = strangerFetch({ allowLoopback: true, clock: systemClock });

/** A clock whose timers fire when the test says so. */
function manualClock(): Clock & { fire(atLeastMs: number): void } {
  const timers = new Map<object, { delayMs: number; fire: () => void }>();
  return {
    now: () => 0,
    monotonic: () => 0,
    setTimer(delayMs, fire) {
      const id = {};
      timers.set(id, { delayMs, fire });
      return () => void timers.delete(id);
    },
    fire(atLeastMs) {
      for (const [id, timer] of timers) {
        if (timer.delayMs < atLeastMs) continue;
        timers.delete(id);
        timer.fire();
      }
    },
  };
}

async function listening(t: TestContext, server: Server, host = '127.0.0.1'): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

async function web(t: TestContext, handler: RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listening(t, createServer(handler))}`;
}

/** A server that speaks bare bytes to whoever connects. */
async function raw(t: TestContext, speak: (socket: Socket) => void): Promise<string> {
  const server = createTcpServer((socket) => socket.once('data', () => speak(socket)));
  return `http://127.0.0.1:${await listening(t, server)}`;
}

async function read(fetch: StrangerFetch, url: string, limits: Parameters<StrangerFetch['open']>[1] = LIMITS) {
  const { mime, body } = await fetch.open(url, limits);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return { mime, text: Buffer.concat(chunks).toString() };
}

async function refusal(promise: Promise<unknown>): Promise<Refusal> {
  const error = await promise.then(
    (value) => assert.fail(`resolved with ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Refusal, String(error));
  return error;
}

test('a plain answer: bytes, type without parameters, nothing sent besides a bare GET', async (t) => {
  let seen: Record<string, unknown> = {};
  const base = await web(t, (request, response) => {
    seen = { method: request.method, url: request.url, ...request.headers };
    response.setHeader('content-type', 'Image/PNG; charset=binary').end('pixels');
  });
  assert.deepEqual(await read(local, `${base}/a%20b.png?x=1#fragment`), { mime: 'image/png', text: 'pixels' });
  assert.equal(seen['method'], 'GET');
  assert.equal(seen['url'], '/a%20b.png?x=1');
  assert.equal(seen['accept-encoding'], 'identity');
  for (const header of ['authorization', 'cookie', 'referer', 'origin']) assert.equal(seen[header], undefined);
});

test('loopback is refused without a connection unless it is allowed', async (t) => {
  let connections = 0;
  const server = createServer();
  server.on('connection', () => connections++);
  const port = await listening(t, server);
  const guarded = strangerFetch({ allowLoopback: false, clock: systemClock });
  assert.equal((await refusal(guarded.open(`http://127.0.0.1:${port}/`, LIMITS))).code, 'address_refused');
  const named = strangerFetch({ allowLoopback: false, clock: systemClock, resolve: async () => ['127.0.0.1'] });
  const error = await refusal(named.open(`http://innocent.example.com:${port}/`, LIMITS));
  assert.equal(error.code, 'address_refused');
  assert.doesNotMatch(error.message, /127\.0\.0\.1/, 'what a name resolved to is not told');
  assert.equal(connections, 0);
});

test('a name with one bad address among good ones is refused, whatever the order', async () => {
  for (const bad of ['10.0.0.1', '169.254.169.254', '::ffff:192.168.0.1', 'fe80::1%eth0', 'fd00:ec2::254', '0.0.0.0']) {
    for (const addresses of [
      [bad, '127.0.0.1'],
      ['127.0.0.1', bad],
    ]) {
      const fetch = strangerFetch({ allowLoopback: true, clock: systemClock, resolve: async () => addresses });
      const error = await refusal(fetch.open('http://mixed.example.com:8080/', LIMITS));
      assert.equal(error.code, 'address_refused', addresses.join());
    }
  }
});

test('a name is looked up once, and the connection goes to the address that was checked', async (t) => {
  const port = await listening(
    t,
    createServer((request, response) => response.end(`${request.headers.host} at ${request.socket.localAddress}`)),
  );
  const answers = [['127.0.0.1'], ['10.0.0.1']];
  let lookups = 0;
  const fetch = strangerFetch({
    allowLoopback: true,
    clock: systemClock,
    resolve: async () => answers[lookups++] ?? [],
  });
  const { text } = await read(fetch, `http://rebinding.example.com:${port}/`);
  assert.equal(text, `rebinding.example.com:${port} at 127.0.0.1`);
  assert.equal(lookups, 1);
  assert.equal((await refusal(fetch.open(`http://rebinding.example.com:${port}/`, LIMITS))).code, 'address_refused');
});

test('the next address is tried when one does not answer', async (t) => {
  const port = await listening(
    t,
    createServer((_request, response) => response.end('second')),
  );
  const fetch = strangerFetch({
    allowLoopback: true,
    clock: systemClock,
    resolve: async () => ['127.0.0.9', '127.0.0.1'],
  });
  assert.equal((await read(fetch, `http://two.example.com:${port}/`)).text, 'second');
});

test('three redirects are followed, a fourth is not', async (t) => {
  const base = await web(t, (request, response) => {
    const left = Number(request.url?.slice(1));
    if (left === 0) response.end('arrived');
    else response.writeHead(302, { location: `/${left - 1}` }).end('go on');
  });
  assert.equal((await read(local, `${base}/3`)).text, 'arrived');
  const error = await refusal(local.open(`${base}/4`, LIMITS));
  assert.equal(error.code, 'upload_failed');
  assert.match(error.message, /redirects more than 3 times/);
});

test('every redirect is checked anew', async (t) => {
  const targets = [
    'http://10.0.0.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://[::ffff:a9fe:a9fe]/',
    '//192.168.0.1/',
    'http://0/',
    'http://metadata.google.internal/',
    'file:///etc/passwd',
    'http://user:secret@127.0.0.1/',
    'http://127.0.0.1:25/',
  ];
  const base = await web(t, (request, response) => {
    response.writeHead(307, { location: targets[Number(request.url?.slice(1))] }).end();
  });
  for (const [index, target] of targets.entries()) {
    assert.equal((await refusal(local.open(`${base}/${index}`, LIMITS))).code, 'address_refused', target);
  }
});

test('a redirect without a usable Location, and a status that is no success, are failures', async (t) => {
  const base = await web(t, (request, response) => {
    response.writeHead(Number(request.url?.slice(1)), request.url === '/301' ? { location: 'http://' } : {}).end();
  });
  for (const status of [204, 206, 301, 302, 304, 403, 404, 500]) {
    const error = await refusal(local.open(`${base}/${status}`, LIMITS));
    assert.equal(error.code, 'upload_failed');
    assert.match(error.message, new RegExp(String(status)));
  }
});

test('the size cap holds early by Content-Length and late while streaming', async (t) => {
  let sent = 0;
  const base = await web(t, (request, response) => {
    if (request.url === '/said') response.setHeader('content-length', 1001).end('x'.repeat(1001));
    else if (request.url === '/exact') response.end('x'.repeat(1000));
    else {
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(500))) sent += 500;
      };
      response.on('drain', more);
      more();
    }
  });
  assert.equal((await refusal(local.open(`${base}/said`, LIMITS))).code, 'body_too_large');
  assert.equal((await refusal(read(local, `${base}/endless`))).code, 'body_too_large');
  assert.equal((await read(local, `${base}/exact`)).text.length, 1000);
  assert.ok(sent < 50_000_000, 'an endless body was cut');
});

test('a Content-Length that lies never makes a whole file of a part', async (t) => {
  const short = await raw(t, (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this'));
  const error = await refusal(read(local, short));
  assert.equal(error.code, 'upload_failed');
  const long = await raw(t, (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfourMORE'));
  const result = await read(local, long).catch((reason: unknown) => reason);
  assert.ok(result instanceof Refusal || (result as { text: string }).text === 'four');
  const chunked = await raw(t, (socket) =>
    socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nfour\r\n'),
  );
  assert.equal((await refusal(read(local, chunked))).code, 'upload_failed');
});

test('a compressed answer is refused instead of unpacked', async (t) => {
  const bomb = gzipSync(Buffer.alloc(1_000_000));
  const base = await web(t, (_request, response) => response.setHeader('content-encoding', 'gzip').end(bomb));
  const error = await refusal(local.open(base, { ...LIMITS, maxBytes: 10_000_000 }));
  assert.equal(error.code, 'upload_failed');
  assert.match(error.message, /compressed/);
});

test('what does not speak HTTP, breaks off, says nothing or is not there is a failure of the far side', async (t) => {
  const gone = createTcpServer();
  const port = await listening(t, gone);
  await new Promise((resolve) => gone.close(resolve));
  const cases: [string, string][] = [
    ['not HTTP', await raw(t, (socket) => socket.end('220 smtp.example.com ready\r\n'))],
    ['reset', await raw(t, (socket) => socket.resetAndDestroy())],
    ['closed', await raw(t, (socket) => socket.end())],
    ['headers without end', await raw(t, (socket) => socket.end(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(40_000)}`))],
    ['nobody there', `http://127.0.0.1:${port}/`],
  ];
  for (const [name, url] of cases) {
    assert.equal((await refusal(read(local, url))).code, 'upload_failed', name);
  }
  const nameless = strangerFetch({
    allowLoopback: false,
    clock: systemClock,
    resolve: () => Promise.reject(Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' })),
  });
  const error = await refusal(nameless.open('http://nowhere.example.com/', LIMITS));
  assert.match(error.message, /nowhere\.example\.com has no address/);
});

test('the deadline covers the lookup, the answer and the body', async (t) => {
  const clock = manualClock();
  let asked: (() => void) | undefined;
  const waiting = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const stuck = strangerFetch({
    allowLoopback: false,
    clock,
    resolve: () => {
      asked?.();
      return new Promise(() => {});
    },
  });
  const lookup = refusal(stuck.open('http://slow.example.com/', LIMITS));
  await waiting;
  clock.fire(LIMITS.timeoutMs);
  assert.match((await lookup).message, /did not deliver within 20 s/);

  let reached: (() => void) | undefined;
  const arrived = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const base = await web(t, (request, response) => {
    if (request.url === '/drip') response.write('first');
    else reached?.();
  });
  const slow = strangerFetch({ allowLoopback: true, clock });
  const silent = refusal(slow.open(`${base}/silent`, LIMITS));
  await arrived;
  clock.fire(LIMITS.timeoutMs);
  assert.equal((await silent).code, 'upload_failed');

  const { body } = await slow.open(`${base}/drip`, LIMITS);
  const chunks = body[Symbol.asyncIterator]();
  assert.equal(Buffer.from((await chunks.next()).value ?? []).toString(), 'first');
  const next = refusal(chunks.next());
  clock.fire(LIMITS.timeoutMs);
  assert.match((await next).message, /did not deliver/);
});

test('a body that nobody reads is dropped at the deadline, and breaking off closes the connection', async (t) => {
  const clock = manualClock();
  const closed: (() => void)[] = [];
  const nextClose = () => new Promise<void>((resolve) => closed.push(resolve));
  const base = await web(t, (request, response) => {
    request.socket.on('close', () => closed.shift()?.());
    response.write('first');
  });
  const fetch = strangerFetch({ allowLoopback: true, clock });

  const dropped = nextClose();
  await fetch.open(base, LIMITS);
  clock.fire(LIMITS.timeoutMs);
  await dropped;

  const left = nextClose();
  for await (const _chunk of (await fetch.open(base, LIMITS)).body) break;
  await left;

  const aborted = nextClose();
  const controller = new AbortController();
  const { body } = await fetch.open(base, { ...LIMITS, signal: controller.signal });
  const chunks = body[Symbol.asyncIterator]();
  await chunks.next();
  const next = refusal(chunks.next());
  controller.abort();
  assert.equal((await next).code, 'upload_failed');
  await aborted;
});
