import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seal, sealKeyOf } from '../../../src/std/crypto.ts';
import { systemRandom } from '../../../src/std/random.ts';
import { type Backend, seeded } from './backend.ts';

const old = sealKeyOf(new Uint8Array(32).fill(1));
const fresh = sealKeyOf(new Uint8Array(32).fill(2));

/** What is sealed, whichever table it stands in. */
export function sealedSection(backend: Backend): void {
  const sealed = (key: typeof old) => seal(key, 'secret', 'place', systemRandom);

  async function filled(t: Parameters<Backend['fresh']>[0]) {
    const seed = await seeded(backend, t);
    const webhook = { tenantId: seed.tenantId, url: 'https://a.example', format: 'f', signature: 's', events: [] };
    const ids = await seed.store.write('fill', function* (q) {
      yield* q.accounts.change(seed.accountId, { secret: sealed(old) }, 1);
      const there = yield* q.webhooks.insert({ ...webhook, secret: sealed(old), createdAt: 1 });
      const other = yield* q.webhooks.insert({ ...webhook, secret: sealed(fresh), createdAt: 1 });
      // What was removed has no secret any more.
      yield* q.webhooks.insert({ ...webhook, secret: '', createdAt: 1 });
      for (const scope of ['c', 'a', 'b']) {
        yield* q.answers.insert({ scope, fingerprint: '', answer: sealed(old), createdAt: 1 });
      }
      yield* q.meta.set('media-keys', sealed(old));
      yield* q.meta.set('another', 'not sealed');
      return { there: there.id, other: other.id };
    });
    return { ...seed, ...ids };
  }

  test('sealed values are counted by key and kind', async (t) => {
    const { store } = await filled(t);
    const counts = await store.read((q) => q.sealed.count());
    assert.deepEqual(
      counts.map(({ kind, keyId, count }) => `${kind} ${keyId} ${count}`).sort(),
      [
        `account ${old.id} 1`,
        `answer ${old.id} 3`,
        `gateway ${old.id} 1`,
        `webhook ${fresh.id} 1`,
        `webhook ${old.id} 1`,
      ].sort(),
    );
  });

  test('what another key sealed is found in pages, and put back sealed anew', async (t) => {
    const { store, accountId, there } = await filled(t);
    const page = (kind: 'account' | 'webhook' | 'answer' | 'gateway', after: number | string | null, limit: number) =>
      store.write('others', (q) => q.sealed.others(kind, fresh.id, { after, limit }));
    assert.deepEqual(
      (await page('answer', null, 2)).map(({ id }) => id),
      ['a', 'b'],
    );
    assert.deepEqual(
      (await page('answer', 'b', 2)).map(({ id, name }) => [id, name]),
      [['c', 'c']],
    );
    assert.deepEqual(
      (await page('webhook', null, 9)).map(({ id, name }) => [id, name]),
      [[there, 'https://a.example']],
    );
    assert.deepEqual(await page('webhook', there, 9), []);
    assert.deepEqual(
      (await page('gateway', null, 9)).map(({ id }) => id),
      ['media-keys'],
    );
    const [account] = await page('account', null, 9);
    assert.deepEqual([account?.id, account?.name], [accountId, 'one@example.com']);

    const text = sealed(fresh);
    await store.write('put', function* (q) {
      for (const kind of ['account', 'webhook', 'answer', 'gateway'] as const) {
        for (const row of yield* q.sealed.others(kind, fresh.id, { after: null, limit: 9 }))
          yield* q.sealed.put(row, text);
      }
    });
    const counts = await store.read((q) => q.sealed.count());
    assert.deepEqual(new Set(counts.map(({ keyId }) => keyId)), new Set([fresh.id]));
    assert.equal((await store.read((q) => q.accounts.get(accountId)))?.secret, text);
    assert.equal((await store.read((q) => q.answers.get('b')))?.answer, text);
    assert.equal(await store.read((q) => q.meta.get('media-keys')), text);
    assert.equal(await store.read((q) => q.meta.get('another')), 'not sealed');
  });

  test('which keys a process has', async (t) => {
    const store = await (await backend.fresh(t)).open();
    await store.write('register', (q) => q.processes.register('p', 1, 0));
    assert.deepEqual((await store.read((q) => q.processes.list()))[0]?.keyIds, []);
    assert.equal(await store.write('knows', (q) => q.processes.knows('p', [old.id, fresh.id])), true);
    assert.deepEqual((await store.read((q) => q.processes.list()))[0]?.keyIds, [old.id, fresh.id]);
    assert.equal(await store.write('knows', (q) => q.processes.knows('x', [])), false);
  });

  test('a single value that is locked is set by nobody else until the unit ends', async (t) => {
    const store = await (await backend.fresh(t)).open();
    assert.equal(await store.write('lock', (q) => q.meta.lock('n')), undefined);
    await store.write('set', (q) => q.meta.set('n', '0'));
    const raise = () =>
      store.write('raise', function* (q) {
        const before = Number(yield* q.meta.lock('n'));
        yield* q.meta.set('n', String(before + 1));
      });
    await Promise.all(Array.from({ length: 20 }, raise));
    assert.equal(await store.read((q) => q.meta.get('n')), '20');
  });
}
