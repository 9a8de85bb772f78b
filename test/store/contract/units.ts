import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Statements, WakeChannel } from '../../../src/contracts/store.ts';
import { fc } from '../../support/property.ts';
import { Refusal } from '../../../src/std/errors.ts';
import { addJob, type Backend, seeded } from './backend.ts';

/** Units of work: all or nothing, one after the other, durable before they resolve. */
export function unitSection(backend: Backend): void {
  test('a unit gives back what it returns, and a read sees it once it has resolved', async (t) => {
    const store = await (await backend.fresh(t)).open();
    for (let i = 0; i < 20; i++) {
      const value = await store.write('set', (q) => q.meta.setOnce(`n${i}`, String(i)));
      assert.equal(value, String(i));
      assert.equal(await store.read((q) => q.meta.get(`n${i}`)), String(i));
    }
    assert.equal(await store.read((q) => q.meta.get('absent')), undefined);
  });

  test('setOnce keeps the first value', async (t) => {
    const store = await (await backend.fresh(t)).open();
    assert.equal(await store.write('set', (q) => q.meta.setOnce('a', '1')), '1');
    assert.equal(await store.write('set', (q) => q.meta.setOnce('a', '2')), '1');
  });

  test('a unit that throws leaves nothing, rejects with its own error and harms no neighbour', async (t) => {
    const store = await (await backend.fresh(t)).open();
    const boom = new Error('boom');
    const results = await Promise.allSettled([
      store.write('good', (q) => q.meta.setOnce('before', '1')),
      store.write('bad', function* (q) {
        yield* q.meta.setOnce('during', '1');
        throw boom;
      }),
      store.write('refused', function* (q) {
        assert.equal(yield* q.meta.get('nothing'), undefined);
        throw boom;
      }),
      store.write('good', (q) => q.meta.setOnce('after', '1')),
    ]);
    assert.deepEqual(
      results.map((result) => (result.status === 'rejected' ? result.reason : result.value)),
      ['1', boom, boom, '1'],
    );
    const kept = await store.read(function* (q) {
      return [yield* q.meta.get('before'), yield* q.meta.get('during'), yield* q.meta.get('after')];
    });
    assert.deepEqual(kept, ['1', undefined, '1']);
  });

  test('a statement the database refuses undoes its whole unit', async (t) => {
    const s = await seeded(backend, t);
    await assert.rejects(
      s.store.write('bad', function* (q) {
        yield* q.meta.setOnce('x', '1');
        yield* q.jobs.insert({
          id: 1,
          tenantId: 999,
          keyId: s.keyId,
          dialect: 'native',
          operation: 'o',
          model: 'm',
          poolId: 1,
          sandbox: false,
          request: null,
          lane: 'l',
          rank: 1,
          price: 1,
          expectedSlotMs: 1,
          traceId: null,
          createdAt: 1,
        });
      }),
      /foreign key/i,
    );
    assert.equal(await s.store.read((q) => q.meta.get('x')), undefined);
  });

  test('a unit that reads cannot write', async (t) => {
    const store = await (await backend.fresh(t)).open();
    await assert.rejects(store.read((q) => q.meta.setOnce('a', 'b')));
    assert.equal(await store.read((q) => q.meta.get('a')), undefined);
  });

  test('a part of a unit that is undone leaves nothing, and the rest stays', async (t) => {
    const s = await seeded(backend, t);
    const set = (name: string) => (q: Statements) => q.meta.setOnce(name, 'set');
    const boom = new Refusal('queue_full');
    const came = await s.store.write('parts', function* (q) {
      yield* set('before')(q);
      const kept = yield* q.trials.attempt(() => set('kept')(q));
      const undone = yield* q.trials.undo(function* () {
        yield* set('undone')(q);
        yield* q.trials.attempt(() => set('within')(q));
        return yield* q.meta.get('undone');
      });
      try {
        yield* q.trials.attempt(function* () {
          yield* set('refused')(q);
          throw boom;
        });
      } catch (error) {
        assert.equal(error, boom);
      }
      yield* set('after')(q);
      return [kept, undone];
    });
    assert.deepEqual(came, ['set', 'set']);
    const found = await s.store.read(function* (q) {
      const there: string[] = [];
      for (const name of ['before', 'kept', 'undone', 'within', 'refused', 'after']) {
        if (yield* q.meta.get(name)) there.push(name);
      }
      return there;
    });
    assert.deepEqual(found, ['before', 'kept', 'after']);
  });

  test('a unit that is undone as a whole answers, and harms no neighbour', async (t) => {
    const s = await seeded(backend, t);
    const units = [1, 2, 3].map((round) =>
      s.store.write('asked', (q) => q.trials.undo(() => addJob(q, s, { id: round, price: round }))),
    );
    const kept = s.store.write('kept', (q) => addJob(q, s, { id: 9 }));
    await Promise.all([...units, kept]);
    const jobs = await s.store.read((q) => q.jobs.list({ limit: 10 }));
    assert.deepEqual(
      jobs.map(({ id }) => id),
      [9],
    );
    assert.equal(await s.store.read((q) => q.keys.waiting(s.keyId)), 1);
  });

  test('any mix of good, refused and broken units keeps exactly the good ones', async (t) => {
    const store = await (await backend.fresh(t)).open();
    let round = 0;
    const kinds = fc.array(fc.constantFrom('good', 'refused', 'broken'), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(kinds, async (plan) => {
        round += 1;
        const name = (i: number) => `r${round}.${i}`;
        const results = await Promise.allSettled(
          plan.map((kind, i) =>
            store.write(kind, function* (q) {
              if (kind === 'refused') throw new Error('refused');
              yield* q.meta.setOnce(name(i), 'kept');
              if (kind === 'broken') throw new Error('broken');
            }),
          ),
        );
        for (const [i, kind] of plan.entries()) {
          assert.equal(results[i]?.status === 'fulfilled', kind === 'good');
          const value = await store.read((q) => q.meta.get(name(i)));
          assert.equal(value, kind === 'good' ? 'kept' : undefined);
        }
      }),
      { numRuns: 25, seed: 7 },
    );
  });

  test('readers never see half a unit', async (t) => {
    const s = await seeded(backend, t);
    const { held, revenue } = s.books;
    const sums = async () => {
      const [a, b] = await s.store.read(function* (q) {
        const first = (yield* q.books.of('operator')).find((book) => book.id === revenue)?.balance ?? 0;
        const second = (yield* q.books.of(`tenant:${s.tenantId}`)).find((book) => book.id === held)?.balance ?? 0;
        return [first, second] as const;
      });
      assert.equal(a + b, 0);
    };
    const moves = Array.from({ length: 20 }, (_, i) =>
      s.store.write('move', (q) =>
        q.books.move({
          at: i,
          fromBook: revenue,
          toBook: held,
          amount: 5,
          reason: 'adjustment',
          jobId: null,
          grantId: null,
        }),
      ),
    );
    await Promise.all([...moves, ...Array.from({ length: 20 }, sums)]);
    await sums();
  });

  test('signals reach the listeners of this process, until they stop listening', async (t) => {
    const store = await (await backend.fresh(t)).open();
    const heard: WakeChannel[] = [];
    const stop = store.onNotify((channel) => heard.push(channel));
    store.onNotify(() => {
      throw new Error('a listener that fails');
    });
    store.notify('queue');
    store.notify('slots');
    assert.deepEqual(heard, ['queue', 'slots']);
    stop();
    store.notify('jobs');
    assert.deepEqual(heard, ['queue', 'slots']);
  });

  test('signals reach the other processes on the database', async (t) => {
    const database = await backend.fresh(t);
    if (!database.shared) return t.skip('one process at a time has this database');
    const [one, two] = [await database.open(), await database.open()];
    const heard = new Promise<WakeChannel>((resolve) => two.onNotify(resolve));
    one.notify('accounts');
    assert.equal(await heard, 'accounts');
  });
}
