/** Who may take what: one process a free job, and nobody the work of one that could not be heard. */
import assert from 'node:assert/strict';
import { after, type TestContext, test } from 'node:test';
import type { Log } from '../../src/contracts/effects.ts';
import type { Store } from '../../src/contracts/store.ts';
import { bootstrap, operator } from '../../src/engine/admin/bootstrap.ts';
import { place, submit } from '../../src/engine/dispatch.ts';
import { createGateway } from '../../src/engine/gateway.ts';
import { startLoop } from '../../src/engine/loop.ts';
import { beat, DEAD_AFTER_MS, HEARTBEAT_MS } from '../../src/engine/processes.ts';
import { systemClock } from '../../src/std/clock.ts';
import { openPostgres } from '../../src/store/postgres.ts';
import { silent } from '../sim/parts.ts';
import { startPostgres } from '../support/postgres.ts';
import { TEXT } from '../upstreams/world.ts';
import { endless, engineOn } from './engine.ts';

const server = await startPostgres();
after(() => server.stop());

async function open(t: TestContext, url: string): Promise<Store> {
  const store = await openPostgres({ url, log: silent, poolSize: 4 });
  t.after(() => store.close());
  return store;
}

test('a process that sees a free job and is overtaken leaves it to the other', { timeout: 60_000 }, async (t) => {
  const url = await server.createDatabase();
  const store = await open(t, url);
  const first = await engineOn(store);
  await bootstrap(first, { key: null, account: { upstream: 'endless', name: 'one', maxJobs: 1 } });
  const gateway = createGateway(first, () => null);
  const order = { dialect: 'native', request: { ...TEXT, inputs: [] }, idempotency: null };
  const { job } = await gateway.createJob(await operator(first), order);
  for (const placed of await place(first)) await submit(first, placed);
  // Its process died and was buried: the job is free, and due.
  const free = await store.write('free', (q) => q.jobs.move(job.id, 1, { owner: null, nextAt: 0 }, 1));
  assert.equal(free?.state, 'running');

  const claim = () => store.write('claim', (q) => q.jobs.claim(job.id, 1, first.processId, 2));
  const real = await open(t, url);
  const overtaken: Store = {
    backend: real.backend,
    exclusive: real.exclusive,
    version: () => real.version(),
    write: (label, unit) => real.write(label, unit),
    // The list of due jobs is on its way when the other process takes the job.
    async read(unit) {
      const found = await real.read(unit);
      if (Array.isArray(found) && found.some((row) => row.id === job.id)) await claim();
      return found;
    },
    notify: (channel) => real.notify(channel),
    onNotify: (listener) => real.onNotify(listener),
    close: () => real.close(),
  };
  const outcome = Promise.withResolvers<string>();
  const log: Log = { ...silent, info: (_fields, message) => outcome.resolve(message) };
  const second = await engineOn(overtaken, { log, upstream: endless(() => outcome.resolve('it asked the upstream')) });
  await bootstrap(second, { key: null, account: null });
  const loop = startLoop(second, () => undefined);
  t.after(() => loop.stop());
  assert.equal(await outcome.promise, 'the job was taken over by another process');
  const now = await store.read((q) => q.jobs.get(job.id));
  assert.deepEqual([now?.owner, now?.fence], [first.processId, 2]);
});

test('when the database was away, those it comes back to do not bury each other; who stays silent is buried', async (t) => {
  const store = await open(t, await server.createDatabase());
  let at = 1_000_000;
  const clock = { ...systemClock, now: () => at, monotonic: () => at };
  const [one, two, dead] = [
    await engineOn(store, { clock }),
    await engineOn(store, { clock }),
    await engineOn(store, { clock }),
  ];
  const living = async () => (await store.read((q) => q.processes.list())).map((process) => process.id);
  at += HEARTBEAT_MS;
  for (const engine of [two, dead, one]) assert.equal(await beat(engine), true);
  // Nobody could beat, for longer than silence is death.
  at += 3 * DEAD_AFTER_MS;
  assert.equal(await beat(one), true);
  assert.equal(await beat(two), true, 'buried by the first that was back');
  assert.deepEqual(await living(), [one.processId, two.processId, dead.processId]);
  for (let silentMs = 0; silentMs < DEAD_AFTER_MS; silentMs += HEARTBEAT_MS) {
    at += HEARTBEAT_MS;
    for (const engine of [one, two]) assert.equal(await beat(engine), true);
  }
  assert.deepEqual(await living(), [one.processId, two.processId]);
  assert.equal(await beat(dead), false);
});

test('a process that starts with its clock an hour ahead buries nobody; who is dead is found by watching', async (t) => {
  const store = await open(t, await server.createDatabase());
  let at = 1_000_000;
  const clock = { ...systemClock, now: () => at, monotonic: () => at };
  const ahead = { ...clock, now: () => at + 3_600_000 };
  const [one, dead] = [await engineOn(store, { clock }), await engineOn(store, { clock })];
  const young = await engineOn(store, { clock: ahead });
  const living = async () => (await store.read((q) => q.processes.list())).map((process) => process.id);
  assert.deepEqual(await living(), [one.processId, dead.processId, young.processId]);
  assert.equal(await beat(young), true);
  for (let silentMs = 0; silentMs < DEAD_AFTER_MS; silentMs += HEARTBEAT_MS) {
    at += HEARTBEAT_MS;
    for (const engine of [one, young]) assert.equal(await beat(engine), true);
  }
  assert.deepEqual(await living(), [one.processId, young.processId]);
});
