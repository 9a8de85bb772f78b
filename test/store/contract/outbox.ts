import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Statements, Store } from '../../../src/contracts/store.ts';
import type { JobState } from '../../../src/core/job.ts';
import { addJob, addTenant, type Backend, seeded } from './backend.ts';

const ALL: readonly JobState[] = ['succeeded', 'failed'];

function* addWebhook(q: Statements, tenantId: number, events: readonly JobState[] = []) {
  const row = { tenantId, url: 'https://a.example/hook', format: 'f', signature: 's', secret: 'sealed', createdAt: 5 };
  return yield* q.webhooks.insert({ ...row, events });
}

/** Tells of the end of a job; the number of deliveries written. */
const tell = (store: Store, tenantId: number, id: number, event: JobState, at = 10) =>
  store.write('tell', (q) => q.deliveries.tell({ id, tenantId, event }, at));
const claim = (store: Store, webhookId: number, now: number, owner = 'p') =>
  store.write('claim', (q) => q.deliveries.claim(webhookId, owner, now));
const all = (store: Store) => store.read((q) => q.deliveries.list({ limit: 100 }));
const DONE = { state: 'delivered', tries: 1, nextAt: 20, status: 200, error: null } as const;

/** Webhooks and the outbox. */
export function outboxSection(backend: Backend): void {
  test('webhooks are made, changed, listed by tenant, and removed once', async (t) => {
    const { store, tenantId } = await seeded(backend, t);
    const other = await store.write('add', (q) => addTenant(q, 'second'));
    const hook = await store.write('add', (q) => addWebhook(q, tenantId, ALL));
    assert.deepEqual(hook, {
      id: hook.id,
      tenantId,
      url: 'https://a.example/hook',
      format: 'f',
      signature: 's',
      secret: 'sealed',
      events: ['succeeded', 'failed'],
      createdAt: 5,
      updatedAt: 5,
      removedAt: null,
    });
    const theirs = await store.write('add', (q) => addWebhook(q, other));
    const change = { url: 'https://b.example', events: [] as JobState[], secret: 'new' };
    const changed = await store.write('change', (q) => q.webhooks.change(hook.id, change, 6));
    assert.deepEqual(changed, { ...hook, ...change, updatedAt: 6 });
    const ids = async (tenant?: number) => (await store.read((q) => q.webhooks.list(tenant))).map(({ id }) => id);
    assert.deepEqual(
      [await ids(), await ids(tenantId), await ids(other)],
      [[hook.id, theirs.id], [hook.id], [theirs.id]],
    );
    const remove = () => store.write('remove', (q) => q.webhooks.change(hook.id, { removedAt: 7, secret: '' }, 7));
    assert.equal((await remove())?.removedAt, 7);
    assert.equal(await remove(), undefined);
    assert.deepEqual(await ids(), [theirs.id]);
    assert.equal((await store.read((q) => q.webhooks.get(hook.id)))?.secret, '');
    assert.equal(await store.read((q) => q.webhooks.get(99)), undefined);
  });

  test('an end is told to the webhook its job names, and to those that want every one of the kind', async (t) => {
    const { store, tenantId, keyId } = await seeded(backend, t);
    const other = await store.write('add', (q) => addTenant(q, 'second'));
    const { named, wide, quiet } = await store.write('add', function* (q) {
      yield* addJob(q, { tenantId, keyId }, { id: 1 });
      const named = (yield* addWebhook(q, tenantId)).id;
      const wide = (yield* addWebhook(q, tenantId, ['succeeded', 'expired'])).id;
      const quiet = (yield* addWebhook(q, tenantId)).id;
      yield* addWebhook(q, other, ALL);
      yield* q.webhooks.attach(1, named, 'https://pool.example');
      return { named, wide, quiet };
    });
    assert.equal(await tell(store, tenantId, 1, 'failed'), 1);
    assert.equal(await tell(store, tenantId, 1, 'expired', 11), 2);
    assert.equal(await tell(store, tenantId, 1, 'expired', 11), 0, 'the same end is told once');
    assert.equal(await tell(store, tenantId, 2, 'succeeded', 12), 1);
    const rows = await all(store);
    assert.deepEqual(
      rows.map((row) => [row.webhookId, row.jobId, row.event, row.origin]).sort(),
      [
        [named, 1, 'expired', 'https://pool.example'],
        [named, 1, 'failed', 'https://pool.example'],
        [wide, 1, 'expired', ''],
        [wide, 2, 'succeeded', ''],
      ].sort(),
    );
    assert.deepEqual(
      rows.find((row) => row.event === 'failed'),
      {
        id: rows.at(-1)?.id,
        webhookId: named,
        tenantId,
        jobId: 1,
        event: 'failed',
        state: 'pending',
        tries: 0,
        nextAt: 10,
        owner: null,
        fence: 0,
        origin: 'https://pool.example',
        status: null,
        error: null,
        createdAt: 10,
        updatedAt: 10,
        finishedAt: null,
      },
    );
    const ids = async (filter: Parameters<Statements['deliveries']['list']>[0]) =>
      (await store.read((q) => q.deliveries.list(filter))).map(({ id }) => id);
    assert.equal((await ids({ webhookId: wide, limit: 9 })).length, 2);
    assert.equal((await ids({ jobId: 1, state: 'pending', tenantId, limit: 9 })).length, 3);
    assert.equal((await ids({ webhookId: quiet, limit: 9 })).length, 0);
    assert.deepEqual(await ids({ before: rows[1]?.id ?? 0, limit: 1 }), [rows[2]?.id]);
  });

  test('what is due is found by webhook and taken once, the first of a job before the second', async (t) => {
    const { store, tenantId } = await seeded(backend, t);
    const [a, b] = await store.write('add', function* (q) {
      return [
        (yield* addWebhook(q, tenantId, ['expired', 'succeeded'])).id,
        (yield* addWebhook(q, tenantId, ['failed'])).id,
      ];
    });
    assert.ok(a && b);
    await tell(store, tenantId, 1, 'expired', 10);
    await tell(store, tenantId, 1, 'succeeded', 11);
    await tell(store, tenantId, 2, 'failed', 30);
    const targets = (now: number) => store.read((q) => q.deliveries.targets(now));
    assert.deepEqual([await targets(9), await targets(10), await targets(30)], [[], [a], [a, b]]);
    const first = await claim(store, a, 20);
    assert.deepEqual([first?.event, first?.owner, first?.fence], ['expired', 'p', 1]);
    assert.equal(await claim(store, a, 20), undefined, 'the second waits for the first');
    assert.equal(await claim(store, b, 29), undefined, 'not due');
    const settle = (fence: number) =>
      store.write('settle', (q) => q.deliveries.settle(first?.id ?? 0, fence, DONE, 20));
    assert.equal(await settle(0), false, 'another fence');
    assert.equal(await settle(1), true);
    assert.equal((await claim(store, a, 20))?.event, 'succeeded');
    const taken = await Promise.all([claim(store, b, 30, 'x'), claim(store, b, 30, 'y'), claim(store, b, 30, 'z')]);
    assert.equal(taken.filter((row) => row !== undefined).length, 1);
    assert.deepEqual(await targets(99), []);
    await tell(store, tenantId, 3, 'failed', 5000);
    await store.write('hasten', (q) => q.deliveries.hasten(5000, 40));
    assert.deepEqual(await targets(99), []);
    await store.write('hasten', (q) => q.deliveries.hasten(4999, 40));
    assert.deepEqual(await targets(40), [b]);
  });

  test('what a dead process was sending is free again, and its late word is refused', async (t) => {
    const { store, tenantId } = await seeded(backend, t);
    const hook = await store.write('add', function* (q) {
      yield* q.processes.register('p', 1, 0);
      yield* q.processes.register('dies', 1, 0);
      return (yield* addWebhook(q, tenantId, ALL)).id;
    });
    await tell(store, tenantId, 1, 'failed');
    await tell(store, tenantId, 2, 'failed');
    const kept = await claim(store, hook, 10, 'p');
    const lost = await claim(store, hook, 10, 'dies');
    assert.deepEqual(await store.read((q) => q.deliveries.owned('dies')), [lost]);
    await store.write('bury', (q) => q.processes.remove('dies'));
    assert.equal(await store.write('orphan', (q) => q.deliveries.orphan(12)), 1);
    const settle = () => store.write('settle', (q) => q.deliveries.settle(lost?.id ?? 0, lost?.fence ?? 0, DONE, 13));
    assert.equal(await settle(), false);
    assert.equal((await claim(store, hook, 14, 'p'))?.id, lost?.id);
    assert.equal((await store.read((q) => q.deliveries.get(kept?.id ?? 0)))?.owner, 'p');
  });

  test('a finished one is sent again when asked for; the dead of a webhook together; those of a removed one end', async (t) => {
    const { store, tenantId } = await seeded(backend, t);
    const hook = await store.write('add', function* (q) {
      return (yield* addWebhook(q, tenantId, ALL)).id;
    });
    for (const id of [1, 2, 3]) await tell(store, tenantId, id, 'failed');
    const ids: number[] = [];
    for (const state of ['dead', 'dead', 'delivered'] as const) {
      const row = await claim(store, hook, 10);
      assert.ok(row);
      ids.push(row.id);
      const outcome = { state, tries: 9, nextAt: 10, status: 500, error: 'answered 500' };
      await store.write('settle', (q) => q.deliveries.settle(row.id, row.fence, outcome, 40));
    }
    const state = async (id = 0) => {
      const row = await store.read((q) => q.deliveries.get(id));
      return [row?.state, row?.tries, row?.nextAt, row?.finishedAt];
    };
    assert.deepEqual(await state(ids[0]), ['dead', 9, 10, 40]);
    const replay = (id = 0) => store.write('replay', (q) => q.deliveries.replay(id, 50));
    assert.equal((await replay(ids[2]))?.state, 'pending');
    assert.equal(await replay(ids[2]), undefined, 'it is pending');
    assert.equal(await replay(99), undefined);
    assert.equal(await store.write('replay', (q) => q.deliveries.replayDead(hook, 60, 9)), 2);
    assert.deepEqual(await state(ids[0]), ['pending', 0, 60, null]);
    await store.write('abandon', (q) => q.deliveries.abandon(hook, 'removed', 70));
    assert.deepEqual(await state(ids[2]), ['dead', 0, 50, 70]);
    assert.equal(await claim(store, hook, 99), undefined);
  });

  test('old deliveries and what finished jobs named are swept, a few at a time; an id is given once', async (t) => {
    const { store, tenantId, keyId } = await seeded(backend, t);
    const hook = await store.write('add', function* (q) {
      const { id } = yield* addWebhook(q, tenantId, ALL);
      for (const job of [1, 2]) {
        yield* addJob(q, { tenantId, keyId }, { id: job });
        yield* q.webhooks.attach(job, id, '');
      }
      yield* q.jobs.move(1, 0, { state: 'failed', finishedAt: 20 }, 20);
      return id;
    });
    for (const id of [1, 2, 3]) {
      await tell(store, tenantId, id, 'failed', id);
      const row = await claim(store, hook, 10);
      await store.write('settle', (q) => q.deliveries.settle(row?.id ?? 0, row?.fence ?? 0, DONE, 10 + id));
    }
    const newest = (await all(store))[0]?.id ?? 0;
    const sweep = (before: number) => store.write('sweep', (q) => q.deliveries.sweep(before, 1));
    assert.deepEqual([await sweep(11), await sweep(99), await sweep(99), await sweep(99)], [0, 1, 1, 0]);
    assert.deepEqual(
      (await all(store)).map(({ id }) => id),
      [newest],
    );
    await tell(store, tenantId, 4, 'failed');
    assert.ok(((await all(store))[0]?.id ?? 0) > newest);
    const forget = (before: number) => store.write('sweep', (q) => q.webhooks.sweep(before, 9));
    assert.deepEqual([await forget(20), await forget(21), await forget(99)], [0, 1, 0]);
  });
}
