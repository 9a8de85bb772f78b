import type {
  AuditView,
  EntryPage,
  GrantView,
  KeyView,
  PoolView,
  StatementView,
  TenantView,
} from '../../contracts/administration.ts';
import { isoTime } from '../../std/clock.ts';
import { type Credits, toWhole } from '../../std/credits.ts';
import type { Json } from '../../std/json.ts';
import type { AuditWire } from './schemas/audit.ts';
import type { GrantWire } from './schemas/grants.ts';
import type { StatementWire } from './schemas/jobs.ts';
import type { KeyWire } from './schemas/keys.ts';
import type { EntriesWire } from './schemas/ledger.ts';
import type { PoolWire } from './schemas/pools.ts';
import type { TenantWire } from './schemas/tenants.ts';

const timeOrNull = (at: number | null): string | null => (at === null ? null : isoTime(at));
const wholeOrNull = (amount: Credits | null): number | null => (amount === null ? null : toWhole(amount));

/** A tenant. */
export function encodeTenant(tenant: TenantView): TenantWire {
  return { ...tenant, monthlyCredits: toWhole(tenant.monthlyCredits), createdAt: isoTime(tenant.createdAt) };
}

/** A key, without its secret. */
export function encodeKey(key: KeyView): KeyWire {
  return {
    ...key,
    models: key.models && [...key.models],
    operations: key.operations && [...key.operations],
    expiresAt: timeOrNull(key.expiresAt),
    budgetDay: wholeOrNull(key.budgetDay),
    budgetMonth: wholeOrNull(key.budgetMonth),
    createdAt: isoTime(key.createdAt),
    revokedAt: timeOrNull(key.revokedAt),
  };
}

/** Credits that were given. */
export function encodeGrant(grant: GrantView): GrantWire {
  return {
    ...grant,
    amount: toWhole(grant.amount),
    remaining: toWhole(grant.remaining),
    expiresAt: timeOrNull(grant.expiresAt),
    createdAt: isoTime(grant.createdAt),
  };
}

/** A pool. */
export function encodePool(pool: PoolView): PoolWire {
  const { all, accountIds, tags } = pool.members;
  return {
    ...pool,
    members: { all, accountIds: [...accountIds], tags: [...tags] },
    createdAt: isoTime(pool.createdAt),
    updatedAt: isoTime(pool.updatedAt),
  };
}

/** A page of the ledger. */
export function encodeEntries(page: EntryPage): EntriesWire {
  return {
    entries: page.entries.map((entry) => ({ ...entry, at: isoTime(entry.at), amount: toWhole(entry.amount) })),
    nextBefore: page.nextBefore,
  };
}

/** The statement of a job. */
export function encodeStatement(statement: StatementView): StatementWire {
  const { hold, lines } = statement;
  return {
    ...statement,
    price: toWhole(statement.price),
    hold: hold && {
      ...hold,
      amount: toWhole(hold.amount),
      captured: toWhole(hold.captured),
      openedAt: isoTime(hold.openedAt),
      closedAt: timeOrNull(hold.closedAt),
      slices: hold.slices.map((slice) => ({ ...slice, amount: toWhole(slice.amount) })),
    },
    lines: lines.map((line) => ({ ...line, at: isoTime(line.at), amount: toWhole(line.amount) })),
  };
}

/** A page of the audit log; a full one may be followed by another. */
export function encodeAudit(changes: readonly AuditView[], limit: number): AuditWire {
  const last = changes.at(-1);
  return {
    changes: changes.map((change) => ({
      ...change,
      at: isoTime(change.at),
      before: encodeState(change.before),
      after: encodeState(change.after),
    })),
    nextBefore: last !== undefined && changes.length === limit ? last.id : null,
  };
}

/** Members of what was changed that are amounts, and those that are times. */
const AMOUNTS: ReadonlySet<string> = new Set(['monthlyCredits', 'budgetDay', 'budgetMonth', 'amount', 'remaining']);
const TIMES: ReadonlySet<string> = new Set(['createdAt', 'updatedAt', 'expiresAt', 'revokedAt']);

function encodeState(state: Json): Json {
  if (state === null || typeof state !== 'object' || Array.isArray(state)) return state;
  return Object.fromEntries(
    Object.entries(state).map(([name, value]) => {
      if (typeof value !== 'number') return [name, value];
      if (AMOUNTS.has(name)) return [name, toWhole(value)];
      return [name, TIMES.has(name) ? isoTime(value) : value];
    }),
  );
}
