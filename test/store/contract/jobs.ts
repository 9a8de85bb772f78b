import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JobChange } from '../../../src/contracts/store.ts';
import { addJob, addKey, addTenant, type Backend, type Seeded, seeded } from './backend.ts';

/** Jobs: rows, the one setter, fences and timelines. */
export function jobSection(backend: Backend): void {
  test('a new job waits, and every column comes back as it was given', async (t) => {
    const s = await seeded(backend, t);
    const id = 2 ** 53 - 1;
    await s.store.write('add', (q) => addJob(q, s, { id, price: 45_000, traceId: 'träce', rank: -5 }));
    assert.deepEqual(await s.store.read((q) => q.jobs.get(id)), {
      id,
      tenantId: s.tenantId,
      keyId: s.keyId,
      dialect: 'native',
      operation: 'text-to-video',
      model: 'v6',
      poolId: 1,
      sandbox: false,
      request: { prompt: 'Ünïcode \u0001 and 🎬', seed: 1 },
      state: 'queued',
      lane: 'v6',
      rank: -5,
      price: 45_000,
      expectedSlotMs: 60_000,
      nextAt: null,
      owner: null,
      fence: 0,
      attempts: 0,
      attemptId: null,
      progress: null,
      error: null,
      sources: null,
      resultAssetId: null,
      coverAssetId: null,
      traceId: 'träce',
      createdAt: 100,
      updatedAt: 100,
      finishedAt: null,
      deletedAt: null,
    });
    assert.equal(await s.store.read((q) => q.jobs.get(1)), undefined);
    await assert.rejects(s.store.write('again', (q) => addJob(q, s, { id })));
  });

  test('move changes what is named and nothing else, for the holder of the fence', async (t) => {
    const s = await seeded(backend, t);
    await s.store.write('add', (q) => addJob(q, s, { id: 1 }));
    const before = await s.store.read((q) => q.jobs.get(1));
    const change: JobChange = {
      state: 'submitting',
      nextAt: 500,
      owner: 'p',
      attempts: 1,
      attemptId: 'a-1',
      progress: 250,
      error: { code: 'moderated', message: 'no' },
      sources: [{ url: 'x' }],
      resultAssetId: 8,
      coverAssetId: 9,
      rank: 7,
      finishedAt: 600,
    };
    const moved = await move(s, 1, 0, change, 300);
    assert.deepEqual(moved, { ...before, ...change, updatedAt: 300 });
    assert.deepEqual(await s.store.read((q) => q.jobs.get(1)), moved);
    const cleared = await move(s, 1, 0, { nextAt: null, owner: null, progress: null, error: null, sources: null }, 301);
    assert.deepEqual(cleared, {
      ...moved,
      nextAt: null,
      owner: null,
      progress: null,
      error: null,
      sources: null,
      updatedAt: 301,
    });
    assert.equal(await move(s, 1, 1, { state: 'failed' }, 302), undefined);
    assert.equal(await move(s, 99, 0, { state: 'failed' }, 302), undefined);
    assert.deepEqual(await s.store.read((q) => q.jobs.get(1)), cleared);
  });

  test('a claim raises the fence, and the writes of whoever had it are refused', async (t) => {
    const s = await seeded(backend, t);
    await s.store.write('add', (q) => addJob(q, s, { id: 1 }));
    const claim = (fence: number, owner: string) => s.store.write('claim', (q) => q.jobs.claim(1, fence, owner, 200));
    const first = await claim(0, 'one');
    assert.deepEqual([first?.owner, first?.fence, first?.updatedAt], ['one', 1, 200]);
    assert.equal(await claim(0, 'two'), undefined);
    assert.equal((await claim(1, 'two'))?.fence, 2);
    assert.equal(await move(s, 1, 1, { progress: 5 }, 201), undefined);
    assert.equal((await move(s, 1, 2, { progress: 6 }, 202))?.progress, 6);
  });

  test('the shares of the processes in the work', async (t) => {
    const s = await seeded(backend, t);
    const shares = (id: string) => s.store.read((q) => q.processes.shares(id));
    assert.deepEqual(await shares('one'), { processes: 0, taken: 0, mine: 0 });
    await s.store.write('work', function* (q) {
      yield* q.processes.register('one', 1, 0);
      yield* q.processes.register('two', 1, 0);
      for (const [id, owner] of [
        [1, 'one'],
        [2, 'one'],
        [3, 'two'],
        [4, null],
      ] as const) {
        yield* addJob(q, s, { id });
        if (owner) yield* q.jobs.claim(id, 0, owner, 1);
      }
    });
    assert.deepEqual(await shares('one'), { processes: 2, taken: 3, mine: 2 });
  });

  test('the jobs of processes that are gone are freed, others are left alone', async (t) => {
    const s = await seeded(backend, t);
    await s.store.write('add', function* (q) {
      yield* q.processes.register('alive', 1000, 0);
      yield* q.processes.register('silent', 100, 0);
      for (const [i, owner] of ['alive', 'silent', 'unknown', 'silent'].entries()) {
        yield* addJob(q, s, { id: i + 1 });
        yield* q.jobs.claim(i + 1, 0, owner, 150);
      }
      yield* addJob(q, s, { id: 5 });
    });
    const orphan = () => s.store.write('orphan', (q) => q.jobs.orphan(500, 1100));
    assert.equal(await orphan(), 3);
    assert.equal(await orphan(), 0);
    const rows = await s.store.read((q) => q.jobs.list({ limit: 9 }));
    assert.deepEqual(
      rows.map((job) => [job.id, job.owner, job.fence]),
      [
        [5, null, 0],
        [4, null, 2],
        [3, null, 2],
        [2, null, 2],
        [1, 'alive', 1],
      ],
    );
    assert.equal(rows[1]?.updatedAt, 1100);
  });

  test('a key counts the jobs of its own that wait', async (t) => {
    const s = await seeded(backend, t);
    const waiting = (keyId: number) => s.store.write('waiting', (q) => q.keys.waiting(keyId));
    const other = await s.store.write('add', (q) => addKey(q, s.tenantId, 'b'.repeat(64)));
    await s.store.write('add', function* (q) {
      for (let id = 1; id <= 4; id++) yield* addJob(q, s, { id });
      yield* addJob(q, { ...s, keyId: other }, { id: 5 });
    });
    assert.deepEqual([await waiting(s.keyId), await waiting(other), await waiting(99)], [4, 1, 0]);
    await move(s, 1, 0, { state: 'submitting' }, 1);
    await move(s, 1, 0, { state: 'submitting', progress: 1 }, 2);
    await move(s, 1, 0, { progress: 1 }, 2);
    await move(s, 2, 0, { state: 'cancelled' }, 1);
    await move(s, 3, 7, { state: 'cancelled' }, 1);
    assert.equal(await waiting(s.keyId), 2);
    await move(s, 1, 0, { state: 'queued' }, 3);
    await move(s, 4, 0, { state: 'queued' }, 3);
    assert.equal(await waiting(s.keyId), 3);
    assert.equal(await s.store.read((q) => q.keys.waiting(other)), 1);
  });

  test('jobs are listed newest first, by tenant, state and place', async (t) => {
    const s = await seeded(backend, t);
    const tenant = await s.store.write('add', function* (q) {
      const id = yield* addTenant(q, 'second');
      for (let n = 1; n <= 6; n++) yield* addJob(q, { ...s, tenantId: n % 2 === 0 ? id : s.tenantId }, { id: n });
      yield* q.jobs.move(2, 0, { state: 'failed' }, 1);
      yield* q.jobs.move(3, 0, { state: 'failed' }, 1);
      return id;
    });
    const list = async (filter: { tenantId?: number; state?: 'failed' | 'queued'; before?: number; limit: number }) =>
      (await s.store.read((q) => q.jobs.list(filter))).map((job) => job.id);
    assert.deepEqual(await list({ limit: 99 }), [6, 5, 4, 3, 2, 1]);
    assert.deepEqual(await list({ limit: 2 }), [6, 5]);
    assert.deepEqual(await list({ limit: 2, before: 5 }), [4, 3]);
    assert.deepEqual(await list({ limit: 9, tenantId: tenant }), [6, 4, 2]);
    assert.deepEqual(await list({ limit: 9, state: 'failed' }), [3, 2]);
    assert.deepEqual(await list({ limit: 9, tenantId: tenant, state: 'queued', before: 6 }), [4]);
    assert.deepEqual(await s.store.read((q) => q.jobs.countByState()), [
      { state: 'failed', count: 2 },
      { state: 'queued', count: 4 },
    ]);
  });

  test('timelines are kept in order and swept when their jobs are old', async (t) => {
    const s = await seeded(backend, t);
    await s.store.write('add', function* (q) {
      for (let id = 1; id <= 4; id++) {
        yield* addJob(q, s, { id });
        yield* q.jobs.addEvent({ jobId: id, at: id, kind: 'accepted', data: { price: id } });
        yield* q.jobs.addEvent({ jobId: id, at: id + 1, kind: 'ended', data: null });
        if (id < 4) yield* q.jobs.move(id, 0, { state: 'failed', finishedAt: id * 100 }, 1);
      }
    });
    const events = async (id: number) =>
      (await s.store.read((q) => q.jobs.events(id))).map((event) => [event.at, event.kind, event.data]);
    const sweep = () => s.store.write('sweep', (q) => q.jobs.sweepEvents(300, 1));
    assert.deepEqual(await events(2), [
      [2, 'accepted', { price: 2 }],
      [3, 'ended', null],
    ]);
    assert.deepEqual([await sweep(), await sweep(), await sweep()], [1, 1, 0]);
    assert.deepEqual([await events(1), await events(2)], [[], []]);
    assert.equal((await events(3)).length, 2);
    assert.equal((await events(4)).length, 2);
    // A late end gives the job a timeline again, and it is swept again when it is old.
    await s.store.write('late', function* (q) {
      yield* q.jobs.move(1, 0, { finishedAt: 290 }, 2);
      yield* q.jobs.addEvent({ jobId: 1, at: 290, kind: 'succeeded-late', data: null });
    });
    assert.equal(await sweep(), 1);
    assert.deepEqual(await events(1), []);
  });
}

function move(s: Seeded, id: number, fence: number, change: JobChange, at: number) {
  return s.store.write('move', (q) => q.jobs.move(id, fence, change, at));
}
