/**
 * A world in which the real engine runs on virtual time. Every effect of a simulated process passes a gate; between
 * two gates only microtasks run, and which gate opens next is drawn from a seed. So a run is one interleaving of all
 * the possible ones, and the same seed gives the same one again. Time moves only when no gate waits.
 *
 * A killed process never passes a gate any more. A stalled one (a long pause of the garbage collector, a stopped
 * virtual machine) passes none for a while and then goes on as if nothing had happened: its late timers first, as in
 * a real event loop, then its gates.
 */
import type { Clock } from '../../src/std/clock.ts';
import { type Random, randomInt, seededRandom } from '../../src/std/random.ts';
import { Heap } from './heap.ts';
import { Violation } from './violation.ts';

interface Waiting {
  readonly life: Life;
  readonly label: string;
  readonly open: () => void;
}

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly life: Life;
  readonly fire: () => void;
  cancelled: boolean;
}

/** One process's (or client's) life: what belongs to it stops when it ends. */
export class Life {
  alive = true;
  stalled = false;
  /** How far its wall clock is off, ms. */
  skewMs = 0;
  /** Gates of it that take time now. */
  slow = 0;
  /** The id under which it is registered, once it is a gateway process. */
  processId: string | null = null;
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** Start of simulated time. */
export const START_MS = Date.UTC(2026, 5, 1, 12, 0, 0);

/** Steps at one instant that no honest program needs; one that takes them spins. */
const SPIN_STEPS = 30_000;
/** Some gates take time: how often, and how long at most, ms. */
const SLOW_GATE = 0.01;
const SLOW_GATE_MS = 2_500;

/** The scheduler, its clock and its dice. */
export class World {
  /** Draws the schedule; nothing else may draw from it. */
  readonly random: Random;
  now = START_MS;
  steps = 0;
  /** Called when a gate is about to open; may kill or stall its life. */
  onGate: (life: Life, label: string) => void = () => undefined;
  /** Called when nothing can happen any more at this instant, before time moves. True ends the run. */
  onQuiet: () => boolean = () => false;
  /** Called for every step, where a trace is wanted. */
  onStep: ((life: Life, label: string) => void) | null = null;
  /** A number that two equal runs share and two different ones hardly ever do. */
  digest = 0;
  #broken: unknown = null;
  #order = 0;
  #stepsAtInstant = 0;
  readonly #waiting: Waiting[] = [];
  readonly #urgent: Waiting[] = [];
  readonly #held: Waiting[] = [];
  readonly #timers = new Heap<Timer>((a, b) => a.at < b.at || (a.at === b.at && a.order < b.order));
  readonly #labels = new Map<string, number>();

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  /** Ends the run with what broke; only the first counts. */
  fail(error: unknown): void {
    this.#broken ??= error;
  }

  /** Starts something that goes on by itself; what it throws ends the run. */
  go(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.fail(error));
  }

  /** Waits for the scheduler; for a killed process, forever. */
  gate(life: Life, label: string): Promise<void> {
    return new Promise((open) => {
      if (!life.alive) return;
      const waiting = { life, label, open };
      if (life.stalled) this.#held.push(waiting);
      else if (this.random.float() < SLOW_GATE) {
        life.slow += 1;
        const late = () => {
          life.slow -= 1;
          this.#arrive(waiting);
        };
        this.#addTimer(life, 1 + randomInt(this.random, SLOW_GATE_MS), late);
      } else this.#waiting.push(waiting);
    });
  }

  /** Waits on virtual time. */
  sleep(life: Life, ms: number): Promise<void> {
    return new Promise((resolve) => this.#addTimer(life, ms, resolve));
  }

  /** Runs something at a time that does not belong to any process. */
  at(atMs: number, life: Life, run: () => void): void {
    this.#addTimer(life, atMs - this.now, run);
  }

  clock(life: Life): Clock {
    return {
      now: () => this.now + life.skewMs,
      monotonic: () => this.now,
      setTimer: (delayMs, fire) => this.#addTimer(life, delayMs, fire),
    };
  }

  kill(life: Life): void {
    life.alive = false;
    for (const list of [this.#waiting, this.#urgent, this.#held]) {
      let kept = 0;
      for (const waiting of list) if (waiting.life.alive) list[kept++] = waiting;
      list.length = kept;
    }
  }

  /** Stops a life where it stands. */
  stall(life: Life): void {
    life.stalled = true;
    let kept = 0;
    for (const waiting of this.#waiting) {
      if (waiting.life === life) this.#held.push(waiting);
      else this.#waiting[kept++] = waiting;
    }
    this.#waiting.length = kept;
  }

  /** Lets it go on: what its timers missed comes first. */
  unstall(life: Life): void {
    life.stalled = false;
    let kept = 0;
    for (const waiting of this.#held) {
      if (waiting.life !== life) this.#held[kept++] = waiting;
      else if (waiting.label === TIMER) this.#urgent.push(waiting);
      else this.#waiting.push(waiting);
    }
    this.#held.length = kept;
  }

  /** Runs until `until`, until `onQuiet` says so, or until nothing can happen any more. Rejects with what broke. */
  async run(until: number): Promise<void> {
    for (;;) {
      await settled();
      if (this.#broken !== null) throw this.#broken;
      const next = this.#urgent.shift() ?? this.#pick();
      if (next) {
        this.#step(next);
        continue;
      }
      if (this.onQuiet()) return;
      const timer = this.#nextTimer();
      if (!timer || timer.at > until) {
        this.now = Math.max(this.now, until);
        return;
      }
      if (timer.at > this.now) this.#stepsAtInstant = 0;
      this.now = Math.max(this.now, timer.at);
      timer.cancelled = true;
      this.#step({ life: timer.life, label: TIMER, open: timer.fire });
    }
  }

  #arrive(waiting: Waiting): void {
    if (!waiting.life.alive) return;
    if (waiting.life.stalled) this.#held.push(waiting);
    else this.#waiting.push(waiting);
  }

  #step({ life, label, open }: Waiting): void {
    this.steps += 1;
    if (++this.#stepsAtInstant > SPIN_STEPS)
      throw new Violation('spin', `${SPIN_STEPS} steps at one instant, the last: ${life.name} ${label}`);
    if (label !== TIMER) this.onGate(life, label);
    if (!life.alive) return;
    if (life.stalled) {
      this.#held.push({ life, label, open });
      return;
    }
    let mark = this.#labels.get(label);
    if (mark === undefined) {
      mark = this.#labels.size + 1;
      this.#labels.set(label, mark);
    }
    this.digest = (Math.imul(this.digest, 31) + mark * 17 + life.name.length * 7 + (this.now & 0xffff)) | 0;
    this.onStep?.(life, label);
    open();
  }

  /** Takes one of the waiting gates; which one is chance. */
  #pick(): Waiting | undefined {
    const count = this.#waiting.length;
    if (count === 0) return undefined;
    const at = count === 1 ? 0 : randomInt(this.random, count);
    const picked = this.#waiting[at];
    const last = this.#waiting.pop();
    if (at < count - 1 && last) this.#waiting[at] = last;
    return picked;
  }

  #addTimer(life: Life, delayMs: number, fire: () => void): () => void {
    const timer: Timer = {
      at: this.now + Math.max(0, Math.ceil(delayMs)),
      order: this.#order++,
      life,
      fire,
      cancelled: false,
    };
    this.#timers.push(timer);
    return () => {
      timer.cancelled = true;
    };
  }

  #nextTimer(): Timer | undefined {
    for (;;) {
      const timer = this.#timers.pop();
      if (!timer) return undefined;
      if (timer.cancelled || !timer.life.alive) continue;
      if (!timer.life.stalled) return timer;
      const open = () => {
        if (!timer.cancelled) timer.fire();
      };
      this.#held.push({ life: timer.life, label: TIMER, open });
    }
  }
}

const TIMER = 'timer';

/** Resolves when every microtask has run. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
