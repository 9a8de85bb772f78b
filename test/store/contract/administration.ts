import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UNLIMITED } from '../../../src/core/limits.ts';
import { DEFAULT_POOL_ID } from '../../../src/core/pools.ts';
import { addAccount, addJob, addKey, type Backend, give, seeded } from './backend.ts';

/** What admins change: tenants, keys and pools; the answers they may repeat; the audit log. */
export function administrationSection(backend: Backend): void {
  test('a tenant and a key are changed field by field', async (t) => {
    const { store, tenantId, keyId } = await seeded(backend, t);
    const before = await store.read((q) => q.tenants.get(tenantId));
    const tenant = await store.write('change', (q) => q.tenants.change(tenantId, { weight: 7, mode: 'pooled' }));
    assert.deepEqual(tenant, { ...before, weight: 7, mode: 'pooled' });
    assert.deepEqual(await store.write('nothing', (q) => q.tenants.change(tenantId, {})), tenant);
    assert.equal(await store.write('none', (q) => q.tenants.change(99, { weight: 2 })), undefined);

    const key = await store.read((q) => q.keys.get(keyId));
    const limits = {
      requestsPerSecond: 3,
      runningMax: 2,
      overflow: 'reject',
      priority: 5,
      sandbox: true,
      models: ['v6', 'v5'],
      operations: [],
      expiresAt: 99,
      budgetMonth: null,
    } as const;
    const changed = await store.write('change', (q) => q.keys.change(keyId, limits));
    assert.deepEqual(changed, { ...key, ...limits });
    assert.deepEqual(await store.read((q) => q.keys.get(keyId)), changed);
    const again = await store.write('change', (q) => q.keys.change(keyId, { models: null, sandbox: false }));
    assert.deepEqual(again, { ...changed, models: null, sandbox: false });
    assert.deepEqual(await store.write('nothing', (q) => q.keys.change(keyId, {})), again);
    assert.equal(await store.write('none', (q) => q.keys.change(99, { name: 'x' })), undefined);
    assert.deepEqual(await store.read((q) => q.keys.list({ tenantId })), [again]);
    assert.deepEqual(await store.read((q) => q.keys.list({ tenantId: 99 })), []);
  });

  test('how many jobs of a key run', async (t) => {
    const s = await seeded(backend, t);
    const other = await s.store.write('key', (q) => addKey(q, s.tenantId, 'b'.repeat(64)));
    await s.store.write('add', function* (q) {
      for (let id = 1; id <= 6; id++) yield* addJob(q, { ...s, keyId: id === 6 ? other : s.keyId }, { id });
      for (const id of [1, 2, 3, 6]) yield* q.jobs.move(id, 0, { state: 'submitting' }, 1);
      yield* q.jobs.move(1, 0, { state: 'running' }, 1);
      yield* q.jobs.move(2, 0, { state: 'failed', finishedAt: 1 }, 1);
    });
    assert.equal(await s.store.write('count', (q) => q.keys.running(s.keyId)), 2);
    assert.equal(await s.store.read((q) => q.keys.running(other)), 1);
  });

  test('the unfinished jobs of a key are put into lanes of its own, once', async (t) => {
    const s = await seeded(backend, t);
    const other = await s.store.write('key', (q) => addKey(q, s.tenantId, 'b'.repeat(64)));
    await s.store.write('add', function* (q) {
      yield* addJob(q, s, { id: 1, lane: 'v6' });
      yield* addJob(q, s, { id: 2, lane: 'v6 not 4' });
      yield* addJob(q, { ...s, keyId: other }, { id: 3, lane: 'v6' });
      yield* addJob(q, s, { id: 4, lane: 'v6' });
      yield* q.jobs.move(4, 0, { state: 'failed', finishedAt: 1 }, 1);
      yield* q.jobs.move(2, 0, { state: 'submitting' }, 1);
    });
    for (let again = 0; again < 2; again++) await s.store.write('own', (q) => q.keys.ownLanes(s.keyId, ' of 7'));
    const lane = async (id: number) => (await s.store.read((q) => q.jobs.get(id)))?.lane;
    assert.deepEqual(
      [await lane(1), await lane(2), await lane(3), await lane(4)],
      ['v6 of 7', 'v6 not 4 of 7', 'v6', 'v6'],
    );
  });

  test('events of all jobs by id, with their tenants', async (t) => {
    const s = await seeded(backend, t);
    assert.equal(await s.store.read((q) => q.jobs.lastEvent()), 0);
    await s.store.write('add', function* (q) {
      yield* addJob(q, s, { id: 1 });
      for (const kind of ['a', 'b', 'c']) yield* q.jobs.addEvent({ jobId: 1, at: 5, kind, data: { n: 1 } });
    });
    const last = await s.store.read((q) => q.jobs.lastEvent());
    const rows = await s.store.read((q) => q.jobs.eventsAfter(last - 2, 9));
    assert.deepEqual(
      rows.map(({ id, kind, tenantId }) => [id, kind, tenantId]),
      [
        [last - 1, 'b', s.tenantId],
        [last, 'c', s.tenantId],
      ],
    );
    assert.equal((await s.store.read((q) => q.jobs.eventsAfter(0, 1))).length, 1);
    assert.deepEqual(await s.store.read((q) => q.jobs.eventsAfter(last, 9)), []);
  });

  test('pools: one to begin with, unique names, what uses them', async (t) => {
    const s = await seeded(backend, t);
    const all = { all: true, accountIds: [], tags: [] };
    const [first, ...others] = await s.store.read((q) => q.pools.list());
    assert.deepEqual(first, {
      id: DEFAULT_POOL_ID,
      name: 'default',
      strategy: 'spread',
      members: all,
      createdAt: 0,
      updatedAt: 0,
    });
    assert.deepEqual(others, []);
    const order = { name: 'fast', strategy: 'drain', members: { all: false, accountIds: [3], tags: ['eu'] } } as const;
    const made = await s.store.write('add', (q) => q.pools.insert({ ...order, createdAt: 5 }));
    assert.ok(made);
    assert.deepEqual(made, { id: made.id, ...order, createdAt: 5, updatedAt: 5 });
    assert.equal(await s.store.write('twice', (q) => q.pools.insert({ ...order, createdAt: 6 })), null);
    assert.deepEqual(await s.store.read((q) => q.pools.byName('fast')), made);
    const changed = await s.store.write('change', (q) => q.pools.change(made.id, { strategy: 'random' }, 9));
    assert.deepEqual(changed, { ...made, strategy: 'random', updatedAt: 9 });
    assert.deepEqual(await s.store.read((q) => q.pools.get(made.id)), changed);
    assert.equal(await s.store.write('none', (q) => q.pools.change(99, { strategy: 'drain' }, 9)), undefined);

    await s.store.write('use', function* (q) {
      yield* q.keys.change(s.keyId, { poolId: made.id });
      yield* addJob(q, s, { id: 1, poolId: made.id });
      yield* addJob(q, s, { id: 2, poolId: made.id });
      yield* q.jobs.move(2, 0, { state: 'failed', finishedAt: 1 }, 1);
    });
    assert.deepEqual(await s.store.read((q) => q.pools.uses(made.id)), { keys: 1, jobs: 1 });
    assert.equal((await s.store.read((q) => q.jobs.get(1)))?.poolId, made.id);
    await s.store.write('revoke', (q) => q.keys.revoke(s.keyId, 1));
    assert.equal((await s.store.read((q) => q.pools.uses(made.id))).keys, 0);
    assert.equal(await s.store.write('remove', (q) => q.pools.remove(made.id)), true);
    assert.equal(await s.store.write('remove', (q) => q.pools.remove(made.id)), false);
    assert.equal((await s.store.read((q) => q.keys.get(s.keyId)))?.poolId, UNLIMITED.poolId);
  });

  test('a grant is made larger and smaller by no more than remains', async (t) => {
    const s = await seeded(backend, t);
    const id = await s.store.write('give', (q) => give(q, s, 10, null));
    const resize = (by: number) => s.store.write('resize', (q) => q.books.resizeGrant(id, by));
    assert.deepEqual([await resize(5), await resize(-16), await resize(-15)], [true, false, true]);
    const row = await s.store.read((q) => q.books.grant(id));
    assert.deepEqual([row?.amount, row?.remaining], [0, 0]);
    assert.equal(await s.store.write('none', (q) => q.books.resizeGrant(99, 1)), false);
  });

  test('lines of the ledger by page, by book and by job', async (t) => {
    const s = await seeded(backend, t);
    const { available, held, revenue, grants } = s.books;
    await s.store.write('move', function* (q) {
      const move = (fromBook: number, toBook: number, reason: 'grant' | 'hold' | 'capture', jobId: number | null) =>
        q.books.move({ at: 5, fromBook, toBook, amount: 3, reason, jobId, grantId: null });
      yield* move(grants, available, 'grant', null);
      yield* move(available, held, 'hold', 7);
      yield* move(held, revenue, 'capture', 7);
      yield* move(revenue, grants, 'grant', null);
    });
    const { store } = s;
    const last = await store.read((q) => q.books.lastEntry());
    const page = async (filter: { books?: number[]; before: number; span: number; limit: number }) =>
      (await store.read((q) => q.books.entries(filter))).map(({ id }) => last - id);
    assert.deepEqual(await page({ before: last + 1, span: 100, limit: 3 }), [0, 1, 2]);
    assert.deepEqual(await page({ before: last - 1, span: 100, limit: 3 }), [2, 3]);
    assert.deepEqual(await page({ before: last + 1, span: 2, limit: 9 }), [0, 1], 'no further than the span');
    assert.deepEqual(await page({ books: [available, held], before: last + 1, span: 100, limit: 9 }), [1, 2, 3]);
    assert.deepEqual(
      (await store.read((q) => q.books.entriesOfJob(7))).map(({ reason }) => reason),
      ['capture'],
      'a hold is told by its own row',
    );
  });

  test('what the enabled accounts of a unit have together', async (t) => {
    const s = await seeded(backend, t);
    const unit = (await s.store.read((q) => q.accounts.get(s.accountId)))?.unit ?? '';
    await s.store.write('add', (q) => addAccount(q, 'two@example.com', 1));
    const total = (of: string) => s.store.read((q) => q.accounts.total(of));
    assert.deepEqual([await total(unit), await total('another')], [120, 0]);
  });

  test('an answer of administration is kept once, and swept by age', async (t) => {
    const store = await (await backend.fresh(t)).open();
    const first = { scope: 's', fingerprint: 'f', answer: 'sealed', createdAt: 10 };
    assert.equal(await store.write('first', (q) => q.answers.insert(first)), undefined);
    assert.deepEqual(await store.write('twin', (q) => q.answers.insert({ ...first, answer: 'other' })), first);
    assert.deepEqual(await store.read((q) => q.answers.get('s')), first);
    assert.equal(await store.read((q) => q.answers.get('x')), undefined);
    assert.equal(await store.write('sweep', (q) => q.answers.sweep(10, 5)), 0);
    assert.equal(await store.write('sweep', (q) => q.answers.sweep(11, 5)), 1);
  });

  test('the audit log: newest first, by action, subject and page', async (t) => {
    const store = await (await backend.fresh(t)).open();
    await store.write('log', function* (q) {
      for (let n = 1; n <= 6; n++) {
        const action = n % 2 === 0 ? 'key.change' : 'key.create';
        const row = { at: n, keyId: 1, tenantId: 1, action, subject: `key:${n % 3}` };
        yield* q.auditLog.add({ ...row, before: null, after: { n } });
      }
    });
    const times = async (filter: { action?: string; subject?: string; before?: number; limit: number }) =>
      (await store.read((q) => q.auditLog.list(filter))).map(({ at }) => at);
    assert.deepEqual(await times({ limit: 2 }), [6, 5]);
    assert.deepEqual(await times({ action: 'key.change', limit: 9 }), [6, 4, 2]);
    assert.deepEqual(await times({ subject: 'key:0', limit: 9 }), [6, 3]);
    const [newest] = await store.read((q) => q.auditLog.list({ limit: 1 }));
    assert.deepEqual([newest?.before, newest?.after], [null, { n: 6 }]);
    assert.deepEqual(await times({ action: 'key.create', before: newest?.id ?? 0, limit: 1 }), [5]);
  });
}
