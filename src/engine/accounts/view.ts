/** An account as an admin may see it: secrets masked. */
import type { AccountGroupRow, AccountRow } from '../../contracts/store.ts';
import type { AccountView, PlanInfo } from '../../contracts/views.ts';
import { dayNumber } from '../../core/calendar.ts';
import { capOf, restLeftMs } from '../../core/health.ts';
import { maskSecret, Unsealable } from '../../std/crypto.ts';
import { isObject, type Json, type JsonObject } from '../../std/json.ts';
import { type Engine, openSecret, upstreamOf } from '../context.ts';

/** The view of a row; `group` is the group it names. */
export function accountView(engine: Engine, row: AccountRow, group: AccountGroupRow | undefined): AccountView {
  const now = engine.effects.clock.now();
  const { secret, fault } = secretOf(engine, row);
  const plan = row.plan as unknown as PlanInfo;
  const today = row.day === dayNumber(now);
  return {
    id: row.id,
    name: row.name,
    upstream: row.upstream,
    unit: row.unit,
    maxJobs: row.maxJobs,
    maxJobsNow: capOf(row.maxJobs, row.learnedCap, now),
    state: row.state === 'removed' ? 'removing' : row.state,
    inUse: row.inUse,
    credits: { daily: row.creditDaily, monthly: row.creditMonthly, package: row.creditPackage, reserved: row.reserved },
    refreshAt: { daily: timeOf(plan.dailyRefreshAt), monthly: timeOf(plan.renewsAt) },
    refreshedAt: row.refreshedAt === 0 ? null : row.refreshedAt,
    today: { jobs: today ? row.dayJobs : 0, credits: today ? row.dayCredits : 0 },
    settings: row.settings,
    group: group ? { name: group.name, maxJobs: group.maxJobs, inUse: group.inUse } : null,
    health: fault === null ? healthOf(row, now) : { state: 'refused', reason: fault, since: null, until: null },
    plan,
    secret: shown(engine, row, secret),
    session: sessionOf(row, secret),
    lastUsedAt: row.lastUsedAt === 0 ? null : row.lastUsedAt,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}

/** The secret, or why it does not open: then nothing can be started there. */
function secretOf(engine: Engine, row: AccountRow): { secret: Json; fault: string | null } {
  try {
    return { secret: openSecret(engine, row), fault: null };
  } catch (error) {
    if (error instanceof Unsealable) return { secret: null, fault: error.message };
    throw error;
  }
}

const timeOf = (at: number | undefined): number | null => (at === undefined || at === 0 ? null : at);

function healthOf({ health }: AccountRow, now: number): AccountView['health'] {
  if (health === null) return { state: 'ok', reason: null, since: null, until: null };
  const { ailment, reason, since, until, probing } = health;
  const over = restLeftMs(health, now) === 0;
  return { state: probing || over ? 'probing' : ailment, reason, since, until };
}

function shown(engine: Engine, row: AccountRow, secret: Json): JsonObject {
  const upstream = upstreamOf(engine, row.upstream);
  if (secret === null) return {};
  if (upstream.showSecret) return upstream.showSecret(secret);
  // Of a kind that does not say what may be shown, nothing is.
  const members = isObject(secret) ? Object.entries(secret as JsonObject) : [];
  return Object.fromEntries(
    members.flatMap(([name, value]) => (typeof value === 'string' ? [[name, maskSecret(value)]] : [])),
  );
}

/** What doors that know accounts by their logins show. */
function sessionOf(row: AccountRow, secret: Json): AccountView['session'] {
  const members = isObject(secret) ? (secret as JsonObject) : {};
  const { expiresAt, token } = members;
  return {
    username: row.name.split('@')[0] ?? row.name,
    expiresAt: typeof expiresAt === 'number' ? expiresAt : 0,
    tokenMasked: maskSecret(typeof token === 'string' ? token : ''),
  };
}
