import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AccountSnapshot } from '../../src/core/account.ts';
import { hoursOf } from '../../src/core/hours.ts';
import { type Expected, type PlanAccount, type PlanJob, type PlanPicture, planJobs } from '../../src/core/plan.ts';
import { fc } from '../support/property.ts';

const NOON = Date.UTC(2026, 0, 21, 12);
const MINUTE = 60_000;

const account = (
  id: number,
  change: Partial<AccountSnapshot> = {},
  particulars: Partial<PlanAccount> = {},
): PlanAccount => ({
  account: {
    id,
    name: `a${id}`,
    upstream: 'x',
    state: 'enabled',
    maxJobs: 1,
    inUse: 0,
    spendable: 1_000,
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
  },
  paceMs: 0,
  daily: { jobs: null, jobsLeft: 0 },
  ...particulars,
});

const picture = (accounts: readonly PlanAccount[], change: Partial<PlanPicture> = {}): PlanPicture => ({
  accounts,
  groups: [],
  pools: [],
  occupied: [],
  tenants: [{ tenantId: 1, weight: 1, servedMs: 0 }],
  levelMs: 0,
  runningMax: new Map(),
  now: 5_000,
  wall: NOON,
  ...change,
});

const job = (id: number, change: Partial<PlanJob> & { cost?: number } = {}): PlanJob => {
  const { cost = 10, ...rest } = change;
  return {
    id,
    tenantId: 1,
    lane: `text/${cost}`,
    rank: id,
    slotMs: MINUTE,
    lastsMs: MINUTE,
    requirement: {
      costs: new Map([['x', cost]]),
      operation: 'text-to-video',
      model: 'v6',
      pool: 1,
      only: null,
      excluded: new Set<number>(),
    },
    ...rest,
  };
};

const jobs = (count: number, change: Partial<PlanJob> & { cost?: number } = {}) =>
  Array.from({ length: count }, (_, index) => job(index + 1, change));

/** Where and when, in minutes, by the jobs' ids. */
const told = (expected: ReadonlyMap<number, Expected>) =>
  [...expected]
    .sort(([a], [b]) => a - b)
    .map(([, { at }]) => (at === null ? null : [at.account.id, at.startsInMs / MINUTE, at.endsInMs / MINUTE]));

describe('a plan', () => {
  test('jobs take the slots there are, and the next wait for the first that is free', () => {
    const two = [account(1), account(2, { lastUsedAt: 5 })];
    assert.deepEqual(told(planJobs(picture(two), jobs(5))), [
      [1, 0, 1],
      [2, 0, 1],
      [1, 1, 2],
      [2, 1, 2],
      [1, 2, 3],
    ]);
  });

  test('a slot that is occupied is free when its job is expected to end', () => {
    const busy = picture([account(1, { inUse: 1 })], {
      occupied: [{ accountId: 1, keyId: 1, freeInMs: 30_000 }],
    });
    const expected = planJobs(busy, jobs(1));
    assert.deepEqual(told(expected), [[1, 0.5, 1.5]]);
    assert.deepEqual(expected.get(1)?.reasons, { full: 1 }, 'why it does not start now');
  });

  test('what an account pays for one job is not there for the next', () => {
    const expected = planJobs(picture([account(1, { spendable: 25, maxJobs: 5 })]), jobs(3));
    assert.deepEqual(told(expected), [[1, 0, 1], [1, 0, 1], null]);
    assert.deepEqual(expected.get(3)?.reasons, { credits: 1 });
  });

  test('accounts of a group share a cap, a pause lies between two starts, and a day has its jobs', () => {
    const group = { name: 'g', maxJobs: 1, inUse: 0 };
    const grouped = picture([account(1, { group: 'g' }), account(2, { group: 'g' })], { groups: [group] });
    assert.deepEqual(
      told(planJobs(grouped, jobs(2))).map((one) => one?.[1]),
      [0, 1],
    );
    const paced = picture([account(1, { maxJobs: 3 }, { paceMs: 90_000 })]);
    assert.deepEqual(
      told(planJobs(paced, jobs(3))).map((one) => one?.[1]),
      [0, 1.5, 3],
    );
    const capped = picture([account(1, { maxJobs: 9 }, { daily: { jobs: 2, jobsLeft: 1 } })]);
    assert.deepEqual(
      told(planJobs(capped, jobs(4))).map((one) => one?.[1]),
      [0, 12 * 60, 12 * 60, 36 * 60],
      'one today, two tomorrow',
    );
  });

  test('an account that rests or is closed comes back', () => {
    const resting = picture([account(1, { restsUntil: 5_000 + 2 * MINUTE, restsFor: 'exhausted' })]);
    assert.deepEqual(told(planJobs(resting, jobs(1))), [[1, 2, 3]]);
    const closed = picture([account(1, { hours: hoursOf(['13:00-14:00']) })]);
    assert.deepEqual(told(planJobs(closed, jobs(1))), [[1, 60, 61]]);
  });

  test('a key that runs as many as it may holds up its own jobs alone', () => {
    const limited = picture([account(1, { maxJobs: 5 })], { runningMax: new Map([[7, 1]]) });
    const mixed = [job(1, { lane: 'text of 7' }), job(2, { lane: 'text of 7' }), job(3)];
    assert.deepEqual(
      told(planJobs(limited, mixed)).map((one) => one?.[1]),
      [0, 1, 0],
    );
  });

  test('a lane that no account can take blocks none behind it', () => {
    const expected = planJobs(picture([account(1)]), [job(1, { cost: 5_000 }), job(2)]);
    assert.deepEqual(told(expected), [null, [1, 0, 1]]);
  });

  test('the tenant that was served least is next', () => {
    const tenants = [
      { tenantId: 1, weight: 1, servedMs: 90_000 },
      { tenantId: 2, weight: 1, servedMs: 0 },
    ];
    const mixed = [...jobs(2), job(3, { tenantId: 2 }), job(4, { tenantId: 2 })];
    assert.deepEqual(
      told(planJobs(picture([account(1)], { tenants }), mixed)).map((one) => one?.[1]),
      [2, 3, 0, 1],
    );
  });
});

const drawn = fc.record({
  accounts: fc.array(
    fc.record({
      maxJobs: fc.integer({ min: 1, max: 3 }),
      spendable: fc.integer({ min: 0, max: 60 }),
      paceMs: fc.constantFrom(0, 0, 20_000),
      group: fc.constantFrom(null, null, 'g'),
      running: fc.array(fc.integer({ min: 0, max: 120_000 }), { maxLength: 3 }),
    }),
    { maxLength: 4 },
  ),
  jobs: fc.array(
    fc.record({
      tenantId: fc.constantFrom(1, 2),
      cost: fc.integer({ min: 1, max: 25 }),
      lastsMs: fc.integer({ min: 1, max: 90_000 }),
      priority: fc.integer({ min: 0, max: 2 }),
    }),
    { maxLength: 25 },
  ),
  groupMax: fc.integer({ min: 1, max: 3 }),
});

type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never;

function build(it: Drawn): { whole: PlanPicture; asked: PlanJob[] } {
  const held = it.accounts.map(({ running, maxJobs }) => running.slice(0, maxJobs));
  const accounts = it.accounts.map(({ maxJobs, spendable, paceMs, group }, index) =>
    account(index + 1, { maxJobs, spendable, group, inUse: held[index]?.length ?? 0 }, { paceMs }),
  );
  const inGroup = accounts.reduce((sum, { account: one }) => sum + (one.group === 'g' ? one.inUse : 0), 0);
  const occupied = held.flatMap((frees, index) =>
    frees.map((freeInMs) => ({ accountId: index + 1, keyId: 1, freeInMs })),
  );
  const tenants = [1, 2].map((tenantId) => ({ tenantId, weight: tenantId, servedMs: 0 }));
  const groups = [{ name: 'g', maxJobs: Math.max(it.groupMax, inGroup), inUse: inGroup }];
  const asked = it.jobs.map(({ priority, ...one }, index) =>
    job(index + 1, { ...one, slotMs: one.lastsMs, rank: index - priority * 10 }),
  );
  return { whole: picture(accounts, { occupied, tenants, groups }), asked };
}

/** How many of some spans there are at a time, at most. */
function mostAtOnce(spans: readonly (readonly [number, number])[]): number {
  return Math.max(0, ...spans.map(([at]) => spans.filter(([from, to]) => from <= at && at < to).length));
}

test('whatever there is and whatever is asked for: caps and credits hold, and nobody is passed', () => {
  fc.assert(
    fc.property(drawn, (it) => {
      const { whole, asked } = build(it);
      const expected = planJobs(whole, asked);
      assert.equal(expected.size, asked.length, 'every job is answered');
      const spans = (ids: ReadonlySet<number>): [number, number][] => [
        ...whole.occupied
          .filter(({ accountId }) => ids.has(accountId))
          .map(({ freeInMs }): [number, number] => [-1, freeInMs]),
        ...[...expected.values()].flatMap(({ at }): [number, number][] =>
          at !== null && ids.has(at.account.id) ? [[at.startsInMs, at.endsInMs]] : [],
        ),
      ];
      for (const { account: one } of whole.accounts) {
        assert.ok(mostAtOnce(spans(new Set([one.id]))) <= Math.max(one.maxJobs, one.inUse));
        const paid = asked
          .filter(({ id }) => expected.get(id)?.at?.account.id === one.id)
          .reduce((sum, { requirement }) => sum + (requirement.costs.get('x') ?? 0), 0);
        assert.ok(paid <= one.spendable, 'never more credits than the account has');
      }
      const grouped = whole.accounts.filter(({ account: one }) => one.group === 'g').map(({ account: one }) => one.id);
      assert.ok(mostAtOnce(spans(new Set(grouped))) <= (whole.groups[0]?.maxJobs ?? 0));
      const starts = (one: PlanJob) => expected.get(one.id)?.at?.startsInMs ?? Number.POSITIVE_INFINITY;
      for (const a of asked) {
        for (const b of asked) {
          const same = a.tenantId === b.tenantId && a.lane === b.lane;
          if (same && a.rank < b.rank) assert.ok(starts(a) <= starts(b), 'in the order of their line');
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('the same picture and the same jobs give the same plan, in whatever order they come', () => {
  fc.assert(
    fc.property(drawn, fc.infiniteStream(fc.nat()), (it, chance) => {
      const { whole, asked } = build(it);
      const shuffled = <T>(list: readonly T[]): T[] =>
        list
          .map((one) => ({ one, at: chance.next().value }))
          .sort((a, b) => a.at - b.at)
          .map(({ one }) => one);
      const again = { ...whole, accounts: shuffled(whole.accounts), occupied: shuffled(whole.occupied) };
      assert.deepEqual(told(planJobs(again, shuffled(asked))), told(planJobs(whole, asked)));
    }),
    { numRuns: 100 },
  );
});
