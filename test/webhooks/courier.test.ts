/** The courier on a clock that is set by hand, over a real database and real receivers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Store } from '../../src/contracts/store.ts';
import { Courier } from '../../src/engine/deliver.ts';
import { webhookDesk } from '../../src/engine/webhooks.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { RETRY_DELAYS_MS } from '../../src/wire/pixverse/webhooks.ts';
import { silent } from '../sim/parts.ts';
import type { Ending } from '../support/gateway.ts';
import { ok, receiver } from '../support/receiver.ts';
import { endJobs, hookOn, sender, settableClock, tenantOn } from './world.ts';

const START = Date.UTC(2026, 10, 20);

async function memory(t: Ending): Promise<Store> {
  const store = await openSqlite({ folder: ':memory:', log: silent });
  t.after(() => store.close());
  return store;
}

const rowsOf = (store: Store) => store.read((q) => q.deliveries.list({ limit: 200 }));

/** Waits until every delivery is free and fits. */
async function settled(store: Store, fits: (rows: Awaited<ReturnType<typeof rowsOf>>) => boolean) {
  while (true) {
    const rows = await rowsOf(store);
    if (rows.every((row) => row.owner === null) && fits(rows)) return rows;
    await pause(5);
  }
}

test('[webhooks.pixverse.retries] the pauses of the vendor, to the millisecond, then a dead letter, which can be sent again', async (t) => {
  const clock = settableClock(START);
  const store = await memory(t);
  const lines: unknown[] = [];
  const note = (fields: unknown) => void lines.push(fields);
  const engine = await sender(store, { clock, log: { debug: note, info: note, warn: note, error: note } });
  const who = await tenantOn(store, 'first');
  let well = false;
  const there = await receiver(t, (response) => (well ? ok(response) : void response.writeHead(503).end('not ok')));
  const { secret } = await hookOn(engine, who, there.url);
  const courier = new Courier(engine);
  t.after(() => courier.stop());
  await endJobs(engine, who, [1]);

  let now = START;
  for (const [index, delay] of [0, ...RETRY_DELAYS_MS].entries()) {
    now += delay;
    if (delay > 0) {
      clock.set(now - 1);
      courier.fire();
      await pause(20);
      assert.equal(there.got.length, index, 'not before its time');
    }
    clock.set(now);
    courier.fire();
    const [row] = await settled(store, ([only]) => only?.tries === index + 1);
    assert.equal(there.got.length, index + 1);
    const last = index === RETRY_DELAYS_MS.length;
    assert.equal(row?.state, last ? 'dead' : 'pending');
    if (!last) assert.equal(row?.nextAt, now + (RETRY_DELAYS_MS[index] ?? 0));
    assert.deepEqual([row?.status, row?.error], [503, 'answered 503']);
  }
  clock.set(now + 86_400_000);
  courier.fire();
  await pause(20);
  assert.equal(there.got.length, 9, 'a dead letter stays');

  well = true;
  const [dead] = await rowsOf(store);
  assert.equal(await webhookDesk(engine).replayDead(who, dead?.webhookId ?? 0), 1);
  courier.fire();
  const [row] = await settled(store, ([only]) => only?.state === 'delivered');
  assert.deepEqual([row?.tries, there.got.length], [1, 10]);
  assert.equal(new Set(there.got.map(({ headers }) => headers['webhook-nonce'])).size, 10);
  assert.equal(new Set(there.got.map(({ body }) => body)).size, 1);
  assert.ok(lines.length >= 9);
  assert.ok(!JSON.stringify(lines).includes(secret), 'no secret in the log');
});

test('[webhooks.apart] hundreds that wait for one that hangs do not delay another', async (t) => {
  const clock = settableClock(START);
  const store = await memory(t);
  const engine = await sender(store, { clock });
  const [slow, quick] = [await tenantOn(store, 'slow'), await tenantOn(store, 'quick')];
  const hangs = await receiver(t, () => undefined);
  const good = await receiver(t);
  await hookOn(engine, slow, hangs.url);
  await hookOn(engine, quick, good.url);
  const courier = new Courier(engine);
  await endJobs(
    engine,
    slow,
    Array.from({ length: 500 }, (_, i) => i + 1),
  );
  await endJobs(engine, quick, [1001, 1002, 1003]);
  courier.fire();
  await good.count(3);
  await hangs.count(8);
  assert.equal(hangs.got.length, 8, 'one receiver holds a few places');
  engine.work.stopping = true;
  engine.work.abort.abort();
  await courier.stop();
  const left = await store.read((q) => q.deliveries.list({ tenantId: slow.tenantId, limit: 1000 }));
  assert.ok(
    left.every((row) => row.state === 'pending' && row.tries === 0),
    'what a stop breaks off is no failure',
  );
});

test('an expiry is told before the late success of the same job, and as an expiry', async (t) => {
  const clock = settableClock(START);
  const store = await memory(t);
  const engine = await sender(store, { clock });
  const who = await tenantOn(store, 'first');
  const there = await receiver(t, (response, index) =>
    index === 0 ? void response.writeHead(500).end() : ok(response),
  );
  await hookOn(engine, who, there.url, 'standard');
  const courier = new Courier(engine);
  t.after(() => courier.stop());
  await endJobs(engine, who, [1]);
  await store.write('late', function* (q) {
    yield* q.jobs.move(1, 0, { state: 'expired' }, START);
    yield* q.deliveries.tell({ id: 1, tenantId: who.tenantId, event: 'expired' }, START);
    yield* q.jobs.move(1, 0, { state: 'succeeded' }, START);
    yield* q.deliveries.tell({ id: 1, tenantId: who.tenantId, event: 'succeeded' }, START);
  });
  courier.fire();
  await settled(store, (rows) => rows.some((row) => row.tries === 1));
  assert.equal(there.got.length, 1, 'the later ones wait for the first');
  clock.set(START + 5_000);
  courier.fire();
  await settled(store, (rows) => rows.every((row) => row.state === 'delivered'));
  const types = there.got.map(({ body }) => (JSON.parse(body) as { type: string }).type);
  assert.deepEqual(types, ['job.failed', 'job.failed', 'job.expired', 'job.succeeded']);
});

test('what could not be written down is written down later, and not sent again', async (t) => {
  const clock = settableClock(START);
  const store = await memory(t);
  let away = false;
  const flaky: Store = {
    ...store,
    read: (unit) => store.read(unit),
    onNotify: (listener) => store.onNotify(listener),
    write: (label, unit) =>
      away && label === 'delivered' ? Promise.reject(new Error('away')) : store.write(label, unit),
  };
  // The pause after a fault of ours is on the clock of the engine: it is over when it is asked for.
  const setTimer = (_ms: number, fire: () => void) => {
    setImmediate(fire);
    return () => undefined;
  };
  const patient = { ...clock, setTimer };
  const engine = await sender(flaky, { clock: patient });
  const who = await tenantOn(store, 'first');
  const there = await receiver(t, (response) => {
    away = true;
    ok(response);
  });
  await hookOn(engine, who, there.url);
  const courier = new Courier(engine);
  t.after(() => courier.stop());
  await endJobs(engine, who, [1]);
  courier.fire();
  await there.count(1);
  await pause(30);
  away = false;
  await settled(store, ([only]) => only?.state === 'delivered');
  assert.equal(there.got.length, 1);
});
