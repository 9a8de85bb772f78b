import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { TEST_SEED } from '../support/seed.ts';
import { drawPlan } from './draw.ts';
import type { Plan } from './plan.ts';
import { simulate } from './simulate.ts';
import type { Invariant } from './violation.ts';

const HOUR_MS = 3_600_000;
/** Seeds that every run plays. */
const FIXED = [1, 2, 3, 4, 5, 6, 7, 8];
/** Seeds drawn anew for each run of the tests (test/support/seed.ts). */
const FRESH = 12;
const first = (TEST_SEED * 7919) >>> 0;
const fresh = Array.from({ length: FRESH }, (_, i) => first + i);

/** A plan that once broke a promise, as `npm run sim` prints it. */
interface KeptPlan {
  readonly broke: Invariant;
  /** What was wrong. */
  readonly because: string;
  readonly plan: Plan;
}
const kept = JSON.parse(readFileSync(new URL('seeds.json', import.meta.url), 'utf8')) as KeptPlan[];

for (const { broke, because, plan } of kept) {
  test(`what broke ${broke} once breaks it no more: ${because}`, { timeout: 120_000 }, async () => {
    assert.equal((await simulate(plan)).violation, null);
  });
}

test(`drawn runs keep every promise (new seeds ${first} to ${first + FRESH - 1})`, { timeout: 280_000 }, async (t) => {
  for (const seed of [...FIXED, ...fresh]) {
    const { violation, summary } = await simulate(drawPlan(seed));
    assert.equal(violation, null, `npm run sim -- --seed ${seed}: ${JSON.stringify(violation)}`);
    assert.ok(summary.steps > 0);
  }
  t.diagnostic(`${FIXED.length} fixed seeds, ${FRESH} new ones from ${first}`);
});

for (const seed of [11, first]) {
  test(`one simulated hour with crashes keeps every promise (seed ${seed})`, { timeout: 120_000 }, async (t) => {
    const { violation, summary } = await simulate(drawPlan(seed, { lengthMs: HOUR_MS, jobs: 100, processes: 2 }));
    t.diagnostic(JSON.stringify(summary));
    assert.equal(violation, null, `seed ${seed}: ${JSON.stringify(violation)}`);
    assert.ok(summary.simulatedMs >= HOUR_MS);
    if (seed === 11) assert.ok(summary.started > 50, 'most jobs run');
  });
}

test('the same seed plays the same run', { timeout: 120_000 }, async () => {
  assert.deepEqual(await simulate(drawPlan(77)), await simulate(drawPlan(77)));
});
