/**
 * The package as others get it: packed, installed in a project of its own without the network, and used there: the program, the
 * client under Node and in a browser, its types, and the examples of docs/native-api.md.
 */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { accepted, pixverseClient, SMALL_TEXT } from '../support/pixverse-client.ts';
import { pngPicture } from '../support/png.ts';

const run = promisify(execFile);
const root = path.join(import.meta.dirname, '../..');
const KEY = 'ak_0123456789abcdef0123456789abcdef';
const CHROMIUM = '/usr/bin/chromium';
const IN_CI = process.env['CI'] === 'true';

/** A project with the package in its node_modules, and what that depends on beside it, as npm lays it out. */
async function install(folder: string): Promise<void> {
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root });
  const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf('['))) as [{ filename: string }];
  const modules = path.join(folder, 'node_modules');
  await mkdir(path.join(modules, 'reelpool'), { recursive: true });
  await run('tar', ['-xzf', path.join(folder, filename), '-C', path.join(modules, 'reelpool'), '--strip-components=1']);
  for (const name of readdirSync(path.join(root, 'node_modules'))) {
    if (name !== '.bin') await symlink(path.join(root, 'node_modules', name), path.join(modules, name));
  }
  await mkdir(path.join(modules, '.bin'));
  await symlink('../reelpool/bin/reelpool', path.join(modules, '.bin/reelpool'));
  await symlink(process.execPath, path.join(modules, '.bin/node'));
  await writeFile(path.join(folder, 'package.json'), JSON.stringify({ name: 'consumer', type: 'module' }));
  await writeFile(path.join(folder, 'picture.png'), pngPicture(64, 48));
}

/** Another Node of this machine that is new enough for the client, where there is one. */
async function otherNode(): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(path.delimiter)) {
    const node = path.join(folder, 'node');
    if (!existsSync(node)) continue;
    const { stdout } = await run(node, ['-p', 'process.versions.node']);
    const major = Number(stdout.split('.')[0]);
    if (major >= 20 && major < 24) return node;
  }
  return undefined;
}

/** The blocks of one language in a document, one after the other. */
const blocks = (file: string, language: string) =>
  [...readFileSync(path.join(root, file), 'utf8').matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .flatMap(([, name, text]) => (name === language ? [text] : []))
    .join('\n');

describe('the package', () => {
  let project = '';
  let url = '';
  const ends: (() => Promise<void>)[] = [];
  const environment = () => ({
    PATH: `${path.join(project, 'node_modules/.bin')}:/usr/bin:/bin`,
    REELPOOL_URL: url,
    REELPOOL_KEY: KEY,
  });

  before(async () => {
    project = await mkdtemp(path.join(tmpdir(), 'reelpool-package-'));
    ends.push(() => rm(project, { recursive: true, force: true }));
    await install(project);
    const child = spawn(path.join(project, 'node_modules/.bin/reelpool'), ['serve', '--json', '--port', '0'], {
      cwd: project,
      env: {
        ...{ PATH: environment().PATH, REELPOOL_DATA: path.join(project, 'data'), REELPOOL_BOOTSTRAP_KEY: KEY },
        ...{ REELPOOL_MEDIA_ENGINE: 'wasm', REELPOOL_LOG_LEVEL: 'error' },
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    ends.push(async () => {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    });
    const [line] = await Promise.race([
      once(createInterface({ input: child.stdout }), 'line'),
      once(child, 'exit').then(([code]) => assert.fail(`the installed program ended with ${code}`)),
    ]);
    url = (JSON.parse(String(line)) as { url: string }).url;
    // Something for the examples to see.
    accepted(await pixverseClient({ url, key: KEY }).post('/video/text/generate', { body: SMALL_TEXT }));
  });
  after(async () => {
    for (const end of ends.reverse()) await end();
  });

  test('it holds what was built, and no sources', async () => {
    const packed = readdirSync(path.join(project, 'node_modules/reelpool')).sort();
    assert.deepEqual(packed, ['LICENSE', 'README.md', 'THIRD_PARTY.md', 'bin', 'dist', 'docs', 'package.json']);
  });

  test('its program runs', async () => {
    const program = path.join(project, 'node_modules/.bin/reelpool');
    const options = { cwd: project, env: environment() };
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
    assert.equal((await run(program, ['--version'], options)).stdout, `${version}\n`);
    const { jobs } = JSON.parse((await run(program, ['jobs', 'list', '--json'], options)).stdout) as { jobs: object[] };
    assert.equal(jobs.length, 1);
  });

  test('the examples of docs/native-api.md run', async () => {
    const file = path.join(project, 'example.js');
    await writeFile(file, blocks('docs/native-api.md', 'js'));
    const { stdout } = await run(process.execPath, [file], { cwd: project, env: environment() });
    assert.match(stdout, /^500 credits\npermission_denied caller false untouched\ntrue\ntrue\nplaced \{/m);
    assert.match(stdout, /^succeeded .*\nvideo\/mp4 640 360$/m);
    assert.match(stdout, /^image\/png 64 48$/m);
  });

  test('the client runs under the oldest Node it promises', async (t) => {
    const node = await otherNode();
    if (node === undefined) return t.skip('this machine has no other Node from 20 on');
    const file = path.join(project, 'old.js');
    await writeFile(
      file,
      `import { createClient } from 'reelpool/client';
       const reelpool = createClient({ url: process.env.REELPOOL_URL, key: process.env.REELPOOL_KEY });
       const tenant = await reelpool.tenants.create({ name: 'old' });
       for await (const event of reelpool.events.stream({ after: 0 })) { console.log(tenant.name, event.jobId > 0); break; }`,
    );
    assert.equal((await run(node, [file], { cwd: project, env: environment() })).stdout, 'old true\n');
  });

  test('its types are found, allow what the API takes and nothing else', async () => {
    const options = {
      ...{ strict: true, noEmit: true, target: 'es2022', module: 'nodenext', skipLibCheck: false },
      // As in a program for browsers: without the types of Node.
      ...{ lib: ['es2024', 'dom', 'dom.iterable', 'dom.asynciterable'], types: [] },
    };
    const right = `import { type Answer, createClient, NoAnswerError, ReelpoolError, type Reelpool } from 'reelpool/client';
const reelpool: Reelpool = createClient({ url: 'http://127.0.0.1:8080', key: 'ak_x', retries: 0 });
const job: Answer<'jobs', 'get'> = await reelpool.jobs.get(1, { signal: new AbortController().signal });
const state: 'queued' | 'submitting' | 'running' | 'storing' | 'unknown' | 'succeeded' | 'failed' | 'moderated' | 'cancelled' | 'expired' = job.state;
const { key, secret } = await reelpool.keys.create({ name: 'x', expiresAt: '2099-01-01T00:00:00Z' }, { idempotencyKey: '1' });
await reelpool.accounts.pause('name');
await reelpool.accounts.pause(7);
const order = { operation: 'text-to-video', prompt: 'a lake' } as const;
const made: number = (await reelpool.jobs.create(order)).id;
const price: number | null = (await reelpool.jobs.create(order, { dry_run: true })).price;
made.toFixed(price ?? 0);
const page = await reelpool.jobs.list();
for await (const event of reelpool.events.stream({ after: 1 })) event.kind.length;
try { await reelpool.uploads.create(new Blob()); } catch (error) {
  if (error instanceof ReelpoolError) error.retryAfterS?.toFixed();
  if (error instanceof NoAnswerError) error.idempotencyKey?.length;
}
export const all: [string, number, string, number | null] = [state, key.id, secret, page.nextBefore];
`;
    const wrong = [
      "await reelpool.jobs.get('1');",
      "await reelpool.jobs.list({ state: 'lost' });",
      'await reelpool.grants.list();',
      'await reelpool.tenants.create({});',
      "await reelpool.tenants.create({ name: 'x', colour: 'red' });",
      'await reelpool.jobs.wait(1);',
      "await reelpool.jobs.create({ operation: 'paint' });",
      'createClient({ url: "http://h" });',
    ];
    const head =
      "import { createClient } from 'reelpool/client';\nconst reelpool = createClient({ url: '', key: '' });\n";
    await writeFile(path.join(project, 'right.ts'), right);
    await writeFile(path.join(project, 'wrong.ts'), `${head}${wrong.join('\n')}\n`);
    await writeFile(
      path.join(project, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: options, files: ['right.ts', 'wrong.ts'] }),
    );
    const tsc = path.join(root, 'node_modules/.bin/tsc');
    const { stdout } = await run(tsc, ['-p', project], { cwd: project }).catch((error: { stdout: string }) => error);
    const complaints = stdout.split('\n').filter((line) => /^\S+\(\d+,\d+\): error/.test(line));
    const lines = complaints.map((line) => /^(\w+)\.ts\((\d+),/.exec(line)?.slice(1).join(' ') ?? line);
    assert.deepEqual(
      [...new Set(lines)],
      wrong.map((_, index) => `wrong ${index + 3}`),
      stdout,
    );
  });

  test('the client runs in a browser, on a page of the gateway', async (t) => {
    if (!existsSync(CHROMIUM) && !IN_CI) return t.skip('Chromium is not installed here');
    const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: flags });
    t.after(() => browser.close());
    const page = await browser.newPage();
    const built = path.join(project, 'node_modules/reelpool/dist');
    await page.route('**/dist/**', async (route) => {
      const file = path.join(built, new URL(route.request().url()).pathname.replace(/^\/dist\//, ''));
      await route.fulfill({ contentType: 'text/javascript', body: await readFile(file, 'utf8') });
    });
    await page.goto(`${url}/`);
    const answer = await page.evaluate(`(async () => {
      const { createClient } = await import('/dist/client/client.js');
      const reelpool = createClient({ url: location.origin, key: '${KEY}' });
      const { id } = await reelpool.tenants.create({ name: 'browser' });
      const refused = await reelpool.tenants.get(id + 1).catch((error) => error.code);
      for await (const { kind } of reelpool.events.stream({ after: 0 })) return [refused, kind];
    })()`);
    assert.deepEqual(answer, ['not_found', 'placed']);
  });
});
