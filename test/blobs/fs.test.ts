/** Blobs on a real disk (blobs/fs.ts). */
import assert from 'node:assert/strict';
import { type ChildProcessByStdio as ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { openFsBlobs } from '../../src/blobs/fs.ts';
import type { Blobs } from '../../src/contracts/blobs.ts';
import { systemClock } from '../../src/std/clock.ts';
import { sha256Hex } from '../../src/std/crypto.ts';
import { Refusal } from '../../src/std/errors.ts';
import { fc } from '../support/property.ts';

async function folderFor(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'reelpool-blobs-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function* chunks(...parts: (string | Uint8Array | Error)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    if (part instanceof Error) throw part;
    yield typeof part === 'string' ? Buffer.from(part) : part;
  }
}

async function text(blobs: Blobs, key: string, range?: { start: number; end: number }): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of await blobs.read(key, range)) parts.push(part);
  return Buffer.concat(parts).toString();
}

/** Every file under a folder, relative to it. */
async function files(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function keys(blobs: Blobs): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of blobs.list()) found.push(key);
  return found.sort();
}

/** Runs a program that has `blobs` on the folder in a process of its own. @param fileBlocks largest file, in blocks. */
function start(
  folder: string,
  body: string,
  { fileBlocks }: { fileBlocks?: number } = {},
): ChildProcess<null, Readable, null> {
  const source = (path: string) => JSON.stringify(join(import.meta.dirname, '../../src', path));
  const program = `
    import { openFsBlobs } from ${source('blobs/fs.ts')};
    import { systemClock } from ${source('std/clock.ts')};
    const blobs = await openFsBlobs(${JSON.stringify(folder)}, systemClock);
    ${body}`;
  const limit = fileBlocks === undefined ? '' : `trap '' XFSZ; ulimit -f ${fileBlocks};`;
  const stdio: ['ignore', 'pipe', 'inherit'] = ['ignore', 'pipe', 'inherit'];
  const node = ['--input-type=module', '-e', program];
  return spawn('/bin/sh', ['-c', `${limit} exec "$0" "$@"`, process.execPath, ...node], { stdio });
}

/** Runs such a program to its end; what it printed. */
async function run(folder: string, body: string, limits: { fileBlocks: number }): Promise<string> {
  const child = start(folder, body, limits);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    output += part;
  });
  await once(child, 'close');
  return output;
}

test('what is put can be read whole and in part, measured, used as a file, listed and removed', async (t) => {
  const blobs = await openFsBlobs(await folderFor(t), systemClock);
  const stored = await blobs.put('results/123-0.mp4', chunks('hello ', '', 'world'), 11);
  assert.deepEqual(stored, { key: 'results/123-0.mp4', bytes: 11, sha256: sha256Hex('hello world') });
  assert.equal(await blobs.size('results/123-0.mp4'), 11);
  assert.equal(await text(blobs, 'results/123-0.mp4'), 'hello world');
  assert.equal(await text(blobs, 'results/123-0.mp4', { start: 4, end: 6 }), 'o w');
  assert.equal(await text(blobs, 'results/123-0.mp4', { start: 10, end: 10 }), 'd');
  const bytes = await blobs.withFile('results/123-0.mp4', (path) => readFile(path, 'utf8'));
  assert.equal(bytes, 'hello world');
  await blobs.put('covers/1', chunks(), 0);
  assert.deepEqual(await keys(blobs), ['covers/1', 'results/123-0.mp4']);
  await blobs.remove('results/123-0.mp4');
  await blobs.remove('results/123-0.mp4');
  assert.deepEqual(await keys(blobs), ['covers/1']);
});

test('nothing under a key: no size, and reading rejects', async (t) => {
  const blobs = await openFsBlobs(await folderFor(t), systemClock);
  assert.equal(await blobs.size('a/b'), undefined);
  await assert.rejects(blobs.read('a/b'), { code: 'ENOENT' });
  await assert.rejects(
    blobs.withFile('a/b', async () => {}),
    { code: 'ENOENT' },
  );
  await blobs.remove('a/b');
});

test('files are 0600 and folders 0700, whatever the umask', async (t) => {
  const before = process.umask(0);
  t.after(() => process.umask(before));
  const folder = join(await folderFor(t), 'made');
  const blobs = await openFsBlobs(folder, systemClock);
  await blobs.put('a/b', chunks('x'), 1);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const path of [folder, ...entries.map((entry) => join(entry.parentPath, entry.name))]) {
    const { mode } = await stat(path);
    assert.equal((mode & 0o777).toString(8), (await stat(path)).isFile() ? '600' : '700', path);
  }
});

test('one byte over the limit, a broken source, and a source that throws at once leave nothing', async (t) => {
  const folder = await folderFor(t);
  const blobs = await openFsBlobs(folder, systemClock);
  await assert.rejects(
    blobs.put('a/b', chunks('12345', '6'), 5),
    (error) => error instanceof Refusal && error.code === 'body_too_large',
  );
  for (const source of [chunks('part', new Error('cut')), chunks(new Error('cut'))]) {
    await assert.rejects(blobs.put('a/b', source, 100), /cut/);
  }
  assert.deepEqual(await files(folder), []);
  assert.equal(await blobs.size('a/b'), undefined);
});

test('keys that are no plain segments are refused by every method', async (t) => {
  const folder = await folderFor(t);
  const blobs = await openFsBlobs(join(folder, 'blobs'), systemClock);
  await writeFile(join(folder, 'outside'), 'secret');
  const bad = [
    '',
    '/',
    '/etc/passwd',
    '../outside',
    'a/../../outside',
    'a//b',
    'a/',
    './a',
    'a/.b',
    'a\\b',
    'a\0b',
    'ä',
    'a b',
  ];
  for (const key of bad) {
    await assert.rejects(blobs.put(key, chunks('x'), 10), /not a blob key/, JSON.stringify(key));
    await assert.rejects(blobs.read(key), /not a blob key/);
    await assert.rejects(blobs.size(key), /not a blob key/);
    await assert.rejects(blobs.remove(key), /not a blob key/);
    await assert.rejects(
      blobs.withFile(key, async () => {}),
      /not a blob key/,
    );
  }
  assert.equal(await readFile(join(folder, 'outside'), 'utf8'), 'secret');
});

test('any bytes in any cuts come back, with their hash', async (t) => {
  const blobs = await openFsBlobs(await folderFor(t), systemClock);
  let number = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 5000 }), { maxLength: 8 }), async (parts) => {
      const key = `any/${number++}`;
      const whole = Buffer.concat(parts);
      const stored = await blobs.put(key, chunks(...parts), whole.length);
      assert.deepEqual(stored, { key, bytes: whole.length, sha256: sha256Hex(whole) });
      const back: Uint8Array[] = [];
      for await (const part of await blobs.read(key)) back.push(part);
      assert.deepEqual(Buffer.concat(back), whole);
    }),
    { numRuns: 25 },
  );
});

test('a disk that takes no more is a refusal of ours that says so, and leaves nothing', async (t) => {
  const folder = await folderFor(t);
  // A limit on file size makes the system refuse a write in the middle, as a full disk does, without filling one.
  const output = await run(
    folder,
    `await blobs.put('small/1', (async function* () { yield Buffer.alloc(1000); })(), 1000);
     const large = (async function* () { for (let i = 0; i < 40; i++) yield Buffer.alloc(50_000); })();
     await blobs.put('large/1', large, 2_000_000).catch((error) => console.log(error.code, error.message));`,
    { fileBlocks: 200 },
  );
  assert.equal(output, 'unavailable The gateway cannot use its files: no disk space is left. Try again later.\n');
  const blobs = await openFsBlobs(folder, systemClock);
  assert.deepEqual(await keys(blobs), ['small/1']);
  assert.deepEqual(await files(join(folder, 'tmp')), []);
});

test('a folder that has vanished is a refusal of ours, and a stream that cannot be kept is let go', async (t) => {
  const folder = await folderFor(t);
  const blobs = await openFsBlobs(folder, systemClock);
  const source = createReadStream(import.meta.filename);
  await rm(folder, { recursive: true });
  await assert.rejects(blobs.put('a/1', source, 1_000_000), { code: 'unavailable', message: /is gone/ });
  assert.ok(source.destroyed, 'it would keep its file open');
  await assert.rejects(stat(folder), { code: 'ENOENT' }, 'the folder is not made anew');
});

test('a folder that cannot be used is a plain sentence', async (t) => {
  const folder = await folderFor(t);
  await writeFile(join(folder, 'file'), '');
  await assert.rejects(openFsBlobs(join(folder, 'file'), systemClock), /the blob folder .* cannot be used/);
});

test('a process killed in the middle of a write leaves nothing under the key, and its rest is cleared', async (t) => {
  const folder = await folderFor(t);
  const child = start(
    folder,
    `await blobs.put('kept/1', (async function* () { yield Buffer.from('whole'); })(), 100);
     await blobs.put('lost/1', (async function* () {
       yield Buffer.alloc(70_000);
       process.stdout.write('half');
       await new Promise(() => setInterval(() => {}, 1000));
     })(), 1_000_000);`,
  );
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.equal((await files(join(folder, 'tmp'))).length, 1, 'the killed write left its temporary file');

  const blobs = await openFsBlobs(folder, systemClock);
  assert.equal(await blobs.size('lost/1'), undefined);
  assert.equal(await text(blobs, 'kept/1'), 'whole');
  assert.deepEqual(await keys(blobs), ['kept/1']);
  assert.deepEqual(await files(join(folder, 'tmp')), []);
});

test('temporary files of others are cleared when old and left when young', async (t) => {
  const folder = await folderFor(t);
  await openFsBlobs(folder, systemClock);
  await mkdir(join(folder, 'tmp'), { recursive: true });
  const now = systemClock.now();
  for (const [name, ageS] of [
    ['other-1-0-old', 4000],
    ['other-1-0-young', 3000],
  ] as const) {
    const path = join(folder, 'tmp', name);
    await writeFile(path, 'x');
    await utimes(path, now / 1000 - ageS, now / 1000 - ageS);
  }
  await openFsBlobs(folder, systemClock);
  assert.deepEqual(await readdir(join(folder, 'tmp')), ['other-1-0-young']);
});

test('many writes at once all arrive', async (t) => {
  const blobs = await openFsBlobs(await folderFor(t), systemClock);
  const wanted = Array.from({ length: 50 }, (_, i) => `many/${i}`).sort();
  await Promise.all(wanted.map((key) => blobs.put(key, chunks(key), 100)));
  assert.deepEqual(await keys(blobs), wanted);
  for (const key of wanted) assert.equal(await text(blobs, key), key);
});
