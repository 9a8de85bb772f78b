/** When upstreams are asked how attempts stand: by what was seen of each kind lately, within each account's means. */
import type { JobRow, Op, Statements } from '../../contracts/store.ts';
import { type Bucket, takeToken } from '../../core/bucket.ts';
import { type AskPlan, planAsking, type Took } from '../../core/polling.ts';
import type { Engine } from '../context.ts';

/** Newest durations that a plan is made of. */
const SEEN_MAX = 50;
/** A plan is made anew after this long, ms. */
const PLAN_MS = 10_000;
/** Status calls one account is sent at most, per second, by all processes together; a second's worth may come at once. */
const ASKS_PER_S = 5;

interface KnownPlan {
  readonly madeAt: number;
  readonly plan: AskPlan;
}

/** One process's plans, and what it has asked of each account. */
export class Asking {
  readonly #make: (seen: readonly Took[]) => AskPlan;
  readonly #plans = new Map<string, KnownPlan>();
  readonly #asked = new Map<number, Bucket>();

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

  /** Counts a question to an account. Returns 0, or how long it has to wait because the account was asked too much, ms. */
  waitMs(engine: Engine, accountId: number): number {
    const now = engine.effects.clock.monotonic();
    let bucket = this.#asked.get(accountId);
    if (!bucket) {
      bucket = { tokens: ASKS_PER_S, updatedAt: now };
      this.#asked.set(accountId, bucket);
    }
    // Each process has its part, by the number of those whose heartbeat it has heard.
    const taken = takeToken(bucket, ASKS_PER_S / Math.max(1, engine.work.heard.size), now);
    return taken.ok ? 0 : Math.round(taken.retryAfterS * 1000 * (0.5 + engine.effects.random.float()));
  }
}
