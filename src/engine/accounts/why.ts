/** Why a job waits, or went where it went (promise P10): every account is looked at, which only happens when asked for. */
import type { AttemptRow, JobRow, LaneRow } from '../../contracts/store.ts';
import type { Principal, WhyView } from '../../contracts/views.ts';
import type { AccountSnapshot, Requirement } from '../../core/account.ts';
import { lift } from '../../core/fairness.ts';
import { openAt } from '../../core/hours.ts';
import type { Reasons } from '../../core/placement.ts';
import { restOf } from '../../core/shelf.ts';
import { endsWithJobs, median, usualWaitMs, WAITING, waitsFor } from '../../core/waiting.ts';
import { chooseAccount, type Wanted, wanted } from './choice.ts';
import type { Engine } from '../context.ts';
import { FAIR_LEVEL } from '../dispatch.ts';
import { accountPages, snapshotOf } from './picture.ts';
import { seenJob } from '../views.ts';

/** Places in line are counted up to here. */
const AHEAD_MAX = 1_000;
/** Durations that say how long a kind of job usually takes. */
const SEEN_MAX = 50;

/** What is read of a job that waits. */
interface Waiting {
  readonly found: Wanted;
  readonly ahead: number;
  readonly lanes: readonly LaneRow[];
  readonly level: number;
  readonly seen: readonly { tookMs: number; expectedMs: number }[];
}

/** The explanation of one job. A client key is shown no accounts. */
export async function why(engine: Engine, who: Principal, id: number): Promise<WhyView> {
  const { row, attempts, names, waiting } = await engine.store.read(function* (q) {
    const row = yield* seenJob(q, who, id);
    const attempts = yield* q.attempts.ofJob(id);
    const names = new Map<number, string>();
    for (const { accountId } of attempts) {
      const account = yield* q.accounts.get(accountId);
      if (account) names.set(accountId, account.name);
    }
    if (row.state !== 'queued') return { row, attempts, names, waiting: null };
    const found = yield* wanted(engine, q, row);
    const ahead = yield* q.jobs.ahead(row, AHEAD_MAX);
    const lanes = yield* q.jobs.lanes();
    const level = Number((yield* q.meta.get(FAIR_LEVEL)) ?? 0);
    const seen = yield* q.attempts.durations(row.operation, row.model, SEEN_MAX);
    return { row, attempts, names, waiting: { found, ahead, lanes, level, seen } };
  });
  const detail = who.role === 'admin';
  const looked = waiting && (await look(engine, row, waiting));
  return {
    jobId: row.id,
    state: row.state,
    waitsFor: looked?.waitsFor ?? null,
    place: looked?.place ?? null,
    reasons: detail ? (looked?.reasons ?? {}) : null,
    accounts: detail ? (looked?.accounts ?? []) : null,
    placements: detail ? attempts.map((attempt) => placementView(attempt, names)) : null,
  };
}

function placementView(
  attempt: AttemptRow,
  names: ReadonlyMap<number, string>,
): NonNullable<WhyView['placements']>[number] {
  const { number, state, code, sentAt, placement } = attempt;
  const account = names.get(attempt.accountId) ?? String(attempt.accountId);
  return { number, account, state, code, placedAt: sentAt, placement };
}

type Looked = Required<{ [K in 'waitsFor' | 'place' | 'reasons' | 'accounts']: NonNullable<WhyView[K]> }>;

/** Looks at every account with the eyes of one job. */
async function look(engine: Engine, row: JobRow, waiting: Waiting): Promise<Looked> {
  const { requirement } = chooseAccount(engine, waiting.found);
  const accounts: Looked['accounts'][number][] = [];
  const reasons: Reasons = {};
  let eligible = 0;
  let slots = 0;
  let soonest = Number.POSITIVE_INFINITY;
  for await (const rows of accountPages(engine)) {
    for (const one of rows) {
      const account = snapshotOf(engine.effects.clock, one, engine.pool.get(one.id));
      const verdict = engine.pool.verdict(account, requirement);
      const until = verdict === null ? null : endOf(account, verdict, requirement);
      accounts.push({ id: account.id, account: account.name, verdict: verdict ?? 'eligible', until });
      if (verdict === null) eligible += 1;
      else reasons[verdict] = (reasons[verdict] ?? 0) + 1;
      if (verdict === null || verdict === 'full' || verdict === 'group-full') slots += account.maxJobs;
      if (until !== null) soonest = Math.min(soonest, until);
    }
  }
  const what = waitsFor(eligible, reasons);
  const place = placeOf(row, waiting);
  const usual = endsWithJobs(what) ? usualOf(row, waiting, slots, place.share) : null;
  const until = !endsWithJobs(what) && Number.isFinite(soonest) ? soonest : null;
  const usualMs = usual ?? (until === null ? null : Math.max(0, until - requirement.wall));
  return { waitsFor: { what, message: WAITING[what], usualMs, until }, place, reasons, accounts };
}

/** When the reason ends by itself, ms; null where it does not, or with a job. */
function endOf(account: AccountSnapshot, why: string, { now, wall }: Requirement): number | null {
  const rest = restOf(account);
  if (rest.why === why && rest.at > now) return Math.round(wall + rest.at - now);
  if (why !== 'closed' || account.hours === null) return null;
  const { open, forMs } = openAt(account.hours, wall);
  return open ? null : wall + forMs;
}

/** The place of a waiting job: in its own line, and its tenant's among the tenants that wait. */
function placeOf(row: JobRow, { ahead, lanes, level }: Waiting): Looked['place'] {
  const tenants = lift([...new Map(lanes.map((lane) => [lane.tenantId, lane])).values()], level);
  const own = tenants.find((tenant) => tenant.tenantId === row.tenantId);
  const before = tenants.filter(
    (tenant) =>
      own !== undefined &&
      (tenant.servedMs < own.servedMs || (tenant.servedMs === own.servedMs && tenant.tenantId < own.tenantId)),
  ).length;
  const weights = tenants.reduce((sum, tenant) => sum + tenant.weight, 0);
  return { ahead, tenantsBefore: before, tenantsWaiting: tenants.length, share: own ? own.weight / weights : 1 };
}

function usualOf(row: JobRow, { ahead, seen }: Waiting, slots: number, share: number): number {
  const ratio = median(seen.map(({ tookMs, expectedMs }) => tookMs / Math.max(1, expectedMs))) ?? 1;
  return usualWaitMs(ahead, slots, share, ratio * row.expectedSlotMs);
}
