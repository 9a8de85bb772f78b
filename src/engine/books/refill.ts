/** The credits that tenants are given every month. */
import type { Op, Statements, TenantRow } from '../../contracts/store.ts';
import { monthlyPeriod } from '../../core/calendar.ts';
import type { Engine } from '../context.ts';
import { giveGrant } from './money.ts';

/** Gives every tenant the refill of the period that `now` lies in, unless it has it. */
export function* refill(engine: Pick<Engine, 'books'>, q: Statements, now: number): Op<void> {
  for (const tenant of yield* q.tenants.list()) yield* refillTenant(engine, q, tenant, now);
}

/** One tenant's refill; a pooled tenant gets none: it has what its accounts have. */
export function* refillTenant(engine: Pick<Engine, 'books'>, q: Statements, tenant: TenantRow, now: number): Op<void> {
  if (tenant.monthlyCredits === 0 || tenant.mode === 'pooled') return;
  const period = monthlyPeriod(now, tenant.anchorDay);
  yield* giveGrant(
    engine.books,
    q,
    {
      tenantId: tenant.id,
      kind: 'monthly',
      amount: tenant.monthlyCredits,
      expiresAt: period.endsAt,
      period: period.name,
    },
    now,
  );
}
