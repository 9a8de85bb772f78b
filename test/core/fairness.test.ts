import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lift, next, serve, type Waiting } from '../../src/core/fairness.ts';
import { randomInt, seededRandom } from '../../src/std/random.ts';

/** Gives `rounds` turns among tenants that always have jobs; slot time per tenant. */
function play(weights: number[], rounds: number, slotMs: () => number): { given: number[]; longestWait: number[] } {
  const tenants = new Map<number, Waiting>(weights.map((weight, i) => [i, { tenantId: i, weight, servedMs: 0 }]));
  const given = weights.map(() => 0);
  const waited = weights.map(() => 0);
  const longestWait = weights.map(() => 0);
  for (let round = 0; round < rounds; round++) {
    const turn = next(tenants.values());
    assert.ok(turn);
    const ms = slotMs();
    for (let i = 0; i < weights.length; i++) {
      waited[i] = i === turn.tenantId ? 0 : (waited[i] ?? 0) + ms;
      longestWait[i] = Math.max(longestWait[i] ?? 0, waited[i] ?? 0);
    }
    given[turn.tenantId] = (given[turn.tenantId] ?? 0) + ms;
    tenants.set(turn.tenantId, { ...turn, servedMs: serve(turn, ms) });
  }
  return { given, longestWait };
}

test('over 1,000 placements shares are within 5 % of the weights', () => {
  const random = seededRandom(11);
  const weights = [1, 2, 5, 1];
  const { given } = play(weights, 1000, () => 5_000 + randomInt(random, 5_000));
  const total = given.reduce((a, b) => a + b, 0);
  const sum = weights.reduce((a, b) => a + b, 0);
  for (const [i, weight] of weights.entries()) {
    const share = (given[i] ?? 0) / total;
    const due = weight / sum;
    assert.ok(Math.abs(share - due) <= 0.05 * due, `tenant ${i} got ${share}, was due ${due}`);
  }
});

test('nobody waits longer than 2 × (sum of weights ÷ own weight) × the longest job', () => {
  const random = seededRandom(12);
  const weights = [1, 1, 3, 8];
  const longest = 60_000;
  const { longestWait } = play(weights, 5000, () => 1 + randomInt(random, longest));
  const sum = weights.reduce((a, b) => a + b, 0);
  for (const [i, weight] of weights.entries()) assert.ok((longestWait[i] ?? 0) <= 2 * (sum / weight) * longest);
});

test('who comes back from idleness starts level with those who waited', () => {
  const busy = { tenantId: 1, weight: 1, servedMs: 900_000 };
  const other = { tenantId: 2, weight: 1, servedMs: 950_000 };
  const back = { tenantId: 3, weight: 1, servedMs: 10 };
  assert.deepEqual(
    lift([busy, other, back], 900_000).map((tenant) => tenant.servedMs),
    [900_000, 950_000, 900_000],
  );
});

test('equal tenants take turns by id', () => {
  const tied = [3, 1, 2].map((tenantId) => ({ tenantId, weight: 1, servedMs: 5 }));
  assert.equal(next(tied)?.tenantId, 1);
  assert.equal(next([]), undefined);
});
