import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JobChange, Statements } from '../../../src/contracts/store.ts';
import { UNLIMITED } from '../../../src/core/limits.ts';
import { NODE_COUNT } from '../../../src/std/ids.ts';
import { addJob, addKey, addTenant, type Backend, seeded } from './backend.ts';

/** Tenants, keys, assets, replays and processes. */
export function recordSection(backend: Backend): void {
  test('tenants', async (t) => {
    const { store, tenantId } = await seeded(backend, t);
    const second = await store.write('add', (q) => addTenant(q, 'second'));
    assert.deepEqual(await store.read((q) => q.tenants.get(tenantId)), {
      id: tenantId,
      name: 'first',
      weight: 1,
      monthlyCredits: 15_000_000,
      anchorDay: 31,
      mode: 'metered',
      unit: null,
      servedMs: 0,
      createdAt: 1,
    });
    await store.write('serve', (q) => q.tenants.setServed(second, 12.6));
    const all = await store.read((q) => q.tenants.list());
    assert.deepEqual(
      all.map((tenant) => [tenant.id, tenant.servedMs]),
      [
        [tenantId, 0],
        [second, 13],
      ],
    );
    assert.equal(await store.read((q) => q.tenants.get(99)), undefined);
  });

  test('keys are found by hash and by id, and revoked once', async (t) => {
    const { store, tenantId, keyId } = await seeded(backend, t);
    const hash = 'a'.repeat(64);
    const key = await store.read((q) => q.keys.byHash(hash));
    assert.deepEqual(key, {
      ...UNLIMITED,
      id: keyId,
      tenantId,
      name: 'key',
      role: 'client',
      hash,
      prefix: 'ak_0000',
      queueDepthMax: 1000,
      budgetMonth: 5,
      createdAt: 7,
      revokedAt: null,
      tenantMode: 'metered',
    });
    assert.equal(await store.write('revoke', (q) => q.keys.revoke(keyId, 50)), true);
    assert.equal(await store.write('revoke', (q) => q.keys.revoke(keyId, 60)), false);
    assert.equal(await store.write('revoke', (q) => q.keys.revoke(99, 60)), false);
    assert.equal((await store.read((q) => q.keys.get(keyId)))?.revokedAt, 50);
    assert.equal((await store.read((q) => q.keys.list())).length, 1);
    assert.equal(await store.read((q) => q.keys.byHash('b')), undefined);
    await assert.rejects(store.write('twice', (q) => addKey(q, tenantId, hash)));
  });

  test('assets, and which blobs are known', async (t) => {
    const { store, tenantId } = await seeded(backend, t);
    const asset = {
      id: 2 ** 53 - 1,
      tenantId,
      kind: 'upload',
      blobKey: 'ab/1',
      bytes: 12,
      sha256: 'f'.repeat(64),
      info: { mime: 'image/png', width: 3 },
      jobId: null,
      source: 'näme.png',
      createdAt: 5,
      deletedAt: null,
    } as const;
    await store.write('add', (q) => q.assets.insert(asset));
    assert.deepEqual(await store.read((q) => q.assets.get(asset.id)), asset);
    assert.equal(await store.read((q) => q.assets.get(1)), undefined);
    const asked = ['ab/1', ...Array.from({ length: 700 }, (_, i) => `cd/${i}`)];
    assert.deepEqual(await store.read((q) => q.assets.known(asked)), ['ab/1']);
    assert.deepEqual(await store.read((q) => q.assets.known([])), []);
  });

  test('what is kept is listed newest first, and deleted once', async (t) => {
    const { store, ...s } = await seeded(backend, t);
    const { tenantId } = s;
    const other = await store.write('add', (q) => addTenant(q, 'second'));
    const asset = {
      bytes: 1,
      sha256: 'f'.repeat(64),
      info: {},
      jobId: null,
      source: null,
      createdAt: 5,
      deletedAt: null,
    };
    const kinds = ['upload', 'result', 'cover', 'mask', 'voice', 'former-voice'] as const;
    await store.write('add', function* (q) {
      for (const [n, kind] of kinds.entries()) {
        yield* q.assets.insert({ ...asset, id: n + 1, tenantId, kind, blobKey: `a/${n}` });
      }
      yield* q.assets.insert({ ...asset, id: 7, tenantId: other, kind: 'upload', blobKey: 'a/7' });
    });
    type Filter = Omit<Parameters<Statements['assets']['list']>[0], 'limit'>;
    const ids = async (filter: Filter, limit = 9) =>
      (await store.read((q) => q.assets.list({ ...filter, limit }))).map(({ id }) => id);
    assert.deepEqual(await ids({}), [7, 5, 4, 3, 2, 1]);
    assert.deepEqual(await ids({ tenantId }, 2), [5, 4]);
    assert.deepEqual(await ids({ tenantId, before: 4 }), [3, 2, 1]);
    assert.deepEqual(await ids({ kind: 'upload' }), [7, 1]);
    assert.deepEqual(await ids({ tenantId, kind: 'upload', before: 9 }), [1]);
    assert.equal(await store.write('remove', (q) => q.assets.remove(1, 50)), true);
    assert.equal(await store.write('remove', (q) => q.assets.remove(1, 60)), false);
    assert.equal(await store.write('remove', (q) => q.assets.remove(99, 60)), false);
    await store.write('remove', (q) => q.assets.remove(7, 70));
    assert.deepEqual(await ids({ kind: 'upload' }), []);
    assert.equal((await store.read((q) => q.assets.get(1)))?.deletedAt, 50);
    const removed = async (until: number, after: number, limit: number) =>
      (await store.read((q) => q.assets.removed(until, after, limit))).map(({ id }) => id);
    assert.deepEqual(await removed(70, 0, 9), [1, 7]);
    assert.deepEqual(await removed(70, 0, 1), [1]);
    assert.deepEqual(await removed(70, 1, 9), [7]);
    assert.deepEqual(await removed(69, 0, 9), [1]);
    await store.write('forget', (q) => q.assets.forget(1));
    assert.equal(await store.read((q) => q.assets.get(1)), undefined);

    // A job is unended until nothing of it is to come, and matters to what was deleted after it was accepted.
    await store.write('job', (q) => addJob(q, s, { id: 20 }));
    const at = 100;
    const unended = (until: number) => store.read((q) => q.jobs.anyUnended(tenantId, until));
    assert.equal(await unended(at - 1), false);
    assert.equal(await unended(at), true);
    assert.equal(await store.read((q) => q.jobs.anyUnended(other, at)), false);
    const move = (change: JobChange) =>
      store.write('move', function* (q) {
        yield* q.jobs.move(20, 0, change, 9);
      });
    await move({ state: 'running', nextAt: 30 });
    assert.equal(await unended(at), true);
    assert.equal(await store.write('results', (q) => q.jobs.removeResults(20, 9)), false);
    await move({ state: 'expired', nextAt: 40, finishedAt: 9 });
    assert.equal(await unended(at), true);
    await move({ state: 'succeeded', nextAt: null, resultAssetId: 2, finishedAt: 9 });
    assert.equal(await unended(at), false);
    assert.equal(await store.write('results', (q) => q.jobs.removeResults(20, 90)), true);
    assert.equal(await store.write('results', (q) => q.jobs.removeResults(20, 91)), false);
    assert.equal((await store.read((q) => q.jobs.get(20)))?.deletedAt, 90);
  });

  test('voices of a tenant, by pages, until they end', async (t) => {
    const { store, tenantId } = await seeded(backend, t);
    const other = await store.write('add', (q) => addTenant(q, 'second'));
    const asset = {
      blobKey: 'ab/1',
      bytes: 1,
      sha256: 'f'.repeat(64),
      info: {},
      jobId: null,
      createdAt: 5,
      deletedAt: null,
    };
    await store.write('add', function* (q) {
      yield* q.assets.insert({ ...asset, id: 1, tenantId, kind: 'upload', source: null });
      for (const id of [2, 3, 4]) yield* q.assets.insert({ ...asset, id, tenantId, kind: 'voice', source: `v${id}` });
      yield* q.assets.insert({ ...asset, id: 5, tenantId: other, kind: 'voice', source: 'theirs' });
    });
    const voices = async (offset: number, limit: number) =>
      (await store.read((q) => q.assets.voices(tenantId, { offset, limit }))).map(({ source }) => source);
    assert.deepEqual(await voices(0, 10), ['v2', 'v3', 'v4']);
    assert.deepEqual(await voices(1, 1), ['v3']);
    await store.write('end', (q) => q.assets.endVoice(3));
    await store.write('end', (q) => q.assets.endVoice(1));
    assert.deepEqual(await voices(0, 10), ['v2', 'v4']);
    assert.equal(await store.read((q) => q.assets.countVoices(tenantId)), 2);
    assert.equal((await store.read((q) => q.assets.get(3)))?.kind, 'former-voice');
    assert.equal((await store.read((q) => q.assets.get(1)))?.kind, 'upload');
  });

  test('a replay is recorded once; a twin gets the first', async (t) => {
    const store = await (await backend.fresh(t)).open();
    const first = { scope: 's', fingerprint: 'f', subject: 2 ** 53 - 1, createdAt: 10 };
    assert.equal(await store.write('first', (q) => q.replays.insert(first)), undefined);
    const twin = await store.write('twin', (q) => q.replays.insert({ ...first, subject: 2, fingerprint: 'other' }));
    assert.deepEqual(twin, first);
    assert.deepEqual(await store.read((q) => q.replays.get('s')), first);
    assert.equal(await store.read((q) => q.replays.get('x')), undefined);
  });

  test('replays are swept by age, a few at a time', async (t) => {
    const store = await (await backend.fresh(t)).open();
    await store.write('add', function* (q) {
      for (let i = 0; i < 5; i++)
        yield* q.replays.insert({ scope: `s${i}`, fingerprint: '', subject: i, createdAt: i });
    });
    const sweep = () => store.write('sweep', (q) => q.replays.sweep(4, 3));
    assert.deepEqual([await sweep(), await sweep(), await sweep()], [3, 1, 0]);
    assert.equal((await store.read((q) => q.replays.get('s4')))?.subject, 4);
  });

  test('what was carried to an account is remembered once, forgotten, and swept by age', async (t) => {
    const { store, accountId } = await seeded(backend, t);
    const row = (assetId: number, id: string) => ({ accountId, assetId, ref: { id }, carriedAt: assetId });
    const put = (assetId: number, id: string) => store.write('put', (q) => q.carried.putOnce(row(assetId, id)));
    assert.deepEqual(await put(1, 'first'), row(1, 'first'));
    assert.deepEqual(await put(1, 'second'), row(1, 'first'), 'the first stands');
    assert.deepEqual(await store.read((q) => q.carried.get(accountId, 1)), row(1, 'first'));
    await store.write('remove', (q) => q.carried.remove(accountId, 1));
    assert.equal(await store.read((q) => q.carried.get(accountId, 1)), undefined);
    for (let assetId = 1; assetId <= 5; assetId++) await put(assetId, 'x');
    const sweep = () => store.write('sweep', (q) => q.carried.sweep(4, 2));
    assert.deepEqual([await sweep(), await sweep(), await sweep()], [2, 1, 0]);
    assert.ok(await store.read((q) => q.carried.get(accountId, 4)));
  });

  test('processes take the lowest free number, and that of the dead where none is free', async (t) => {
    const store = await (await backend.fresh(t)).open();
    const register = (id: string, at: number, deadBefore: number) =>
      store.write('register', (q) => q.processes.register(id, at, deadBefore));
    assert.deepEqual(await register('a', 100, 0), { id: 'a', node: 0, startedAt: 100, heartbeatAt: 100, keyIds: [] });
    assert.equal((await register('b', 200, 0)).node, 1);
    assert.equal((await register('c', 300, 0)).node, 2);
    await store.write('remove', (q) => q.processes.remove('b'));
    assert.equal((await register('d', 400, 0)).node, 1);
    assert.equal((await register('e', 500, 101)).node, 3);
    for (let node = 4; node < NODE_COUNT; node++) await register(`f${node}`, 500, 101);
    // `a` was last heard of at 100: its number is taken over, and it learns so at its next heartbeat.
    assert.equal((await register('g', 500, 101)).node, 0);
    assert.equal(await store.write('beat', (q) => q.processes.heartbeat('a', 600)), false);
    assert.equal(await store.write('beat', (q) => q.processes.heartbeat('g', 600)), true);
    assert.deepEqual((await store.write('bury', (q) => q.processes.bury(450))).sort(), ['c', 'd']);
    await store.write('bury', (q) => q.processes.bury(550));
    assert.deepEqual(await store.read((q) => q.processes.list()), [
      { id: 'g', node: 0, startedAt: 500, heartbeatAt: 600, keyIds: [] },
    ]);
  });

  test('more processes than numbers are refused in words', async (t) => {
    const store = await (await backend.fresh(t)).open();
    const nodes = await Promise.all(
      Array.from({ length: NODE_COUNT }, (_, i) => store.write('register', (q) => q.processes.register(`p${i}`, 1, 0))),
    );
    assert.equal(new Set(nodes.map((process) => process.node)).size, NODE_COUNT);
    await assert.rejects(
      store.write('register', (q) => q.processes.register('last', 1, 0)),
      /stop one first/,
    );
  });
}
