/**
 * Time as an argument. Nothing outside std/ reads the system clock; what needs the time is given a `Clock`,
 * so a test can wait an hour in a microsecond (see test/sim/).
 */

/** Cancels a timer; harmless when it has already fired. */
export type CancelTimer = () => void;

/** A source of time and of timers. Times are integer milliseconds since the Unix epoch. */
export interface Clock {
  /** Wall-clock time, ms since the epoch. May jump either way; never use it to measure a duration. */
  now(): number;
  /** Monotonic time in ms with an arbitrary origin, for measuring durations. */
  monotonic(): number;
  /** Runs `fire` once after `delayMs` (0 or less: as soon as possible). Does not keep the process alive. */
  setTimer(delayMs: number, fire: () => void): CancelTimer;
}

/** The longest delay Node's timers take before they overflow and fire at once. */
const TIMER_MAX_MS = 2_147_483_647;

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(delayMs, fire) {
    const timer = setTimeout(fire, Math.min(Math.max(0, delayMs), TIMER_MAX_MS));
    // In a browser it is a number.
    if (typeof timer === 'object') timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms` on the given clock, or at once when `signal` aborts (it never rejects). */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) {
      resolve();
      return;
    }
    const onAbort = () => {
      cancel();
      resolve();
    };
    const cancel = clock.setTimer(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** ISO 8601 in UTC with milliseconds. */
export function isoTime(atMs: number): string {
  return new Date(atMs).toISOString();
}

/** Keeps this process from ending while nothing but timers of a `Clock` is under way, until the function is called. */
export function holdProcess(): () => void {
  const timer = setInterval(() => {}, TIMER_MAX_MS);
  return () => clearInterval(timer);
}

/** Lets other work go on. The process does not end meanwhile, though nothing else may be under way. */
export async function breathe(clock: Clock): Promise<void> {
  const release = holdProcess();
  await sleep(clock, 0);
  release();
}
