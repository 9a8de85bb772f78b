import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import { inspect } from 'node:util';
import { Client } from 'pg';
import type { Store } from '../../src/contracts/store.ts';
import { openPostgres } from '../../src/store/postgres.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import { type Backend, silent } from './contract/backend.ts';
import { storeContract } from './contract.ts';
import { type DatabaseProxy, startProxy } from './proxy.ts';

let server: PostgresServer;
before(async () => {
  server = await startPostgres();
});
after(() => server.stop());

/** Runs SQL on a connection of its own. */
async function sql(url: string, text: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

const shared: Backend = {
  name: 'PostgreSQL',
  async fresh(t) {
    const url = await server.createDatabase();
    return {
      shared: true,
      kept: true,
      async open() {
        const store = await openPostgres({ url, log: silent, poolSize: 6 });
        t.after(() => store.close());
        return store;
      },
      damage: (text) => sql(url, text),
    };
  },
};

storeContract(shared);

/** The address of the same database through a proxy. */
function through(url: string, proxy: DatabaseProxy): string {
  const address = new URL(url);
  address.port = String(proxy.port);
  return address.href;
}

async function open(t: TestContext, url: string): Promise<Store> {
  const store = await openPostgres({ url, log: silent, poolSize: 2 });
  t.after(() => store.close());
  return store;
}

test('a commit whose answer is lost is reported as unknown, and not repeated', async (t) => {
  const url = await server.createDatabase();
  const proxy = await startProxy(t, url);
  const store = await open(t, through(url, proxy));
  await store.write('warm', (q) => q.meta.setOnce('warm', '1'));
  let runs = 0;
  // With the end of the message: `begin … read committed` is not meant.
  proxy.swallowAnswerTo('commit\0');
  await assert.rejects(
    store.write('set', function* (q) {
      runs += 1;
      yield* q.meta.setOnce('kept', String(runs));
    }),
    (error: Error & { code?: string }) => {
      assert.equal(error.code, 'internal');
      assert.match(error.message, /whether the request was kept is not known.*same idempotency id/);
      return true;
    },
  );
  assert.equal(runs, 1);
  // It was, this time.
  assert.equal(await store.read((q) => q.meta.get('kept')), '1');
});

test('a unit whose connection is lost before the commit is run again', async (t) => {
  const url = await server.createDatabase();
  const proxy = await startProxy(t, url);
  const store = await open(t, through(url, proxy));
  await store.write('warm', (q) => q.meta.setOnce('warm', '1'));
  let runs = 0;
  const value = await store.write('set', function* (q) {
    runs += 1;
    yield* q.meta.setOnce('first', String(runs));
    if (runs === 1) proxy.cut();
    return yield* q.meta.setOnce('second', String(runs));
  });
  assert.equal(value, '2');
  assert.equal(await store.read((q) => q.meta.get('first')), '2');
});

test('units that wait for each other are told apart by the server and both run', async (t) => {
  const url = await server.createDatabase();
  const store = await open(t, url);
  const ids = await store.write('accounts', function* (q) {
    const made = [];
    for (const name of ['a', 'b']) {
      const account = { upstream: 'local', name, maxJobs: 1, state: 'enabled', secret: '', plan: null } as const;
      const row = { ...account, creditDaily: 0, creditMonthly: 0, creditPackage: 0, at: 1 };
      made.push((yield* q.accounts.upsert(row)).account.id);
    }
    return made;
  });
  let runs = 0;
  const round = (order: number[]) =>
    store.write('cross', function* (q) {
      runs += 1;
      for (const id of order) yield* q.accounts.adjust(id, { daily: 1 }, 2);
    });
  let rounds = 0;
  // Until the server had to undo one: each round is two units that lock the same rows in opposite orders.
  while (runs === rounds * 2 && rounds < 200) {
    rounds += 1;
    await Promise.all([round(ids), round([...ids].reverse())]);
  }
  assert.ok(runs > rounds * 2, 'no two units ever waited for each other');
  const accounts = await store.read((q) => q.accounts.list());
  assert.deepEqual(
    accounts.map((account) => account.creditDaily),
    [rounds * 2, rounds * 2],
  );
});

test('signals come again after their connection was lost, and every listener is told to look', async (t) => {
  const url = await server.createDatabase();
  const [one, two] = [await open(t, url), await open(t, url)];
  const channels = ['queue', 'slots', 'accounts', 'keys', 'jobs'] as const;
  const heard = new Set<string>();
  const all = new Promise<void>((resolve) => {
    two.onNotify((channel) => {
      heard.add(channel);
      if (heard.size === channels.length) resolve();
    });
  });
  await sql(
    url,
    `select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'reelpool listener' and datname = current_database()`,
  );
  await all;
  // Both are back once each hears the other; a signal sent while one is away may be lost, so it is sent until it is heard.
  const again = new Promise<void>((resolve) => two.onNotify(() => resolve()));
  let arrived = false;
  const done = again.then(() => {
    arrived = true;
  });
  while (!arrived) {
    one.notify('jobs');
    await one.read((q) => q.meta.get('a round trip'));
  }
  await done;
});

test('a server that is not there is named, without the password', async () => {
  const url = 'postgres://someone:hunter2-secret@127.0.0.1:1/nowhere';
  await assert.rejects(openPostgres({ url, log: silent }), (error: Error) => {
    assert.match(error.message, /127\.0\.0\.1:1.*nowhere.*Check/);
    assert.doesNotMatch(inspect(error, { depth: 9 }), /hunter2/);
    return true;
  });
});

test('a server that does not keep commits is made to', async (t) => {
  const url = await server.createDatabase();
  const careless = `${url}?options=${encodeURIComponent('-c synchronous_commit=off')}`;
  const store = await open(t, careless);
  const setting = await store.read(function* () {
    const rows = yield { text: `select current_setting('synchronous_commit') as value`, params: [] };
    return rows[0]?.['value'];
  });
  assert.equal(setting, 'on');
});
