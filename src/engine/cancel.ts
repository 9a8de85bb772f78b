/**
 * Cancelling a job (promise P7). One that waits ends at once, and its credits go back in the same unit. One that its
 * upstream has ends only where the upstream confirms that it is over and costs nothing; otherwise the request is refused
 * and the job goes on.
 *
 * Whoever cancels takes the job first (its fence rises), so that a step that was under way writes nothing any more. A crash
 * between the confirmation and our own unit loses nothing: the upstream then says `cancelled` when it is asked again.
 */
import type { JobRow, Op, Statements } from '../contracts/store.ts';
import type { JobView, Principal } from '../contracts/views.ts';
import { isTerminal } from '../core/job.ts';
import { ERRORS, messageOf, Refusal } from '../std/errors.ts';
import { refreshAccount } from './accounts/picture.ts';
import { releaseHold } from './books/money.ts';
import { accessTo, type Engine, upstreamOf } from './context.ts';
import { withDeadline } from './deadline.ts';
import { type Followed, follow } from './observe.ts';
import { fail, moveJob } from './settle.ts';
import { readJobView, seenJob } from './views.ts';

/** A job changes under our hands this often at most: each time it is one step further. */
const LOOKS_MAX = 5;
const RETRY_S = 5;

/** Ends the job, or refuses with `cancel_refused`. Cancelling a cancelled job again changes nothing. */
export async function cancel(engine: Engine, who: Principal, id: number): Promise<JobView> {
  for (let look = 0; look < LOOKS_MAX; look++) {
    const job = await engine.store.read((q) => seenJob(q, who, id));
    if (job.state === 'cancelled' || (await cancelOnce(engine, job))) {
      return await readJobView(engine, who, id, { detail: true });
    }
  }
  throw new Refusal('unavailable', { message: `The job ${id} is changing. Send it again.`, retryAfterS: RETRY_S });
}

/** False where the job was not as it was seen any more. */
function cancelOnce(engine: Engine, job: JobRow): Promise<boolean> {
  if (job.state === 'queued') return cancelWaiting(engine, job);
  if (job.state === 'running') return cancelRunning(engine, job);
  if (isTerminal(job.state)) throw refused(`The job has ended (${job.state}).`);
  if (job.state === 'storing') throw refused('It is made already; its result is being stored.');
  // The call that may cost money is out, and nobody can say what comes of it.
  const message = 'It is being given to an account. Send the request again in a moment.';
  throw new Refusal('cancel_refused', { message, retryAfterS: RETRY_S });
}

async function cancelWaiting(engine: Engine, seen: JobRow): Promise<boolean> {
  const ended = await engine.store.write('cancel', function* (q) {
    const now = engine.effects.clock.now();
    const job = yield* taken(engine, q, seen, now);
    if (!job) return false;
    const { title, owner } = ERRORS.cancelled;
    const error = { code: 'cancelled', message: `${title}. It was waiting for a slot; its credits were given back.` };
    const change = { state: 'cancelled', nextAt: null, owner: null, error, finishedAt: now } as const;
    // The job and the count of its key come before the money, as where jobs are accepted (books/money.ts).
    yield* moveJob(q, job, change, { kind: 'cancelled', data: { ...error, owner } }, now);
    const hold = yield* q.books.hold(job.id);
    if (hold) yield* releaseHold(engine.books, q, hold, now);
    return true;
  });
  if (ended) engine.store.notify('jobs');
  return ended;
}

/** The job with its fence raised, if it still is as it was seen. */
function* taken(engine: Engine, q: Statements, seen: JobRow, now: number): Op<JobRow | undefined> {
  const row = yield* q.jobs.get(seen.id);
  if (row?.state !== seen.state || row.attemptId !== seen.attemptId) return undefined;
  return yield* q.jobs.claim(row.id, row.fence, engine.processId, now);
}

async function cancelRunning(engine: Engine, seen: JobRow): Promise<boolean> {
  const followed = await follow(engine, seen);
  await confirm(engine, followed);
  await engine.effects.fault('cancel.confirmed');
  const { attempt, account } = followed;
  const ended = await engine.store.write('cancel', function* (q) {
    const now = engine.effects.clock.now();
    const job = yield* taken(engine, q, seen, now);
    if (!job) return false;
    const message = `${ERRORS.cancelled.title}. The upstream has stopped it; its credits were given back.`;
    yield* fail(engine, q, job, attempt, { code: 'cancelled', message, cost: 'freed' }, now);
    return true;
  });
  if (!ended) return false;
  engine.work.attempts.delete(attempt.id);
  await refreshAccount(engine, account.id);
  engine.store.notify('slots');
  return true;
}

/** Asks the upstream to stop the attempt. Returns where it has; refuses where it does not, or did not say. */
async function confirm(engine: Engine, { attempt, account, traits }: Followed): Promise<void> {
  const upstream = upstreamOf(engine, account.upstream);
  const stop = upstream.cancel?.bind(upstream);
  if (!stop || attempt.ref === null) throw refused('It is being made, and what makes it takes nothing back.');
  const outcome = await withDeadline(engine, traits.statusTimeoutMs, (signal) =>
    stop(accessTo(engine, account), attempt.ref, signal),
  ).catch((error: unknown) => {
    engine.effects.log.warn(
      { attempt: attempt.id, cause: messageOf(error) },
      'whether it was cancelled was not learned',
    );
    const message = 'Its upstream did not say whether it stops. The job goes on; send the request again.';
    throw new Refusal('cancel_refused', { message, retryAfterS: RETRY_S, cause: error });
  });
  if (outcome.type === 'refused') throw refused(`Its upstream does not stop it: ${outcome.message}`);
}

function refused(why: string): Refusal {
  return new Refusal('cancel_refused', { message: `${why} It cannot be cancelled any more.` });
}
