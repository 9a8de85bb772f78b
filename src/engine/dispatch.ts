/**
 * Giving jobs to accounts.
 *
 * `place` chooses, in one unit: whose turn it is (core/fairness.ts), which account (core/placement.ts), and takes the
 * slot. The attempt row with its id is durable before anything is sent. `submit` then makes the one call that can
 * cost money, `Upstream.start`, once: no loop here or in a driver repeats it. It is sent again only by reconcile.ts, after
 * a crash or a lost answer, with the same id, account and bytes, and only inside the window in which the upstream
 * says it de-duplicates on that id (promise P1). Outside of it the job is `unknown`.
 */
import type { AccountRow, AttemptRow, JobRow, LaneRow, Op, Statements } from '../contracts/store.ts';
import type { StartOutcome, UpstreamTraits } from '../contracts/upstream.ts';
import type { AccountSnapshot } from '../core/account.ts';
import { dayNumber } from '../core/calendar.ts';
import { lift, next, serve, type Waiting } from '../core/fairness.ts';
import { probed } from '../core/health.ts';
import { laneAt, laneWithout } from '../core/placement.ts';
import type { Credits } from '../std/credits.ts';
import { Unsealable } from '../std/crypto.ts';
import { ERRORS, messageOf, Refusal } from '../std/errors.ts';
import type { Json } from '../std/json.ts';
import { uuid } from '../std/random.ts';
import {
  ACCOUNTS_PER_JOB_MAX,
  chooseAccount,
  explain,
  lockAccount,
  refusalsOf,
  type Wanted,
  wanted,
} from './accounts/choice.ts';
import { accessTo, type Engine, must, upstreamOf } from './context.ts';
import { withDeadline } from './deadline.ts';
import { standing } from './doubt.ts';
import { noteRefusal, noteWell } from './accounts/health.ts';
import { runsAllItMay } from './limits.ts';
import { readOrder } from './order.ts';
import { coolAccount, picture, refreshAccount } from './accounts/picture.ts';
import { endAttempt, fail, moveJob } from './settle.ts';

/** Placements made in one unit. */
const PLACED_TOGETHER_MAX = 32;
/** Heads of one lane that are taken out of the way in one unit. */
const MOVED_TOGETHER_MAX = 64;
const ORPHANED =
  'What this job goes on from is known only to an account that is no longer in the pool. Make it again, or upload it, and send the job again.';
/** A probe that has no answer so long after its call was over has none. */
const ANSWER_MARGIN_MS = 10_000;
/** How long a job whose create answer was lost waits before it is asked about. */
const UNKNOWN_FIRST_MS = 2_000;
const UNKNOWN_AGAIN_MS = 10_000;

/** A job with the attempt that was made for it. */
export interface Placed {
  readonly job: JobRow;
  readonly attempt: AttemptRow;
  /**
   * Monotonic ms before which its create call must be over. A process that stood still may have been replaced: a call
   * it began later would start work for an attempt that another has given up.
   */
  readonly callBefore: number;
}

/** Where the level of the fair order is kept (core/fairness.ts). */
export const FAIR_LEVEL = 'fair-level';

/** Places as many waiting jobs as have a free slot, up to a bound. Empty when nothing can be placed. */
export async function place(engine: Engine): Promise<Placed[]> {
  // With every slot taken there is nothing to look for; what frees one is in the picture before it wakes us.
  if (!engine.pool.hasRoom()) return [];
  const touched = new Map<number, AccountSnapshot>();
  const begunAt = engine.effects.clock.monotonic();
  let made: Placed[] = [];
  return engine.store
    .write('place', function* (q) {
      // The unit may run again from its start: take back what a first run did to the picture of the accounts.
      for (const before of touched.values()) engine.pool.put(before);
      touched.clear();
      made = [];
      made = yield* placeOp(engine, q, { touched, begunAt });
      for (const { job } of made) engine.work.placing.add(job.id);
      return made;
    })
    .catch((error: unknown) => {
      for (const before of touched.values()) engine.pool.put(before);
      return standing(engine, made, error);
    });
}

/** One round of placing: the accounts it changed in the picture, as they were, and when it began (monotonic ms). */
interface Round {
  readonly touched: Map<number, AccountSnapshot>;
  readonly begunAt: number;
}

function* placeOp(engine: Engine, q: Statements, round: Round): Op<Placed[]> {
  const placed: Placed[] = [];
  const lanes = yield* q.jobs.lanes();
  const byTenant = new Map<number, LaneRow[]>();
  const waiting: Waiting[] = [];
  for (const lane of lanes) {
    const list = byTenant.get(lane.tenantId);
    if (list) list.push(lane);
    else {
      byTenant.set(lane.tenantId, [lane]);
      waiting.push(lane);
    }
  }
  for (const list of byTenant.values()) list.sort((a, b) => a.rank - b.rank);
  const before = Number((yield* q.meta.get(FAIR_LEVEL)) ?? 0);
  let level = before;
  const turns = new Map(lift(waiting, level).map((tenant) => [tenant.tenantId, tenant]));
  while (turns.size > 0 && placed.length < PLACED_TOGETHER_MAX && engine.pool.hasRoom()) {
    const tenant = must(next(turns.values()), 'turn');
    const lane = byTenant.get(tenant.tenantId)?.[0];
    if (!lane) {
      turns.delete(tenant.tenantId);
      continue;
    }
    const made = yield* placeHead(engine, q, tenant.tenantId, lane.lane, round);
    if (made === 'none') {
      byTenant.get(tenant.tenantId)?.shift();
      continue;
    }
    placed.push(made);
    level = Math.max(level, tenant.servedMs);
    const served = serve(tenant, made.job.expectedSlotMs);
    turns.set(tenant.tenantId, { ...tenant, servedMs: served });
    yield* q.tenants.setServed(tenant.tenantId, served);
  }
  if (level > before) yield* q.meta.set(FAIR_LEVEL, String(level));
  return placed;
}

/** Places the first job of a lane, or finds that it cannot be. */
function* placeHead(engine: Engine, q: Statements, tenantId: number, lane: string, round: Round): Op<Placed | 'none'> {
  if (yield* runsAllItMay(q, lane)) return 'none';
  for (let moved = 0; moved < MOVED_TOGETHER_MAX; moved++) {
    const job = yield* q.jobs.head(tenantId, lane);
    if (!job) return 'none';
    const found = yield* wanted(engine, q, job);
    const now = engine.effects.clock.now();
    if (found.orphaned) {
      yield* fail(engine, q, job, null, { code: 'account_not_found', message: ORPHANED, cost: 'freed' }, now);
      continue;
    }
    const placed = yield* placeJob(engine, q, found, round);
    const own = found.pin === null ? lane : laneAt(lane, found.pin);
    if (placed !== 'none' || own === lane) return placed;
    // What only one account can take waits in a lane of its own, so that it never blocks what others can.
    yield* moveJob(q, job, { lane: own }, null, now);
  }
  return 'none';
}

function* placeJob(engine: Engine, q: Statements, found: Wanted, { touched, begunAt }: Round): Op<Placed | 'none'> {
  const { job } = found;
  const now = engine.effects.clock.now();
  const { choice, requirement } = chooseAccount(engine, found);
  for (const candidate of choice.candidates) {
    if (!touched.has(candidate.id)) touched.set(candidate.id, candidate);
    const locked = yield* lockAccount(engine, q, candidate, requirement);
    if (!locked) continue;
    const { row, account } = locked;
    const cost = must(requirement.costs.get(account.upstream), 'cost');
    const traits = upstreamOf(engine, account.upstream).traits;
    const attemptId = uuid(engine.effects.random);
    const lease = yield* q.attempts.takeLease({
      accountId: account.id,
      group: account.group,
      attemptId,
      cap: account.maxJobs,
      takenAt: now,
      until: now + traits.slotHorizonMs,
    });
    if (!lease) {
      engine.pool.put({ ...account, inUse: account.maxJobs });
      continue;
    }
    const placement = explain(account, choice, lease.slot);
    const attempt = yield* writeAttempt(q, job, row, { id: attemptId, cost, now, traits, placement });
    yield* pictureUse(engine, q, row, { cost, now, answerBy: now + traits.startTimeoutMs + ANSWER_MARGIN_MS });
    const claimed = must(yield* q.jobs.claim(job.id, job.fence, engine.processId, now), `job ${job.id}`);
    const moved = yield* moveJob(
      q,
      claimed,
      { state: 'submitting', attemptId, attempts: job.attempts + 1, nextAt: now + traits.startTimeoutMs },
      { kind: 'placed', data: { account: account.name, slot: lease.slot, attempt: attemptId } },
      now,
    );
    return { job: moved, attempt, callBefore: begunAt + traits.startTimeoutMs };
  }
  return 'none';
}

/** Pictures an account with one job more. One that is not well is let have this one, and no other until it has answered. */
function* pictureUse(
  engine: Engine,
  q: Statements,
  row: AccountRow,
  use: { cost: Credits; now: number; answerBy: number },
): Op<void> {
  const { cost, now, answerBy } = use;
  const day = dayNumber(now);
  const health = row.health && probed(row.health, now, answerBy);
  if (health) yield* q.accounts.change(row.id, { health }, now);
  const began = row.day === day ? row : { dayJobs: 0, dayCredits: 0 };
  picture(engine, row.id, {
    ...row,
    health,
    inUse: row.inUse + 1,
    reserved: row.reserved + cost,
    lastUsedAt: now,
    day,
    dayJobs: began.dayJobs + 1,
    dayCredits: began.dayCredits + cost,
  });
  const group = row.limitGroup === null ? undefined : engine.pool.group(row.limitGroup);
  if (group) engine.pool.putGroup({ ...group, inUse: group.inUse + 1 });
}

function* writeAttempt(
  q: Statements,
  job: JobRow,
  account: AccountRow,
  made: { id: string; cost: Credits; now: number; traits: UpstreamTraits; placement: Json },
): Op<AttemptRow> {
  const row = {
    id: made.id,
    jobId: job.id,
    accountId: account.id,
    number: job.attempts + 1,
    cost: made.cost,
    placement: made.placement,
    sentAt: made.now,
    slotHorizonAt: made.now + made.traits.slotHorizonMs,
    creditHorizonAt: made.now + made.traits.creditHorizonMs,
  };
  yield* q.attempts.insert(row);
  const started = { day: dayNumber(made.now), jobs: 1, credits: made.cost };
  yield* q.accounts.adjust(account.id, { reserved: made.cost, started }, made.now);
  const fresh = { state: 'sending', ref: null, costState: 'reserved', code: null, polls: 0 } as const;
  return { ...row, ...fresh, acceptedAt: null, endedAt: null };
}

/**
 * Sends an attempt and writes down what became of it. A repeat of a call whose outcome was never learned proves
 * nothing by being turned away (a rate limit comes before any de-duplication): then the outcome stays unknown.
 */
export async function submit(engine: Engine, placed: Placed, repeat = false): Promise<void> {
  await engine.effects.fault('dispatch.placed');
  const answer = await send(engine, placed);
  const turnedAway = answer.type === 'unsent' || answer.type === 'refused';
  const outcome: StartOutcome = repeat && turnedAway ? { type: 'unknown', message: answer.message } : answer;
  await engine.effects.fault('dispatch.answered');
  engine.work.answers.set(placed.attempt.id, outcome);
  await record(engine, placed, outcome);
  await engine.effects.fault('dispatch.recorded');
}

/** The call itself. Whatever is thrown by it leaves the outcome unknown; without an open secret there is none. */
async function send(engine: Engine, placed: Placed): Promise<StartOutcome> {
  const { job, attempt, callBefore } = placed;
  const read = await readOrder(engine, placed).catch((error: unknown) => {
    // The database is away. Nothing was sent, and nobody but us knows.
    if (error instanceof Refusal) return error;
    throw error;
  });
  if (read instanceof Refusal) return { type: 'unsent', message: read.message };
  const { account, order } = read;
  await engine.effects.fault('dispatch.inputs-read');
  const upstream = upstreamOf(engine, account.upstream);
  // No await between this and the call: what was read before a standstill proves nothing after it.
  const left = callBefore - engine.effects.clock.monotonic();
  if (left <= 0) return { type: 'unsent', message: 'this process stood still until it was too late to send' };
  try {
    return await withDeadline(engine, Math.min(left, upstream.traits.startTimeoutMs), (signal) =>
      upstream.start(accessTo(engine, account), order, signal),
    );
  } catch (error) {
    if (error instanceof Unsealable) return { type: 'refused', code: 'account_refused', message: error.message };
    const about = { job: job.id, attempt: attempt.id, cause: messageOf(error) };
    engine.effects.log.warn(about, 'outcome of a create call was not learned');
    return { type: 'unknown', message: messageOf(error) };
  }
}

/** Writes down what became of a create call. */
export async function record(
  engine: Engine,
  { job, attempt }: Pick<Placed, 'job' | 'attempt'>,
  outcome: StartOutcome,
): Promise<void> {
  const now = engine.effects.clock.now();
  let well = false;
  await engine.store.write('record', function* (q) {
    switch (outcome.type) {
      case 'accepted': {
        yield* q.attempts.change(attempt.id, { state: 'accepted', ref: outcome.ref, acceptedAt: now });
        well = yield* noteWell(engine, q, attempt.accountId, now);
        const delay = outcome.ready ? 0 : yield* engine.work.asking.pauseMs(engine, q, job, 0);
        yield* moveJob(
          q,
          job,
          { state: 'running', nextAt: Math.min(now + delay, attempt.slotHorizonAt), error: null },
          { kind: 'accepted-upstream' },
          now,
        );
        return;
      }
      case 'unknown': {
        yield* q.attempts.change(attempt.id, { state: 'unknown' });
        if (job.state === 'unknown') yield* moveJob(q, job, { nextAt: now + UNKNOWN_AGAIN_MS }, null, now);
        else
          yield* moveJob(
            q,
            job,
            { state: 'unknown', nextAt: now + UNKNOWN_FIRST_MS },
            { kind: 'unknown', data: { message: outcome.message } },
            now,
          );
        return;
      }
      case 'unsent':
      case 'refused':
        yield* recordNothingCreated(engine, q, job, attempt, outcome, now);
        return;
    }
  });
  engine.work.answers.delete(attempt.id);
  const nothing = outcome.type === 'unsent' || outcome.type === 'refused';
  if (nothing || well) await refreshAccount(engine, attempt.accountId);
  if (nothing) {
    engine.work.attempts.delete(attempt.id);
    if (isUpstreams(outcome)) coolAccount(engine, attempt.accountId, outcome);
    engine.store.notify('queue');
  }
  if (nothing || well) engine.store.notify('slots');
}

/** Was it neither the request's fault, nor the account's, which is in its row? */
function isUpstreams(outcome: StartOutcome): boolean {
  if (outcome.type !== 'refused') return true;
  const { owner } = ERRORS[outcome.code];
  return owner !== 'caller' && owner !== 'account';
}

/** Nothing was created: the job goes back to its place in line, or ends where the request itself was refused. */
function* recordNothingCreated(
  engine: Engine,
  q: Statements,
  job: JobRow,
  attempt: AttemptRow,
  outcome: Extract<StartOutcome, { type: 'refused' | 'unsent' }>,
  now: number,
): Op<void> {
  const code = outcome.type === 'refused' ? outcome.code : null;
  yield* endAttempt(q, attempt, outcome.type, now);
  if (code !== null) yield* q.attempts.change(attempt.id, { code });
  if (outcome.type === 'refused') yield* noteRefusal(engine, q, attempt.accountId, outcome, now);
  const mine = code !== null && ERRORS[code].owner === 'caller';
  const refusals = refusalsOf(yield* q.attempts.ofJob(job.id));
  const spent = refusals >= ACCOUNTS_PER_JOB_MAX;
  if (mine || spent || job.state === 'unknown') {
    const message =
      mine || !spent ? outcome.message : `${ERRORS.attempts_exhausted.title} (${refusals}): ${outcome.message}`;
    yield* fail(engine, q, job, attempt, { code: mine ? code : 'attempts_exhausted', message, cost: 'freed' }, now);
    return;
  }
  yield* settleFreed(q, attempt, now);
  // What one account turned away waits in a lane of its own, so that it never blocks those that account may take.
  const lane = code === null ? job.lane : laneWithout(job.lane, attempt.accountId);
  yield* moveJob(
    q,
    job,
    { state: 'queued', nextAt: null, owner: null, lane },
    { kind: outcome.type, data: { message: outcome.message, ...(code ? { code } : {}) } },
    now,
  );
}

function* settleFreed(q: Statements, attempt: AttemptRow, now: number): Op<void> {
  yield* q.attempts.change(attempt.id, { costState: 'freed' });
  const started = { day: dayNumber(attempt.sentAt), jobs: -1, credits: -attempt.cost };
  yield* q.accounts.adjust(attempt.accountId, { reserved: -attempt.cost, started }, now);
}
