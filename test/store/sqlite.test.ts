import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import type { Store } from '../../src/contracts/store.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { type Backend, silent } from './contract/backend.ts';
import { storeContract } from './contract.ts';

async function tempFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'reelpool-store-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const onDisk: Backend = {
  name: 'a folder',
  async fresh(t) {
    const folder = await tempFolder(t);
    return {
      shared: false,
      kept: true,
      async open() {
        const store = await openSqlite({ folder, log: silent });
        t.after(() => store.close());
        return store;
      },
      async damage(sql) {
        const database = new DatabaseSync(join(folder, 'reelpool.sqlite'), { timeout: 1000 });
        try {
          database.exec(sql);
        } finally {
          database.close();
        }
      },
    };
  },
};

const inMemory: Backend = {
  name: 'memory',
  async fresh(t) {
    return {
      shared: false,
      kept: false,
      async open() {
        const store = await openSqlite({ folder: ':memory:', log: silent });
        t.after(() => store.close());
        return store;
      },
    };
  },
};

storeContract(onDisk);
storeContract(inMemory);

/** A store whose groups are committed when the test says so. */
async function held(t: TestContext, folder: string): Promise<{ store: Store; flush: () => void }> {
  let due: (() => void) | undefined;
  const store = await openSqlite({
    folder,
    log: silent,
    defer: (flush) => {
      due = flush;
    },
  });
  t.after(() => store.close());
  return {
    store,
    flush() {
      const flush = due;
      due = undefined;
      assert.ok(flush, 'no group is due');
      flush();
    },
  };
}

test('units that arrive before the commit share it, and none settles before it', async (t) => {
  const { store, flush } = await held(t, await tempFolder(t));
  const order: string[] = [];
  const units = ['a', 'b', 'c'].map((name) =>
    store
      .write(name, function* (q) {
        // Each unit sees what those before it in the group have written.
        assert.equal(yield* q.meta.setOnce('first', name), 'a');
        order.push(`ran ${name}`);
      })
      .then(() => order.push(`settled ${name}`)),
  );
  assert.deepEqual(order, []);
  assert.equal(await store.read((q) => q.meta.get('first')), undefined);
  flush();
  assert.deepEqual(order, ['ran a', 'ran b', 'ran c']);
  await Promise.all(units);
  assert.deepEqual(order.slice(3), ['settled a', 'settled b', 'settled c']);
});

test('a group larger than one commit takes goes on in the next', async (t) => {
  const store = await openSqlite({ folder: await tempFolder(t), log: silent });
  t.after(() => store.close());
  const values = await Promise.all(
    Array.from({ length: 1300 }, (_, i) => store.write('set', (q) => q.meta.setOnce(`n${i}`, String(i)))),
  );
  assert.deepEqual(values.at(-1), '1299');
});

test('a group that cannot be written is rejected whole, in words, and the next one can be', async (t) => {
  const folder = await tempFolder(t);
  const { store, flush } = await held(t, folder);
  const kept = store.write('kept', (q) => q.meta.setOnce('kept', 'yes'));
  flush();
  await kept;
  // The database may grow no further, as on a full disk.
  const full = store.write('limit', function* () {
    const rows = yield { text: 'pragma page_count', params: [] };
    yield { text: `pragma max_page_count = ${rows[0]?.['page_count']}`, params: [] };
  });
  flush();
  await full;
  const group = [
    store.write('small', (q) => q.meta.setOnce('small', 'x')),
    store.write('large', (q) => q.meta.setOnce('large', 'x'.repeat(1_000_000))),
    store.write('refused', function* (q) {
      assert.equal(yield* q.meta.get('kept'), 'yes');
      throw new Error('refused for reasons of its own');
    }),
  ];
  flush();
  const results = await Promise.allSettled(group);
  for (const result of results) {
    assert.equal(result.status, 'rejected');
    assert.equal(result.reason.code, 'database_failed');
    assert.match(result.reason.message, /could not be written \(database or disk is full\); nothing of the request/);
  }
  assert.equal(await store.read((q) => q.meta.get('small')), undefined);
  const after = store.write('after', function* (q) {
    yield { text: 'pragma max_page_count = 1000000', params: [] };
    return yield* q.meta.setOnce('small', 'y'.repeat(100_000));
  });
  flush();
  assert.equal((await after).length, 100_000);
});

test('when the commit itself fails, every unit of the group is rejected and nothing of it stays', async (t) => {
  const { store, flush } = await held(t, await tempFolder(t));
  const group = [
    store.write('good', (q) => q.meta.setOnce('good', '1')),
    store.write('bad', function* () {
      // A reference that is only checked at the commit, to nowhere.
      yield { text: 'pragma defer_foreign_keys = on', params: [] };
      const columns = 'account_id, slot, attempt_id, taken_at, until_at';
      yield { text: `insert into leases (${columns}) values (99, 1, 'x', 1, 1)`, params: [] };
    }),
    store.write('good', (q) => q.meta.setOnce('better', '1')),
  ];
  flush();
  for (const result of await Promise.allSettled(group)) {
    assert.equal(result.status === 'rejected' && result.reason.code, 'database_failed');
  }
  const kept = store.write('next', function* (q) {
    return [yield* q.meta.get('good'), yield* q.meta.get('better'), (yield* q.attempts.leases()).length];
  });
  flush();
  assert.deepEqual(await kept, [undefined, undefined, 0]);
});

const CHILD = `
  import { openSqlite } from ${JSON.stringify(new URL('../../src/store/sqlite.ts', import.meta.url).href)};
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  try {
    const store = await openSqlite({ folder: process.argv[1], log });
    await store.write('set', (q) => q.meta.setOnce('child', 'was here'));
    process.stdout.write('open');
    setInterval(() => {}, 1000);
  } catch (error) {
    process.stdout.write(error.name + ': ' + error.message);
  }`;

/** Starts a process that opens a folder; resolves with what it says. */
async function openElsewhere(t: TestContext, folder: string): Promise<{ child: ChildProcess; said: string }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', CHILD, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const [said] = await once(child.stdout ?? assert.fail('no output'), 'data');
  return { child, said: String(said) };
}

test('a second process is refused in words while the first lives, and let in once it was killed', async (t) => {
  const folder = await tempFolder(t);
  const first = await openElsewhere(t, folder);
  assert.equal(first.said, 'open');
  const second = await openElsewhere(t, folder);
  assert.match(second.said, /^FolderInUse: .*used by another Reelpool process\. Stop that one first.*REELPOOL_DATA/);
  await assert.rejects(openSqlite({ folder, log: silent }), { name: 'FolderInUse' });
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');
  const store = await openSqlite({ folder, log: silent });
  assert.equal(await store.read((q) => q.meta.get('child')), 'was here');
  // The same holds within one process, and a closed store gives the folder back.
  await assert.rejects(openSqlite({ folder, log: silent }), { name: 'FolderInUse' });
  await store.close();
  await (await openSqlite({ folder, log: silent })).close();
});

test('a missing folder is made, for its owner alone', async (t) => {
  const folder = join(await tempFolder(t), 'deep', 'er');
  const store = await openSqlite({ folder, log: silent });
  t.after(() => store.close());
  assert.equal((await stat(folder)).mode & 0o777, 0o700);
  for (const file of await readdir(folder)) assert.equal((await stat(join(folder, file))).mode & 0o077, 0, file);
});
