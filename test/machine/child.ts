/**
 * A gateway as its own process whose clock can be set, for tests of a machine that misbehaves. Prints its address, ends
 * on SIGTERM and with its parent. Arguments: its folder, and what to change of a test gateway's configuration, as JSON.
 */
import { compose } from '../../src/compose.ts';
import type { Clock } from '../../src/std/clock.ts';
import { testConfig } from '../support/gateway.ts';

/** What the parent may ask; every request is answered with `done` when it has been done. */
export interface ClockOrder {
  /** The wall clock is put so far from the machine's, ms; nothing else changes. */
  readonly set?: number;
  /** So much time passes at once, ms: timers that fall due in it fire. */
  readonly pass?: number;
}

interface Timer {
  dueAt: number;
  readonly fire: () => void;
  handle: NodeJS.Timeout;
}

/** The machine's clock, as far off as it was told to be. */
class SettableClock implements Clock {
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

const [folder = '', change = '{}'] = process.argv.slice(2);
const clock = new SettableClock();
clock.set(Number(process.env['REELPOOL_TEST_CLOCK_OFFSET'] ?? 0));
const onFatal = (reason: string) => {
  process.stderr.write(`fatal: ${reason}\n`);
  process.exit(1);
};
const app = await compose(testConfig(folder, JSON.parse(change)), { clock, onFatal });
const { url } = await app.listen();
process.stdout.write(`${url}\n`);
process.once('SIGTERM', () => {
  void app.close().then(() => process.exit(0));
});
process.on('disconnect', () => process.exit(1));
process.on('message', ({ set, pass }: ClockOrder) => {
  if (set !== undefined) clock.set(set);
  if (pass !== undefined) clock.pass(pass);
  process.send?.('done');
});
