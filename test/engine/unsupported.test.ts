/** A request that no account carries out is refused when it is sent: it would wait for ever. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../bench/policies/clock.ts';
import { FarSide } from '../../bench/policies/far-side.ts';
import { openBench } from '../../bench/policies/gateway.ts';
import { drawWork } from '../../bench/policies/load.ts';
import { fixedPlan } from '../../bench/policies/runs.ts';
import { createGateway } from '../../src/engine/gateway.ts';
import { Refusal } from '../../src/std/errors.ts';
import { seededRandom } from '../../src/std/random.ts';

test('what no kind of account here supports is refused, not queued [pixverse-ops.unsupported]', async () => {
  const clock = new VirtualClock();
  const random = seededRandom(1);
  const shape = { accounts: 1, slots: 1, webhooks: null };
  const far = new FarSide(clock, random, shape);
  const events = { started: () => undefined, ended: () => undefined };
  const bench = await openBench({ clock, random, far, events, ...shape, tenants: 1, plan: fixedPlan });
  const driver = [...bench.engine.upstreams.values()][0];
  const who = bench.keys[0];
  assert.ok(driver && who);
  const { request } = drawWork(random, 0);
  const order = { dialect: 'test', request: { ...request, inputs: [] }, idempotency: null };
  const unable = new Map([[driver.kind, { ...driver, supports: () => false }]]);
  const gateway = createGateway({ ...bench.engine, upstreams: unable }, () => null);
  await assert.rejects(
    gateway.createJob(who, order),
    (error) => error instanceof Refusal && error.code === 'operation_unsupported',
  );
  assert.deepEqual(await gateway.jobs(who, { limit: 10 }), []);
  await bench.gateway.createJob(who, order);
  await bench.close();
});
