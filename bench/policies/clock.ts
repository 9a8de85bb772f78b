/** Virtual time: it moves when nothing can happen any more at the present instant. */
import { OrderedSet } from '../../src/core/ordered.ts';
import type { CancelTimer, Clock } from '../../src/std/clock.ts';

interface Timer {
  readonly id: number;
  readonly at: number;
  readonly fire: () => void;
}

/** Start of simulated time, ms: midnight, so that a day is a day. */
export const START_MS = Date.UTC(2026, 5, 1);

/** A clock that a simulation turns. */
export class VirtualClock implements Clock {
  readonly #timers = new OrderedSet<Timer>({ key: ({ at }) => at, second: () => 0, weigh: () => 0 });
  #now: number;
  #made = 0;

  constructor(startMs = START_MS) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  setTimer(delayMs: number, fire: () => void): CancelTimer {
    const timer = { id: this.#made++, at: this.#now + Math.max(0, Math.ceil(delayMs)), fire };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Resolves after `ms` of virtual time. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.setTimer(ms, resolve));
  }

  /** Runs until this time. */
  async run(until: number): Promise<void> {
    for (;;) {
      await everythingSettled();
      const next = this.#first();
      if (!next || next.at > until) break;
      this.#now = next.at;
      // What is due at one instant comes in one go: real timers do so too.
      for (let due: Timer | undefined = next; due?.at === this.#now; due = this.#first()) {
        this.#timers.delete(due);
        due.fire();
      }
    }
    this.#now = until;
  }

  #first(): Timer | undefined {
    return this.#timers.first(0, 1)[0];
  }
}

/** Resolves when every microtask has run. */
function everythingSettled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
