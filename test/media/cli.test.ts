/** A system ffmpeg: when it takes over, and how it is called. Where none is installed, a script stands in its place. */
import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, suite, test } from 'node:test';
import type { EngineJob } from '../../src/contracts/media.ts';
import { cliEngine, FILTERS_NEEDED, findFfmpeg, missingFrom } from '../../src/media/cli.ts';
import { openMedia } from '../../src/media/media.ts';
import { systemClock } from '../../src/std/clock.ts';
import { machineFault } from '../../src/std/machine.ts';
import { pngPicture } from '../support/png.ts';
import { silent, tempFolder } from './fixtures.ts';

const folder = await tempFolder({ after });
const temp = path.join(folder, 'temp');

/** Lists what is needed like ffmpeg does; as a job it writes its arguments and its input into its last argument. */
const SCRIPT = `#!/bin/sh
case "$*" in
  *-filters*) for name in ${FILTERS_NEEDED.join(' ')}; do echo " ... $name  V->V  text"; done ;;
  *-encoders*) for name in libx264 aac mjpeg; do echo " V..... $name  text"; done ;;
  *fail*) echo "it is broken" >&2; exit 3 ;;
  *die*) kill -9 $$ ;;
  *full*) echo "Error writing trailer of out: No space left on device" >&2; exit 1 ;;
  *quota*) exit 134 ;;
  *hang*) exec sleep 600 ;;
  *) for last; do :; done
     echo "out_time_us=500000"
     { echo "$@"; cat input 2>/dev/null || true; } > "$last" ;;
esac
`;

async function script(name: string, text: string): Promise<string> {
  const file = path.join(folder, name, 'ffmpeg');
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
  await chmod(file, 0o755);
  return file;
}

const standIn = await script('whole', SCRIPT);
const engine = cliEngine(standIn, temp, systemClock);

const job = (argv: readonly string[], more: Partial<EngineJob> = {}): EngineJob => ({
  argv,
  files: {},
  outputs: ['out'],
  timeoutMs: 60_000,
  ...more,
});

suite('calls', () => {
  test('the job runs in a folder of its own with links to its files, and nothing stays behind', async () => {
    const given = path.join(folder, 'given');
    await writeFile(given, 'the input');
    const times: number[] = [];
    const wanted = job(['-a', 'x y', 'out'], {
      files: { input: { path: given }, other: Buffer.from('x') },
      onTime: (seconds) => times.push(seconds),
    });
    const { outputs } = await engine.run(wanted);
    const text = Buffer.from(outputs.get('out') ?? []).toString();
    assert.match(text, /^-nostdin -y .*-a x y -threads 2 out\nthe input$/s);
    assert.deepEqual(times, [0.5]);
    assert.deepEqual(await readdir(temp), []);
  });

  test('how it ends is told apart', async () => {
    await assert.rejects(engine.run(job(['fail', 'out'])), { reason: 'exit', log: /it is broken/ });
    await assert.rejects(engine.run(job(['die', 'out'])), { reason: 'crash', message: /SIGKILL/ });
    await assert.rejects(engine.run(job(['x', 'elsewhere'])), { reason: 'exit', message: /did not make out/ });
    for (const argv of [
      ['full', 'out'],
      ['quota', 'out'],
    ]) {
      await assert.rejects(engine.run(job(argv)), (error) => machineFault(error) === 'no disk space is left');
    }
    const missing = cliEngine(path.join(folder, 'none'), temp, systemClock);
    await assert.rejects(missing.run(job(['x', 'out'])), { reason: 'crash' });
    await assert.rejects(engine.run(job(['hang', 'out'], { timeoutMs: 1 })), { reason: 'timeout' });
    await assert.rejects(engine.run(job(['hang', 'out'], { signal: AbortSignal.abort() })), { reason: 'cancelled' });
    const stop = new AbortController();
    const running = engine.run(job(['hang', 'out'], { signal: stop.signal }));
    setImmediate(() => stop.abort());
    await assert.rejects(running, { reason: 'cancelled' });
    assert.deepEqual(await readdir(temp), []);
  });
});

suite('choice', { concurrency: false }, () => {
  const options = { workers: 1, tempFolder: temp, log: silent, clock: systemClock } as const;
  const onPath = async <T>(folders: string[], use: () => Promise<T>): Promise<T> => {
    const before = process.env['PATH'];
    process.env['PATH'] = folders.join(path.delimiter);
    return use().finally(() => {
      process.env['PATH'] = before;
    });
  };

  test('what is on PATH is found without being run, and only in absolute folders', () => {
    assert.equal(findFfmpeg(['.', '/nowhere', path.dirname(standIn)].join(path.delimiter)), standIn);
    assert.equal(findFfmpeg('.'), undefined);
    assert.equal(findFfmpeg(''), undefined);
  });

  test('one that lists all we need takes over', async () => {
    assert.deepEqual(await missingFrom(standIn, systemClock), []);
    await onPath([path.dirname(standIn), '/usr/bin', '/bin'], async () => {
      const media = await openMedia({ ...options, engine: 'auto' });
      assert.match(Buffer.from((await media.run(job(['x', 'out']))).outputs.get('out') ?? []).toString(), /-threads 2/);
      assert.equal(media.engine, 'cli');
      await media.close();
    });
  });

  test('one that lacks something leaves the work to WebAssembly, unless it was demanded', async () => {
    const old = await script('old', SCRIPT.replace(' drawtext ', ' ').replace('libx264 ', ''));
    assert.deepEqual(await missingFrom(old, systemClock), ['drawtext', 'libx264']);
    await onPath([path.dirname(old), '/usr/bin', '/bin'], async () => {
      const media = await openMedia({ ...options, engine: 'auto' });
      const picture = path.join(folder, 'p.png');
      await writeFile(picture, pngPicture(8, 8));
      assert.equal((await media.check(picture))?.width, 8);
      assert.equal(media.engine, 'wasm');
      await media.close();
      const demanded = await openMedia({ ...options, engine: 'cli' });
      await assert.rejects(demanded.run(job(['x', 'out'])), { message: /lacks what we need: drawtext, libx264/ });
      await demanded.close();
    });
  });

  test('none at all: auto is WebAssembly, cli is refused with the way out', async () => {
    await onPath([folder], async () => {
      const media = await openMedia({ ...options, engine: 'auto' });
      assert.equal(media.engine, 'wasm');
      await media.close();
      await assert.rejects(openMedia({ ...options, engine: 'cli' }), /no ffmpeg on PATH; install one/);
    });
  });
});
