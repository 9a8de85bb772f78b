/** A step that hangs holds up nothing but itself, and a search for placements holds up no step. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../bench/policies/clock.ts';
import { FarSide } from '../../bench/policies/far-side.ts';
import { openBench } from '../../bench/policies/gateway.ts';
import { drawWork } from '../../bench/policies/load.ts';
import { fixedPlan, POLL_MS } from '../../bench/policies/runs.ts';
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
