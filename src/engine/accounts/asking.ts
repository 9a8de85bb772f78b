/** When upstreams are asked how attempts stand: by what was seen of each kind lately, within each account's means. */
import type { JobRow, Op, Statements } from '../../contracts/store.ts';
import { type AskPlan, planAsking, type Took } from '../../core/polling.ts';
import type { Engine } from '../context.ts';

/** Newest durations that a plan is made of. */
const SEEN_MAX = 50;
/** A plan is made anew after this long, ms. */
const PLAN_MS = 10_000;
/** Status calls one account is sent at most, per second, by all processes together; a second's worth may come at once. */
const ASKS_PER_S = 5;

/** Promised times of an account beyond which those that nobody came for are looked for. */
const PROMISES_MAX = 1_000;
/** A promise that nobody came for is kept this long, ms. */
const PROMISE_KEPT_MS = 60_000;

interface KnownPlan {
  readonly madeAt: number;
  readonly plan: AskPlan;
}

/** Whose turn it is to be asked about at one account. Times are monotonic ms. */
interface Turns {
  /** When the account's next question would be due if they all came evenly. */
  nextAt: number;
  /** Job → when it may be asked about: it has its place in the line and needs no other. */
  readonly promised: Map<number, number>;
}

/** One process's plans, and what it has asked of each account. */
export class Asking {
  readonly #make: (seen: readonly Took[]) => AskPlan;
  readonly #plans = new Map<string, KnownPlan>();
  readonly #turns = new Map<number, Turns>();

  /** @param make how a plan follows from what was seen; another one only to compare it with ours. */
  constructor(make: (seen: readonly Took[]) => AskPlan = planAsking) {
    this.#make = make;
  }

  /** The pause before the next question about a job, ms; `elapsedMs` since its attempt was accepted. */
  *pauseMs(engine: Engine, q: Statements, job: JobRow, elapsedMs: number): Op<number> {
    const kind = `${job.operation}/${job.model}`;
    const now = engine.effects.clock.monotonic();
    let known = this.#plans.get(kind);
    if (!known || now - known.madeAt >= PLAN_MS) {
      const seen = yield* q.attempts.durations(job.operation, job.model, SEEN_MAX);
      known = { madeAt: now, plan: this.#make(seen) };
      this.#plans.set(kind, known);
    }
    return known.plan.delayMs(elapsedMs, job.expectedSlotMs, engine.effects.random.float());
  }

  /**
   * Counts a question to an account. Returns 0, or how long it has to wait because the account was asked too much, ms: then
   * it has a turn that nobody takes from it, so that of many jobs each is asked about.
   */
  waitMs(engine: Engine, accountId: number, jobId: number): number {
    const now = engine.effects.clock.monotonic();
    const turns = this.#turns.get(accountId) ?? { nextAt: now, promised: new Map() };
    this.#turns.set(accountId, turns);
    const promised = turns.promised.get(jobId);
    if (promised !== undefined) {
      if (promised <= now) turns.promised.delete(jobId);
      return Math.max(0, Math.ceil(promised - now));
    }
    // Each process has its part, by the number of those whose heartbeat it has heard.
    const gapMs = (1000 / ASKS_PER_S) * Math.max(1, engine.work.heard.size);
    const dueAt = Math.max(turns.nextAt, now);
    turns.nextAt = dueAt + gapMs;
    const at = dueAt - Math.max(0, 1000 - gapMs);
    if (at <= now) return 0;
    turns.promised.set(jobId, at);
    if (turns.promised.size > PROMISES_MAX) forgetOld(turns.promised, now);
    return Math.ceil(at - now);
  }
}

/** Jobs end, and are asked about at their horizons without waiting for their turn. */
function forgetOld(promised: Map<number, number>, now: number): void {
  for (const [jobId, at] of promised) if (at < now - PROMISE_KEPT_MS) promised.delete(jobId);
}
