/**
 * The README's commands work. Every line of a fence marked `sh` is executed against a gateway that the README's own
 * `npm start` has started, but for lines of the kinds in `NOT_RUN`, each with its reason.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { root } from './source.ts';

const KEY = 'ak_readmereadmereadmereadmereadme00';
const ADDRESS = 'http://127.0.0.1:8080';

const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
const scripts = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).scripts as Record<string, string>;

/** Command lines of the fences, continuation lines joined, comments left out. */
const commands = [...readme.matchAll(/^```sh\n([\s\S]*?)^```$/gm)]
  .flatMap(([, body]) => (body ?? '').replace(/\\\n\s*/g, '').split('\n'))
  .map((line) => line.trim())
  .filter((line) => line !== '' && !line.startsWith('#'));

/** Lines that are not executed here: the pattern, why not, and what is checked instead. */
const NOT_RUN: readonly { pattern: RegExp; why: string; check: (line: string) => void }[] = [
  {
    pattern: /^npm ci && npm (?:run \w+|test)$/,
    why: 'installing anew under a running test would pull the packages away; .ci/run does both lines on a bare machine, and test/cli runs the demo',
    check(line) {
      const script = line.split(' ').at(-1) ?? '';
      assert.ok(scripts[script], `package.json has no script ${script}`);
    },
  },
  { pattern: /^npm start$/, why: 'it is what started the gateway of this test', check: () => undefined },
  { pattern: /^export REELPOOL_KEY=ak_/, why: 'the test knows its key', check: () => undefined },
  {
    pattern: /^npm run (?:bench|check)\b|^\.ci\/run$/,
    why: 'minutes of work, or this very test',
    check(line) {
      const script = /^npm run (\w+)/.exec(line)?.[1];
      if (script !== undefined) assert.ok(scripts[script], `package.json has no script ${script}`);
    },
  },
];

const data = mkdtempSync(path.join(tmpdir(), 'reelpool-readme-'));
let served: ChildProcess;
let url = '';

/** The environment of a newcomer's shell: ours without settings of this project or of npm. */
function environment(extra: Record<string, string>): Record<string, string | undefined> {
  const own = Object.entries(process.env).filter(([name]) => !/^(?:REELPOOL_|NODE_TEST|NODE_OPTIONS$)/.test(name));
  return { ...Object.fromEntries(own), ...extra };
}

before(async () => {
  const settings = {
    REELPOOL_PORT: '0',
    REELPOOL_DATA: data,
    REELPOOL_BOOTSTRAP_KEY: KEY,
    REELPOOL_MEDIA_ENGINE: 'wasm',
  };
  served = spawn('npm', ['start'], { cwd: root, env: environment(settings), stdio: ['ignore', 'pipe', 'inherit'] });
  assert.ok(served.stdout);
  for await (const line of createInterface({ input: served.stdout })) {
    url = /listens on (http:\S+)/.exec(line)?.[1] ?? '';
    if (url !== '') break;
  }
  served.stdout.resume();
  assert.notEqual(url, '', 'npm start ended without saying where it listens');
});

/** Ends `npm start` as a supervisor would; how it ended. */
async function stop(): Promise<number | null> {
  if (served.exitCode === null && served.signalCode === null) {
    const gone = once(served, 'exit');
    served.kill('SIGTERM');
    await gone;
  }
  return served.exitCode;
}

after(async () => {
  await stop();
  rmSync(data, { recursive: true, force: true });
});

test('the two lines are there', () => {
  assert.ok(commands.includes('npm ci && npm run demo'));
  assert.ok(commands.includes('npm ci && npm test'));
  assert.ok(commands.includes('npm start'));
});

test('at least one create is shown with curl', () => {
  assert.ok(commands.some((line) => line.startsWith('curl ') && line.includes('/generate')));
});

for (const line of commands) {
  const excuse = NOT_RUN.find(({ pattern }) => pattern.test(line));
  test(`${excuse === undefined ? 'runs' : 'stands'}: ${line.slice(0, 90)}`, async () => {
    if (excuse !== undefined) {
      excuse.check(line);
      return;
    }
    const env = environment({ REELPOOL_KEY: KEY, REELPOOL_URL: url });
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', line.replaceAll(ADDRESS, url)], {
      cwd: root,
      env,
      timeout: 60_000,
    });
    if (line.includes('/openapi/v2/')) assert.match(stdout, /"ErrCode":0/);
  });
}

test('the demo picture is there and small', () => {
  const pictures = [...readme.matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)].map(([, target]) => target ?? '');
  assert.ok(pictures.length > 0);
  for (const picture of pictures) {
    assert.ok(readFileSync(path.join(root, picture)).length < 150_000, `${picture} is too large`);
  }
});

// Only with `exec` in the script does the signal reach the gateway and npm wait for its end.
test('npm start drains on SIGTERM and ends with 0', async () => {
  assert.equal(await stop(), 0);
});
