import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addJob, addTenant, type Backend, seeded } from './backend.ts';

/** What tenants were charged, read from jobs and their holds. */
export function usageSection(backend: Backend): void {
  test('charges: what is held, paid, given back, or paid late after all', async (t) => {
    const seed = await seeded(backend, t);
    const { store, tenantId, keyId, books } = seed;
    await store.write('fill', function* (q) {
      const other = yield* addTenant(q, 'second');
      const hold = { tenantId, keyId, openedAt: 1, windows: 0, slices: [] };
      const job = function* (id: number, operation: string, owner = tenantId) {
        yield* addJob(q, { tenantId: owner, keyId }, { id, operation, traceId: `t${id}` });
        yield* q.books.insertHold({ ...hold, tenantId: owner, jobId: id, amount: id * 10 });
      };
      yield* job(1, 'text-to-video');
      yield* job(2, 'extend');
      yield* q.books.closeHold(2, 'captured', 15, 9);
      yield* job(3, 'swap');
      yield* q.books.closeHold(3, 'released', 0, 9);
      yield* job(4, 'extend');
      yield* q.books.closeHold(4, 'released', 0, 9);
      yield* q.jobs.move(4, 0, { state: 'succeeded', nextAt: null, finishedAt: 9 }, 9);
      const entry = { at: 9, fromBook: books.grants, toBook: books.revenue, amount: 33, jobId: 4, grantId: null };
      yield* q.books.move({ ...entry, reason: 'late-capture' });
      yield* job(5, 'extend', other);
    });
    const page = async (more: {
      refunded?: boolean;
      operations?: string[];
      from?: number;
      before?: number;
      limit?: number;
    }) =>
      (await store.read((q) => q.usage.charges({ tenantId, from: 1, before: 99, limit: 9, ...more }))).map(
        ({ jobId, amount, refunded }) => `${jobId} ${amount}${refunded ? ' back' : ''}`,
      );
    assert.deepEqual(await page({}), ['4 33', '3 30 back', '2 15', '1 10']);
    assert.deepEqual(await page({ refunded: true }), ['3 30 back']);
    assert.deepEqual(await page({ refunded: false }), ['4 33', '2 15', '1 10']);
    assert.deepEqual(await page({ operations: ['extend', 'swap'], refunded: false }), ['4 33', '2 15']);
    assert.deepEqual(await page({ operations: ['upscale'] }), []);
    assert.deepEqual(await page({ from: 2, before: 4 }), ['3 30 back', '2 15']);
    assert.deepEqual(await page({ limit: 1 }), ['4 33']);
    const [newest] = await store.read((q) => q.usage.charges({ tenantId, from: 1, before: 99, limit: 1 }));
    assert.deepEqual(newest, { jobId: 4, operation: 'extend', traceId: 't4', amount: 33, refunded: false });
  });
}
