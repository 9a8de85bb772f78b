/**
 * The end of a job: its state, its money, its lease and its timeline move in one unit, or not at all (promise P3).
 * Every function here is a piece of a unit for the holder of the job's fence; another process's write is refused.
 */
import type { AttemptRow, JobChange, JobRow, Op, Statements } from '../contracts/store.ts';
import { isTerminal, transition } from '../core/job.ts';
import { ERRORS, type ErrorCode } from '../std/errors.ts';
import type { Json, JsonObject } from '../std/json.ts';
import { type Engine, Fenced, type KeptResult } from './context.ts';
import { captureHold, captureLate, releaseHold, settleCost } from './books/money.ts';

/**
 * Moves a job under its fence and writes a line of its timeline; with its end, what is to be delivered (deliver.ts). Throws `Fenced` when
 * another process has it.
 */
export function* moveJob(
  q: Statements,
  job: JobRow,
  change: JobChange,
  event: { kind: string; data?: Json } | null,
  at: number,
): Op<JobRow> {
  if (change.state !== undefined && change.state !== job.state) transition(job.state, change.state);
  const moved = yield* q.jobs.move(job.id, job.fence, change, at);
  if (!moved) throw new Fenced(`job ${job.id} was taken over`);
  if (change.state !== undefined && change.state !== job.state && isTerminal(change.state)) {
    yield* q.deliveries.tell({ id: job.id, tenantId: job.tenantId, event: change.state }, at);
  }
  if (event) yield* q.jobs.addEvent({ jobId: job.id, at, kind: event.kind, data: event.data ?? null });
  return moved;
}

/** The attempt is over at its upstream: its slot is free. */
export function* endAttempt(
  q: Statements,
  attempt: AttemptRow,
  state: 'ended' | 'refused' | 'unsent',
  at: number,
): Op<void> {
  if (attempt.endedAt === null) yield* q.attempts.change(attempt.id, { state, endedAt: at });
  yield* q.attempts.endLease(attempt.id);
}

/** A checked result is kept and paid for. */
export function* succeed(
  engine: Engine,
  q: Statements,
  job: JobRow,
  attempt: AttemptRow,
  assets: KeptResult,
  at: number,
): Op<void> {
  const late = job.state === 'expired';
  yield* q.assets.insert(assets.result);
  if (assets.cover) yield* q.assets.insert(assets.cover);
  for (const mask of assets.masks) yield* q.assets.insert(mask);
  yield* endAttempt(q, attempt, 'ended', at);
  yield* settleCost(engine.books, q, attempt, 'paid', at);
  const hold = yield* q.books.hold(job.id);
  let paid = job.price;
  if (hold && late) paid = yield* captureLate(engine.books, q, hold, at);
  else if (hold) yield* captureHold(engine.books, q, hold, job.price, at);
  yield* moveJob(
    q,
    job,
    {
      state: 'succeeded',
      nextAt: null,
      owner: null,
      progress: 1000,
      error: null,
      resultAssetId: assets.result.id,
      ...(assets.cover ? { coverAssetId: assets.cover.id } : {}),
      ...(assets.masks.length > 0 ? { sources: named(job.sources, assets) } : {}),
      finishedAt: at,
    },
    { kind: late ? 'succeeded-late' : 'succeeded', data: { paid, bytes: assets.result.bytes } },
    at,
  );
}

/** The sources with the assets they became, so that what is beside the result is found again. */
function named(sources: Json, { result, masks }: KeptResult): Json {
  const ids = [result, ...masks].map(({ id }) => id);
  return (sources as JsonObject[]).map((source, index) => ({ ...source, assetId: ids[index] ?? null }));
}

/**
 * The job ends without a result and its credits go back. `cost` says what the upstream charged the account: nothing
 * (`freed`), or for a result that did not pass its check (`writeoff`).
 */
export function* fail(
  engine: Engine,
  q: Statements,
  job: JobRow,
  attempt: AttemptRow | null,
  reason: { code: ErrorCode; message: string; cost: 'freed' | 'writeoff' },
  at: number,
): Op<void> {
  if (attempt) {
    yield* endAttempt(q, attempt, 'ended', at);
    yield* settleCost(engine.books, q, attempt, reason.cost, at);
  }
  const error = { code: reason.code, message: reason.message };
  if (job.state === 'expired') {
    // Released and reported before; the late answer only ends the watch.
    yield* moveJob(q, job, { nextAt: null, owner: null }, { kind: 'late-failure', data: error }, at);
    return;
  }
  const hold = yield* q.books.hold(job.id);
  if (hold) yield* releaseHold(engine.books, q, hold, at);
  const state = reason.code === 'moderated' || reason.code === 'cancelled' ? reason.code : 'failed';
  const owner = ERRORS[reason.code].owner;
  yield* moveJob(
    q,
    job,
    { state, nextAt: null, owner: null, error, finishedAt: at },
    { kind: state, data: { ...error, owner } },
    at,
  );
}

/** The credit horizon has passed: the hold goes back; the upstream is still asked now and then for a late result. */
export function* expire(engine: Engine, q: Statements, job: JobRow, watchAt: number | null, at: number): Op<void> {
  const hold = yield* q.books.hold(job.id);
  if (hold) yield* releaseHold(engine.books, q, hold, at);
  const error = { code: 'outcome_unknown', message: `${ERRORS.outcome_unknown.title}. ${ERRORS.outcome_unknown.hint}` };
  yield* moveJob(q, job, { state: 'expired', nextAt: watchAt, error, finishedAt: at }, { kind: 'expired' }, at);
}
