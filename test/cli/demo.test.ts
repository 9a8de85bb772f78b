/** The demo, whole: it is the first thing a newcomer runs. */
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { folder, reelpool } from './run.ts';

test('the demo makes two videos, tells what they cost, and leaves nothing else behind', async (t) => {
  const cwd = await folder(t);
  const temporary = await folder(t);
  const args = ['demo', '--duration', '1', '--quality', '360p', '--output', 'out'];
  const { code, out, err } = await reelpool(args, { cwd, env: { TMPDIR: temporary } });
  assert.deepEqual([code, err], [0, '']);

  assert.deepEqual((await readdir(path.join(cwd, 'out'))).sort(), [
    'image-to-video.mp4',
    'picture.png',
    'text-to-video.mp4',
  ]);
  for (const name of ['text-to-video.mp4', 'image-to-video.mp4']) {
    const video = await readFile(path.join(cwd, 'out', name));
    assert.equal(video.toString('latin1', 4, 8), 'ftyp');
    assert.match(out, new RegExp(`^ {2}${name.slice(0, -4)} +7 credits +out/${name}$`, 'm'));
  }
  assert.match(out, /^ {2}Balance +16,000 credits$/m);
  assert.match(out, /^ {2}Balance +16,000 → 15,986 credits {2}14 credits paid$/m);
  assert.match(out, /^ {2}text-to-video +\d+\.\d s {2}succeeded$/m);
  assert.ok(!out.includes('\u001b'), 'plain lines where nobody looks at a terminal');

  assert.deepEqual(await readdir(cwd), ['out'], 'no store of its own in the working directory');
  assert.deepEqual(
    (await readdir(temporary)).filter((name) => name.startsWith('reelpool')),
    [],
    'no store left behind',
  );
});

test('a demo that cannot write its files says so in a line and ends with 1', async (t) => {
  const cwd = await folder(t);
  await writeFile(path.join(cwd, 'out'), '');
  const { code, err } = await reelpool(['demo', '--output', 'out'], { cwd });
  assert.equal(code, 1);
  assert.match(err, /^reelpool: [^\n]*out[^\n]*\n$/);
});
