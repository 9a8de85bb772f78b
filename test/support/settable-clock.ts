/** A clock that can be set, and whose time can be let pass, in this process. */
import type { Clock } from '../../src/std/clock.ts';

interface Timer {
  dueAt: number;
  readonly fire: () => void;
  handle: NodeJS.Timeout;
}

/** The machine's clock, as far off as it was told to be. */
export class SettableClock implements Clock {
  #wall = 0;
  #passed = 0;
  readonly #timers = new Set<Timer>();

  now(): number {
    return Date.now() + this.#wall + this.#passed;
  }

  monotonic(): number {
    return performance.now() + this.#passed;
  }

  setTimer(delayMs: number, fire: () => void): () => void {
    const dueAt = this.monotonic() + Math.max(0, delayMs);
    const timer: Timer = { dueAt, fire, handle: this.#arm(() => timer, delayMs) };
    this.#timers.add(timer);
    return () => {
      clearTimeout(timer.handle);
      this.#timers.delete(timer);
    };
  }

  set(offsetMs: number): void {
    this.#wall = offsetMs;
  }

  pass(ms: number): void {
    this.#passed += ms;
    const due = [...this.#timers].sort((a, b) => a.dueAt - b.dueAt);
    for (const timer of due) {
      clearTimeout(timer.handle);
      const left = timer.dueAt - this.monotonic();
      if (left <= 0) this.#fire(timer);
      else timer.handle = this.#arm(() => timer, left);
    }
  }

  #arm(timer: () => Timer, delayMs: number): NodeJS.Timeout {
    return setTimeout(() => this.#fire(timer()), Math.min(Math.max(0, delayMs), 2 ** 31 - 1)).unref();
  }

  #fire(timer: Timer): void {
    if (this.#timers.delete(timer)) timer.fire();
  }
}
