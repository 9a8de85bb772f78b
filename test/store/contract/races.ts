import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Op, Statements, Store } from '../../../src/contracts/store.ts';
import { addJob, attemptId, type Backend, give, type Seeded, seeded } from './backend.ts';

const RACERS = 12;

/** Units that want the same thing at the same time; where the database is shared, from two stores. */
export function raceSection(backend: Backend): void {
  test('racing moves never overdraw a book', async (t) => {
    const s = await seeded(backend, t);
    await s.store.write('give', (q) => give(q, s, 50, null));
    const { available, held } = s.books;
    const entry = { at: 1, fromBook: available, toBook: held, amount: 10, jobId: null, grantId: null } as const;
    const done = await race(s, (q) => q.books.move({ ...entry, reason: 'hold' }));
    assert.equal(done.filter(Boolean).length, 5);
    const books = await s.store.read((q) => q.books.of(`tenant:${s.tenantId}`));
    assert.deepEqual(
      books.map((book) => book.balance),
      [0, 50],
    );
  });

  test('opposite moves between two books all go through', async (t) => {
    const s = await seeded(backend, t);
    const { revenue, grants } = s.books;
    await race(s, (q, i) => {
      const [fromBook, toBook] = i % 2 === 0 ? [revenue, grants] : [grants, revenue];
      return q.books.move({ at: 1, fromBook, toBook, amount: 1, reason: 'adjustment', jobId: null, grantId: null });
    });
    const audit = await s.store.read((q) => q.books.audit());
    assert.deepEqual([audit.entries, audit.total, audit.booksOff], [RACERS, 0, []]);
  });

  test('racing holds spend each grant once', async (t) => {
    const s = await seeded(backend, t);
    const id = await s.store.write('give', (q) => give(q, s, 50, null));
    const spent = await race(s, function* (q) {
      const [grant] = yield* q.books.spendable(s.tenantId, 1);
      if (!grant || grant.remaining < 10) return false;
      // What was read stays true until the unit ends, so this cannot fail.
      assert.equal(yield* q.books.adjustGrant(grant.id, -10), true);
      return true;
    });
    assert.equal(spent.filter(Boolean).length, 5);
    assert.equal((await s.store.read((q) => q.books.grant(id)))?.remaining, 0);
  });

  test('one of many ends a hold', async (t) => {
    const s = await seeded(backend, t);
    const hold = { jobId: 1, tenantId: s.tenantId, keyId: s.keyId, amount: 5, slices: [], openedAt: 1, windows: 3 };
    await s.store.write('hold', (q) => q.books.insertHold(hold));
    const ended = await race(s, (q, i) => q.books.closeHold(1, i % 2 === 0 ? 'captured' : 'released', 0, i));
    assert.equal(ended.filter(Boolean).length, 1);
  });

  test('racing activations of templates use up a month, and no more', async (t) => {
    const s = await seeded(backend, t);
    const row = { tenantId: s.tenantId, month: '2026-11', createdAt: 1 };
    // Two want each template: the twin of one that was activated has it too, and the month counts it once.
    const done = await race(s, (q, i) => q.templates.activate({ ...row, templateId: 1 + Math.floor(i / 2) }, 3));
    assert.equal(done.filter(Boolean).length, 6);
    assert.equal((await s.store.read((q) => q.templates.activated(s.tenantId))).length, 3);
  });

  test('one of many claims a job, and one of many moves it on', async (t) => {
    const s = await seeded(backend, t);
    await s.store.write('add', (q) => addJob(q, s, { id: 1 }));
    const claims = await race(s, (q, i) => q.jobs.claim(1, 0, `p${i}`, 1));
    assert.equal(claims.filter((job) => job !== undefined).length, 1);
    // The count of waiting jobs follows the first move only.
    await race(s, (q) => q.jobs.move(1, 1, { state: 'submitting' }, 2));
    assert.equal(await s.store.read((q) => q.keys.waiting(s.keyId)), 0);
  });

  test('racing dispatchers never place one waiting job twice', async (t) => {
    const s = await seeded(backend, t);
    await s.store.write('add', function* (q) {
      for (let id = 1; id <= 8; id++) yield* addJob(q, s, { id });
    });
    const placed: number[] = [];
    while (placed.length < 8) {
      const round = await race(s, function* (q) {
        const job = yield* q.jobs.head(s.tenantId, 'v6');
        if (!job) return undefined;
        const moved = yield* q.jobs.move(job.id, job.fence, { state: 'submitting' }, 1);
        assert.ok(moved, 'the head was locked, so nobody can have moved it');
        return moved.id;
      });
      placed.push(...round.filter((id) => id !== undefined));
    }
    assert.deepEqual([...placed].sort(), [1, 2, 3, 4, 5, 6, 7, 8]);
    assert.equal(await s.store.read((q) => q.keys.waiting(s.keyId)), 0);
  });

  test('leases never exceed the cap, with or without the account locked', async (t) => {
    const s = await seeded(backend, t);
    for (const locked of [false, true]) {
      const taken = await race(s, function* (q, i) {
        if (locked) yield* q.accounts.lock(s.accountId);
        return yield* q.attempts.takeLease({
          accountId: s.accountId,
          attemptId: attemptId(i),
          cap: 3,
          takenAt: 1,
          until: 9,
        });
      });
      const slots = taken.flatMap((lease) => (lease ? [lease.slot] : [])).sort();
      assert.deepEqual(slots, [1, 2, 3]);
      assert.equal((await s.store.read((q) => q.accounts.get(s.accountId)))?.inUse, 3);
      await s.store.write('end', function* (q) {
        for (let i = 0; i < RACERS; i++) yield* q.attempts.endLease(attemptId(i));
      });
      assert.equal((await s.store.read((q) => q.accounts.get(s.accountId)))?.inUse, 0);
    }
  });

  test('of twins with one idempotency id, one is first and the rest learn which', async (t) => {
    const s = await seeded(backend, t);
    const answers = await race(s, function* (q, i) {
      const first = yield* q.replays.insert({ scope: 's', fingerprint: 'f', subject: i + 1, createdAt: 1 });
      return first?.subject ?? null;
    });
    const winner = answers.indexOf(null) + 1;
    assert.deepEqual(
      answers.filter((_, i) => i + 1 !== winner),
      Array.from({ length: RACERS - 1 }, () => winner),
    );
  });

  test('a refill, a book, a value, an account and a node number are made once', async (t) => {
    const s = await seeded(backend, t);
    const refill = { tenantId: s.tenantId, kind: 'monthly', amount: 1, remaining: 1, period: '2026-11' } as const;
    const account = { upstream: 'local', name: 'new', maxJobs: 1, state: 'enabled', secret: '', plan: null } as const;
    const made = await race(s, function* (q, i) {
      const grant = yield* q.books.insertGrant({ ...refill, expiresAt: null, priority: 0, createdAt: 1 });
      const book = yield* q.books.ensure('operator', 'writeoff');
      const value = yield* q.meta.setOnce('v', String(i));
      const put = yield* q.accounts.upsert({ ...account, creditDaily: 0, creditMonthly: 0, creditPackage: 0, at: i });
      const process = yield* q.processes.register(`p${i}`, 1, 0);
      return { grant, book: book.id, value, created: put.created, node: process.node };
    });
    assert.equal(made.filter((row) => row.grant !== null).length, 1);
    assert.equal(made.filter((row) => row.created).length, 1);
    assert.equal(new Set(made.map((row) => row.book)).size, 1);
    assert.equal(new Set(made.map((row) => row.value)).size, 1);
    assert.equal(new Set(made.map((row) => row.node)).size, RACERS);
  });

  test('budgets lose nothing', async (t) => {
    const s = await seeded(backend, t);
    const sums = await race(s, (q) => q.books.spend(s.keyId, '2026-11', 3));
    assert.equal(Math.max(...sums), 3 * RACERS);
    assert.equal(new Set(sums).size, RACERS);
  });
}

/** Runs a unit many times at once, half of them through a second store where there can be one. */
async function race<T>(s: Seeded, unit: (q: Statements, racer: number) => Op<T>): Promise<T[]> {
  const second: Store = s.database.shared ? await s.database.open() : s.store;
  return Promise.all(
    Array.from({ length: RACERS }, (_, i) => (i % 2 === 0 ? s.store : second).write('race', (q) => unit(q, i))),
  );
}
