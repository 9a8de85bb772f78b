/** The render engine over WebAssembly: what it can reach, how it ends, and that its death is nobody else's. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, suite, test } from 'node:test';
import type { Worker } from 'node:worker_threads';
import type { EngineJob } from '../../src/contracts/media.ts';
import { openMedia } from '../../src/media/media.ts';
import { wasmEngine } from '../../src/media/wasm.ts';
import { type Clock, systemClock } from '../../src/std/clock.ts';
import { pngPicture } from '../support/png.ts';
import { decodeRgb, meanColour, silent, tempFolder, testMedia } from './fixtures.ts';

const media = await testMedia({ after });
const folder = await tempFolder({ after });

const ENDLESS = ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=s=640x360:r=24', '-f', 'null', 'out'];

const job = (argv: readonly string[], more: Partial<EngineJob> = {}): EngineJob => ({
  argv,
  files: {},
  outputs: [],
  timeoutMs: 60_000,
  ...more,
});

/** Resolves with the worker thread of the next job that starts. */
function nextWorker(): Promise<Worker> {
  return new Promise((resolve) => process.once('worker', resolve));
}

test('a job sees its own files, by path or by bytes, and its outputs come back', async () => {
  const full = path.join(folder, 'given.png');
  await writeFile(full, pngPicture(8, 8));
  const files = { 'a.png': { path: full }, 'b.png': pngPicture(8, 8) };
  const argv = ['-v', 'error', '-i', 'a.png', '-i', 'b.png', '-filter_complex', 'hstack', '-frames:v', '1', 'c.png'];
  const { outputs } = await media.run(job(argv, { files, outputs: ['c.png'] }));
  const made = path.join(folder, 'made.png');
  await writeFile(made, outputs.get('c.png') ?? '');
  assert.equal((await media.check(made))?.width, 16);
});

test('a job sees nothing else of this machine', async () => {
  const full = path.join(folder, 'secret.gray');
  await writeFile(full, Buffer.alloc(64, 1));
  const raw = ['-v', 'error', '-f', 'rawvideo', '-pixel_format', 'gray', '-video_size', '8x8', '-i'];
  const open = (name: string, files = {}) => media.run(job([...raw, name, '-f', 'null', 'out'], { files }));
  await open('given', { given: { path: full } });
  await assert.rejects(open(full), { name: 'EngineFailure', reason: 'exit' });
  await assert.rejects(open(`file:${full}`), { reason: 'exit' });
  await assert.rejects(open('http://127.0.0.1:9/x'), { reason: 'exit' });
});

test('names that are not plain file names are a defect of ours', async () => {
  for (const name of ['../a', '/etc/passwd', 'a/b', '.hidden', '-i', '']) {
    await assert.rejects(media.run(job([], { files: { [name]: new Uint8Array() } })), RangeError, name);
    await assert.rejects(media.run(job([], { outputs: [name] })), RangeError, name);
  }
});

test('arguments that FFmpeg refuses, and outputs that it does not make, are its exit with its last lines', async () => {
  await assert.rejects(media.run(job(['-i', 'missing.mp4', 'out.mp4'])), { reason: 'exit', log: /missing\.mp4/ });
  const short = ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=d=0.1', '-f', 'null', 'out'];
  const nothing = job(short, { outputs: ['never.mp4'] });
  await assert.rejects(media.run(nothing), { reason: 'exit', message: /never\.mp4/ });
});

test('progress is told in seconds of media time', async () => {
  const seen: number[] = [];
  const argv = ['-f', 'lavfi', '-i', 'testsrc2=s=640x360:r=24:d=3', '-c:v', 'libx264', 'out.mp4'];
  await media.run(job(argv, { outputs: ['out.mp4'], onTime: (seconds) => seen.push(seconds) }));
  assert.ok(seen.length > 0);
  assert.deepEqual(
    seen,
    seen.toSorted((a, b) => a - b),
  );
  assert.ok(Math.max(...seen) <= 3.1, String(seen));
});

suite('ends', { concurrency: false }, () => {
  test('a job that is cancelled while it runs is gone at once', async () => {
    const stop = new AbortController();
    const started = nextWorker();
    const running = media.run(job(ENDLESS, { signal: stop.signal }));
    const worker = await started;
    const gone = new Promise((resolve) => worker.once('exit', resolve));
    stop.abort();
    await assert.rejects(running, { reason: 'cancelled' });
    await gone;
  });

  test('a job that passes its deadline is ended', async () => {
    const timers: (() => void)[] = [];
    const clock: Clock = {
      ...systemClock,
      setTimer(_delayMs, fire) {
        timers.push(fire);
        return () => undefined;
      },
    };
    const started = nextWorker();
    const running = wasmEngine(clock).run(job(ENDLESS, { timeoutMs: 1234 }));
    await started;
    for (const fire of timers) fire();
    await assert.rejects(running, { reason: 'timeout', message: /1234 ms/ });
  });

  test('a worker that dies fails its job and nothing else', async () => {
    const started = nextWorker();
    const running = media.run(job(ENDLESS));
    const other = media.run(job(['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=d=1', '-f', 'null', 'out']));
    await (await started).terminate();
    await assert.rejects(running, { reason: 'crash' });
    await other;
    await media.run(job(['-version', 'x'])).catch((error: { reason: string }) => assert.equal(error.reason, 'exit'));
  });

  test('a check whose worker dies is made again', async () => {
    const full = path.join(folder, 'checked.png');
    await writeFile(full, pngPicture(8, 8));
    const started = nextWorker();
    const checking = media.check(full);
    await (await started).terminate();
    assert.equal((await checking)?.width, 8);
  });

  test('closing ends what runs and refuses what comes', async (t) => {
    const closing = await testMedia(t, 1);
    const started = nextWorker();
    const running = assert.rejects(closing.run(job(ENDLESS)), { reason: 'cancelled' });
    const waiting = assert.rejects(closing.run(job(ENDLESS)), { reason: 'cancelled' });
    await started;
    await closing.close();
    await Promise.all([running, waiting]);
    await assert.rejects(closing.run(job(ENDLESS)), { reason: 'cancelled' });
  });
});

test('a check does not wait behind renders that wait', async (t) => {
  const narrow = await testMedia(t, 1);
  const full = path.join(folder, 'urgent.png');
  await writeFile(full, pngPicture(8, 8));
  const order: string[] = [];
  const render = ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=d=1', '-f', 'null', 'out'];
  const renders = [1, 2, 3].map((number) => narrow.run(job(render)).then(() => order.push(`render ${number}`)));
  const check = narrow.check(full).then(() => order.push('check'));
  await Promise.all([...renders, check]);
  assert.deepEqual(order, ['render 1', 'check', 'render 2', 'render 3']);
});

test('the cover of a clip is its first frame as a JPEG, not larger than 1280 pixels', async () => {
  const colours = 'color=0xd02020:s=1600x900:r=10:d=0.1[a];color=0x2020d0:s=1600x900:r=10:d=0.5[b];[a][b]concat';
  const argv = ['-v', 'error', '-f', 'lavfi', '-i', colours, '-c:v', 'libx264', 'two.mp4'];
  const { outputs } = await media.run(job(argv, { outputs: ['two.mp4'] }));
  const clip = path.join(folder, 'two.mp4');
  await writeFile(clip, outputs.get('two.mp4') ?? '');
  const cover = path.join(folder, 'cover.jpg');
  await writeFile(cover, await media.cover(clip));
  const info = await media.check(cover);
  assert.ok(info);
  assert.deepEqual([info.mime, info.width, info.height], ['image/jpeg', 1280, 720]);
  const rgb = await decodeRgb(media, cover, info, 'scale=8:8');
  const [red, , blue] = meanColour(rgb, 8, { x: 0, y: 0, width: 8, height: 8 });
  assert.ok(red > 150 && blue < 90, `${red} ${blue}`);
});

test('busy pictures get a cover too', async () => {
  // The engine's own choice of Huffman tables hangs on this one.
  const argv = ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=s=640x360:d=0.04', '-frames:v', '1', 'busy.png'];
  const { outputs } = await media.run(job(argv, { outputs: ['busy.png'] }));
  const full = path.join(folder, 'busy.png');
  await writeFile(full, outputs.get('busy.png') ?? '');
  assert.ok((await media.cover(full)).length > 1_000);
});

test('a font that cannot be read is refused when the gateway starts', async () => {
  const options = { engine: 'wasm', workers: 1, tempFolder: tmpdir(), log: silent, clock: systemClock } as const;
  await assert.rejects(openMedia({ ...options, fontPath: path.join(folder, 'no.ttf') }), /no\.ttf cannot be read/);
});
