import type { EngineJob, EngineResult } from '../contracts/media.ts';

/**
 * What carries an `EngineJob` out. The two implementations take the same argv and the same filter graphs; a job's
 * files are the only ones it can name.
 */
export interface Engine {
  readonly name: 'wasm' | 'cli';
  /** Runs one job. Rejects with an `EngineFailure`; a crash of what renders never reaches this process. */
  run(job: EngineJob): Promise<EngineResult>;
}

/**
 * Why a job of the engine made nothing.
 *
 * - `exit`: FFmpeg refused the arguments or the bytes, or ran out of memory of its own; the same job fails again.
 * - `crash`: the worker or process died; the same job may succeed.
 * - `timeout`: the job's deadline passed and it was ended.
 * - `cancelled`: its signal was aborted, or the media runner was closed.
 */
export type FailureReason = 'exit' | 'crash' | 'timeout' | 'cancelled';

/** A job of the engine that made nothing. */
export class EngineFailure extends Error {
  override readonly name = 'EngineFailure';
  readonly reason: FailureReason;
  /** The last lines the engine printed; may quote bytes of a stranger's file, so it is for logs only. */
  readonly log: string;

  /** @param options.cause an error of the system behind it, where there was one: it tells a fault of the machine. */
  constructor(reason: FailureReason, message: string, log = '', options: { cause?: unknown } = {}) {
    super(message, options);
    this.reason = reason;
    this.log = log;
  }
}

/** Keeps the last lines of a chatty stream. */
export function tail(limit: number): { add(line: string): void; text(): string } {
  const lines: string[] = [];
  return {
    add(line) {
      lines.push(line.slice(0, 500));
      if (lines.length > limit) lines.shift();
    },
    text: () => lines.join('\n'),
  };
}

/** Lines of the engine's output kept for a failure's log. */
export const LOG_LINES_MAX = 40;

/** Names in a job's folder: plain file names, so that no engine can be led outside it. Throws RangeError. */
export function assertPlainNames(job: EngineJob): void {
  for (const name of [...Object.keys(job.files), ...job.outputs]) {
    if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/.test(name)) throw new RangeError(`not a plain file name: ${name}`);
  }
}
