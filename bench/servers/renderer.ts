/** Not a server: the media runner alone, rendering one clip each time it is asked. Argument: the engine. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { JobRequest } from '../../src/core/request.ts';
import { openMedia } from '../../src/media/media.ts';
import { systemClock } from '../../src/std/clock.ts';
import { pinoLog } from '../../src/std/log.ts';
import { readFont } from '../../src/upstreams/local/font.ts';
import { planRender } from '../../src/upstreams/local/graphs.ts';
import { FONT_FILE } from '../../src/upstreams/local/scene.ts';

const TIMEOUT_MS = 120_000;
/** 5 s at 540p, 16:9. */
const REQUEST: JobRequest = {
  operation: 'text-to-video',
  model: 'v6',
  prompt: 'A red fox walks through fresh snow at dawn',
  negativePrompt: '',
  seed: 7,
  quality: '540p',
  durationS: 5,
  aspectRatio: '16:9',
  audio: true,
  motionMode: 'normal',
  style: '',
  cameraMovement: null,
  multiClip: false,
  soundEffect: null,
  speech: null,
  inputs: [],
};

const folder = await mkdtemp(path.join(tmpdir(), 'reelpool-bench-'));
const media = await openMedia({
  engine: process.argv[2] === 'cli' ? 'cli' : 'wasm',
  workers: 1,
  tempFolder: folder,
  log: pinoLog('error'),
  clock: systemClock,
});
const fontPath = media.fontPath;
if (fontPath === undefined) throw new Error('the media runner names no font');
const font = await readFile(fontPath);
const plan = planRender(REQUEST, [], readFont(font));
const output = path.join(folder, 'clip.mp4');

process.on('message', async (message) => {
  if (message !== 'render') return;
  const started = performance.now();
  const job = { ...plan, files: { ...plan.files, [FONT_FILE]: { path: fontPath } }, timeoutMs: TIMEOUT_MS };
  const result = await media.run(job);
  const ms = performance.now() - started;
  await writeFile(output, result.outputs.get(plan.outputs[0] ?? '') ?? new Uint8Array());
  process.send?.({ ms, output });
});
process.on('SIGTERM', async () => {
  await media.close();
  await rm(folder, { recursive: true, force: true });
  process.exit(0);
});
process.on('disconnect', () => process.exit(0));
process.send?.({ ready: true });
