import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { WalSync } from '../../src/store/wal-sync.ts';

const outcome = (sync: WalSync) =>
  new Promise<string>((resolve) =>
    sync.add({ done: () => resolve('done'), failed: (error) => resolve(error.message) }),
  );

test('what waits is settled once the log is on disk, in order, however much comes meanwhile', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'reelpool-sync-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(path.join(folder, 'a.sqlite-wal'), 'frames');
  const sync = new WalSync(path.join(folder, 'a.sqlite'));
  const order: number[] = [];
  const all = Array.from({ length: 50 }, (_, i) => outcome(sync).then(() => order.push(i)));
  assert.equal(sync.idle, false);
  assert.deepEqual(order, [], 'nothing is settled before the disk has answered');
  await Promise.all(all);
  assert.deepEqual(order, [...order.keys()]);
  assert.equal(await outcome(sync), 'done');
  await sync.settled();
  assert.equal(sync.idle, true);
  sync.close();
});

test('a log that cannot be synced fails what waits for it, and is tried again for what comes after', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'reelpool-sync-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const sync = new WalSync(path.join(folder, 'a.sqlite'));
  assert.match(await outcome(sync), /ENOENT/);
  await writeFile(path.join(folder, 'a.sqlite-wal'), 'frames');
  assert.equal(await outcome(sync), 'done');
  sync.close();
});
