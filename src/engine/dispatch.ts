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
import type { AttemptInput, StartOutcome, UpstreamTraits } from '../contracts/upstream.ts';
import { lift, next, serve, type Waiting } from '../core/fairness.ts';
import { type AccountSnapshot, type Choice, laneWithout } from '../core/placement.ts';
import type { JobRequest } from '../core/request.ts';
import type { Credits } from '../std/credits.ts';
import { ERRORS, messageOf, Refusal } from '../std/errors.ts';
import type { Json } from '../std/json.ts';
import { uuid } from '../std/random.ts';
import { COOL_MS, coolAccount, refreshAccount, snapshotOf } from './accounts.ts';
import { accessTo, type Engine, must, upstreamOf } from './context.ts';
import { withDeadline } from './deadline.ts';
import { standing } from './doubt.ts';
import { endAttempt, fail, moveJob } from './settle.ts';

/** Placements made in one unit. */
const PLACED_TOGETHER_MAX = 32;
/** A job touches at most this many accounts (promise P7). */
export const ACCOUNTS_PER_JOB_MAX = 3;
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
const FAIR_LEVEL = 'fair-level';

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
function* placeHead(
  engine: Engine,
  q: Statements,
  tenantId: number,
  lane: string,
  { touched, begunAt }: Round,
): Op<Placed | 'none'> {
  const job = yield* q.jobs.head(tenantId, lane);
  if (!job) return 'none';
  const request = job.request as unknown as JobRequest;
  const now = engine.effects.clock.now();
  const tried = job.attempts === 0 ? [] : (yield* q.attempts.ofJob(job.id)).filter((a) => a.state !== 'unsent');
  const costs = costsOf(engine, request);
  const choice = chooseAccount(engine, costs, tried, now);
  for (const candidate of choice.candidates) {
    const cost = must(costs.get(candidate.upstream), 'cost');
    const traits = upstreamOf(engine, candidate.upstream).traits;
    const account = yield* q.accounts.lock(candidate.id);
    if (account && !touched.has(account.id)) touched.set(account.id, candidate);
    if (account?.state !== 'enabled' || spendable(account) < cost) {
      refreshPicture(engine, account, candidate);
      continue;
    }
    const attemptId = uuid(engine.effects.random);
    const lease = yield* q.attempts.takeLease({
      accountId: account.id,
      attemptId,
      cap: account.maxJobs,
      takenAt: now,
      until: now + traits.slotHorizonMs,
    });
    if (!lease) {
      engine.pool.put({ ...candidate, inUse: account.maxJobs, maxJobs: account.maxJobs });
      continue;
    }
    const attempt = yield* writeAttempt(q, job, account, {
      id: attemptId,
      cost,
      now,
      traits,
      placement: explain(candidate, choice, lease.slot),
    });
    engine.pool.put({
      ...candidate,
      inUse: account.inUse + 1,
      maxJobs: account.maxJobs,
      spendable: spendable(account) - cost,
      lastUsedAt: now,
    });
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

/**
 * The accounts that may take a job: those it has not tried, else those whose refusal is a while ago. Without that a
 * job would wait for ever once every account that can take it has turned it away, be it for a moment.
 */
function chooseAccount(
  engine: Engine,
  costs: ReadonlyMap<string, Credits>,
  tried: readonly AttemptRow[],
  now: number,
): Choice {
  const choose = (attempts: readonly AttemptRow[]) =>
    engine.pool.choose({
      costs,
      excluded: new Set(attempts.map((attempt) => attempt.accountId)),
      now: engine.effects.clock.monotonic(),
    });
  const choice = choose(tried);
  if (choice.candidates.length > 0 || tried.length === 0) return choice;
  // An end that lies ahead was written before the clock was set back: it says nothing about how long ago it was.
  const ago = (attempt: AttemptRow) => now - (attempt.endedAt ?? now);
  return choose(tried.filter((attempt) => ago(attempt) >= 0 && ago(attempt) < COOL_MS));
}

const spendable = (account: AccountRow): Credits =>
  account.creditDaily + account.creditMonthly + account.creditPackage - account.reserved;

function refreshPicture(engine: Engine, account: AccountRow | undefined, candidate: AccountSnapshot): void {
  if (account) engine.pool.put(snapshotOf(account, candidate.coolingUntil));
  else engine.pool.remove(candidate.id);
}

/**
 * What each kind of upstream would charge for the request; kinds that cannot carry it out are absent. A stand-in
 * that only draws is left out where the pool has any other kind of account (DESIGN §8).
 */
function costsOf(engine: Engine, request: JobRequest): Map<string, Credits> {
  const costs = new Map<string, Credits>();
  const kinds = [...engine.pool.upstreams()];
  const real = kinds.some((kind) => !upstreamOf(engine, kind).traits.sandbox);
  for (const kind of kinds) {
    const upstream = upstreamOf(engine, kind);
    if ((real && upstream.traits.sandbox) || !upstream.supports(request)) continue;
    const cost = upstream.cost(request);
    if (cost !== undefined) costs.set(kind, cost);
  }
  return costs;
}

function explain(chosen: AccountSnapshot, choice: Choice, slot: number): Json {
  const runnersUp = choice.candidates
    .filter((c) => c.id !== chosen.id)
    .map((c) => ({ account: c.name, inUse: c.inUse, maxJobs: c.maxJobs }));
  return { account: chosen.name, slot, runnersUp, others: choice.reasons };
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
  yield* q.accounts.adjust(account.id, { reserved: made.cost }, made.now);
  return { ...row, state: 'sending', ref: null, costState: 'reserved', polls: 0, acceptedAt: null, endedAt: null };
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

/** What is sent, and to whom. */
async function readOrder(engine: Engine, { job, attempt }: Placed) {
  const request = job.request as unknown as JobRequest;
  return engine.store.read(function* (q) {
    const account = must(yield* q.accounts.get(attempt.accountId), 'account');
    const inputs: AttemptInput[] = [];
    for (const { role, kind, assetId, name } of request.inputs) {
      const { blobKey, info } = must(yield* q.assets.get(assetId), `asset ${assetId}`);
      const known = { role, kind, assetId, blobKey, info: info as unknown as AttemptInput['info'] };
      inputs.push(name === undefined ? known : { ...known, name });
    }
    return { account, order: { id: attempt.id, jobId: job.id, request, inputs } };
  });
}

/** The call itself. Whatever is thrown by it leaves the outcome unknown. */
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
    engine.effects.log.warn(
      { job: job.id, attempt: attempt.id, cause: messageOf(error) },
      'outcome of a create call was not learned',
    );
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
  await engine.store.write('record', function* (q) {
    switch (outcome.type) {
      case 'accepted': {
        yield* q.attempts.change(attempt.id, { state: 'accepted', ref: outcome.ref, acceptedAt: now });
        const delay = yield* engine.work.asking.pauseMs(engine, q, job, 0);
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
  if (outcome.type === 'unsent' || outcome.type === 'refused') {
    await refreshAccount(engine, attempt.accountId);
    engine.work.attempts.delete(attempt.id);
    coolAccount(engine, attempt.accountId, outcome);
    engine.store.notify('slots');
    engine.store.notify('queue');
  }
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
  const mine = code !== null && ERRORS[code].owner === 'caller';
  const refusals = (yield* q.attempts.ofJob(job.id)).filter((a) => a.state === 'refused').length;
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
  yield* q.accounts.adjust(attempt.accountId, { reserved: -attempt.cost }, now);
}
