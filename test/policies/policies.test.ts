/** The comparison of docs/policies.md, small: counts in virtual time, the same in every run of a seed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boundAt, busyAtMost, questionsFor } from '../../bench/policies/bound.ts';
import { type Figures, figuresOf } from '../../bench/policies/figures.ts';
import { SPREAD } from '../../bench/policies/load.ts';
import { POLICIES, type PolicyName } from '../../bench/policies/policies.ts';
import { GOAL } from '../../bench/policies/table.ts';

const MINUTE_MS = 60_000;
/** How far half an hour of a tenth of the pool may be from a day of all of it: the same program with other seeds is. */
const OFF = { busy: 0.001, statusCalls: 0.4 } as const;

/** A tenth of the pool, for half an hour; each policy is played once. */
const played = new Map<PolicyName, Promise<Figures>>();

function figures(name: PolicyName): Promise<Figures> {
  const shape = { accounts: 10, slots: 5, webhooks: null };
  const span = { seed: 2, warmUpMs: 20 * MINUTE_MS, countedMs: 30 * MINUTE_MS, clients: 75, spread: SPREAD };
  const found = played.get(name) ?? POLICIES[name].run(shape, span).then(figuresOf);
  played.set(name, found);
  return found;
}

test('with prompt webhooks slots are busy 99.5 % of their time at no more than 8 status calls a job', async () => {
  const soon = await figures('soon');
  assert.ok(soon.busy >= GOAL.busy - OFF.busy, JSON.stringify(soon));
  assert.ok(soon.statusCalls <= GOAL.statusCalls + OFF.statusCalls, JSON.stringify(soon));
});

test('asking alone comes close to the best it can do, at no more than 8 status calls a job', async () => {
  const adaptive = await figures('adaptive');
  assert.ok(adaptive.statusCalls <= GOAL.statusCalls + OFF.statusCalls, JSON.stringify(adaptive));
  const best = busyAtMost(boundAt(SPREAD), adaptive.statusCalls);
  assert.ok(best < GOAL.busy, 'the goal cannot be reached by asking');
  assert.ok(adaptive.busy > best - 0.01, `${adaptive.busy} of ${best}`);
});

test('without a queue jobs wait longer for slots that are no busier, and calls are wasted', async () => {
  const [clients, adaptive] = [await figures('clients'), await figures('adaptive')];
  assert.ok(clients.busy < adaptive.busy + 0.01, `${clients.busy} and ${adaptive.busy}`);
  assert.ok(clients.refused > 3 && clients.statusCalls > 2 * adaptive.statusCalls, JSON.stringify(clients));
  assert.ok(clients.waitP95Ms > 2 * adaptive.waitP95Ms, `${clients.waitP95Ms} and ${adaptive.waitP95Ms}`);
  assert.equal(adaptive.refused, 0);
});

test('the bound is that of a distribution whose figures are known', () => {
  const { workMs, root } = boundAt(0.01);
  assert.ok(workMs > 100_000 && workMs < 110_000);
  assert.ok(questionsFor({ workMs: 1000, root: Math.sqrt(20) }, 0.5) === 0.5 + 0.01);
  assert.ok(root > 0 && root < boundAt(0.02).root);
});
