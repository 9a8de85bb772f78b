/** The network to the database is gone without a word: connections stand, and nothing comes over them. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Refusal } from '../../src/std/errors.ts';
import { openPostgres } from '../../src/store/postgres.ts';
import { silent } from '../sim/parts.ts';
import { startProxy } from '../store/proxy.ts';
import { startPostgres } from '../support/postgres.ts';

const server = await startPostgres();
after(() => server.stop());

test('a server that does not answer is taken for away, and is used again when it answers', {
  timeout: 60_000,
}, async (t) => {
  const url = await server.createDatabase();
  const proxy = await startProxy(t, url);
  const store = await openPostgres({ url: proxy.through(url), log: silent, poolSize: 2, answerTimeoutMs: 500 });
  t.after(() => store.close());
  const other = await openPostgres({ url, log: silent, poolSize: 1 });
  t.after(() => other.close());
  await store.write('warm', (q) => q.meta.setOnce('warm', '1'));
  proxy.hold(true);
  store.notify('queue');
  await assert.rejects(
    store.write('set', (q) => q.meta.setOnce('kept', '1')),
    (error: unknown) =>
      error instanceof Refusal &&
      error.code === 'database_failed' &&
      /nothing of the request was kept/.test(error.message),
  );
  await assert.rejects(
    store.read((q) => q.meta.get('warm')),
    Refusal,
  );
  proxy.hold(false);
  assert.equal(await store.write('set', (q) => q.meta.setOnce('kept', '2')), '2');
  // Signals have a connection of their own, on which nobody waits for anything.
  proxy.strand();
  const heard = new Promise<void>((resolve) => {
    other.onNotify((channel) => {
      if (channel === 'jobs') resolve();
    });
  });
  let arrived = false;
  void heard.then(() => {
    arrived = true;
  });
  while (!arrived) {
    store.notify('jobs');
    await store.read((q) => q.meta.get('warm')).catch(() => undefined);
  }
});

test('a store is closed even where nothing comes over its connections', { timeout: 60_000 }, async (t) => {
  const url = await server.createDatabase();
  const proxy = await startProxy(t, url);
  const store = await openPostgres({ url: proxy.through(url), log: silent, poolSize: 2, answerTimeoutMs: 500 });
  await store.write('warm', (q) => q.meta.setOnce('warm', '1'));
  proxy.hold(true);
  await store.close();
});
