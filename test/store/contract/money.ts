import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Backend, give, type Seeded, seeded } from './backend.ts';

/** Books, entries, grants, holds and budgets. */
export function moneySection(backend: Backend): void {
  test('a book is made once', async (t) => {
    const { store, tenantId, books } = await seeded(backend, t);
    const owner = `tenant:${tenantId}`;
    const again = await store.write('ensure', (q) => q.books.ensure(owner, 'available'));
    assert.deepEqual(again, { id: books.available, owner, name: 'available', balance: 0 });
    assert.deepEqual(
      (await store.read((q) => q.books.of(owner))).map((book) => book.name),
      ['available', 'held'],
    );
    assert.equal((await store.read((q) => q.books.all())).length, 4);
  });

  test('a move changes both balances and appends an entry', async (t) => {
    const s = await seeded(backend, t);
    assert.equal(await move(s, 'grants', 'available', 100), true);
    assert.equal(await move(s, 'available', 'held', 30), true);
    assert.equal(await move(s, 'held', 'available', 10), true);
    assert.deepEqual(await balances(s), { available: 80, held: 20, revenue: 0, grants: -100 });
    assert.equal((await s.store.read((q) => q.books.audit())).entries, 3);
  });

  test('available and held never fall below zero; a refused move does nothing', async (t) => {
    const s = await seeded(backend, t);
    await move(s, 'grants', 'available', 100);
    // Both directions, because books are locked in the order of their ids.
    assert.equal(await move(s, 'available', 'held', 101), false);
    assert.equal(await move(s, 'held', 'available', 1), false);
    assert.deepEqual(await balances(s), { available: 100, held: 0, revenue: 0, grants: -100 });
    assert.equal((await s.store.read((q) => q.books.audit())).entries, 1);
    assert.equal(await move(s, 'available', 'held', 100), true);
    assert.equal(await move(s, 'revenue', 'grants', 5), true);
  });

  test('a move is a positive whole amount between two books that exist', async (t) => {
    const s = await seeded(backend, t);
    for (const amount of [0, -1, 0.5, Number.NaN, 2 ** 53]) {
      await assert.rejects(move(s, 'grants', 'available', amount), RangeError);
    }
    await assert.rejects(move(s, 'grants', 'grants', 1), RangeError);
    const entry = { at: 1, amount: 1, reason: 'adjustment', jobId: null, grantId: null } as const;
    for (const [fromBook, toBook] of [
      [s.books.grants, 99],
      [99, s.books.grants],
    ] as const) {
      await assert.rejects(
        s.store.write('move', (q) => q.books.move({ ...entry, fromBook, toBook })),
        /no book 99/,
      );
    }
    assert.equal((await s.store.read((q) => q.books.audit())).entries, 0);
  });

  test('amounts beyond 32 bits stay exact', async (t) => {
    const s = await seeded(backend, t);
    const amount = 2 ** 53 - 1;
    assert.equal(await move(s, 'grants', 'available', amount), true);
    assert.deepEqual(await balances(s), { available: amount, held: 0, revenue: 0, grants: -amount });
  });

  test('grants are spent soonest expiry first, then by priority, then by age', async (t) => {
    const s = await seeded(backend, t);
    const grant = (expiresAt: number | null, priority: number, createdAt: number, remaining = 10) =>
      s.store.write('grant', (q) =>
        q.books.insertGrant({
          tenantId: s.tenantId,
          kind: 'promo',
          amount: 10,
          remaining,
          expiresAt,
          priority,
          period: null,
          createdAt,
        }),
      );
    const never = await grant(null, 9, 1);
    const late = await grant(500, 0, 3);
    const lateOld = await grant(500, 0, 2);
    const lateHigh = await grant(500, 1, 9);
    const soon = await grant(400, 0, 1);
    await grant(300, 0, 1);
    await grant(600, 0, 1, 0);
    const order = (await s.store.read((q) => q.books.spendable(s.tenantId, 300))).map((row) => row.id);
    assert.deepEqual(order, [soon?.id, lateHigh?.id, lateOld?.id, late?.id, never?.id]);
    assert.deepEqual(await s.store.write('lock', (q) => q.books.spendable(s.tenantId + 1, 0)), []);
    assert.equal((await s.store.read((q) => q.books.grantsOf(s.tenantId))).length, 7);
    assert.deepEqual(await s.store.read((q) => q.books.grant(late?.id ?? 0)), late);
    assert.equal(await s.store.read((q) => q.books.grant(99)), undefined);
  });

  test('a refill is posted once per tenant, kind and period', async (t) => {
    const s = await seeded(backend, t);
    const refill = (kind: 'monthly' | 'daily', period: string | null) =>
      s.store.write('refill', (q) =>
        q.books.insertGrant({
          tenantId: s.tenantId,
          kind,
          amount: 10,
          remaining: 10,
          expiresAt: 900,
          priority: 0,
          period,
          createdAt: 1,
        }),
      );
    assert.notEqual(await refill('monthly', '2026-11'), null);
    assert.equal(await refill('monthly', '2026-11'), null);
    assert.notEqual(await refill('daily', '2026-11'), null);
    assert.notEqual(await refill('monthly', '2026-12'), null);
    assert.notEqual(await refill('monthly', null), null);
    assert.notEqual(await refill('monthly', null), null);
  });

  test('a grant gives no more than it has and takes no more than it gave', async (t) => {
    const s = await seeded(backend, t);
    const id = await s.store.write('give', (q) => give(q, s, 10, null));
    const adjust = (by: number) => s.store.write('adjust', (q) => q.books.adjustGrant(id, by));
    assert.equal(await adjust(-11), false);
    assert.equal(await adjust(-10), true);
    assert.equal(await adjust(-1), false);
    assert.equal(await adjust(4), true);
    await assert.rejects(adjust(7));
    assert.equal((await s.store.read((q) => q.books.grant(id)))?.remaining, 4);
    assert.equal(await s.store.write('none', (q) => q.books.adjustGrant(99, 1)), false);
  });

  test('expired grants with something left, oldest first', async (t) => {
    const s = await seeded(backend, t);
    const ids = await s.store.write('give', function* (q) {
      const made = [];
      for (const expiresAt of [30, 10, null, 50, 20]) made.push(yield* give(q, s, 10, expiresAt));
      yield* q.books.adjustGrant(made[4] ?? 0, -10);
      return made;
    });
    const expired = async (limit: number) =>
      (await s.store.write('expired', (q) => q.books.expired(30, limit))).map((grant) => grant.id);
    assert.deepEqual(await expired(9), [ids[1], ids[0]]);
    assert.deepEqual(await expired(1), [ids[1]]);
  });

  test('a hold ends exactly once', async (t) => {
    const s = await seeded(backend, t);
    const hold = { jobId: 5, tenantId: s.tenantId, keyId: s.keyId, amount: 30, openedAt: 3, windows: 3 };
    const slices = [
      { grantId: 1, amount: 10 },
      { grantId: 2, amount: 20 },
    ];
    await s.store.write('hold', (q) => q.books.insertHold({ ...hold, slices }));
    const open = { ...hold, slices, state: 'open', captured: 0, closedAt: null };
    assert.deepEqual(await s.store.read((q) => q.books.hold(5)), open);
    await assert.rejects(s.store.write('again', (q) => q.books.insertHold({ ...hold, slices })));
    await assert.rejects(s.store.write('more', (q) => q.books.closeHold(5, 'captured', 31, 9)));
    assert.equal(await s.store.write('end', (q) => q.books.closeHold(5, 'captured', 25, 9)), true);
    assert.equal(await s.store.write('end', (q) => q.books.closeHold(5, 'released', 0, 10)), false);
    assert.deepEqual(await s.store.read((q) => q.books.hold(5)), {
      ...open,
      state: 'captured',
      captured: 25,
      closedAt: 9,
    });
    assert.equal(await s.store.read((q) => q.books.hold(6)), undefined);
  });

  test('budgets add up per key and period', async (t) => {
    const s = await seeded(backend, t);
    const spend = (period: string, by: number) => s.store.write('spend', (q) => q.books.spend(s.keyId, period, by));
    assert.deepEqual(
      [await spend('2026-11', 5), await spend('2026-11-20', 7), await spend('2026-11', 6), await spend('2026-11', -4)],
      [5, 7, 11, 7],
    );
  });
}

type Book = keyof Seeded['books'];

function move(s: Seeded, from: Book, to: Book, amount: number): Promise<boolean> {
  const entry = { at: 1, fromBook: s.books[from], toBook: s.books[to], amount, jobId: null, grantId: null };
  return s.store.write('move', (q) => q.books.move({ ...entry, reason: 'adjustment' }));
}

async function balances(s: Seeded): Promise<Record<string, number>> {
  const all = await s.store.read((q) => q.books.all());
  const of = (book: Book) => all.find((row) => row.id === s.books[book])?.balance ?? Number.NaN;
  return { available: of('available'), held: of('held'), revenue: of('revenue'), grants: of('grants') };
}
