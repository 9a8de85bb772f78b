import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LaneRow } from '../../../src/contracts/store.ts';
import { fc } from '../../support/property.ts';
import { addJob, addTenant, type Backend, seeded } from './backend.ts';

/** Lanes, heads, places in the queue and what is due. */
export function queueSection(backend: Backend): void {
  test('a lane is led by the lowest rank, then the lowest id', async (t) => {
    const s = await seeded(backend, t);
    await s.store.write('add', function* (q) {
      yield* addJob(q, s, { id: 3, rank: 50 });
      yield* addJob(q, s, { id: 2, rank: 50 });
      yield* addJob(q, s, { id: 1, rank: 60 });
      yield* addJob(q, s, { id: 4, rank: 1, lane: 'other' });
    });
    const head = async () => (await s.store.write('head', (q) => q.jobs.head(s.tenantId, 'v6')))?.id;
    assert.equal(await head(), 2);
    await s.store.write('go', (q) => q.jobs.move(2, 0, { state: 'submitting' }, 1));
    assert.equal(await head(), 3);
    await s.store.write('go', (q) => q.jobs.move(1, 0, { rank: 49 }, 1));
    assert.equal(await head(), 1);
    assert.equal(await s.store.write('head', (q) => q.jobs.head(s.tenantId, 'none')), undefined);
    assert.equal((await s.store.read((q) => q.jobs.head(s.tenantId, 'other')))?.id, 4);
  });

  test('ahead counts the waiting jobs before one, up to a limit', async (t) => {
    const s = await seeded(backend, t);
    await s.store.write('add', function* (q) {
      for (let id = 1; id <= 6; id++) yield* addJob(q, s, { id, rank: 10 });
      yield* addJob(q, s, { id: 7, rank: 5 });
      yield* addJob(q, s, { id: 8, rank: 1, lane: 'other' });
      yield* q.jobs.move(2, 0, { state: 'running' }, 1);
    });
    const ahead = (id: number, rank: number, limit: number) =>
      s.store.read((q) => q.jobs.ahead({ tenantId: s.tenantId, lane: 'v6', rank, id }, limit));
    assert.equal(await ahead(7, 5, 99), 0);
    assert.equal(await ahead(1, 10, 99), 1);
    assert.equal(await ahead(6, 10, 99), 5);
    assert.equal(await ahead(6, 10, 3), 3);
  });

  test('lanes are exactly those in which jobs wait, each with its head', async (t) => {
    const s = await seeded(backend, t);
    const tenants = await s.store.write('add', function* (q) {
      const second = yield* addTenant(q, 'second');
      const all = [s.tenantId, second, yield* addTenant(q, 'third')];
      for (const id of all) yield* q.tenants.setServed(id, 10 * id);
      return all;
    });
    assert.deepEqual(await s.store.read((q) => q.jobs.lanes()), []);
    let next = 1;
    // Lane names whose order differs between languages and bytes.
    const job = fc.record({
      tenant: fc.constantFrom(...tenants),
      lane: fc.constantFrom('a', 'B', 'b', 'é', 'z', 'a/1'),
      rank: fc.integer({ min: 0, max: 5 }),
      waits: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(job, { maxLength: 12 }), async (jobs) => {
        const rows = jobs.map((entry) => ({ ...entry, id: next++ }));
        await s.store.write('add', function* (q) {
          for (const { id, tenant, lane, rank, waits } of rows) {
            yield* addJob(q, { ...s, tenantId: tenant }, { id, lane, rank });
            if (!waits) yield* q.jobs.move(id, 0, { state: 'running' }, 1);
          }
        });
        const expected = new Map<string, LaneRow>();
        for (const { id, tenant, lane, rank, waits } of rows) {
          const name = `${tenant}/${lane}`;
          const first = expected.get(name);
          if (waits && (!first || rank < first.rank))
            expected.set(name, { tenantId: tenant, lane, rank, headId: id, weight: 1, servedMs: 10 * tenant });
        }
        const order = (lanes: Iterable<{ tenantId: number; lane: string }>) =>
          [...lanes].sort((a, b) => a.tenantId - b.tenantId || (a.lane < b.lane ? -1 : 1));
        assert.deepEqual(order(await s.store.read((q) => q.jobs.lanes())), order(expected.values()));
        await s.store.write('clear', function* (q) {
          for (const { id } of rows) yield* q.jobs.move(id, 0, { state: 'failed' }, 1);
        });
      }),
      { numRuns: 20, seed: 11 },
    );
  });

  test('due are the jobs of this process and of nobody, soonest first', async (t) => {
    const s = await seeded(backend, t);
    await s.store.write('add', function* (q) {
      const plan = [
        { id: 1, owner: 'me', nextAt: 300 },
        { id: 2, owner: null, nextAt: 200 },
        { id: 3, owner: 'other', nextAt: 100 },
        { id: 4, owner: 'me', nextAt: 400 },
        { id: 5, owner: 'me', nextAt: null },
        { id: 6, owner: null, nextAt: 310 },
      ];
      for (const { id, owner, nextAt } of plan) {
        yield* addJob(q, s, { id });
        yield* q.jobs.move(id, 0, { state: 'running', owner, nextAt }, 1);
      }
      yield* addJob(q, s, { id: 7 });
    });
    const due = async (now: number, limit: number) =>
      (await s.store.read((q) => q.jobs.due('me', now, limit))).map((job) => job.id);
    assert.deepEqual(await due(310, 9), [2, 1, 6]);
    assert.deepEqual(await due(310, 2), [2, 1]);
    assert.deepEqual(await due(199, 9), []);
    const nextDue = (owner: string, after = 0) => s.store.read((q) => q.jobs.nextDue(owner, after));
    assert.deepEqual([await nextDue('me'), await nextDue('other'), await nextDue('new')], [200, 100, 200]);
    assert.deepEqual([await nextDue('me', 200), await nextDue('me', 300), await nextDue('me', 310)], [300, 310, 400]);
    await s.store.write('end', function* (q) {
      yield* q.jobs.move(2, 0, { nextAt: null }, 2);
      yield* q.jobs.move(6, 0, { nextAt: null }, 2);
    });
    assert.deepEqual([await nextDue('me'), await nextDue('new')], [300, null]);
  });
}
