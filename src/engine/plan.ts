/**
 * Jobs before they are there: a dry run of one, a plan of many, and making a whole plan at once.
 *
 * All three run the unit that accepts jobs (admit.ts), so that they refuse what a create refuses and say the price it has.
 * What is only asked about is undone within the unit. A plan that is run is one unit: a crash leaves all of its jobs, each
 * with its hold, or none (promise P2).
 */
import type { Idempotency } from '../contracts/administration.ts';
import type { BalanceChange, DryRunView, PlanView, QuoteView, RefusalView } from '../contracts/planning.ts';
import type { KeyRow, Op, Statements } from '../contracts/store.ts';
import type { Principal } from '../contracts/views.ts';
import { type PlanJob, planJobs } from '../core/plan.ts';
import { type Credits, formatCredits } from '../std/credits.ts';
import { type ErrorCode, Refusal } from '../std/errors.ts';
import type { KeyMemory } from './admin/access.ts';
import { onceOnly } from './admin/administer.ts';
import { enter, keyFor, type Prepared, prepare } from './admit.ts';
import type { Engine } from './context.ts';
import { expectedView, planJob, type Standing, standing } from './forecast.ts';
import type { JobOrder } from './gateway.ts';

/** Refusals that credits or waiting can end: a dry run tells of them beside what it found out. */
const TOLD: ReadonlySet<ErrorCode> = new Set([
  'credits_insufficient',
  'budget_exceeded',
  'queue_full',
  'concurrency_reached',
]);

/** What a plan is made of: orders, and refusals of what could not even be read as one. */
export interface PlanOrder {
  readonly orders: readonly (JobOrder | Refusal)[];
  /** Make the jobs, all of them or none. */
  readonly run: boolean;
  /** Refuse to run where it costs more; null for no limit. */
  readonly priceMax: Credits | null;
  readonly idempotency: Idempotency | null;
}

/** One order with the key it is placed with. */
interface Ordered {
  readonly order: JobOrder;
  readonly key: KeyRow;
  readonly id: number;
}

/** What became of an order within the unit. */
interface Tried {
  readonly prepared: Prepared | null;
  readonly refusal: Refusal | null;
}

/** What a job would come to. Refuses what a create refuses for good, and tells of the rest. */
export async function dryRun(engine: Engine, memory: KeyMemory, who: Principal, order: JobOrder): Promise<DryRunView> {
  const ordered = { order, key: await keyFor(engine, memory, who, order.place), id: engine.ids.next() };
  const stands = await standing(engine, ordered.key);
  return await engine.store.write('dry-run', (q) =>
    q.trials.undo(function* () {
      const balance = yield* available(engine, q, who);
      const tried = yield* tryOne(engine, q, who, ordered);
      if (tried.refusal && !TOLD.has(tried.refusal.code)) throw tried.refusal;
      const [job] = yield* quotes(engine, q, stands, [tried], false);
      if (!job) throw new Error('a dry run lost its job');
      return { ...job, balance: change(balance, [job]), estimate: stands.estimate };
    }),
  );
}

/** What jobs would come to, or the jobs themselves. */
export async function plan(engine: Engine, memory: KeyMemory, who: Principal, order: PlanOrder): Promise<PlanView> {
  const { orders, run, idempotency } = order;
  const ordered: (Ordered | Refusal)[] = [];
  for (const one of orders) ordered.push(one instanceof Refusal ? one : await keyed(engine, memory, who, one));
  const anyKey = await keyFor(engine, memory, who, undefined);
  const stands = await standing(engine, anyKey);
  await engine.effects.fault('admit.decoded');
  const view = await engine.store.write('plan', function* (q) {
    const work = () => planUnit(engine, q, who, ordered, { ...order, stands });
    if (!run) return yield* q.trials.undo(work);
    return yield* onceOnly(engine, q, who, idempotency, work);
  });
  if (run) {
    await engine.effects.fault('admit.committed');
    engine.store.notify('queue');
  }
  return view;
}

async function keyed(engine: Engine, memory: KeyMemory, who: Principal, order: JobOrder): Promise<Ordered | Refusal> {
  try {
    return { order, key: await keyFor(engine, memory, who, order.place), id: engine.ids.next() };
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

function* planUnit(
  engine: Engine,
  q: Statements,
  who: Principal,
  ordered: readonly (Ordered | Refusal)[],
  { run, priceMax, stands }: PlanOrder & { stands: Standing },
): Op<PlanView> {
  const balance = yield* available(engine, q, who);
  const tried: Tried[] = [];
  for (const [index, one] of ordered.entries()) {
    const result: Tried =
      one instanceof Refusal ? { prepared: null, refusal: one } : yield* tryOne(engine, q, who, one);
    // All or none: the first that is refused refuses the plan.
    if (run && result.refusal) throw placed(result.refusal, index);
    tried.push(result);
  }
  const jobs = yield* quotes(engine, q, stands, tried, run);
  const taken = jobs.filter(({ refusal }) => refusal === null);
  const price = taken.reduce((sum, job) => sum + (job.price ?? 0), 0);
  if (run && priceMax !== null && price > priceMax) {
    throw new Refusal('price_exceeded', {
      field: 'priceMax',
      message: `The plan costs ${formatCredits(price)} credits, more than priceMax (${formatCredits(priceMax)}). Raise priceMax, or ask for less.`,
    });
  }
  const ends = taken.flatMap(({ expected }) => (expected === null ? [] : [expected.endsAt]));
  return {
    jobs,
    made: run,
    price,
    balance: change(balance, jobs),
    endsAt: ends.length === 0 ? null : Math.max(...ends),
    estimate: stands.estimate,
  };
}

/** Accepts one order as far as it goes; of one that is refused nothing stays, so that it takes nothing from the next. */
function* tryOne(engine: Engine, q: Statements, who: Principal, { order, key, id }: Ordered): Op<Tried> {
  const now = engine.effects.clock.now();
  let prepared: Prepared | null = null;
  try {
    const ready = yield* prepare(engine, q, who, key, order, { id, now });
    prepared = ready;
    yield* q.trials.attempt(() => enter(engine, q, key, ready));
    return { prepared, refusal: null };
  } catch (error) {
    if (error instanceof Refusal) return { prepared, refusal: error };
    throw error;
  }
}

/** The orders as they are told, with the times of those that would be accepted. */
function* quotes(
  engine: Engine,
  q: Statements,
  { picture, waiting, usual }: Standing,
  tried: readonly Tried[],
  made: boolean,
): Op<QuoteView[]> {
  const planned: PlanJob[] = [...waiting];
  for (const { prepared, refusal } of tried) {
    // One that is only short of credits is told when it would run with them.
    const told = refusal === null || TOLD.has(refusal.code);
    if (prepared && told) planned.push(yield* planJob(engine, q, prepared.job, usual));
  }
  const expected = planJobs(picture, planned);
  return tried.map(({ prepared, refusal }) => {
    const found = prepared ? expected.get(prepared.job.id) : undefined;
    return {
      request: prepared?.request ?? null,
      price: prepared?.job.price ?? null,
      refusal: refusal && refusalView(refusal),
      expected: expectedView(found, picture.wall),
      reasons: found?.reasons ?? {},
      jobId: made && prepared ? prepared.job.id : null,
    };
  });
}

function refusalView({ code, message, field, retryAfterS }: Refusal): RefusalView {
  return { code, message, field: field ?? null, retryAfterS: retryAfterS ?? null };
}

function* available(engine: Engine, q: Statements, who: Principal): Op<Credits> {
  const grants = yield* q.books.spendable(who.tenantId, engine.effects.clock.now());
  return grants.reduce((sum, { remaining }) => sum + remaining, 0);
}

function change(before: Credits, jobs: readonly QuoteView[]): BalanceChange {
  const spent = jobs.reduce((sum, { refusal, price }) => sum + (refusal === null ? (price ?? 0) : 0), 0);
  return { available: before, after: before - spent };
}

/** A refusal of one job of a plan as that of the plan. */
function placed({ code, message, field, retryAfterS }: Refusal, index: number): Refusal {
  const place = `jobs[${index}]`;
  return new Refusal(code, {
    field: field === undefined ? place : `${place}.${field}`,
    message: `${place}: ${message} Nothing of the plan was made.`,
    ...(retryAfterS === undefined ? {} : { retryAfterS }),
  });
}
