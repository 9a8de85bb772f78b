import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { addJob, type Backend, give, type Seeded, seeded } from './backend.ts';

/** `ledger verify` sees every kind of damage. */
export function auditSection(backend: Backend): void {
  test('sound books have nothing to say', async (t) => {
    const s = await withJob(backend, t);
    assert.deepEqual(await audit(s), {
      entries: 2,
      booksOff: [],
      total: 0,
      tenantsOff: [],
      holdsOff: [],
      negative: [],
    });
  });

  test('an empty store has nothing to say', async (t) => {
    const store = await (await backend.fresh(t)).open();
    const found = await store.read((q) => q.books.audit());
    assert.deepEqual(found, { entries: 0, booksOff: [], total: 0, tenantsOff: [], holdsOff: [], negative: [] });
  });

  test('a changed balance, a lost entry and a changed grant are found', async (t) => {
    const s = await withJob(backend, t);
    if (!s.database.damage) return t.skip('nothing but the store can reach this database');
    await s.database.damage(`update books set balance = balance + 7 where id = ${s.books.available}`);
    const moved = await audit(s);
    const available = { bookId: s.books.available, owner: `tenant:${s.tenantId}`, name: 'available' };
    assert.deepEqual(moved.booksOff, [{ ...available, balance: 77, entries: 70 }]);
    assert.equal(moved.total, 7);
    assert.deepEqual(moved.tenantsOff, [{ tenantId: s.tenantId, available: 77, grants: 70, held: 30, holds: 30 }]);

    await s.database.damage(`update books set balance = balance - 7 where id = ${s.books.available}`);
    await s.database.damage(`delete from entries where reason = 'hold'`);
    const lost = await audit(s);
    assert.deepEqual([lost.entries, lost.total], [1, 0]);
    assert.deepEqual(
      lost.booksOff.map((book) => [book.bookId, book.balance, book.entries]),
      [
        [s.books.available, 70, 100],
        [s.books.held, 30, 0],
      ],
    );

    await s.database.damage('update grants set remaining = remaining - 1');
    assert.deepEqual((await audit(s)).tenantsOff, [
      { tenantId: s.tenantId, available: 70, grants: 69, held: 30, holds: 30 },
    ]);
  });

  test('holds of finished jobs, of no job, and unfinished jobs without one are found', async (t) => {
    const s = await withJob(backend, t);
    await s.store.write('more', function* (q) {
      yield* addJob(q, s, { id: 2, price: 10 });
      yield* addJob(q, s, { id: 3, price: 0 });
      const hold = { jobId: 4, tenantId: s.tenantId, keyId: s.keyId, amount: 1, slices: [], openedAt: 1, windows: 3 };
      yield* q.books.insertHold(hold);
      yield* addJob(q, s, { id: 5, price: 10 });
      yield* q.jobs.move(5, 0, { state: 'expired' }, 1);
    });
    assert.deepEqual((await audit(s)).holdsOff, [2, 4]);
    await s.store.write('finish', (q) => q.jobs.move(1, 0, { state: 'failed' }, 1));
    const found = await audit(s);
    assert.deepEqual(found.holdsOff, [1, 2, 4]);
    assert.deepEqual(found.tenantsOff, [{ tenantId: s.tenantId, available: 70, grants: 70, held: 30, holds: 31 }]);
  });

  test('a number beyond 2^53 is an error, never rounded', async (t) => {
    const s = await seeded(backend, t);
    if (!s.database.damage) return t.skip('nothing but the store can reach this database');
    await s.database.damage(`update books set balance = 9007199254740993 where name = 'revenue'`);
    await assert.rejects(
      s.store.read((q) => q.books.of('operator')),
      /9007199254740993/,
    );
    assert.equal((await s.store.read((q) => q.books.of(`tenant:${s.tenantId}`))).length, 2);
  });

  test('the database itself refuses a negative balance of a tenant', async (t) => {
    const s = await withJob(backend, t);
    const { damage } = s.database;
    if (!damage) return t.skip('nothing but the store can reach this database');
    await assert.rejects(damage(`update books set balance = -1 where id = ${s.books.held}`), /check/i);
    await damage("update books set balance = -1 where name = 'revenue'");
    assert.deepEqual((await audit(s)).negative, []);
  });
}

/** 100 given, a job that holds 30 of it. */
async function withJob(backend: Backend, t: TestContext): Promise<Seeded> {
  const s = await seeded(backend, t);
  await s.store.write('job', function* (q) {
    const grantId = yield* give(q, s, 100, null);
    yield* q.books.adjustGrant(grantId, -30);
    const entry = { at: 1, fromBook: s.books.available, toBook: s.books.held, amount: 30, grantId: null };
    yield* q.books.move({ ...entry, reason: 'hold', jobId: 1 });
    const hold = { jobId: 1, tenantId: s.tenantId, keyId: s.keyId, amount: 30, openedAt: 1, windows: 3 };
    yield* q.books.insertHold({ ...hold, slices: [{ grantId, amount: 30 }] });
    yield* addJob(q, s, { id: 1, price: 30 });
  });
  return s;
}

function audit(s: Seeded) {
  return s.store.read((q) => q.books.audit());
}
