/** Waiting for a job's end, for answers that hold its result. */
import type { JobView, Principal } from '../contracts/views.ts';
import type { Engine } from './context.ts';
import { readJobView } from './views.ts';

/** Signals may be lost, so now and then a waiter looks without one. */
const LOOK_MS = 500;

/** The job as soon as it has ended, or as it stands after so many milliseconds. `not_found` for another tenant's. */
export async function finished(engine: Engine, who: Principal, id: number, withinMs: number): Promise<JobView> {
  const { clock } = engine.effects;
  const until = clock.monotonic() + withinMs;
  while (true) {
    const changed = change(engine, Math.max(1, Math.min(LOOK_MS, until - clock.monotonic())));
    const view = await readJobView(engine, who, id);
    if (view.finishedAt !== null || clock.monotonic() >= until || engine.work.stopping) {
      changed.cancel();
      return view;
    }
    await changed.promise;
  }
}

/** Resolves when a job may have ended, or after a while. */
function change(engine: Engine, ms: number): { promise: Promise<void>; cancel: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stopTimer = engine.effects.clock.setTimer(ms, resolve);
  const stopListening = engine.store.onNotify((channel) => {
    if (channel === 'jobs' || channel === 'slots') resolve();
  });
  const cancel = () => {
    stopTimer();
    stopListening();
  };
  return { promise: promise.finally(cancel), cancel };
}
