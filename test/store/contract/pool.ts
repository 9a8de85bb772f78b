import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addAccount, addAttempt, addJob, attemptId, type Backend, type Seeded, seeded } from './backend.ts';

/** What accounts share, what still needs them, and what their upstreams said of them. */
export function poolSection(backend: Backend): void {
  const lease = ({ store }: Seeded, accountId: number, n: number, group: string | null) =>
    store.write('lease', (q) =>
      q.attempts.takeLease({ accountId, group, attemptId: attemptId(n), cap: 3, takenAt: n, until: 99 }),
    );

  test('a group is made, given another cap, and listed by name', async (t) => {
    const { store } = await seeded(backend, t);
    assert.deepEqual(await store.read((q) => q.accounts.groups()), []);
    await store.write('put', function* (q) {
      yield* q.accounts.putGroup('b', 2);
      yield* q.accounts.putGroup('a', 1);
      yield* q.accounts.putGroup('b', 5);
    });
    const b = { name: 'b', maxJobs: 5, inUse: 0 };
    assert.deepEqual(await store.read((q) => q.accounts.groups()), [{ name: 'a', maxJobs: 1, inUse: 0 }, b]);
    assert.deepEqual(await store.write('lock', (q) => q.accounts.group('b')), b);
    assert.equal(await store.read((q) => q.accounts.group('c')), undefined);
  });

  test('accounts of a group never hold more slots together than it has, also when they take them at once', async (t) => {
    const seed = await seeded(backend, t);
    const { store, accountId } = seed;
    const other = await store.write('add', (q) => addAccount(q, 'two@example.com', 3));
    await store.write('put', (q) => q.accounts.putGroup('g', 4));
    const taken = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => lease(seed, n % 2 ? accountId : other, n, 'g')));
    assert.equal(taken.filter((one) => one !== undefined).length, 4);
    const inUse = async () => (await store.read((q) => q.accounts.group('g')))?.inUse;
    assert.equal(await inUse(), 4);
    const used = async () =>
      (await store.read((q) => q.accounts.list())).reduce((sum, account) => sum + account.inUse, 0);
    assert.equal(await used(), 4, 'what the group refused was counted nowhere');

    // A lower cap ends nothing, and lets nothing in before there is room.
    await store.write('put', (q) => q.accounts.putGroup('g', 2));
    const held = (await store.read((q) => q.attempts.leases())).map((one) => one.attemptId);
    const end = (id: string) => store.write('end', (q) => q.attempts.endLease(id));
    for (const id of held.slice(0, 2)) assert.equal(await end(id), true);
    assert.equal(await inUse(), 2);
    assert.equal(await lease(seed, accountId, 7, 'g'), undefined);
    assert.equal(await end(held[0] ?? ''), false, 'a lease ends once');
    assert.equal(await inUse(), 2);
    await end(held[2] ?? '');
    assert.ok(await lease(seed, other, 8, 'g'));
    assert.ok(await lease(seed, accountId, 9, null), 'who is in no group is in nobody’s way');
    assert.equal(await inUse(), 2);
  });

  test('a full account of a group leaves the room of the group to others', async (t) => {
    const seed = await seeded(backend, t);
    await seed.store.write('put', (q) => q.accounts.putGroup('g', 9));
    for (const n of [1, 2, 3]) assert.ok(await lease(seed, seed.accountId, n, 'g'));
    assert.equal(await lease(seed, seed.accountId, 4, 'g'), undefined);
    assert.equal((await seed.store.read((q) => q.accounts.group('g')))?.inUse, 3);
  });

  test('an account is needed by jobs that are not over and went there last', async (t) => {
    const seed = await seeded(backend, t);
    const { store, accountId } = seed;
    const other = await store.write('add', (q) => addAccount(q, 'two@example.com', 3));
    const needed = (id: number) => store.read((q) => q.accounts.needed(id));
    await store.write('add', (q) => addJob(q, seed, { id: 1 }));
    assert.equal(await needed(accountId), false, 'a job that waits needs nobody');
    const go = (id: string, number: number, to: number, nextAt: number | null) =>
      store.write('go', function* (q) {
        yield* addAttempt(q, { accountId: to }, { id, jobId: 1, number });
        const job = yield* q.jobs.get(1);
        yield* q.jobs.move(1, job?.fence ?? 0, { state: 'running', attemptId: id, nextAt }, 5);
      });
    await go(attemptId(1), 1, accountId, 10);
    assert.deepEqual([await needed(accountId), await needed(other)], [true, false]);
    await go(attemptId(2), 2, other, 10);
    assert.deepEqual([await needed(accountId), await needed(other)], [false, true]);
    await store.write('end', (q) => q.jobs.move(1, 0, { state: 'expired', nextAt: 50, finishedAt: 9 }, 9));
    assert.equal(await needed(other), true, 'a late result is still watched for');
    await store.write('end', (q) => q.jobs.move(1, 0, { state: 'succeeded', nextAt: null }, 9));
    assert.equal(await needed(other), false);
  });

  test('drifts are kept with their account, newest first', async (t) => {
    const { store, accountId } = await seeded(backend, t);
    const other = await store.write('add', (q) => addAccount(q, 'two@example.com', 3));
    const row = (account: number, at: number) => ({
      accountId: account,
      at,
      expected: 2 ** 52,
      observed: at,
      explanation: 'Ünïcode 🎬',
    });
    await store.write('add', function* (q) {
      for (const at of [1, 2, 3]) yield* q.accounts.addDrift(row(at === 2 ? other : accountId, at));
    });
    const at = async (filter: { accountId?: number; limit: number }) =>
      (await store.read((q) => q.accounts.drifts(filter))).map((one) => one.at);
    assert.deepEqual(await at({ limit: 9 }), [3, 2, 1]);
    assert.deepEqual(await at({ limit: 2 }), [3, 2]);
    assert.deepEqual(await at({ accountId, limit: 9 }), [3, 1]);
    const [{ id = 0, ...newest } = {}] = await store.read((q) => q.accounts.drifts({ accountId, limit: 1 }));
    assert.ok(id > 0);
    assert.deepEqual(newest, row(accountId, 3));
  });

  test('an attempt is found by its upstream’s reference while it holds a slot of that account', async (t) => {
    const seed = await seeded(backend, t);
    const { store, accountId } = seed;
    const ref = { id: 'Ü-1', list: [1, null] };
    await store.write('add', function* (q) {
      yield* addJob(q, seed, { id: 1 });
      yield* addAttempt(q, seed, { id: attemptId(1), jobId: 1 });
      yield* q.attempts.change(attemptId(1), { ref });
    });
    const found = async (account: number, what: typeof ref | { id: string }) =>
      (await store.read((q) => q.attempts.leased(account, what)))?.id;
    assert.equal(await found(accountId, ref), undefined, 'it holds no slot');
    await lease(seed, accountId, 1, null);
    assert.equal(await found(accountId, ref), attemptId(1));
    assert.equal(await found(accountId, { id: 'Ü-1' }), undefined);
    assert.equal(await found(accountId + 1, ref), undefined);
    await store.write('end', (q) => q.attempts.endLease(attemptId(1)));
    assert.equal(await found(accountId, ref), undefined);
  });

  test('every slot that is taken, with the job that has it', async (t) => {
    const seed = await seeded(backend, t);
    const { store, accountId, keyId } = seed;
    const other = await store.write('add', (q) => addAccount(q, 'two@example.com', 3));
    await store.write('add', function* (q) {
      for (const [id, to] of [
        [1, other],
        [2, accountId],
        [3, accountId],
      ] as const) {
        yield* addJob(q, seed, { id, model: `m${id}`, expectedSlotMs: id });
        yield* addAttempt(q, { accountId: to }, { id: attemptId(id), jobId: id });
      }
    });
    assert.deepEqual(await store.read((q) => q.attempts.occupied()), []);
    for (const [n, to] of [
      [1, other],
      [2, accountId],
    ] as const) {
      await lease(seed, to, n, null);
    }
    const row = (id: number, to: number) => ({
      accountId: to,
      takenAt: id,
      keyId,
      operation: 'text-to-video',
      model: `m${id}`,
      expectedSlotMs: id,
    });
    assert.deepEqual(await store.read((q) => q.attempts.occupied()), [row(2, accountId), row(1, other)]);
  });

  test('a step is made due sooner, never later, and its fence stays', async (t) => {
    const seed = await seeded(backend, t);
    const { store } = seed;
    await store.write('add', function* (q) {
      for (const id of [1, 2]) yield* addJob(q, seed, { id });
      yield* q.jobs.move(1, 0, { state: 'submitting', nextAt: 100 }, 5);
    });
    const hastened = async (id: number, at: number) => {
      await store.write('hasten', (q) => q.jobs.hasten(id, at));
      const row = await store.read((q) => q.jobs.get(id));
      return [row?.nextAt, row?.fence];
    };
    assert.deepEqual(await hastened(1, 150), [100, 0]);
    assert.deepEqual(await hastened(1, 50), [50, 0]);
    assert.deepEqual(await hastened(2, 50), [null, 0], 'what waits has no step');
  });

  test('the greatest id is that of a job or of an asset, whichever is greater', async (t) => {
    const seed = await seeded(backend, t);
    const { store, tenantId } = seed;
    const last = () => store.read((q) => q.processes.lastId());
    assert.equal(await last(), 0);
    await store.write('job', (q) => addJob(q, seed, { id: 70 }));
    assert.equal(await last(), 70);
    const asset = { tenantId, kind: 'upload', blobKey: 'ab/1', bytes: 1, sha256: 'f'.repeat(64), info: {} } as const;
    const id = 2 ** 53 - 1;
    await store.write('asset', (q) =>
      q.assets.insert({ ...asset, id, jobId: null, source: null, createdAt: 1, deletedAt: null }),
    );
    assert.equal(await last(), id);
  });
}
