/** The stream of events over HTTP: who sees what, and how a reader goes on where it was. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { type EventWire, eventSchema } from '../../src/wire/native/schemas/events.ts';
import { newKeySchema } from '../../src/wire/native/schemas/keys.ts';
import { tenantSchema } from '../../src/wire/native/schemas/tenants.ts';
import { startAlone, startGateway, type TestGateway } from '../support/gateway.ts';
import { nativeClient } from '../support/native.ts';

describe('events', () => {
  let gateway: TestGateway;
  let api: ReturnType<typeof nativeClient>;
  const ends: (() => Promise<void>)[] = [];

  before(async () => {
    gateway = await startGateway({ after: (end) => void ends.push(end) });
    api = nativeClient(gateway);
  });
  after(async () => {
    for (const end of ends) await end();
  });

  /** Opens a stream; `read` resolves with its events once `enough` of them have come, or it has ended. */
  const open = async (key: string, headers: Record<string, string> = {}) => {
    const abort = new AbortController();
    const response = await fetch(`${gateway.url}/pool/v1/events`, {
      headers: { authorization: `Bearer ${key}`, ...headers },
      signal: abort.signal,
    });
    assert.equal(response.status, 200);
    assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
    const chunks = response.body?.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
    const events: EventWire[] = [];
    let text = '';
    return {
      async read(enough: (events: readonly EventWire[]) => boolean): Promise<readonly EventWire[]> {
        while (!enough(events)) {
          const chunk = await chunks?.next();
          if (!chunk || chunk.done) break;
          text += chunk.value;
          const parts = text.split('\n\n');
          text = parts.pop() ?? '';
          for (const part of parts) {
            const [id, data] = [/^id: (\d+)$/m.exec(part)?.[1], /^data: (.*)$/m.exec(part)?.[1]];
            if (data === undefined) continue;
            const event = eventSchema.strict().parse(JSON.parse(data));
            assert.equal(String(event.id), id);
            events.push(event);
          }
        }
        return events;
      },
      close: () => abort.abort(),
    };
  };
  const create = async (secret: string, trace: string, url = gateway.url) => {
    const response = await fetch(`${url}/openapi/v2/video/text/generate`, {
      method: 'POST',
      headers: { 'api-key': secret, 'ai-trace-id': trace, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'v6', prompt: 'a lake', duration: 1, quality: '360p', aspect_ratio: '16:9' }),
    });
    return ((await response.json()) as { Resp: { video_id: number } }).Resp.video_id;
  };
  const done = (jobs: readonly number[]) => (events: readonly EventWire[]) =>
    jobs.every((job) => events.some(({ jobId, kind }) => jobId === job && kind === 'succeeded'));

  test('a client sees its tenant’s jobs without accounts, an admin all; nothing twice, nothing missed', async () => {
    const tenant = await api.get(tenantSchema, 'POST', '/tenants', { body: { name: 'b', monthlyCredits: 100 } }, 201);
    const body = { name: 'b', tenantId: tenant.id };
    const { secret } = await api.get(newKeySchema, 'POST', '/keys', { body }, 201);
    const [all, mine] = [await open(gateway.key), await open(secret)];
    const jobs = [await create(gateway.key, 'events-1'), await create(secret, 'events-2')];
    const [a = 0, b = 0] = jobs;
    const seen = await all.read(done([a, b]));
    const own = await mine.read(done([b]));
    assert.deepEqual(new Set(seen.map(({ jobId }) => jobId)), new Set([a, b]));
    assert.ok(own.every(({ jobId }) => jobId === b));
    assert.deepEqual(
      own.map(({ id }) => id),
      seen.filter(({ jobId }) => jobId === b).map(({ id }) => id),
    );
    assert.match(JSON.stringify(seen), /"account":/);
    assert.doesNotMatch(JSON.stringify(own), /"account"|@/);
    const ids = seen.map(({ id }) => id);
    assert.deepEqual(
      ids,
      [...new Set(ids)].sort((x, y) => x - y),
    );
    all.close();
    mine.close();

    // Back again after the second event.
    const resumed = await open(gateway.key, { 'last-event-id': String(ids[1]) });
    const rest = await resumed.read(({ length }) => length >= ids.length - 2);
    assert.deepEqual(
      rest.map(({ id }) => id),
      ids.slice(2),
    );
    resumed.close();
    // A number that no event ever had: from now on.
    const ahead = await open(gateway.key, { 'last-event-id': '9000000000000000' });
    const next = await create(gateway.key, 'events-3');
    const fresh = await ahead.read(done([next]));
    assert.ok(fresh.every(({ jobId }) => jobId === next));
    ahead.close();
  });

  test('who may not, and ids that are none, are refused before the stream begins', async () => {
    assert.equal((await api.refused('key_missing', 'GET', '/events', { key: null })).status, 401);
    for (const id of ['x', '-1', '1.5', '9999999999999999']) {
      const { field } = await api.refused('parameter_invalid', 'GET', '/events', { headers: { 'last-event-id': id } });
      assert.equal(field, 'Last-Event-ID');
    }
    await api.refused('parameter_invalid', 'GET', '/events?after=x');
  });

  test('a stop ends the streams, also of a reader that takes nothing, however long work may go on', {
    timeout: 60_000,
  }, async (t) => {
    const first = await startAlone(t, { gracePeriodMs: 3_600_000 });
    const id = await create(first.key, 'only', first.url);
    await first.stop();
    // More than any buffer between the two takes.
    const database = new DatabaseSync(path.join(first.folder, 'reelpool.sqlite'));
    const add = database.prepare('insert into events (job_id, at, kind, data) values (?, 1, ?, ?)');
    database.exec('begin');
    for (let n = 0; n < 6_000; n++) add.run(id, 'noted', JSON.stringify({ message: 'x'.repeat(5_000) }));
    database.exec('commit');
    database.close();

    gateway = await first.restart();
    const stream = await open(gateway.key);
    const { hostname, port } = new URL(gateway.url);
    const stuck = connect(Number(port), hostname);
    t.after(() => void stuck.destroy());
    await once(stuck, 'connect');
    stuck.pause();
    stuck.write(`GET /pool/v1/events?after=0 HTTP/1.1\r\nhost: a\r\napi-key: ${gateway.key}\r\n\r\n`);
    // The gateway has many turns to fill what there is to fill.
    for (let turn = 0; turn < 300; turn++) assert.equal((await fetch(`${gateway.url}/healthz`)).status, 200);
    const ended = stream.read(() => false);
    await gateway.stop();
    await ended;
  });
});
