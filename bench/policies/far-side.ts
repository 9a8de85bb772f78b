/**
 * The accounts at their vendor: slots that work, and a count of everything that is asked. What utilisation is, is
 * measured here: a slot is busy while the vendor works on it, and idle from then until the next create call has come
 * all the way to it.
 */
import { type Random, randomInt } from '../../src/std/random.ts';
import type { VirtualClock } from './clock.ts';

/** How the vendor calls back when a piece of work has ended. */
export interface Webhooks {
  /** Chance that a call never comes. */
  readonly loss: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** The shape of a simulated pool. */
export interface Shape {
  readonly accounts: number;
  readonly slots: number;
  readonly webhooks: Webhooks | null;
}

/** What was counted since the last `reset`. */
export interface Counts {
  /** Slot-milliseconds of work, and those there were. */
  readonly busyMs: number;
  readonly slotMs: number;
  readonly started: number;
  readonly refused: number;
  readonly statusCalls: number;
  /** From the end of a piece of work until its caller was told, ms. */
  readonly toldMs: readonly number[];
}

/** One way to a vendor takes this long, ms. */
const WAY_FROM_MS = 30;
const WAY_TO_MS = 80;

interface Run {
  readonly endsAt: number;
  told: boolean;
}

/** Every account of the simulated vendor. */
export class FarSide {
  /** Told of the end of a piece of work by a webhook. */
  onWebhook: (id: string) => void = () => undefined;
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #shape: Shape;
  readonly #working = new Map<number, number>();
  readonly #runs = new Map<string, Run>();
  #since: number;
  #busySlots = 0;
  #busyMs = 0;
  #busyAt: number;
  #started = 0;
  #refused = 0;
  #statusCalls = 0;
  #toldMs: number[] = [];

  constructor(clock: VirtualClock, random: Random, shape: Shape) {
    this.#clock = clock;
    this.#random = random;
    this.#shape = shape;
    this.#since = clock.now();
    this.#busyAt = clock.now();
  }

  /** Resolves when a message has gone one way. */
  way(): Promise<void> {
    return this.#clock.sleep(WAY_FROM_MS + randomInt(this.#random, WAY_TO_MS - WAY_FROM_MS));
  }

  /** A create call that has arrived. False where every slot of the account works: nothing was created. */
  start(account: number, id: string, takesMs: number): boolean {
    const working = this.#working.get(account) ?? 0;
    if (working >= this.#shape.slots) {
      this.#refused += 1;
      return false;
    }
    this.#occupy(account, 1);
    this.#started += 1;
    this.#runs.set(id, { endsAt: this.#clock.now() + takesMs, told: false });
    this.#clock.setTimer(takesMs, () => {
      this.#occupy(account, -1);
      this.#callBack(id);
    });
    return true;
  }

  /** A status call that has arrived: is it done? Undefined where the id is not known (any more). */
  isDone(id: string): boolean | undefined {
    this.#statusCalls += 1;
    const run = this.#runs.get(id);
    return run && run.endsAt <= this.#clock.now();
  }

  /** The caller has read that the work is done. */
  told(id: string): void {
    const run = this.#runs.get(id);
    if (!run || run.told) return;
    run.told = true;
    this.#toldMs.push(this.#clock.now() - run.endsAt);
  }

  /** Forgets a piece of work. */
  forget(id: string): void {
    this.#runs.delete(id);
  }

  /** Starts counting anew. */
  reset(): void {
    this.#tally();
    this.#since = this.#clock.now();
    this.#busyMs = 0;
    this.#started = 0;
    this.#refused = 0;
    this.#statusCalls = 0;
    this.#toldMs = [];
  }

  counts(): Counts {
    this.#tally();
    const { accounts, slots } = this.#shape;
    return {
      busyMs: this.#busyMs,
      slotMs: (this.#clock.now() - this.#since) * accounts * slots,
      started: this.#started,
      refused: this.#refused,
      statusCalls: this.#statusCalls,
      toldMs: this.#toldMs,
    };
  }

  #callBack(id: string): void {
    const { webhooks } = this.#shape;
    if (!webhooks || this.#random.float() < webhooks.loss) return;
    const delay = webhooks.fromMs + this.#random.float() * (webhooks.toMs - webhooks.fromMs);
    this.#clock.setTimer(delay, () => this.onWebhook(id));
  }

  #occupy(account: number, by: number): void {
    this.#tally();
    this.#busySlots += by;
    this.#working.set(account, (this.#working.get(account) ?? 0) + by);
  }

  #tally(): void {
    const now = this.#clock.now();
    this.#busyMs += this.#busySlots * (now - this.#busyAt);
    this.#busyAt = now;
  }
}
