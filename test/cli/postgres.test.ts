/** The demo and the commands on PostgreSQL. */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { after, test } from 'node:test';
import { startPostgres } from '../support/postgres.ts';
import { folder, reelpool, serve } from './run.ts';

const server = await startPostgres();
after(() => server.stop());

test('the demo makes its videos on PostgreSQL, again on the same store, which a gateway and the commands then open', async (t) => {
  const cwd = await folder(t);
  const database = await server.createDatabase();
  const args = ['demo', '--duration', '1', '--quality', '360p', '--output', 'out', '--database', database];
  let adminKey: string | undefined;
  for (const balance of ['16,000 → 15,986', '15,986 → 15,972']) {
    const { code, out, err } = await reelpool(args, { cwd });
    assert.deepEqual([code, err], [0, '']);
    assert.match(out, new RegExp(`^ {2}Balance +${balance} credits {2}14 credits paid$`, 'm'));
    const told = /^ {2}Admin key +(ak_[0-9a-z]{32}) /m.exec(out)?.[1];
    assert.equal(told === undefined, adminKey !== undefined, 'told by the demo that made the store, and by no other');
    adminKey ??= told;
    assert.match(out, /Gateway +http:\S+ {2}postgres(ql)?:\/\//);
  }
  assert.deepEqual((await readdir(path.join(cwd, 'out'))).length, 3);

  const gateway = await serve(t, { cwd, env: { REELPOOL_DATABASE: database } });
  assert.match(gateway.hello.database ?? '', /^postgres(ql)?:/);
  assert.equal(gateway.hello.adminKey, null);
  const env = { REELPOOL_URL: gateway.hello.url, REELPOOL_KEY: adminKey ?? '' };
  assert.equal((await reelpool(['accounts', 'list'], { cwd, env })).code, 0);
  // Several processes share a PostgreSQL: a command opens it while the gateway runs.
  const asked = { cwd, env: { REELPOOL_DATABASE: database, REELPOOL_PORT: '0' } };
  const { jobs } = JSON.parse((await reelpool(['jobs', 'list', '--json'], asked)).out);
  assert.deepEqual(
    jobs.map(({ state }: { state: string }) => state),
    ['succeeded', 'succeeded', 'succeeded', 'succeeded'],
  );
  const { keys } = JSON.parse((await reelpool(['keys', 'list', '--json'], asked)).out);
  const demos = keys.filter(({ name }: { name: string }) => name === 'demo');
  assert.ok(demos.length === 2 && demos.every(({ revokedAt }: { revokedAt: string | null }) => revokedAt !== null));
  assert.equal((await reelpool(['ledger', 'verify'], asked)).code, 0);
  assert.equal(await gateway.stop(), 0);
});

test('a database that is away ends every command with 4, in a line without its password', async (t) => {
  const cwd = await folder(t);
  const database = 'postgres://user:hidden@127.0.0.1:1/pool';
  const ended = await Promise.all(
    [['serve', '--port', '0'], ['balance'], ['demo']].map((args) =>
      reelpool([...args, '--database', database], { cwd }),
    ),
  );
  for (const { code, err } of ended) {
    assert.equal(code, 4, err);
    assert.match(err, /^reelpool: [^\n]+\n$/);
    assert.doesNotMatch(err, /hidden/);
  }
});
