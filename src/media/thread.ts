import { extname } from 'node:path';
import { type ResourceLimits, Worker } from 'node:worker_threads';
import type { Clock } from '../std/clock.ts';
import { EngineFailure, type FailureReason } from './engine.ts';

/**
 * The file of a worker beside the module that starts it; built, it ends like that module.
 * @param name without its ending.
 */
export function workerBeside(module: string, name: string): URL {
  return new URL(`./${name}${extname(new URL(module).pathname)}`, module);
}

/** One task in a worker thread of its own. */
export interface ThreadTask<Report, Result> {
  /** The worker's file. */
  readonly script: URL;
  /** Its `workerData`. */
  readonly data: unknown;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly limits?: ResourceLimits;
  /** Called with each message; ends the task by calling `done` or `fail`. */
  hear(report: Report, done: (result: Result) => void, fail: (reason: FailureReason, message: string) => void): void;
  /** What the worker printed so far, for failures. */
  log?(): string;
}

/**
 * Runs a task to its verdict, the worker's death, the deadline or the caller's signal, whichever is first; the worker
 * is gone when the promise settles. Rejects with an `EngineFailure`. Nothing a worker does reaches this thread.
 */
export async function runThread<Report, Result>(task: ThreadTask<Report, Result>, clock: Clock): Promise<Result> {
  if (task.signal?.aborted) throw new EngineFailure('cancelled', 'cancelled before it started');
  const worker = new Worker(task.script, {
    workerData: task.data,
    // The worker needs nothing of the gateway's environment, and must not print into its output.
    env: {},
    stdout: true,
    stderr: true,
    ...(task.limits ? { resourceLimits: task.limits } : {}),
  });
  try {
    return await follow(worker, task, clock);
  } finally {
    await worker.terminate();
  }
}

function follow<Report, Result>(worker: Worker, task: ThreadTask<Report, Result>, clock: Clock): Promise<Result> {
  const { signal, timeoutMs } = task;
  return new Promise((resolve, reject) => {
    const end = () => {
      cancelTimer();
      signal?.removeEventListener('abort', onAbort);
    };
    const fail = (reason: FailureReason, message: string, cause?: unknown) => {
      end();
      reject(new EngineFailure(reason, message, task.log?.(), { cause }));
    };
    const done = (result: Result) => {
      end();
      resolve(result);
    };
    const onAbort = () => fail('cancelled', 'cancelled while it ran');
    const cancelTimer = clock.setTimer(timeoutMs, () => fail('timeout', `not done after ${timeoutMs} ms`));
    signal?.addEventListener('abort', onAbort, { once: true });
    worker.on('message', (report: Report) => task.hear(report, done, fail));
    worker.on('messageerror', () => fail('crash', 'the worker sent what cannot be read'));
    worker.on('error', (error: unknown) => {
      const outOfMemory = error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      fail(outOfMemory ? 'exit' : 'crash', `the worker failed: ${String(error)}`, error);
    });
    worker.on('exit', () => fail('crash', 'the worker ended before its job'));
  });
}
