import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { EngineJob, EngineResult } from '../contracts/media.ts';
import type { Clock } from '../std/clock.ts';
import { assertPlainNames, type Engine, LOG_LINES_MAX, tail } from './engine.ts';
import { runThread, workerBeside } from './thread.ts';

/** What a worker is given. */
export interface WasmOrder {
  readonly module: WebAssembly.Module;
  readonly argv: readonly string[];
  readonly files: EngineJob['files'];
  readonly outputs: readonly string[];
  /** Does somebody listen to the progress? */
  readonly watch: boolean;
}

/** What a worker says. */
export type WasmReport =
  | { readonly type: 'log'; readonly line: string }
  | { readonly type: 'time'; readonly seconds: number }
  | { readonly type: 'done'; readonly outputs: readonly [string, Uint8Array][] }
  | { readonly type: 'failed'; readonly message: string };

/**
 * FFmpeg compiled to WebAssembly, one worker thread per job. The module is compiled once, on first use, and shared;
 * an instance costs about 20 ms. Ending a worker in the middle of a job is safe, so deadlines and cancelling do that.
 */
export function wasmEngine(clock: Clock): Engine {
  let compiled: Promise<WebAssembly.Module> | undefined;

  const module = () => {
    compiled ??= readFile(fileURLToPath(import.meta.resolve('@ffmpeg/core/wasm'))).then((bytes) =>
      WebAssembly.compile(bytes),
    );
    compiled.catch(() => {
      compiled = undefined;
    });
    return compiled;
  };

  return {
    name: 'wasm',
    async run(job) {
      assertPlainNames(job);
      const { argv, files, outputs, timeoutMs, signal, onTime } = job;
      const order: WasmOrder = { module: await module(), argv, files, outputs, watch: onTime !== undefined };
      const log = tail(LOG_LINES_MAX);
      const script = workerBeside(import.meta.url, 'wasm-worker');
      return runThread<WasmReport, EngineResult>(
        {
          script,
          data: order,
          timeoutMs,
          signal,
          log: () => log.text(),
          hear(report, done, fail) {
            if (report.type === 'log') log.add(report.line);
            else if (report.type === 'time') onTime?.(report.seconds);
            else if (report.type === 'failed') fail('exit', report.message);
            else done({ log: log.text(), outputs: new Map(report.outputs) });
          },
        },
        clock,
      );
    },
  };
}
