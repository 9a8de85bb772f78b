import type { Engine } from './context.ts';

/** A call outlived its deadline; whether it had an effect is not known. */
export class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed';
}

/**
 * Runs a call with a deadline on the engine's clock. The signal aborts at the deadline and when the grace period of a
 * stop is over; the promise settles then even if the call does not react.
 */
export async function withDeadline<T>(
  engine: Engine,
  ms: number,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const { abort } = engine.work;
  return new Promise<T>((resolve, reject) => {
    const end = (reason: Error) => {
      controller.abort(reason);
      reject(reason);
    };
    const onStop = () => end(new DeadlinePassed('the gateway is stopping'));
    const cancel = engine.effects.clock.setTimer(ms, () => end(new DeadlinePassed(`no answer within ${ms} ms`)));
    abort.signal.addEventListener('abort', onStop, { once: true });
    if (abort.signal.aborted) onStop();
    call(controller.signal)
      .then(resolve, reject)
      .finally(() => {
        cancel();
        abort.signal.removeEventListener('abort', onStop);
      });
  });
}
