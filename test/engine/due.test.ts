/** A step that hangs holds up nothing but itself, and a search for placements holds up no step. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../bench/policies/clock.ts';
import { FarSide } from '../../bench/policies/far-side.ts';
import { openBench } from '../../bench/policies/gateway.ts';
import { drawWork } from '../../bench/policies/load.ts';
import { fixedPlan, POLL_MS } from '../../bench/policies/runs.ts';
import type { FaultPoint } from '../../src/contracts/effects.ts';
import type { Upstream } from '../../src/contracts/upstream.ts';
import { place } from '../../src/engine/dispatch.ts';
import { startLoop } from '../../src/engine/loop.ts';
import { seededRandom } from '../../src/std/random.ts';

/** Status calls that take longer than this to be made after they were due are late, ms. */
const PROMPT_MS = 200;

/** Times between the questions about one job, beside `hanging` others whose status calls are never answered. */
async function pausesBeside(hanging: number): Promise<number[]> {
  const clock = new VirtualClock();
  const random = seededRandom(1);
  const shape = { accounts: hanging + 1, slots: 1, webhooks: null };
  const far = new FarSide(clock, random, shape);
  const events = { started: () => undefined, ended: () => undefined };
  const bench = await openBench({ clock, random, far, events, ...shape, tenants: 1, plan: fixedPlan });
  const driver = [...bench.engine.upstreams.values()][0];
  const who = bench.keys[0];
  assert.ok(driver && who);
  const started: number[] = [];
  const asked: number[] = [];
  const hung: Upstream = {
    ...driver,
    start(account, attempt, signal) {
      started.push(account.id);
      return driver.start(account, attempt, signal);
    },
    status(account, ref, signal) {
      if (account.id !== started.at(-1)) return new Promise(() => undefined);
      asked.push(clock.now());
      return driver.status(account, ref, signal);
    },
  };
  const loop = startLoop({ ...bench.engine, upstreams: new Map([[driver.kind, hung]]) }, () => undefined);
  const { request } = drawWork(random, 0);
  const order = { dialect: 'test', request: { ...request, seed: 600_000, inputs: [] }, idempotency: null };
  for (let n = 0; n < hanging; n++) await bench.gateway.createJob(who, order);
  await clock.run(clock.now() + 333);
  await bench.gateway.createJob(who, order);
  await clock.run(clock.now() + 60_000);
  bench.engine.work.abort.abort();
  const stopped = loop.stop();
  await clock.run(clock.now() + 60_000);
  await stopped;
  await bench.close();
  return asked.slice(1).map((at, index) => at - (asked[index] ?? 0));
}

for (const hanging of [1, 400]) {
  test(`a job is asked about at its time beside ${hanging} whose questions hang`, async () => {
    const pauses = await pausesBeside(hanging);
    assert.ok(pauses.length >= 10, `${pauses.length} questions in a minute`);
    for (const pause of pauses) assert.ok(pause <= POLL_MS + PROMPT_MS, `a pause of ${pause} ms`);
  });
}

test('a job whose process died before its call is taken up although every tick also looks for placements', async () => {
  const clock = new VirtualClock();
  const random = seededRandom(1);
  // Room for one more: so there is always something to look for.
  const shape = { accounts: 1, slots: 2, webhooks: null };
  const far = new FarSide(clock, random, shape);
  const events = { started: () => undefined, ended: () => undefined };
  const bench = await openBench({ clock, random, far, events, ...shape, tenants: 1, plan: fixedPlan });
  const who = bench.keys[0];
  assert.ok(who);
  const { request } = drawWork(random, 0);
  const order = { dialect: 'test', request: { ...request, seed: 600_000, inputs: [] }, idempotency: null };
  const { job } = await bench.gateway.createJob(who, order);
  const [placed] = await place(bench.engine);
  assert.equal(placed?.job.id, job.id);
  // Its process is gone, and was buried.
  const at = clock.now();
  await bench.engine.store.write('orphan', (q) =>
    q.jobs.move(job.id, placed.job.fence, { owner: null, nextAt: at }, at),
  );
  const loop = startLoop(bench.engine, () => undefined);
  await clock.run(clock.now() + 10_000);
  const now = await bench.engine.store.read((q) => q.jobs.get(job.id));
  assert.notEqual(now?.state, 'submitting');
  bench.engine.work.abort.abort();
  const stopped = loop.stop();
  await clock.run(clock.now() + 60_000);
  await stopped;
  await bench.close();
});

test('a step that ends late leaves the mark of the step after it', async () => {
  const clock = new VirtualClock();
  const random = seededRandom(1);
  const shape = { accounts: 2, slots: 1, webhooks: null };
  const far = new FarSide(clock, random, shape);
  const events = { started: () => undefined, ended: () => undefined };
  const bench = await openBench({ clock, random, far, events, ...shape, tenants: 1, plan: fixedPlan });
  const driver = [...bench.engine.upstreams.values()][0];
  const who = bench.keys[0];
  assert.ok(driver && who);
  // The first account turns the job away; the step that wrote this down stands still before its end, and the next one,
  // at the other account, does after its call.
  const calls: string[] = [];
  const turnsAway: Upstream = {
    ...driver,
    start(account, attempt, signal) {
      calls.push(attempt.id);
      if (calls.length > 1) return driver.start(account, attempt, signal);
      return Promise.resolve({ type: 'refused', code: 'account_full', message: 'full' });
    },
  };
  const still = new Map<FaultPoint, PromiseWithResolvers<void>>();
  const fault = (point: FaultPoint) => {
    if (point === (calls.length === 1 ? 'dispatch.recorded' : 'dispatch.answered') && !still.has(point)) {
      still.set(point, Promise.withResolvers());
      return still.get(point)?.promise;
    }
    return undefined;
  };
  const engine = {
    ...bench.engine,
    effects: { ...bench.engine.effects, fault },
    upstreams: new Map([[driver.kind, turnsAway]]),
  };
  const loop = startLoop(engine, () => undefined);
  const { request } = drawWork(random, 0);
  const order = { dialect: 'test', request: { ...request, seed: 600_000, inputs: [] }, idempotency: null };
  const { job } = await bench.gateway.createJob(who, order);
  await clock.run(clock.now() + 10_000);
  assert.equal(calls.length, 2);
  still.get('dispatch.recorded')?.resolve();
  await clock.run(clock.now() + 10_000);
  assert.ok(engine.work.active.has(job.id), 'the second step is under way');
  await clock.run(clock.now() + 10 * 60_000);
  assert.equal(calls.length, 2, 'no other step began beside it');
  assert.equal((await bench.gateway.job(who, job.id)).state, 'submitting');
  still.get('dispatch.answered')?.resolve();
  await clock.run(clock.now() + 1_000);
  assert.equal((await bench.gateway.job(who, job.id)).state, 'running');
  bench.engine.work.abort.abort();
  const stopped = loop.stop();
  await clock.run(clock.now() + 60_000);
  await stopped;
  await bench.close();
});
