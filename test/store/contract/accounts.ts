import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PLAIN_SETTINGS } from '../../../src/core/account.ts';
import { addAccount, addAttempt, addJob, attemptId, type Backend, type Seeded, seeded } from './backend.ts';

/** Accounts, attempts and slot leases. */
export function accountSection(backend: Backend): void {
  test('an account is created once and replaced by name; its credits stay', async (t) => {
    const { store, accountId } = await seeded(backend, t);
    const order = {
      upstream: 'local',
      name: 'one@example.com',
      maxJobs: 8,
      state: 'draining',
      secret: 'other',
      plan: null,
      creditDaily: 1,
      creditMonthly: 1,
      creditPackage: 1,
      at: 9,
    } as const;
    const again = await store.write('put', (q) => q.accounts.upsert(order));
    assert.equal(again.created, false);
    assert.deepEqual(again.account, {
      id: accountId,
      upstream: 'local',
      name: 'one@example.com',
      maxJobs: 8,
      state: 'draining',
      secret: 'other',
      plan: null,
      settings: PLAIN_SETTINGS,
      limitGroup: null,
      unit: 'local',
      health: null,
      learnedCap: null,
      creditDaily: 10,
      creditMonthly: 20,
      creditPackage: 30,
      reserved: 0,
      inUse: 0,
      lastUsedAt: 0,
      day: 0,
      dayJobs: 0,
      dayCredits: 0,
      refreshedAt: 0,
      createdAt: 5,
      updatedAt: 9,
    });
    const other = await store.write('put', (q) => q.accounts.upsert({ ...order, name: 'two@example.com' }));
    assert.equal(other.created, true);
    assert.deepEqual(await store.read((q) => q.accounts.byName('two@example.com')), other.account);
    assert.deepEqual(
      (await store.read((q) => q.accounts.list())).map((account) => account.id),
      [accountId, other.account.id],
    );
    const page = (after: number, limit: number) => store.read((q) => q.accounts.list({ after, limit }));
    assert.deepEqual(await page(0, 1), [again.account]);
    assert.deepEqual(await page(accountId, 9), [other.account]);
    assert.deepEqual(await page(other.account.id, 9), []);
    assert.equal(await store.read((q) => q.accounts.get(99)), undefined);
    // A read may use the statement that locks; it takes no lock there.
    assert.deepEqual(await store.read((q) => q.accounts.lock(accountId)), again.account);
  });

  test('what an account has is adjusted, never below zero, and set', async (t) => {
    const { store, accountId } = await seeded(backend, t);
    await store.write('adjust', (q) => q.accounts.adjust(accountId, { reserved: 7, daily: -3, package: 5 }, 20));
    await store.write('adjust', (q) => q.accounts.adjust(accountId, { reserved: -2, monthly: -999 }, 21));
    const adjusted = await store.read((q) => q.accounts.get(accountId));
    assert.deepEqual(
      [
        adjusted?.reserved,
        adjusted?.creditDaily,
        adjusted?.creditMonthly,
        adjusted?.creditPackage,
        adjusted?.updatedAt,
      ],
      [5, 7, 0, 35, 21],
    );
    const to = { daily: 1, monthly: 2, package: 3 };
    await store.write('set', (q) => q.accounts.setCredits(accountId, to, { name: 'Pro' }, 22));
    const set = await store.read((q) => q.accounts.get(accountId));
    assert.deepEqual([set?.creditDaily, set?.creditMonthly, set?.creditPackage, set?.reserved], [1, 2, 3, 5]);
    assert.deepEqual(set?.plan, { name: 'Pro' });
  });

  test('attempts are written, changed column by column and listed in order', async (t) => {
    const s = await seeded(backend, t);
    await s.store.write('add', function* (q) {
      yield* addJob(q, s, { id: 1 });
      yield* addAttempt(q, s, { id: attemptId(2), jobId: 1, number: 2 });
      yield* addAttempt(q, s, { id: attemptId(1), jobId: 1, number: 1 });
    });
    const fresh = {
      id: attemptId(1),
      jobId: 1,
      accountId: s.accountId,
      number: 1,
      state: 'sending',
      ref: null,
      cost: 20,
      costState: 'reserved',
      code: null,
      placement: { chosen: 'one@example.com', others: [] },
      polls: 0,
      sentAt: 1000,
      acceptedAt: null,
      slotHorizonAt: 2000,
      creditHorizonAt: 3000,
      endedAt: null,
    };
    assert.deepEqual(await s.store.read((q) => q.attempts.get(attemptId(1))), fresh);
    await s.store.write('change', function* (q) {
      yield* q.attempts.change(attemptId(1), {});
      yield* q.attempts.change(attemptId(1), { state: 'accepted', ref: { id: 5 }, acceptedAt: 1100 });
      yield* q.attempts.change(attemptId(1), { polls: 3, costState: 'paid', endedAt: 1200 });
    });
    const [first, second] = await s.store.read((q) => q.attempts.ofJob(1));
    assert.deepEqual(first, {
      ...fresh,
      state: 'accepted',
      ref: { id: 5 },
      acceptedAt: 1100,
      polls: 3,
      costState: 'paid',
      endedAt: 1200,
    });
    assert.equal(second?.id, attemptId(2));
    assert.equal(await s.store.read((q) => q.attempts.get('none')), undefined);
    await assert.rejects(s.store.write('again', (q) => addAttempt(q, s, { id: attemptId(1), jobId: 1, number: 3 })));
    await assert.rejects(s.store.write('no job', (q) => addAttempt(q, s, { id: attemptId(9), jobId: 99 })));
  });

  test('what occupies slots, with the key and the kind of its job', async (t) => {
    const s = await seeded(backend, t);
    await s.store.write('add', function* (q) {
      for (let n = 1; n <= 2; n++) {
        yield* addJob(q, s, { id: n, model: `m${n}`, expectedSlotMs: n * 100 });
        yield* addAttempt(q, s, { id: attemptId(n), jobId: n });
      }
    });
    for (const n of [1, 2]) await take(s, n, 3);
    const row = { accountId: s.accountId, keyId: s.keyId, operation: 'text-to-video' };
    assert.deepEqual(await s.store.read((q) => q.attempts.occupied()), [
      { ...row, model: 'm1', expectedSlotMs: 100, takenAt: 1001 },
      { ...row, model: 'm2', expectedSlotMs: 200, takenAt: 1002 },
    ]);
  });

  test('durations of finished attempts beside what was expected, newest first', async (t) => {
    const s = await seeded(backend, t);
    await s.store.write('add', function* (q) {
      for (let n = 1; n <= 4; n++) {
        yield* addJob(q, s, { id: n, model: n === 4 ? 'v5' : 'v6' });
        yield* addAttempt(q, s, { id: attemptId(n), jobId: n });
        yield* q.attempts.change(attemptId(n), { state: 'accepted', acceptedAt: 1000 });
        if (n !== 2) yield* q.attempts.change(attemptId(n), { state: 'ended', endedAt: 1000 + n * 10 });
      }
    });
    const durations = (model: string, limit: number) =>
      s.store.read((q) => q.attempts.durations('text-to-video', model, limit));
    const took = (tookMs: number) => ({ tookMs, expectedMs: 60_000 });
    assert.deepEqual(await durations('v6', 9), [took(30), took(10)]);
    assert.deepEqual(await durations('v6', 1), [took(30)]);
    assert.deepEqual(await durations('v5', 9), [took(40)]);
    assert.deepEqual(await durations('c1', 9), []);
  });

  test('a lease takes the lowest free slot under the cap and is counted', async (t) => {
    const s = await seeded(backend, t);
    const other = await s.store.write('add', (q) => addAccount(q, 'two@example.com', 1));
    assert.deepEqual(await take(s, 1, 3), {
      accountId: s.accountId,
      slot: 1,
      attemptId: attemptId(1),
      takenAt: 1001,
      until: 5000,
    });
    assert.equal((await take(s, 2, 3))?.slot, 2);
    assert.equal((await take({ ...s, accountId: other }, 9, 1))?.slot, 1);
    assert.equal((await take(s, 3, 3))?.slot, 3);
    assert.equal(await take(s, 4, 3), undefined);
    assert.equal(await s.store.write('end', (q) => q.attempts.endLease(attemptId(2))), true);
    assert.equal(await s.store.write('end', (q) => q.attempts.endLease(attemptId(2))), false);
    // A lowered cap takes no lease while as many slots below it are in use.
    assert.equal(await take(s, 4, 1), undefined);
    assert.equal((await take(s, 4, 2))?.slot, 2);
    const account = await s.store.read((q) => q.accounts.get(s.accountId));
    assert.deepEqual([account?.inUse, account?.lastUsedAt], [3, 1004]);
    assert.deepEqual(
      (await s.store.read((q) => q.attempts.leases())).map((lease) => [lease.accountId, lease.slot]),
      [
        [s.accountId, 1],
        [s.accountId, 2],
        [s.accountId, 3],
        [other, 1],
      ],
    );
    // One attempt, one slot.
    await assert.rejects(take({ ...s, accountId: other }, 1, 5));
    assert.equal((await s.store.read((q) => q.accounts.get(other)))?.inUse, 1);
  });
}

function take(s: Pick<Seeded, 'store' | 'accountId'>, n: number, cap: number) {
  const lease = { accountId: s.accountId, attemptId: attemptId(n), cap, takenAt: 1000 + n, until: 5000 };
  return s.store.write('take', (q) => q.attempts.takeLease(lease));
}
