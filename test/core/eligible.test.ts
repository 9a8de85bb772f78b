/** The quick choice of an account against the slow one: whatever the picture, both find the same accounts able. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountSnapshot, Requirement } from '../../src/core/account.ts';
import { hoursOf } from '../../src/core/hours.ts';
import { AccountPool, type PoolSnapshot } from '../../src/core/placement.ts';
import { POOL_STRATEGIES } from '../../src/core/pools.ts';
import { type Random, randomInt, seededRandom } from '../../src/std/random.ts';
import { requirement } from '../support/accounts.ts';
import { TEST_SEED } from '../support/seed.ts';

const HOUR = 3_600_000;
const GROUPS = ['g1', 'g2'];
const POOLS: readonly PoolSnapshot[] = [
  { id: 2, strategy: 'random', members: { all: false, accountIds: [1, 3, 5, 7, 9, 30], tags: ['b'] } },
  { id: 3, strategy: 'drain', members: { all: false, accountIds: [], tags: ['a'] } },
  { id: 4, strategy: 'priority', members: { all: true, accountIds: [], tags: [] } },
];
const pick = <T>(random: Random, values: readonly T[]): T => values[randomInt(random, values.length)] as T;

function drawAccount(random: Random, id: number, now: number): AccountSnapshot {
  const chance = (share: number) => random.float() < share;
  return {
    id,
    name: `a${id}`,
    upstream: pick(random, ['x', 'y', 'drawn']),
    state: chance(0.85) ? 'enabled' : pick(random, ['paused', 'draining', 'refused'] as const),
    maxJobs: 1 + randomInt(random, 4),
    inUse: randomInt(random, 4),
    spendable: randomInt(random, 30),
    perishing: pick(random, [0, 1, 2] as const),
    weight: 1 + randomInt(random, 3),
    lastUsedAt: randomInt(random, 50),
    restsUntil: chance(0.3) ? now + randomInt(random, 2_000) - 1_000 : 0,
    restsFor: pick(random, ['cooling', 'exhausted', 'probing', 'daily-cap', 'pacing'] as const),
    coolingUntil: chance(0.2) ? now + randomInt(random, 2_000) - 1_000 : 0,
    probing: false,
    hours: chance(0.2) ? hoursOf([pick(random, ['09:00-17:00', 'mon-fri 22:00-06:00', 'sat 00:00-24:00'])]) : null,
    group: chance(0.3) ? pick(random, GROUPS) : null,
    models: chance(0.2) ? ['v5'] : null,
    operations: chance(0.1) ? ['image-to-video'] : null,
    tags: chance(0.5) ? [pick(random, ['a', 'b'])] : [],
  };
}

function drawRequirement(random: Random, now: number, wall: number): Requirement {
  const costs = new Map([
    ['x', 10],
    ['y', 15],
  ]);
  if (random.float() < 0.5) costs.set('drawn', 5);
  return requirement({
    costs,
    model: pick(random, ['v5', 'v6']),
    pool: 1 + randomInt(random, 4),
    sandboxes: new Set(random.float() < 0.5 ? ['drawn'] : []),
    only: random.float() < 0.2 ? new Set([1 + randomInt(random, 40), 1 + randomInt(random, 40)]) : null,
    excluded: new Set(random.float() < 0.3 ? [1 + randomInt(random, 40)] : []),
    now,
    wall,
  });
}

const able = (pool: AccountPool, asked: Requirement): number[] =>
  [...pool.ids()].filter((id) => {
    const account = pool.get(id);
    return account !== undefined && pool.verdict(account, asked) === null;
  });

test('a choice finds the accounts that may take the job, no others, and counts the rest', () => {
  const seed = TEST_SEED;
  const random = seededRandom(seed);
  const pool = new AccountPool({ seed });
  pool.setPools(POOLS);
  let now = 10_000;
  let wall = Date.UTC(2026, 0, 21, 8);
  for (let step = 0; step < 4_000; step++) {
    const id = 1 + randomInt(random, 40);
    if (random.float() < 0.1) pool.remove(id);
    else pool.put(drawAccount(random, id, now));
    if (random.float() < 0.1) {
      const name = pick(random, GROUPS);
      pool.putGroup({ name, maxJobs: 2, inUse: randomInt(random, 3) });
    }
    const passed = pick(random, [0, 1, 200, HOUR]);
    now += passed;
    wall += passed;
    const asked = drawRequirement(random, now, wall);
    const { candidates, reasons } = pool.choose(asked);
    const expected = able(pool, asked);
    const said = `seed ${seed}, step ${step}`;
    assert.equal(candidates.length, Math.min(11, expected.length), said);
    for (const one of candidates) assert.ok(expected.includes(one.id), `${said}: ${one.name}`);
    assert.equal(new Set(candidates.map((one) => one.id)).size, candidates.length, said);
    if (asked.only !== null || expected.length > 11) continue;
    const counted = Object.values(reasons).reduce((sum, count) => sum + count, 0);
    assert.equal(counted, pool.size - expected.length, `${said}: ${JSON.stringify(reasons)}`);
  }
});

test('no account is ever given more than its cap, nor a group more than its own', () => {
  const seed = TEST_SEED;
  const random = seededRandom(seed);
  for (const strategy of POOL_STRATEGIES) {
    const pool = new AccountPool({ seed, jitterMs: 5 });
    pool.setPools([{ id: 2, strategy, members: { all: true, accountIds: [], tags: [] } }]);
    const plain = {
      ...drawAccount(random, 1, 0),
      upstream: 'x',
      state: 'enabled',
      restsUntil: 0,
      coolingUntil: 0,
    } as const;
    for (let id = 1; id <= 12; id++) {
      const group = id <= 6 ? 'g1' : null;
      pool.put({
        ...plain,
        id,
        inUse: 0,
        maxJobs: 1 + (id % 3),
        spendable: 1e9,
        hours: null,
        models: null,
        operations: null,
        group,
      });
    }
    pool.putGroup({ name: 'g1', maxJobs: 4, inUse: 0 });
    const running: number[] = [];
    for (let step = 0; step < 500; step++) {
      if (random.float() < 0.4 && running.length > 0) {
        const id = running.splice(randomInt(random, running.length), 1)[0] ?? 0;
        const account = pool.get(id);
        assert.ok(account);
        pool.put({ ...account, inUse: account.inUse - 1 });
        const group = pool.group(account.group ?? '');
        if (group) pool.putGroup({ ...group, inUse: group.inUse - 1 });
        continue;
      }
      const chosen = pool.choose(requirement({ pool: 2, now: step })).candidates[0];
      if (!chosen) continue;
      running.push(chosen.id);
      pool.put({ ...chosen, inUse: chosen.inUse + 1, lastUsedAt: step });
      const group = pool.group(chosen.group ?? '');
      if (group) pool.putGroup({ ...group, inUse: group.inUse + 1 });
      const said = `seed ${seed}, ${strategy}, step ${step}`;
      for (const id of pool.ids()) {
        const count = running.filter((one) => one === id).length;
        assert.ok(count <= 1 + (id % 3), `${said}: account ${id} has ${count}`);
      }
      assert.ok(running.filter((one) => one <= 6).length <= 4, said);
    }
  }
});

/** How often each account is chosen, when each gives its slot back at once. */
function shares(
  strategy: PoolSnapshot['strategy'],
  weights: readonly number[],
  rounds: number,
  seed: number,
): number[] {
  const pool = new AccountPool({ seed });
  pool.setPools([{ id: 2, strategy, members: { all: true, accountIds: [], tags: [] } }]);
  const base = drawAccount(seededRandom(1), 1, 0);
  for (const [index, weight] of weights.entries()) {
    const own = { id: index + 1, weight, maxJobs: 1, inUse: 0, lastUsedAt: 0, spendable: 1e9, perishing: 2 } as const;
    const free = { upstream: 'x', state: 'enabled', restsUntil: 0, coolingUntil: 0, group: null } as const;
    pool.put({ ...base, ...own, ...free, hours: null, models: null, operations: null });
  }
  const chosen = weights.map(() => 0);
  for (let round = 1; round <= rounds; round++) {
    const account = pool.choose(requirement({ pool: 2 })).candidates[0];
    assert.ok(account);
    chosen[account.id - 1] = (chosen[account.id - 1] ?? 0) + 1;
    pool.put({ ...account, inUse: 1, lastUsedAt: round });
    pool.put({ ...account, lastUsedAt: round });
  }
  return chosen;
}

test('random falls on accounts in proportion to their weights, and in no order', () => {
  const seed = TEST_SEED;
  const rounds = 6_000;
  const chosen = shares('random', [1, 2, 3], rounds, seed);
  for (const [index, count] of chosen.entries()) {
    const due = (rounds * (index + 1)) / 6;
    // Five standard deviations of a binomial count.
    const width = 5 * Math.sqrt(due * (1 - due / rounds));
    assert.ok(
      Math.abs(count - due) < width,
      `seed ${seed}: account ${index + 1} was chosen ${count} times, not ${due}`,
    );
  }
});

test('drain stays with one account, priority with the heaviest, spread goes round', () => {
  assert.deepEqual(shares('drain', [1, 1, 2], 30, 1), [0, 0, 30]);
  assert.deepEqual(shares('drain', [1, 1, 1], 30, 1), [30, 0, 0]);
  assert.deepEqual(shares('priority', [1, 5, 2], 30, 1), [0, 30, 0]);
  assert.deepEqual(shares('spread', [1, 1, 1], 30, 1), [10, 10, 10]);
});

test('spread takes credits that would be lost before others', () => {
  const pool = new AccountPool();
  const base = { ...drawAccount(seededRandom(1), 1, 0), upstream: 'x', state: 'enabled', hours: null } as const;
  const free = {
    restsUntil: 0,
    coolingUntil: 0,
    group: null,
    models: null,
    operations: null,
    spendable: 100,
    weight: 1,
  };
  pool.put({ ...base, ...free, id: 1, maxJobs: 4, inUse: 0, perishing: 2 });
  pool.put({ ...base, ...free, id: 2, maxJobs: 4, inUse: 2, perishing: 1 });
  pool.put({ ...base, ...free, id: 3, maxJobs: 4, inUse: 3, perishing: 0 });
  assert.deepEqual(
    pool.choose(requirement()).candidates.map((one) => one.id),
    [3, 2, 1],
  );
});
