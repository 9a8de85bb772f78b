/** Words the program does not know, help, and the launcher. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { folder, inProcess, reelpool } from './run.ts';

const root = path.join(import.meta.dirname, '../..');
const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
const cwd = root;

const COMMANDS = [
  'serve',
  'demo',
  'jobs',
  'tenants',
  'keys',
  'grants',
  'pools',
  'accounts',
  'balance',
  'ledger',
  'assets',
  'templates',
  'webhooks',
  'secrets',
  'audit',
];

const USAGE_ERRORS: readonly (readonly [args: string[], message: RegExp])[] = [
  [['jbos'], /no command jbos; did you mean jobs\?/],
  [['constructor'], /no command constructor/],
  [['jobs'], /list, show, why, create, quote or cancel/],
  [['jobs', 'lst'], /jobs knows list, show, why, create, quote and cancel, not lst/],
  [['jobs', 'list', '--stat', 'x'], /Unknown option --stat; did you mean --state\?/],
  [['jobs', 'list', '--state', 'done'], /--state must be one of queued, .*not done/],
  [['jobs', 'list', '--limit', '201'], /--limit must be a whole number from 1 to 200, not 201/],
  [['jobs', 'list', '--limit'], /--limit.* needs a value/],
  [['jobs', 'list', 'extra'], /one argument too many: extra/],
  [['jobs', 'show'], /ID is missing/],
  [['jobs', 'show', 'abc'], /ID must be a whole number/],
  [['keys', 'create'], /NAME is missing/],
  [['keys', 'create', 'ci', '--role', 'root'], /--role must be one of client, admin, not root/],
  [['accounts'], /Say list/],
  [['ledger', 'check'], /ledger knows verify, entries and statement, not check/],
  [['keys', 'set', '7'], /Say what to change/],
  [['keys', 'set', '7', '--running', '0'], /--running must be a whole number from 1/],
  [['grants', 'give', '5x', '--tenant', '1'], /CREDITS must be credits/],
  [['grants', 'give', '5'], /--tenant ID/],
  [['pools', 'create', 'fast'], /--account, --tag or --all/],
  [['tenants', 'create', 'x', '--mode', 'free'], /--mode must be one of metered, pooled/],
  [['keys', 'create', 'x', '--expires', 'soon'], /--expires must be a date/],
  [['assets', 'list', '--kind', 'film'], /--kind must be one of upload, /],
  [['assets', 'upload', 'nowhere.png'], /nowhere.png cannot be read/],
  [['assets', 'delete'], /the ID of a file, or --job/],
  [['assets', 'delete', '5', '--job', '6'], /the ID of a file, or --job/],
  [['templates', 'activate'], /ID is missing/],
  [['templates', 'activate', 'x'], /ID must be a whole number/],
  [['webhooks', 'add'], /URL is missing/],
  [['webhooks', 'add', 'https://a.example', '--events', 'running'], /--events must be one of succeeded/],
  [['webhooks', 'set', '7'], /Say what to change/],
  [['webhooks', 'replay'], /Say ID, or --dead/],
  [['webhooks', 'replay', '--dead'], /--webhook must be a whole number/],
  [['webhooks', 'deliveries', '--state', 'gone'], /--state must be one of pending/],
  [['webhooks', 'listen', '--port', 'x'], /--port must be a whole number/],
  [['balance', '--url', 'localhost'], /--url must be http/],
  [['serve', '--port', 'http'], /--port: expected number/],
  [['demo', '--quality', '4k'], /--quality must be one of/],
  [['demo', '--duration', '0'], /--duration must be a whole number from 1 to 15/],
];

for (const [args, message] of USAGE_ERRORS) {
  test(`exit 2: reelpool ${args.join(' ')}`, async () => {
    const { code, out, err } = await inProcess(args, { cwd });
    assert.match(err, message);
    assert.match(err, /See `reelpool help/);
    assert.doesNotMatch(err, /\n\s+at /, 'no stack');
    assert.deepEqual([code, out], [2, '']);
  });
}

test('with --json an error is JSON too', async () => {
  const { code, err } = await inProcess(['jobs', 'show', 'abc', '--json'], { cwd });
  assert.equal(code, 2);
  assert.deepEqual(JSON.parse(err).error.exit, 2);
});

test('help is printed on request with 0, and to stderr with 2 when nothing was asked', async () => {
  const asked = await reelpool(['help'], { cwd });
  assert.deepEqual([asked.code, asked.err], [0, '']);
  const bare = await reelpool([], { cwd });
  assert.deepEqual([bare.code, bare.out, bare.err], [2, '', asked.out]);
  for (const command of COMMANDS) {
    assert.match(asked.out, new RegExp(`^  ${command} `, 'm'));
    const own = await inProcess([command, '--help'], { cwd });
    assert.deepEqual([own.code, own.err], [0, '']);
    assert.match(own.out, new RegExp(`^Usage: reelpool ${command}`));
    assert.equal((await inProcess(['help', command], { cwd })).out, own.out);
  }
});

test('docs/cli.md holds the help of every command as it is printed', async () => {
  const document = await readFile(path.join(root, 'docs/cli.md'), 'utf8');
  for (const command of COMMANDS) {
    const { out } = await inProcess(['help', command], { cwd });
    assert.ok(document.includes(`\`\`\`text\n${out}\`\`\``), `docs/cli.md lacks the help of ${command}:\n${out}`);
  }
});

test('a configuration that is wrong ends every command with 2', async (t) => {
  const empty = await folder(t);
  await writeFile(path.join(empty, 'reelpool.json'), '{"prot": 80}');
  for (const args of [['serve'], ['demo'], ['balance']]) {
    const { code, err } = await inProcess(args, { cwd: empty });
    assert.equal(code, 2);
    assert.match(err, /^reelpool: reelpool\.json: unknown key prot; did you mean port\?\n/);
  }
});

test('the launcher prefers a new Node on PATH, falls back to its own, and follows links', async (t) => {
  const run = promisify(execFile);
  const bin = await folder(t);
  await symlink(path.join(root, 'bin/reelpool'), path.join(bin, 'reelpool'));
  const node = (text: string) => writeFile(path.join(bin, 'node'), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  const launcher = async () =>
    (await run(path.join(bin, 'reelpool'), ['--version'], { env: { PATH: `${bin}:/usr/bin:/bin` } })).stdout.trim();

  await node('if [ "$1" = -p ]; then echo 20; else echo old; fi');
  assert.equal(await launcher(), version);
  await node('if [ "$1" = -p ]; then echo 26; else echo new; fi');
  assert.equal(await launcher(), 'new');

  const bare = path.join(bin, 'package', 'bin');
  await mkdir(bare, { recursive: true });
  await writeFile(path.join(bare, 'reelpool'), await readFile(path.join(root, 'bin/reelpool')), { mode: 0o755 });
  await node('if [ "$1" = -p ]; then echo 20; else echo v20.0.0; fi');
  await assert.rejects(run(path.join(bare, 'reelpool'), [], { env: { PATH: `${bin}:/usr/bin:/bin` } }), {
    code: 1,
    stderr: 'reelpool: Node 24 or newer is needed; this machine has v20.0.0\n',
  });
});
