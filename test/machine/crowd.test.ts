/** Too much at once: connections that say nothing, requests that never end, no more files to open. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { suite, type TestContext } from 'node:test';
import { balanceOf, ended, SMALL_TEXT } from '../support/pixverse-client.ts';
import { pngPicture } from '../support/png.ts';
import { assertSettled, create, folderFor, jobOf, jobsOf, type MachineGateway, start, until } from './machine.ts';
import { proves } from './proves.ts';

const PRICE = 5;
const MIB = 1024 * 1024;
const noProc = process.platform === 'linux' ? false : 'needs /proc';

/** Connections of a test; gone when it ends. */
interface Crowd {
  /** Opens one that sends these bytes and nothing more. */
  join(bytes?: string | Uint8Array): Promise<void>;
  /** Lets some of them go. */
  leave(count: number): void;
  /** How many are open. */
  size(): number;
}

function crowd(t: TestContext, { url }: MachineGateway): Crowd {
  const open = new Set<Socket>();
  const leave = (count: number) => {
    for (const socket of [...open].slice(0, count)) socket.destroy();
  };
  t.after(() => leave(open.size));
  const { hostname, port } = new URL(url);
  return {
    leave,
    size: () => open.size,
    join: (bytes) =>
      new Promise((joined) => {
        const socket = connect(Number(port), hostname);
        open.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          open.delete(socket);
          joined();
        });
        socket.on('connect', () => {
          if (bytes !== undefined) socket.write(bytes);
          joined();
        });
        // What the server says when it hangs up must be read for the end to be seen.
        socket.resume();
      }),
  };
}

/** Resident memory of a process, bytes. */
function memoryOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

suite('crowd', { concurrency: 3 }, () => {
  proves('sockets/idle', { skip: noProc }, async (t) => {
    const gateway = await start(t, await folderFor(t));
    await balanceOf(gateway.client);
    const before = memoryOf(gateway.pid);
    const idle = crowd(t, gateway);
    await Promise.all(Array.from({ length: 1000 }, () => idle.join()));
    assert.equal(idle.size(), 1000);
    for (let i = 0; i < 20; i++) await balanceOf(gateway.client);
    const grown = memoryOf(gateway.pid) - before;
    assert.ok(grown < 64 * MIB, `1,000 connections cost ${(grown / MIB).toFixed(0)} MiB`);
    t.diagnostic(`1,000 connections: ${(grown / MIB).toFixed(0)} MiB`);
    assert.equal((await ended(gateway.client, await create(gateway, 'one')))['status'], 1);
    await until(t, () => idle.size() === 0);
    await assertSettled(gateway, PRICE);
    assert.equal(await gateway.stop(), 0);
  });

  proves('sockets/half-sent', {}, async (t) => {
    const folder = await folderFor(t);
    const gateway = await start(t, folder);
    const headers = crowd(t, gateway);
    const bodies = crowd(t, gateway);
    const post = (route: string, rest: string) =>
      `POST /openapi/v2${route} HTTP/1.1\r\nhost: x\r\napi-key: ${gateway.key}\r\nai-trace-id: x\r\n${rest}`;
    const json = post('/video/text/generate', 'content-type: application/json\r\ncontent-length: 100\r\n\r\n{"prompt"');
    const form = 'content-type: multipart/form-data; boundary=b\r\ncontent-length: 5000\r\n\r\n';
    const file = '--b\r\ncontent-disposition: form-data; name="image"; filename="a.png"\r\n\r\n';
    const picture = Buffer.concat([
      Buffer.from(post('/image/upload', form) + file),
      pngPicture(96, 64).subarray(0, 100),
    ]);
    for (let i = 0; i < 100; i++) await headers.join(post('/video/text/generate', 'content-le'));
    for (let i = 0; i < 50; i++) await Promise.all([bodies.join(json), bodies.join(picture)]);

    await balanceOf(gateway.client);
    assert.equal(headers.size() + bodies.size(), 200, 'they are all still there');
    assert.equal((await ended(gateway.client, await create(gateway, 'one')))['status'], 1);
    await until(t, () => headers.size() === 0);
    assert.equal(bodies.size(), 100, 'a body may take longer');
    bodies.leave(100);
    const spool = path.join(folder, 'blobs', 'tmp');
    await until(t, () => readdirSync(spool).length === 0);
    assert.equal((await jobsOf(gateway)).length, 1);
    await assertSettled(gateway, PRICE);
    assert.equal(gateway.log().includes('nobody expected'), false, gateway.log());
    assert.equal(await gateway.stop(), 0);
  });

  proves('files/limit', { skip: noProc }, async (t) => {
    const limit = 64;
    const through = ['sh', '-c', `ulimit -n ${limit}; exec "$@"`, 'sh'];
    const gateway = await start(t, await folderFor(t), { through });
    const open = () => readdirSync(`/proc/${gateway.pid}/fd`).length;
    // The connection of a client that was there before the crowd.
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    t.after(() => agent.destroy());
    const send = (method: string, route: string, body?: Body) => kept(agent, gateway, method, route, body);
    assert.equal((await send('GET', '/account/balance')).status, 200);
    const many = crowd(t, gateway);
    await until(t, async () => {
      await many.join();
      if (open() < limit) return false;
      const { status, body } = await send('POST', '/image/upload', uploadBody());
      if (status === 200) return false;
      assert.deepEqual([status, body['ErrCode']], [503, 500069]);
      assert.match(String(body['ErrMsg']), /too many files/);
      return true;
    });

    const body = { type: 'application/json', bytes: JSON.stringify(SMALL_TEXT) };
    const created = await send('POST', '/video/text/generate', body);
    assert.equal(created.status, 200);
    const id = Number((created.body['Resp'] as { video_id: number }).video_id);
    assert.equal((await send('GET', `/video/result/${id}`)).status, 200);

    // One after the other leaves: every step of the job meets the limit once, and none may take it for the job's fault.
    let state = '';
    while (state !== 'succeeded') {
      const said = faults(gateway);
      many.leave(1);
      await gateway.later();
      // The renderer's pause; not while it may be at work, for its deadlines would pass too.
      if (faultLines(gateway).at(-1)?.includes('it is done again')) await gateway.time({ pass: 10_000 });
      await until(t, async () => {
        const answer = await send('GET', `/video/result/${id}`);
        state =
          { 1: 'succeeded', 5: 'running' }[Number((answer.body['Resp'] as { status: number }).status)] ?? 'failed';
        return state !== 'running' || faults(gateway) > said;
      });
      assert.notEqual(state, 'failed', faultLines(gateway).join('\n'));
    }
    t.diagnostic(`met the limit ${faults(gateway)} times`);
    many.leave(many.size());
    await until(t, () => open() < limit / 2 + 10);
    assert.equal((await jobOf(gateway, id)).error, null);
    await assertSettled(gateway, PRICE);
    assert.equal(await gateway.stop(), 0);
  });
});

/** What went wrong, of what a gateway has logged. */
function faultLines(gateway: MachineGateway): string[] {
  const lines = gateway.log().split('\n');
  return lines.filter((line) => line !== '' && !line.includes('the clock of this machine was set'));
}

const faults = (gateway: MachineGateway): number => faultLines(gateway).length;

interface Body {
  readonly type: string;
  readonly bytes: string | Uint8Array;
}

function uploadBody(): Body {
  const head = '--b\r\ncontent-disposition: form-data; name="image"; filename="a.png"\r\n\r\n';
  const bytes = Buffer.concat([Buffer.from(head), pngPicture(96, 64), Buffer.from('\r\n--b--\r\n')]);
  return { type: 'multipart/form-data; boundary=b', bytes };
}

/** A call of the PixVerse door on a connection that is kept. */
function kept(
  agent: Agent,
  { url, key }: MachineGateway,
  method: string,
  route: string,
  body?: Body,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const headers = { 'API-KEY': key, 'Ai-trace-id': randomUUID() };
  const typed = body === undefined ? headers : { ...headers, 'content-type': body.type };
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/openapi/v2${route}`, { agent, method, headers: typed }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: JSON.parse(text) }));
    });
    sent.on('error', reject);
    sent.end(body?.bytes);
  });
}
