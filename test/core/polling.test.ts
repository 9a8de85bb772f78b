import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AskPlan, planAsking, type Took } from '../../src/core/polling.ts';
import { seededRandom } from '../../src/std/random.ts';
import { fc } from '../support/property.ts';

const EXPECTED_MS = 60_000;

/** Attempts that took these times what was expected. */
const seen = (...ratios: number[]): Took[] =>
  ratios.map((ratio) => ({ tookMs: ratio * EXPECTED_MS, expectedMs: EXPECTED_MS }));

/** Fifty attempts around a median, a few per cent off on either side. */
const around = (ratio: number, spread: number): Took[] =>
  seen(...Array.from({ length: 50 }, (_, i) => ratio * Math.exp(spread * ((i % 10) - 4.5))));

/** When an attempt that ends at `endMs` is asked about; the last question finds the end. */
function asked(plan: AskPlan, endMs: number, jitter: () => number = () => 0.5, expectedMs = EXPECTED_MS): number[] {
  const times: number[] = [];
  for (let at = 0; at < endMs; times.push(at)) at += plan.delayMs(at, expectedMs, jitter());
  return times;
}

test('questions are few early, dense around the usual end, and thin out after it', () => {
  const plan = planAsking(around(1, 0.02));
  const pause = (elapsed: number) => plan.delayMs(elapsed, EXPECTED_MS, 0.5);
  assert.ok(pause(1_000) > 10 * pause(58_000), `${pause(1_000)} and ${pause(58_000)} ms`);
  assert.ok(pause(58_000) < 3_000);
  assert.ok(pause(10 * EXPECTED_MS) > 5 * pause(58_000));
  assert.equal(pause(30 * EXPECTED_MS), 60_000, 'what is very late is asked about once a minute');
});

test('an attempt is asked about eight times on average, whatever the kind and its spread', () => {
  const random = seededRandom(3);
  for (const spread of [0, 0.01, 0.03, 0.08]) {
    for (const ratio of [0.4, 1, 3]) {
      const kind = around(ratio, spread);
      const plan = planAsking(kind);
      let questions = 0;
      for (let round = 0; round < 20; round++) {
        for (const { tookMs } of kind) questions += asked(plan, tookMs, () => random.float()).length;
      }
      const mean = questions / 20 / kind.length;
      assert.ok(mean > 4 && mean <= 8.5, `${mean} questions at ${ratio} ± ${spread}`);
    }
  }
});

test('a narrow kind is found sooner than a wide one for as many questions', () => {
  const wait = (spread: number) => {
    const kind = around(1, spread);
    const plan = planAsking(kind);
    const waits = kind.map(({ tookMs }) => (asked(plan, tookMs).at(-1) ?? 0) - tookMs);
    return waits.reduce((sum, ms) => sum + ms, 0) / waits.length;
  };
  assert.ok(wait(0.01) < wait(0.03) && wait(0.03) < wait(0.08), `${wait(0.01)} ${wait(0.03)} ${wait(0.08)}`);
  assert.ok(wait(0.01) < 1_500);
});

test('what a short clip took tells about a long one', () => {
  const plan = planAsking(around(0.5, 0.02));
  const last = asked(plan, 5 * EXPECTED_MS, () => 0.5, 10 * EXPECTED_MS).at(-1) ?? 0;
  assert.ok(last < 5 * EXPECTED_MS + 10_000, `${last}`);
});

test('a kind never seen is asked about around what was expected, and wider', () => {
  const plan = planAsking([]);
  assert.ok(asked(plan, EXPECTED_MS).length <= 8);
  assert.ok(asked(plan, EXPECTED_MS / 4).length >= 1);
  const late = asked(plan, 4 * EXPECTED_MS);
  assert.ok((late.at(-1) ?? 0) - 4 * EXPECTED_MS <= EXPECTED_MS / 3);
});

test('one that changed its pace is found before its usual end, and soon known', () => {
  let kind = around(1, 0.02);
  const took = EXPECTED_MS * 0.3;
  for (let round = 0; round < 6; round++) {
    const plan = planAsking(kind);
    const found = kind.slice(0, 25).map((_, i) => asked(plan, took, () => (i + 0.5) / 25).at(-1) ?? 0);
    kind = [...found.map((tookMs) => ({ tookMs, expectedMs: EXPECTED_MS })), ...kind].slice(0, 50);
  }
  const found = asked(planAsking(kind), took).at(-1) ?? 0;
  assert.ok(found - took < took / 3, `found after ${found} of ${took} ms`);
});

test('pauses are whole, positive and bounded for any history', () => {
  const history = fc.array(
    fc.record({ tookMs: fc.integer({ min: 0, max: 90_000_000 }), expectedMs: fc.integer({ min: 0, max: 3_600_000 }) }),
    { maxLength: 60 },
  );
  const property = fc.property(
    history,
    fc.nat(100_000_000),
    fc.integer({ min: 1, max: 3_600_000 }),
    fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    (kind, elapsed, expected, jitter) => {
      const pause = planAsking(kind).delayMs(elapsed, expected, jitter);
      assert.ok(Number.isSafeInteger(pause) && pause >= 500, `${pause}`);
      assert.ok(pause <= Math.max(60_000, 25 * expected), `${pause}`);
    },
  );
  fc.assert(property, { seed: 5, numRuns: 500 });
});

test('the first questions of attempts that began together are spread', () => {
  const plan = planAsking(around(1, 0.03));
  const firsts = [0, 0.25, 0.5, 0.75].map((jitter) => plan.delayMs(0, EXPECTED_MS, jitter));
  assert.equal(new Set(firsts).size, 4);
});
