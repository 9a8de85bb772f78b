import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountSnapshot, Requirement } from '../../src/core/account.ts';
import { AccountPool, laneOf } from '../../src/core/placement.ts';
import { randomInt, seededRandom } from '../../src/std/random.ts';

const account = (id: number, change: Partial<AccountSnapshot> = {}): AccountSnapshot => ({
  id,
  name: `a${id}`,
  upstream: 'x',
  state: 'enabled',
  maxJobs: 4,
  inUse: 0,
  spendable: 1000,
  perishing: 2,
  weight: 1,
  lastUsedAt: 0,
  restsUntil: 0,
  restsFor: 'cooling',
  coolingUntil: 0,
  probing: false,
  hours: null,
  group: null,
  models: null,
  operations: null,
  tags: [],
  ...change,
});
const requirement = (change: Partial<Requirement> = {}): Requirement => ({
  costs: new Map([['x', 10]]),
  operation: 'text-to-video',
  model: 'v6',
  pool: 1,
  only: null,
  excluded: new Set<number>(),
  now: 100,
  wall: Date.UTC(2026, 0, 21, 12),
  ...change,
});
const pool = (...accounts: AccountSnapshot[]) => {
  const made = new AccountPool();
  for (const one of accounts) made.put(one);
  return made;
};

test('the least used account comes first, then the one used longest ago', () => {
  const choice = pool(account(1, { inUse: 2 }), account(2), account(3), account(4, { inUse: 1 })).choose(requirement());
  assert.deepEqual(
    choice.candidates.map((c) => c.id),
    [2, 3, 4, 1],
  );
});

test('accounts that cannot take the job are counted by reason', () => {
  const choice = pool(
    account(1, { inUse: 4 }),
    account(2, { state: 'paused' }),
    account(3, { state: 'draining' }),
    account(4, { coolingUntil: 101 }),
    account(5, { spendable: 9 }),
    account(6),
    account(7, { upstream: 'y' }),
  ).choose(requirement({ excluded: new Set([6]) }));
  assert.deepEqual(choice.candidates, []);
  assert.deepEqual(choice.reasons, {
    full: 1,
    paused: 1,
    draining: 1,
    cooling: 1,
    credits: 1,
    tried: 1,
    unsupported: 1,
  });
});

test('an explanation names at most ten runners-up', () => {
  const choice = pool(...Array.from({ length: 40 }, (_, i) => account(i + 1))).choose(requirement());
  assert.equal(choice.candidates.length, 11);
});

test('an account that can pay is found behind any number that cannot', () => {
  const poor = Array.from({ length: 2000 }, (_, i) => account(i + 1, { spendable: 9 }));
  const choice = pool(...poor, account(5000, { inUse: 3, spendable: 10 })).choose(requirement());
  assert.deepEqual(
    choice.candidates.map((c) => c.id),
    [5000],
  );
  assert.deepEqual(choice.reasons, { credits: 2000 });
});

test('an account comes back when it has cooled down, and not before', () => {
  const made = pool(account(1, { coolingUntil: 101 }), account(2, { inUse: 3 }));
  const ids = (now: number) => made.choose(requirement({ now })).candidates.map((c) => c.id);
  assert.equal(made.hasRoom(), true);
  assert.deepEqual([ids(100), ids(101)], [[2], [1, 2]]);
  made.remove(1);
  assert.deepEqual(ids(102), [2]);
});

test('accounts of several upstreams are chosen from in one order, each by its own cost', () => {
  const made = pool(
    account(1, { inUse: 2, spendable: 10 }),
    account(2, { upstream: 'y', inUse: 1, spendable: 20 }),
    account(3, { upstream: 'y', spendable: 19 }),
    account(4, { upstream: 'y', inUse: 3, spendable: 20 }),
  );
  const costs = new Map([
    ['x', 10],
    ['y', 20],
  ]);
  const choice = made.choose(requirement({ costs }));
  assert.deepEqual(
    choice.candidates.map((c) => c.id),
    [2, 1, 4],
  );
  assert.deepEqual(choice.reasons, { credits: 1 });
});

test('accounts take turns, however often what is known of them is renewed', () => {
  const made = pool(...Array.from({ length: 5 }, (_, i) => account(i + 1)));
  const turns: number[] = [];
  for (let now = 1; now <= 10; now++) {
    const chosen = made.choose(requirement()).candidates[0];
    if (!chosen) break;
    turns.push(chosen.id);
    made.put({ ...chosen, lastUsedAt: now });
    made.put(account(3, { lastUsedAt: made.get(3)?.lastUsedAt ?? 0 }));
  }
  assert.deepEqual(turns, [1, 2, 3, 4, 5, 1, 2, 3, 4, 5]);
});

test('room is known without looking at every account', () => {
  assert.equal(pool(account(1, { inUse: 4 }), account(2, { state: 'paused' })).hasRoom(), false);
  assert.equal(pool(account(1, { inUse: 3 })).hasRoom(), true);
  assert.equal(pool().hasRoom(), false);
});

test('random changes leave the pool as if it had been built anew', () => {
  const random = seededRandom(5);
  const changed = new AccountPool();
  const now = new Map<number, AccountSnapshot>();
  for (let i = 0; i < 3000; i++) {
    const id = 1 + randomInt(random, 30);
    if (random.float() < 0.1) {
      changed.remove(id);
      now.delete(id);
      continue;
    }
    const state = random.float() < 0.8 ? 'enabled' : random.float() < 0.5 ? 'paused' : 'draining';
    const next = account(id, { state, inUse: randomInt(random, 5), spendable: randomInt(random, 20), lastUsedAt: i });
    changed.put(next);
    now.delete(id);
    now.set(id, next);
  }
  const fresh = pool(...now.values());
  assert.deepEqual(changed.choose(requirement()), fresh.choose(requirement()));
  assert.equal(changed.size, fresh.size);
  assert.equal(changed.hasRoom(), fresh.hasRoom());
});

test('jobs that need different things wait in different lanes', () => {
  const lanes = [
    laneOf({ operation: 'text-to-video', model: 'v6' }, 5000),
    laneOf({ operation: 'image-to-video', model: 'v6' }, 5000),
    laneOf({ operation: 'text-to-video', model: 'v5' }, 5000),
    laneOf({ operation: 'text-to-video', model: 'v6' }, 9000),
  ];
  assert.equal(new Set(lanes).size, 4);
});
