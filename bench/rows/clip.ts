/**
 * A 5 s 540p clip: the render engine's time against the bare encoder fed with the same frames, raw, from a file; and how
 * long the gateway's event loop is held up while it renders such a clip for a job.
 */
import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findFfmpeg } from '../../src/media/cli.ts';
import { median } from '../compare.ts';
import { DOOR, send } from '../door.ts';
import type { Finding, Row } from '../row.ts';
import { startServer } from '../server.ts';

const run = promisify(execFile);
const POLL_MS = 100;
const order = { prompt: 'a red fox walks through fresh snow at dawn', model: 'v6', aspect_ratio: '16:9', seed: 7 };

/** The renderer beside the bare encoder. */
export const clip: Row = {
  name: 'clip',
  skip: () => (findFfmpeg() === undefined ? 'no ffmpeg on PATH to compare with' : undefined),
  async run({ rounds }) {
    const folder = await mkdtemp(path.join(tmpdir(), 'reelpool-bench-'));
    const cli = await startRenderer('cli');
    const wasm = await startRenderer('wasm');
    try {
      const raw = path.join(folder, 'frames.yuv');
      // The first render of each also warms it up.
      await wasm.render();
      const { output } = await cli.render();
      await run('ffmpeg', ['-v', 'error', '-i', output, '-map', '0:v', '-f', 'rawvideo', '-pix_fmt', 'yuv420p', raw]);
      const times = { bare: [] as number[], cli: [] as number[], wasm: [] as number[] };
      for (let round = 0; round < rounds; round++) {
        times.bare.push(await encodeBare(raw, folder));
        times.cli.push((await cli.render()).ms);
        times.wasm.push((await wasm.render()).ms);
      }
      return (['cli', 'wasm'] as const).map((engine) => finding(engine, times[engine], times.bare));
    } finally {
      await cli.stop();
      await wasm.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

function finding(engine: 'cli' | 'wasm', ours: readonly number[], bare: readonly number[]): Finding {
  const what = engine === 'cli' ? '5 s 540p clip, system ffmpeg' : '5 s 540p clip, WebAssembly';
  const goal = { atLeast: engine === 'cli' ? 0.6 : 0.18, unit: '×' } as const;
  const detail = `${Math.round(median(ours))} ms beside the bare encoder ${Math.round(median(bare))} ms`;
  return { what, goal, value: median(bare) / median(ours), detail };
}

/** libx264 with our settings and no drawing, decoding or sound: what the machine could do at best. Milliseconds. */
async function encodeBare(raw: string, folder: string): Promise<number> {
  const started = performance.now();
  await run(
    'ffmpeg',
    [
      ...['-v', 'error', '-y', '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', '960x540', '-r', '24', '-i', raw],
      ...['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '23', '-g', '48', '-threads', '2', 'bare.mp4'],
    ],
    { cwd: folder },
  );
  return performance.now() - started;
}

interface Renderer {
  render(): Promise<{ ms: number; output: string }>;
  stop(): Promise<void>;
}

async function startRenderer(engine: 'cli' | 'wasm'): Promise<Renderer> {
  const file = path.join(import.meta.dirname, '..', 'servers', 'renderer.ts');
  const child: ChildProcess = fork(file, [engine], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  await once(child, 'message');
  return {
    async render() {
      child.send('render');
      const [answer] = (await once(child, 'message')) as [{ ms: number; output: string }];
      return answer;
    },
    async stop() {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    },
  };
}

/** The event loop of a gateway that makes a clip on the built-in engine, from the create to the stored result. */
export const loop: Row = {
  name: 'loop',
  async run() {
    const gateway = await startServer('gateway');
    try {
      const key = gateway.hello['key'] ?? '';
      await makeClip(gateway.port, key, 1, '360p');
      await gateway.vitals();
      const started = performance.now();
      await makeClip(gateway.port, key, 5, '540p');
      const seconds = (performance.now() - started) / 1000;
      const { loopP99 } = await gateway.vitals();
      const detail = `WebAssembly; ${seconds.toFixed(1)} s from the create call to the stored and checked file`;
      const goal = { atMost: 10, unit: 'ms' } as const;
      return [{ what: 'event-loop p99 delay during a 5 s 540p clip', goal, value: loopP99, detail }];
    } finally {
      await gateway.stop();
    }
  },
};

async function makeClip(port: number, key: string, duration: number, quality: string): Promise<void> {
  const body = JSON.stringify({ ...order, duration, quality });
  const created = JSON.parse(await send(port, key, 'POST', `${DOOR}/video/text/generate`, body));
  for (;;) {
    const { Resp } = JSON.parse(await send(port, key, 'GET', `${DOOR}/video/result/${created.Resp.video_id}`));
    if (Resp.status === 1) return;
    if (Resp.status !== 5) throw new Error(`the clip ended with status ${Resp.status}`);
    await sleep(POLL_MS);
  }
}
