/** A data folder that is not what it was: torn, overwritten, without its key, gone, or somebody else's. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, statSync, truncateSync } from 'node:fs';
import { copyFile, cp, mkdir, open, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, suite } from 'node:test';
import { compose } from '../../src/compose.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { silent } from '../sim/parts.ts';
import { testConfig } from '../support/gateway.ts';
import { accepted, balanceOf, ended, refusedWith } from '../support/pixverse-client.ts';
import {
  assertSettled,
  create,
  type Ending,
  folderFor,
  hastened,
  jobsOf,
  picture,
  readiness,
  serveOnce,
  start,
  tryCreate,
  until,
} from './machine.ts';
import { proves } from './proves.ts';

const PRICE = 5;
const DATABASE = 'reelpool.sqlite';
const LOG = 'reelpool.sqlite-wal';
const PAGE = 4096;
/** What the log has before its first page, and before each. */
const LOG_HEAD = 32;
const PAGE_HEAD = 24;

/** Writes over a file in its middle. */
async function overwrite(file: string, at: number, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'r+');
  await handle.write(bytes, 0, bytes.length, at);
  await handle.close();
}

const TRACES = ['a', 'b', 'c', 'd'];

/**
 * The folder of a gateway that was killed with jobs in its write-ahead log, the first of them paid for; one older job is
 * in the database itself.
 */
async function killed(t: Ending): Promise<{ folder: string; old: number; ids: number[] }> {
  const folder = path.join(await folderFor(t), 'data');
  let gateway = await start(t, folder);
  const old = await create(gateway, 'old');
  await ended(gateway.client, old);
  await gateway.stop();
  gateway = await start(t, folder);
  const ids: number[] = [];
  for (const trace of TRACES) ids.push(await create(gateway, trace));
  await ended(gateway.client, ids[0]);
  await gateway.kill();
  return { folder, old, ids };
}

/** A copy of a folder to be damaged. */
async function copyOf(folder: string, name: string): Promise<string> {
  const copy = `${folder}-${name}`;
  await cp(folder, copy, { recursive: true });
  return copy;
}

/** Asserts that the books of a folder balance, and how many of the jobs there are: the first ones. */
async function survivors(folder: string, old: number, ids: readonly number[]): Promise<number> {
  const app = await compose(testConfig(folder));
  try {
    assert.deepEqual((await app.gateway.verifyLedger(app.operator)).problems, []);
    const found = (await app.gateway.jobs(app.operator, { limit: 100 })).map((job) => job.id).reverse();
    assert.deepEqual(found, [old, ...ids].slice(0, found.length), 'what is there is what came first');
    return found.length - 1;
  } finally {
    await app.close();
  }
}

/** For each state that a job was in: where the log is torn so that this is the last that is known of it, bytes. */
async function tearsOf(folder: string, id: number | undefined): Promise<Map<string, number>> {
  const lab = `${folder}-lab`;
  await mkdir(lab);
  const tears = new Map<string, number>();
  const size = statSync(path.join(folder, LOG)).size;
  for (let at = LOG_HEAD; at <= size; at += PAGE_HEAD + PAGE) {
    for (const name of [DATABASE, LOG]) await copyFile(path.join(folder, name), path.join(lab, name));
    truncateSync(path.join(lab, LOG), at);
    const database = new DatabaseSync(path.join(lab, DATABASE));
    const state = database.prepare('select state from jobs where id = ?').get(id ?? 0)?.['state'];
    database.close();
    if (typeof state === 'string') tears.set(state, at);
    for (const name of [DATABASE, LOG, `${DATABASE}-shm`]) await rm(path.join(lab, name), { force: true });
  }
  return tears;
}

suite('damaged folder', { concurrency: 2 }, () => {
  const ends: (() => Promise<void> | void)[] = [];
  let made: ReturnType<typeof killed> | undefined;
  /** Made once, by the first test that asks. */
  const left = () => {
    made ??= killed({ after: (end) => void ends.push(end) });
    return made;
  };
  after(async () => {
    for (const end of ends) await end();
  });

  proves('log/torn', {}, async (t) => {
    const { folder, old, ids } = await left();
    const size = statSync(path.join(folder, LOG)).size;
    const counts: number[] = [];
    for (const [index, left] of [0, 20, size * 0.3, size * 0.6, size * 0.9, size - 1, size].entries()) {
      const copy = await copyOf(folder, `torn-${index}`);
      truncateSync(path.join(copy, LOG), Math.floor(left));
      counts.push(await survivors(copy, old, ids));
      await rm(copy, { recursive: true });
    }
    assert.deepEqual(counts, [...counts].sort(), 'the more of the log is left, the more is there');
    assert.deepEqual([counts[0], counts.at(-1)], [0, ids.length]);

    // What the renderer has done and let go of is known to it, and no longer to the database.
    const tears = await tearsOf(folder, ids[0]);
    assert.deepEqual([...tears.keys()], ['queued', 'submitting', 'running', 'storing', 'succeeded']);
    for (const state of ['submitting', 'running', 'storing']) {
      const copy = await copyOf(folder, state);
      truncateSync(path.join(copy, LOG), tears.get(state) ?? 0);
      const gateway = await start(t, copy);
      const found = (await jobsOf(gateway)).map((job) => job.id);
      for (const id of found) assert.equal(await hastened(t, gateway, id), 1, `torn while ${state}`);
      await assertSettled(gateway, PRICE * found.length);
      assert.equal(await gateway.stop(), 0);
    }
  });

  proves('log/garbage', {}, async () => {
    const { folder, old, ids } = await left();
    const size = statSync(path.join(folder, LOG)).size;
    const counts: number[] = [];
    for (const at of [0, Math.floor(size / 2), size - PAGE]) {
      const copy = await copyOf(folder, `garbage-${at}`);
      await overwrite(path.join(copy, LOG), at, randomBytes(64));
      counts.push(await survivors(copy, old, ids));
    }
    assert.equal(counts[0], 0);
    assert.deepEqual(counts, [...counts].sort());
  });

  proves('database/damaged', {}, async (t) => {
    const folder = path.join(await folderFor(t), 'data');
    const gateway = await start(t, folder);
    await ended(gateway.client, await create(gateway, 'old'));
    await gateway.stop();
    const file = path.join(folder, DATABASE);
    const whole = await readFile(file);
    const refused = async (name: string, damage: () => void | Promise<void>) => {
      await damage();
      const damaged = hashOf(await readFile(file));
      const run = await serveOnce(t, folder);
      assert.equal(run.code, 4, `${name}: ${run.err}`);
      assert.match(run.err, /^\{"error":[^\n]*(?:is damaged|is empty)[^\n]*backup[^\n]*\}\n$/, name);
      assert.equal(hashOf(await readFile(file)), damaged, `${name}: nothing is written to it`);
      await writeFile(file, whole);
    };
    await refused('its head overwritten', () => overwrite(file, 0, randomBytes(100)));
    await refused('cut in half', () => truncateSync(file, Math.floor(whole.length / 2)));
    await refused('cut to nothing', () => truncateSync(file, 0));
    // Every page in turn, without the cost of a process each. Pages that hold nothing may hold anything.
    const database = new DatabaseSync(file);
    const unused = Number(database.prepare('pragma freelist_count').get()?.['freelist_count']);
    database.close();
    const unnoticed: number[] = [];
    for (let at = 0; at < whole.length; at += PAGE) {
      await overwrite(file, at, randomBytes(PAGE));
      const opened = await openSqlite({ folder, log: silent }).catch((error: Error) => error);
      if (!(opened instanceof Error)) {
        unnoticed.push(at / PAGE + 1);
        await opened.close();
      } else assert.equal(opened.name, 'StoreDamaged', `page ${at / PAGE + 1}: ${opened.message}`);
      await writeFile(file, whole);
    }
    assert.ok(unnoticed.length <= unused, `pages ${unnoticed.join(', ')} were overwritten and not missed`);
    // What a start did not look at is found when it is met.
    const store = await openSqlite({ folder, log: silent });
    await overwrite(file, PAGE, randomBytes(whole.length - PAGE));
    await assert.rejects(
      store.read((q) => q.jobs.list({ limit: 1 })),
      { code: 'database_failed', message: /could not be read/ },
    );
    await writeFile(file, whole);
    await store.close();
    assert.ok((await serveOnce(t, folder)).listened, 'the backup is as good as before');
  });

  proves('folder/gone', {}, async (t) => {
    const folder = path.join(await folderFor(t), 'data');
    const gateway = await start(t, folder);
    const { client } = gateway;
    const running = await create(gateway, 'running');
    await rename(folder, `${folder}-away`);
    const refuses = async () => {
      refusedWith(await tryCreate(gateway, 'refused'), 500100, /data folder is gone/, 503);
      refusedWith(await client.post('/image/upload', picture()), 500069, /is gone/, 503);
    };
    await refuses();
    assert.equal(await balanceOf(client), 16_000 - PRICE);
    await gateway.time({ pass: 5_000 });
    await until(t, async () => (await readiness(gateway)).status === 503);
    assert.match((await readiness(gateway)).body, /data folder is gone/);
    assert.ok(!existsSync(folder), 'it is not made anew');
    await mkdir(folder);
    await refuses();
    await rmdir(folder);

    await rename(`${folder}-away`, folder);
    for (const id of [running, await create(gateway, 'refused')]) assert.equal(await hastened(t, gateway, id), 1);
    accepted(await client.post('/image/upload', picture()));
    await assertSettled(gateway, 2 * PRICE);
    assert.equal(await gateway.stop(), 0);
  });

  proves('key/wrong', {}, async (t) => {
    const folder = await folderFor(t);
    assert.ok((await serveOnce(t, folder)).listened);
    const file = path.join(folder, 'encryption.key');
    const right = await readFile(file);
    await writeFile(file, `${randomBytes(32).toString('hex')}\n`);
    const run = await serveOnce(t, folder);
    assert.equal(run.code, 4);
    assert.match(run.err, /^\{"error":[^\n]*encryption key does not fit[^\n]*\}\n$/);
    await writeFile(file, right);
    assert.ok((await serveOnce(t, folder)).listened);
  });

  proves('key/missing', {}, async (t) => {
    const folder = await folderFor(t);
    assert.ok((await serveOnce(t, folder)).listened);
    const file = path.join(folder, 'encryption.key');
    await rename(file, `${file}.away`);
    const run = await serveOnce(t, folder);
    assert.equal(run.code, 4);
    assert.match(run.err, /^\{"error":[^\n]*encryption\.key is missing[^\n]*\}\n$/);
    assert.ok(!existsSync(file));
    await rename(`${file}.away`, file);
    assert.ok((await serveOnce(t, folder)).listened);
  });

  proves('folder/shared', {}, async (t) => {
    const folder = await folderFor(t);
    const first = await start(t, folder);
    const run = await serveOnce(t, folder);
    assert.equal(run.code, 4);
    assert.match(run.err, /^\{"error":[^\n]*used by another Reelpool process[^\n]*\}\n$/);
    assert.equal((await ended(first.client, await create(first, 'one')))['status'], 1);
    await first.kill();
    assert.ok((await serveOnce(t, folder)).listened);
  });
});

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
