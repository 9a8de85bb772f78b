/**
 * Following an attempt that its upstream has. A timeout is not a verdict (promise P6): an answer that was not learned
 * or a word that is not known means "ask again later", until the horizons. At the slot horizon the lease ends; at the
 * credit horizon the hold is released and the job expires, but it is still watched for a late result.
 */
import type { AccountRow, AttemptRow, JobRow, Op, Statements } from '../contracts/store.ts';
import type { StatusOutcome, UpstreamTraits } from '../contracts/upstream.ts';
import { messageOf } from '../std/errors.ts';
import type { Json } from '../std/json.ts';
import { accessTo, type Engine, must, upstreamOf } from './context.ts';
import { withDeadline } from './deadline.ts';
import { noteTurnedAway } from './accounts/health.ts';
import { settleCost } from './books/money.ts';
import { refreshAccount } from './accounts/picture.ts';
import { endAttempt, expire, fail, moveJob } from './settle.ts';

/** An expired job is watched for as long again as its credit horizon. */
const LATE_WATCH_FACTOR = 2;
const LATE_POLL_MS = 5 * 60_000;

/** An attempt with what is needed to speak of it. */
export interface Followed {
  readonly job: JobRow;
  readonly attempt: AttemptRow;
  readonly account: AccountRow;
  readonly traits: UpstreamTraits;
}

/** Reads a job's current attempt and its account. */
export async function follow(engine: Engine, job: JobRow): Promise<Followed> {
  const { attempt, account } = await engine.store.read(function* (q) {
    const attempt = must(yield* q.attempts.get(must(job.attemptId, 'attempt id')), 'attempt');
    return { attempt, account: must(yield* q.accounts.get(attempt.accountId), 'account') };
  });
  return { job, attempt, account, traits: upstreamOf(engine, account.upstream).traits };
}

/** Asks once how the attempt stands and writes down what follows. */
export async function observe(engine: Engine, job: JobRow): Promise<void> {
  const followed = await follow(engine, job);
  engine.work.answers.delete(followed.attempt.id);
  const wait = engine.work.asking.waitMs(engine, followed.account.id, job.id);
  const at = engine.effects.clock.now();
  // At a horizon something follows even from silence, so that is not put off.
  if (wait > 0 && at + wait < followed.attempt.slotHorizonAt) {
    await engine.store.write('wait', (q) => moveJob(q, job, { nextAt: at + wait }, null, at));
    return;
  }
  const outcome = await ask(engine, followed);
  await engine.effects.fault('observe.polled');
  const now = engine.effects.clock.now();
  const freed = await engine.store.write('observe', (q) => learn(engine, q, followed, outcome, now));
  await engine.effects.fault('observe.recorded');
  if (outcome !== 'unlearned' && outcome.type === 'failed') engine.work.attempts.delete(followed.attempt.id);
  // Most questions change nothing that placement could use, and waking it for each would cost more than the question.
  if (!freed) return;
  await refreshAccount(engine, followed.account.id);
  engine.store.notify('slots');
}

async function ask(engine: Engine, { attempt, account, traits }: Followed): Promise<StatusOutcome | 'unlearned'> {
  if (attempt.ref === null) return 'unlearned';
  const upstream = upstreamOf(engine, account.upstream);
  try {
    return await withDeadline(engine, traits.statusTimeoutMs, (signal) =>
      upstream.status(accessTo(engine, account), attempt.ref, signal),
    );
  } catch (error) {
    engine.effects.log.warn(
      { job: attempt.jobId, attempt: attempt.id, cause: messageOf(error) },
      'status was not learned',
    );
    await noteTurnedAway(engine, account.id, error);
    return 'unlearned';
  }
}

/** True where a slot may have become free. */
function* learn(
  engine: Engine,
  q: Statements,
  followed: Followed,
  outcome: StatusOutcome | 'unlearned',
  now: number,
): Op<boolean> {
  const { job, attempt } = followed;
  yield* q.attempts.change(attempt.id, { polls: attempt.polls + 1 });
  if (outcome !== 'unlearned' && outcome.type === 'done') {
    yield* endAttempt(q, attempt, 'ended', now);
    if (job.state === 'expired')
      yield* moveJob(
        q,
        job,
        { sources: outcome.results as unknown as Json, nextAt: now },
        { kind: 'late-result' },
        now,
      );
    else {
      yield* moveJob(
        q,
        job,
        { state: 'storing', sources: outcome.results as unknown as Json, nextAt: now, progress: 1000 },
        { kind: 'done-upstream' },
        now,
      );
    }
    return true;
  }
  if (outcome !== 'unlearned' && outcome.type === 'failed') {
    yield* fail(engine, q, job, attempt, { code: outcome.code, message: outcome.message, cost: 'freed' }, now);
    return true;
  }
  const progress = outcome !== 'unlearned' && outcome.type === 'running' ? outcome.progress : undefined;
  return yield* keepWaiting(engine, q, followed, progress === undefined ? null : Math.floor(progress * 1000), now);
}

/**
 * Nothing new: the horizons are kept and the next question is set. Also used where no question can be asked. True
 * where a slot became free.
 */
export function* keepWaiting(
  engine: Engine,
  q: Statements,
  followed: Followed,
  progress: number | null,
  now: number,
): Op<boolean> {
  const { job, attempt, traits } = followed;
  const freed = now >= attempt.slotHorizonAt && (yield* q.attempts.endLease(attempt.id));
  if (now >= attempt.creditHorizonAt) {
    const watchUntil = attempt.sentAt + traits.creditHorizonMs * LATE_WATCH_FACTOR;
    const watchAt = attempt.ref !== null && now < watchUntil ? now + LATE_POLL_MS : null;
    if (job.state !== 'expired') yield* expire(engine, q, job, watchAt, now);
    else
      yield* moveJob(
        q,
        job,
        { nextAt: watchAt, ...(watchAt === null ? { owner: null } : {}) },
        watchAt === null ? { kind: 'late-watch-ended' } : null,
        now,
      );
    if (watchAt === null) {
      // Whether the account was charged was never learned; its next balance tells.
      yield* endAttempt(q, attempt, 'ended', now);
      yield* settleCost(engine.books, q, attempt, 'freed', now);
    }
    return true;
  }
  const elapsed = Math.max(1, now - (attempt.acceptedAt ?? attempt.sentAt));
  const delay = yield* engine.work.asking.pauseMs(engine, q, job, elapsed);
  const horizon = Math.min(
    attempt.creditHorizonAt,
    now >= attempt.slotHorizonAt ? attempt.creditHorizonAt : attempt.slotHorizonAt,
  );
  yield* moveJob(
    q,
    job,
    { nextAt: Math.min(now + delay, horizon), ...(progress === null ? {} : { progress }) },
    null,
    now,
  );
  return freed;
}
