/** The commands against a gateway in a process of its own, over HTTP, and on its store once it has stopped. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { createLine, pollLine } from '../../src/cli/serve.ts';
import { folder, inProcess, reelpool, type Served, serve } from './run.ts';

const KEY = 'ak_0123456789abcdef0123456789abcdef';

describe('commands', () => {
  let cwd = '';
  let gateway: Served;
  const ends: (() => Promise<void> | void)[] = [];
  const ending = { after: (end: () => Promise<void> | void) => void ends.push(end) };
  /** A command that asks the gateway with a key. */
  const ask = (args: string[], key = KEY) =>
    inProcess(args, { cwd, env: { REELPOOL_URL: gateway.hello.url, REELPOOL_KEY: key } });
  /** The same on the store. */
  const offline = (args: string[]) => reelpool(args, { cwd, env: { REELPOOL_PORT: '0' } });

  before(async () => {
    cwd = await folder(ending);
    gateway = await serve(ending, { cwd, env: { REELPOOL_BOOTSTRAP_KEY: KEY } });
  });
  after(async () => {
    for (const end of ends.reverse()) await end();
  });

  test('serve tells where it is, and the admin key of a first start', async () => {
    const { hello } = gateway;
    assert.match(hello.url, /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.deepEqual([hello.database, hello.pid, hello.adminKey], [null, gateway.child.pid, KEY]);
    assert.equal((await stat(hello.data)).mode & 0o777, 0o700);
    assert.equal((await stat(path.join(hello.data, 'encryption.key'))).mode & 0o777, 0o600);
  });

  test('the curl lines it prints work when pasted', async (t) => {
    const shell = promisify(execFile);
    if (!(await shell('curl', ['--version']).catch(() => null))) return t.skip('this machine has no curl');
    const paste = async (line: string) => JSON.parse((await shell('/bin/sh', ['-c', line])).stdout);
    // A short clip: the line is the printed one but for its size.
    const create = createLine(gateway.hello.url, KEY).replace('"duration":5', '"duration":1').replace('540p', '360p');
    const created = await paste(create);
    assert.equal(created.ErrCode, 0, created.ErrMsg);
    const polled = await paste(pollLine(gateway.hello.url, KEY));
    assert.equal(polled.ErrCode, 0, polled.ErrMsg);
    assert.equal(polled.Resp.id, created.Resp.video_id);
    // Another create is another job: the id is made anew by the shell each time.
    assert.notEqual((await paste(create)).Resp.video_id, created.Resp.video_id);
  });

  test('jobs list shows jobs newest first, filters and pages', async () => {
    const list = async (...options: string[]) => JSON.parse((await ask(['jobs', 'list', '--json', ...options])).out);
    const { jobs } = await list();
    assert.equal(jobs.length, 2);
    assert.ok(jobs[0].id > jobs[1].id);
    const page = await list('--limit', '1');
    assert.deepEqual([page.jobs.length, page.nextBefore], [1, jobs[0].id]);
    const rest = await list('--before', String(jobs[0].id));
    assert.deepEqual(
      rest.jobs.map(({ id }: { id: number }) => id),
      [jobs[1].id],
    );
    assert.deepEqual(await list('--state', 'moderated'), { jobs: [], nextBefore: null });

    const { out } = await ask(['jobs', 'list', '--limit', '1']);
    const [heading, line, more] = out.split('\n');
    assert.match(heading ?? '', /^ +ID {2}STATE +WHERE +OPERATION +MODEL +CREDITS +CREATED \(UTC\) +PROMPT$/);
    assert.match(line ?? '', new RegExp(`^${jobs[0].id} .*text-to-video.* A paper boat`));
    assert.equal(more, `More: reelpool jobs list --before ${jobs[0].id}`);
    assert.equal((await ask(['jobs', 'list', '--state', 'moderated'])).out, 'No jobs.\n');
  });

  test('jobs show tells everything about one job, with its timeline', async () => {
    const { jobs } = JSON.parse((await ask(['jobs', 'list', '--json'])).out);
    const shown = JSON.parse((await ask(['jobs', 'show', String(jobs[1].id), '--json'])).out);
    assert.deepEqual(Object.keys(shown), ['job', 'events']);
    assert.equal(shown.job.id, jobs[1].id);
    assert.ok(shown.events.length >= 1);
    const { out } = await ask(['jobs', 'show', String(jobs[1].id)]);
    assert.match(out, new RegExp(`^Job +${jobs[1].id}\n`));
    assert.match(out, /^Credits +5 credits (held|paid)$/m);
    assert.match(out, /^Timeline \(UTC\)$/m);
    assert.ok(!out.includes('\u001b'), 'no colours where nobody looks at a terminal');
  });

  test('exit 3: what the gateway refuses', async () => {
    const cases: [args: string[], key: string, message: RegExp, code: string][] = [
      [['jobs', 'show', '1'], KEY, /There is no job 1/, 'not_found'],
      [['keys', 'revoke', '999'], KEY, /There is no key 999/, 'not_found'],
      [['balance'], `ak_${'0'.repeat(32)}`, /key/i, 'key_wrong'],
    ];
    for (const [args, key, message, code] of cases) {
      const plain = await ask(args, key);
      assert.equal(plain.code, 3);
      assert.match(plain.err, message);
      const json = await ask([...args, '--json'], key);
      assert.deepEqual([json.code, JSON.parse(json.err).error.code, json.out], [3, code, '']);
    }
    const keyless = await inProcess(['balance'], { cwd, env: { REELPOOL_URL: gateway.hello.url } });
    assert.equal(keyless.code, 3);
    assert.match(keyless.err, /wants a key: give it with REELPOOL_KEY or --key/);
  });

  test('a key is made, works with its role, is listed without its secret, and ends when revoked', async () => {
    const made = await ask(['keys', 'create', 'render farm', '--json']);
    const { key, secret } = JSON.parse(made.out);
    assert.deepEqual([key.name, key.role, key.revokedAt], ['render farm', 'client', null]);
    assert.match(secret, /^ak_[0-9a-z]{32}$/);
    assert.equal((await ask(['balance'], secret)).code, 0);
    const refused = await ask(['accounts', 'list', '--json'], secret);
    assert.deepEqual([refused.code, JSON.parse(refused.err).error.code], [3, 'permission_denied']);

    const listed = await ask(['keys', 'list', '--json']);
    const names = JSON.parse(listed.out).keys.map(({ id, name }: { id: number; name: string }) => [id, name]);
    assert.deepEqual(names.at(-1), [key.id, 'render farm']);
    assert.ok(!listed.out.includes(secret.slice(7)));

    const revoked = await ask(['keys', 'revoke', String(key.id)]);
    assert.deepEqual(revoked.out, `Key ${key.id} "render farm" (${key.prefix}…) is revoked.\n`);
    const after = await ask(['balance', '--json'], secret);
    assert.deepEqual([after.code, JSON.parse(after.err).error.code], [3, 'key_disabled']);
    assert.match((await ask(['keys', 'list'])).out, /ak_\w{4}… {2}client .* revoked .* render farm$/m);
  });

  test('text of strangers cannot move the cursor of whoever lists it', async () => {
    await ask(['keys', 'create', 'evil\u001b[2Jname\n2']);
    const { out } = await ask(['keys', 'list']);
    assert.match(out, /evil \[2Jname 2$/m);
  });

  test('balance, accounts and ledger', async () => {
    const { balances } = JSON.parse((await ask(['balance', '--json'])).out);
    const [mine] = balances;
    assert.equal(balances.length, 1);
    assert.equal(mine.available, mine.daily + mine.monthly + mine.package + mine.promo);
    assert.match(
      (await ask(['balance'])).out,
      /^TENANT +AVAILABLE +DAILY +MONTHLY +PACKAGE +PROMO +HELD\n\w+ +1\d,\d{3} /,
    );
    const { accounts } = JSON.parse((await ask(['accounts', 'list', '--json'])).out);
    assert.equal(accounts.length, 1);
    assert.deepEqual(Object.keys(accounts[0].credits), ['daily', 'monthly', 'package', 'reserved']);
    assert.match((await ask(['accounts', 'list'])).out, /^ID {2}ACCOUNT +KIND +STATE +SLOTS /);
    const report = await ask(['ledger', 'verify', '--json']);
    assert.equal(report.code, 0);
    assert.deepEqual([JSON.parse(report.out).ok, JSON.parse(report.out).problems], [true, []]);
    assert.match(
      (await ask(['ledger', 'verify'])).out,
      /^OWNER +BOOK +BALANCE\n[\s\S]*\nThe books balance: \d+ entries in \d+ books\.\n$/,
    );
  });

  test('a gateway on the configured port is found without a word, with the key of the configuration', async () => {
    const env = { REELPOOL_PORT: new URL(gateway.hello.url).port };
    assert.equal((await inProcess(['balance'], { cwd, env: { ...env, REELPOOL_BOOTSTRAP_KEY: KEY } })).code, 0);
    assert.equal((await inProcess(['balance'], { cwd, env })).code, 3);
  });

  test('exit 4: the folder belongs to the gateway that runs on it', async () => {
    for (const args of [
      ['serve', '--port', '0'],
      ['balance', '--data', 'reelpool-data'],
    ]) {
      const { code, out, err } = await offline(args);
      assert.deepEqual([code, out], [4, '']);
      assert.match(err, /^reelpool: [^\n]*reelpool-data[^\n]*\n$/, 'one line that names the folder');
    }
  });

  test('exit 4: the port is taken; a first key is told all the same, for nothing else would tell it', async (t) => {
    const other = await folder(t);
    const port = new URL(gateway.hello.url).port;
    const { code, out, err } = await reelpool(['serve', '--port', port], { cwd: other });
    assert.deepEqual([code, out], [4, '']);
    assert.match(err, /The store is made\. Its admin key, shown this once: ak_[0-9a-z]{32}\n/);
    assert.match(err, new RegExp(`reelpool: 127\\.0\\.0\\.1:${port} is in use[^\n]*\n$`));
    assert.doesNotMatch(err, /\n\s+at /);
  });

  test('SIGTERM ends it with 0, and then the commands open the store themselves, as its operator', async () => {
    const before = JSON.parse((await ask(['balance', '--json'])).out);
    assert.equal(await gateway.stop(), 0);
    assert.match(gateway.errors(), /Stopping on SIGTERM.*\nStopped\./);

    const unreachable = await ask(['balance']);
    assert.equal(unreachable.code, 4);
    assert.match(unreachable.err, /No gateway answers at http:\/\/127\.0\.0\.1:\d+ /);

    const balance = await offline(['balance', '--json']);
    assert.deepEqual([balance.code, balance.err], [0, '']);
    const sum = ({ available, held }: { available: number; held: number }) => available + held;
    assert.ok(sum(JSON.parse(balance.out).balances[0]) <= sum(before.balances[0]));
    assert.equal(JSON.parse((await offline(['jobs', 'list', '--json'])).out).jobs.length, 2);
    const { secret } = JSON.parse(
      (await offline(['keys', 'create', 'lost the first', '--role', 'admin', '--json'])).out,
    );
    assert.equal((await offline(['ledger', 'verify'])).code, 0);

    gateway = await serve(ending, { cwd });
    assert.equal(gateway.hello.adminKey, null, 'the key is told once');
    assert.equal((await ask(['accounts', 'list'], secret)).code, 0);
  });
});

test('a folder that cannot be used ends serve with 4, in a line', async (t) => {
  const cwd = await folder(t);
  await writeFile(path.join(cwd, 'file'), '');
  for (const data of ['file', 'file/below']) {
    const { code, out, err } = await reelpool(['serve', '--port', '0', '--data', data], { cwd });
    assert.deepEqual([code, out], [4, ''], err);
    assert.match(err, /^reelpool: [^\n]*file[^\n]*\n$/);
  }
});

test('a command makes no store where there is none', async (t) => {
  const cwd = await folder(t);
  const { code, err } = await reelpool(['jobs', 'list'], { cwd, env: { REELPOOL_PORT: '0' } });
  assert.equal(code, 4);
  assert.match(err, /there is no store in .*reelpool-data/);
  assert.deepEqual(await readdir(cwd), []);
});

test('a server that is no gateway is sent no key', async (t) => {
  const cwd = await folder(t);
  let heard = '';
  const stranger = createServer((socket) => {
    socket.on('data', (chunk) => {
      heard += chunk;
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok');
    });
    socket.on('error', () => {});
  });
  t.after(() => stranger.close());
  await once(stranger.listen(0, '127.0.0.1'), 'listening');
  const address = stranger.address();
  const port = typeof address === 'object' ? String(address?.port) : '';
  const { code } = await inProcess(['balance'], { cwd, env: { REELPOOL_PORT: port, REELPOOL_KEY: KEY } });
  assert.equal(code, 4);
  assert.match(heard, /^GET \/healthz /);
  assert.doesNotMatch(heard, /ak_/);
});

test('a second signal ends a gateway that is still waiting', async (t) => {
  const cwd = await folder(t);
  const gateway = await serve(t, { cwd });
  // A request whose body never ends keeps the first stop waiting for its grace period.
  const { hostname, port } = new URL(gateway.hello.url);
  const socket = connect(Number(port), hostname);
  t.after(() => void socket.destroy());
  socket.on('error', () => {});
  await once(socket, 'connect');
  const key = gateway.hello.adminKey ?? '';
  socket.write(`POST /pool/v1/keys HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\n`);
  socket.write('content-type: application/json\r\ncontent-length: 100\r\nexpect: 100-continue\r\n\r\n');
  await once(socket, 'data');
  socket.write('{');
  gateway.child.kill('SIGTERM');
  // Repeats come as npm and process managers send them; the ones that follow at once count as the first.
  const again = setInterval(() => gateway.child.kill('SIGTERM'), 20);
  t.after(() => clearInterval(again));
  assert.equal(await gateway.ended, 143);
  assert.match(gateway.errors(), /Stopping on SIGTERM/);
});
