/** How everything stands, for jobs that are not there yet: core/plan.ts plays it forward. */
import type { EstimateView, ExpectedView } from '../contracts/planning.ts';
import type { AccountRow, JobRow, KeyRow, OccupiedRow, Op, Statements } from '../contracts/store.ts';
import { dayNumber } from '../core/calendar.ts';
import { keyOfLane } from '../core/limits.ts';
import type { Expected, PlanAccount, PlanJob, PlanPicture } from '../core/plan.ts';
import { median } from '../core/waiting.ts';
import { requirementOf, wanted } from './accounts/choice.ts';
import { accountPages, snapshotOf } from './accounts/picture.ts';
import type { Engine } from './context.ts';
import { FAIR_LEVEL } from './dispatch.ts';

/** Waiting jobs that are looked at. */
const WAITING_MAX = 1_000;
/** Durations that say how long a kind of job usually takes. */
const SEEN_MAX = 50;

/** What there is before the jobs that are asked about. */
export interface Standing {
  readonly picture: PlanPicture;
  /** Jobs that wait already. */
  readonly waiting: readonly PlanJob[];
  readonly estimate: EstimateView;
  readonly usual: Usual;
}

/** How much longer jobs of a kind usually take than their model's table says; looked up once for each kind. */
export class Usual {
  readonly #ratios = new Map<string, number>();

  /** How long a job is expected to have its slot, ms. */
  *lastsMs(q: Statements, job: Pick<JobRow, 'operation' | 'model' | 'expectedSlotMs'>): Op<number> {
    const kind = `${job.operation}/${job.model}`;
    let ratio = this.#ratios.get(kind);
    if (ratio === undefined) {
      const seen = yield* q.attempts.durations(job.operation, job.model, SEEN_MAX);
      ratio = median(seen.map(({ tookMs, expectedMs }) => tookMs / Math.max(1, expectedMs))) ?? 1;
      this.#ratios.set(kind, ratio);
    }
    return Math.max(1, Math.round(ratio * job.expectedSlotMs));
  }
}

/** Reads how everything stands now. */
export async function standing(engine: Engine, key: KeyRow): Promise<Standing> {
  const { clock } = engine.effects;
  const accounts: PlanAccount[] = [];
  for await (const rows of accountPages(engine)) {
    for (const row of rows) if (row.state !== 'removed') accounts.push(planAccount(engine, row));
  }
  const now = { now: clock.monotonic(), wall: clock.now() };
  return await engine.store.read(function* (q) {
    const usual = new Usual();
    const rows = yield* q.jobs.list({ state: 'queued', limit: WAITING_MAX + 1 });
    const waiting: PlanJob[] = [];
    for (const row of rows.slice(0, WAITING_MAX)) waiting.push(yield* planJob(engine, q, row, usual));
    const occupied = [];
    for (const row of yield* q.attempts.occupied()) {
      const { accountId, keyId } = row;
      occupied.push({ accountId, keyId, freeInMs: freeInMs(row, yield* usual.lastsMs(q, row), now.wall) });
    }
    const picture: PlanPicture = {
      ...now,
      accounts,
      occupied,
      groups: yield* q.accounts.groups(),
      pools: yield* q.pools.list(),
      tenants: (yield* q.tenants.list()).map(({ id, weight, servedMs }) => ({ tenantId: id, weight, servedMs })),
      levelMs: Number((yield* q.meta.get(FAIR_LEVEL)) ?? 0),
      runningMax: yield* limits(q, rows, key),
    };
    return { picture, waiting, usual, estimate: { waiting: waiting.length, whole: rows.length <= WAITING_MAX } };
  });
}

function planAccount(engine: Engine, row: AccountRow): PlanAccount {
  const { paceMs, dailyJobs } = row.settings;
  const today = row.day === dayNumber(engine.effects.clock.now()) ? row.dayJobs : 0;
  return {
    account: snapshotOf(engine.effects.clock, row, engine.pool.get(row.id)),
    paceMs,
    daily: { jobs: dailyJobs, jobsLeft: (dailyJobs ?? 0) - today },
  };
}

/** One that takes longer than usual is expected to end at any moment. */
function freeInMs({ takenAt }: OccupiedRow, lastsMs: number, wall: number): number {
  return Math.max(0, takenAt + lastsMs - wall);
}

function* limits(q: Statements, rows: readonly JobRow[], own: KeyRow): Op<Map<number, number>> {
  const found = new Map<number, number>();
  if (own.runningMax !== null) found.set(own.id, own.runningMax);
  for (const { lane } of rows) {
    const id = keyOfLane(lane);
    if (id === undefined || found.has(id)) continue;
    const max = (yield* q.keys.get(id))?.runningMax ?? null;
    if (max !== null) found.set(id, max);
  }
  return found;
}

/** A job as a plan sees it. */
export function* planJob(engine: Engine, q: Statements, row: JobRow, usual: Usual): Op<PlanJob> {
  const found = yield* wanted(engine, q, row);
  const { id, tenantId, lane, rank, expectedSlotMs: slotMs } = row;
  const requirement = requirementOf(engine, found, found.tried);
  return { id, tenantId, lane, rank, requirement, slotMs, lastsMs: yield* usual.lastsMs(q, row) };
}

/** What is expected of a job, as doors are told. */
export function expectedView(expected: Expected | undefined, wall: number): ExpectedView | null {
  const at = expected?.at;
  if (!at) return null;
  const { id, name } = at.account;
  return {
    account: { id, name },
    startsAt: Math.round(wall + at.startsInMs),
    endsAt: Math.round(wall + at.endsInMs),
  };
}
