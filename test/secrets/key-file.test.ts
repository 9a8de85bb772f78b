/** The file of encryption keys: whole or as it was, for its owner only, and taken up when it changes. */
import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { keysFromFile, keysFromSettings } from '../../src/keys.ts';
import { silent } from '../sim/parts.ts';

const A = 'a'.repeat(64);
const B = 'B'.repeat(64);

async function folderFor(t: TestContext, text?: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'reelpool-keys-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  if (text !== undefined) await writeFile(fileIn(folder), text, { mode: 0o644 });
  return folder;
}

const fileIn = (folder: string): string => path.join(folder, 'encryption.key');
const open = (folder: string, more: { former?: string[]; mayMake?: boolean } = {}) =>
  keysFromFile({ folder, former: [], mayMake: true, log: silent, ...more });
const idsOf = (keys: { keys(): readonly { id: string }[] }) => keys.keys().map(({ id }) => id);

test('a first start makes one key, of which two starts at once make the same', async (t) => {
  const folder = await folderFor(t);
  const [one, two] = await Promise.all([open(folder), open(folder)]);
  assert.deepEqual(idsOf(one), idsOf(two));
  assert.equal((await stat(fileIn(folder))).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(folder), ['encryption.key']);
});

test('a key that is missing beside a store is not made anew', async (t) => {
  const folder = await folderFor(t);
  await assert.rejects(open(folder, { mayMake: false }), /encryption\.key is missing/);
  assert.deepEqual(await readdir(folder), []);
});

test('what is no key is refused with its file and not repeated', async (t) => {
  for (const text of ['', '\n\n', 'secret\n', `${A}\nsecret\n`, `${A}0\n`, A.slice(1)]) {
    await assert.rejects(open(await folderFor(t, text)), (error: Error) => {
      assert.match(
        error.message,
        /encryption\.key does not hold keys: each of its lines must be 64 hexadecimal digits/,
      );
      assert.ok(!error.message.includes('secret'));
      return true;
    });
  }
});

test('lines are keys, the first is the one that is to seal, however they are written', async (t) => {
  const ring = await open(await folderFor(t, `\n  ${B.toLowerCase()}  \r\n${A}\n${A}\n`), {
    former: [B, 'c'.repeat(64)],
  });
  assert.deepEqual(idsOf(ring), idsOf(keysFromSettings([B, A, 'c'.repeat(64)])));
  assert.deepEqual(ring.former(), idsOf(keysFromSettings([A])));
});

test('a new key comes first and the old one stays until it is let go; the file is for its owner only', async (t) => {
  const folder = await folderFor(t, `${A}\n`);
  const ring = await open(folder);
  const [old = ''] = idsOf(ring);
  await ring.make();
  const [made = '', ...rest] = idsOf(ring);
  assert.deepEqual(rest, [old]);
  assert.equal((await stat(fileIn(folder))).mode & 0o777, 0o600);
  const lines = (await readFile(fileIn(folder), 'utf8')).split('\n');
  assert.deepEqual([lines[1], lines.length], [A, 3]);

  await ring.keepOnly(old);
  assert.deepEqual(idsOf(ring), [made, old], 'it is not the first: nothing happens');
  // What a process left that was killed while it wrote.
  await writeFile(`${fileIn(folder)}.0123456789abcdef`, `${A}\n`);
  await ring.keepOnly(made);
  assert.deepEqual([idsOf(ring), ring.former()], [[made], []]);
  assert.deepEqual(await readdir(folder), ['encryption.key']);
  assert.deepEqual(idsOf(await open(folder)), [made]);
});

test('a changed file is taken up; one that cannot be read changes nothing', async (t) => {
  const folder = await folderFor(t, `${A}\n`);
  const ring = await open(folder);
  const [old] = idsOf(ring);
  await writeFile(fileIn(folder), `${B}\n${A}\n`);
  await ring.reload();
  assert.deepEqual(idsOf(ring), [...idsOf(keysFromSettings([B])), old]);
  for (const spoil of [() => writeFile(fileIn(folder), 'nothing'), () => rm(fileIn(folder))]) {
    await spoil();
    await ring.reload();
    assert.equal(idsOf(ring).length, 2);
  }
});

test('two changes at once are both made', async (t) => {
  const folder = await folderFor(t, `${A}\n`);
  const rings = await Promise.all([open(folder), open(folder)]);
  await Promise.all(rings.map((ring) => ring.make()));
  const lines = (await readFile(fileIn(folder), 'utf8')).trim().split('\n');
  assert.ok(lines.includes(A));
  assert.ok(lines.length >= 2);
  await chmod(fileIn(folder), 0o600);
  for (const ring of rings) await ring.reload();
  assert.deepEqual(idsOf(rings[0]), idsOf(rings[1]));
});

test('keys of the settings are not changed by this program', async () => {
  const ring = keysFromSettings([A, B, A]);
  assert.equal(idsOf(ring).length, 2);
  await assert.rejects(ring.make());
  await assert.rejects(ring.keepOnly('x'));
  assert.deepEqual(ring.former(), []);
});
