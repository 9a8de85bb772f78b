import { constants } from 'node:os';
import { systemClock } from '../std/clock.ts';

/** A wish to stop, from the terminal or the process manager. */
export interface StopSignals {
  /** Resolves with the first signal. */
  readonly first: Promise<NodeJS.Signals>;
  /** Stops listening. */
  dispose(): void;
}

/**
 * A second signal within this time is the first one again: `npm` passes Ctrl-C on to a process that got it from the
 * terminal already.
 */
const SAME_SIGNAL_MS = 250;

/** Listens for SIGINT and SIGTERM. The first asks to stop; the next ends the process at once, with 128 + its number. */
export function stopSignals(beforeExit: () => void = () => {}): StopSignals {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  let firstAt: number | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    const now = systemClock.monotonic();
    if (firstAt === undefined) {
      firstAt = now;
      resolve(signal);
    } else if (now - firstAt > SAME_SIGNAL_MS) {
      beforeExit();
      process.exit(128 + (constants.signals[signal] ?? 0));
    }
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    first: promise,
    dispose() {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}
