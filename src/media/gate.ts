import { EngineFailure } from './engine.ts';

/**
 * Lets at most `width` tasks run at a time. Those that wait start in order of arrival, urgent ones first: a check of
 * a finished file must not wait behind a hundred renders.
 */
export interface Gate {
  /** Runs `task` when there is room. A waiting task whose signal aborts is never started. */
  run<T>(task: () => Promise<T>, options?: { urgent?: boolean; signal?: AbortSignal | undefined }): Promise<T>;
  /** Refuses everything that waits and whatever comes later, and resolves when the running tasks have ended. */
  close(): Promise<void>;
}

/** @param width 1 or more. */
export function openGate(width: number): Gate {
  const urgent: Waiter[] = [];
  const normal: Waiter[] = [];
  const running = new Set<Promise<unknown>>();
  let closed = false;

  const next = () => {
    while (running.size < width) {
      const waiter = urgent.shift() ?? normal.shift();
      if (waiter === undefined) return;
      waiter.start();
    }
  };
  const launch = <T>(task: () => Promise<T>): Promise<T> => {
    const promise = task();
    const settled = promise.then(
      () => undefined,
      () => undefined,
    );
    running.add(settled);
    void settled.then(() => {
      running.delete(settled);
      next();
    });
    return promise;
  };

  return {
    run(task, options = {}) {
      const { signal } = options;
      return new Promise((resolve, reject) => {
        if (closed || signal?.aborted) {
          reject(new EngineFailure('cancelled', 'cancelled before it started'));
          return;
        }
        const queue = options.urgent ? urgent : normal;
        const waiter: Waiter = {
          start() {
            signal?.removeEventListener('abort', waiter.cancel);
            launch(task).then(resolve, reject);
          },
          cancel() {
            const at = queue.indexOf(waiter);
            if (at >= 0) queue.splice(at, 1);
            reject(new EngineFailure('cancelled', 'cancelled before it started'));
          },
        };
        signal?.addEventListener('abort', waiter.cancel, { once: true });
        queue.push(waiter);
        next();
      });
    },
    async close() {
      closed = true;
      for (const waiter of [...urgent, ...normal]) waiter.cancel();
      await Promise.all(running);
    },
  };
}

interface Waiter {
  start(): void;
  cancel(): void;
}
