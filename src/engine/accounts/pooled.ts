/**
 * Pooled tenants (the single owner of all accounts): their credits are those of the accounts that count in their unit.
 *
 * The books stay sums of entries: after a balance refresh, what the accounts were observed to have is compared with what
 * the books expect (available and held), and the difference is one entry against the operator's `upstream` book. It goes
 * to one grant that never expires. Only accounts of the same unit are added up, and no job is accepted that no single
 * one of them could pay for, however large the sum (`payable`).
 */
import type { Op, Statements, TenantRow } from '../../contracts/store.ts';
import type { Engine } from '../context.ts';
import { changeGrant, tenantOwner } from '../books/money.ts';

/** Period of the grant that follows the accounts: a tenant has one. */
export const POOLED_PERIOD = 'pooled';

/** Units that accounts of the upstreams of this gateway may count in. */
export function knownUnits(engine: Pick<Engine, 'upstreams'>): string[] {
  const units = [...engine.upstreams.values()].map(({ kind, traits }) => traits.unit ?? kind);
  return [...new Set(units)].sort();
}

/** Makes the books of every pooled tenant follow the accounts. Call it after balances of accounts were written. */
export function* followAccounts(engine: Pick<Engine, 'books'>, q: Statements, now: number): Op<void> {
  for (const tenant of yield* q.tenants.list()) {
    if (tenant.mode === 'pooled') yield* follow(engine, q, tenant, now);
  }
}

/** Posts observed − expected for one pooled tenant. */
export function* follow(
  engine: Pick<Engine, 'books'>,
  q: Statements,
  tenant: Pick<TenantRow, 'id' | 'unit'>,
  now: number,
): Op<void> {
  const observed = yield* q.accounts.total(tenant.unit ?? '');
  const grant = yield* q.books.insertGrant({
    tenantId: tenant.id,
    kind: 'package',
    amount: 0,
    remaining: 0,
    expiresAt: null,
    priority: 0,
    period: POOLED_PERIOD,
    createdAt: now,
  });
  // Locked until the unit ends, like the grants a create spends: no hold comes between the sum and its correction.
  const grants = yield* q.books.spendable(tenant.id, now);
  const pooled = grant ?? (yield* q.books.grantsOf(tenant.id)).find(({ period }) => period === POOLED_PERIOD);
  if (!pooled) throw new Error(`tenant ${tenant.id} has no grant that follows the accounts`);
  const available = grants.reduce((sum, { remaining }) => sum + remaining, 0);
  const held = (yield* q.books.of(tenantOwner(tenant.id))).find(({ name }) => name === 'held')?.balance ?? 0;
  const left = grants.find(({ id }) => id === pooled.id)?.remaining ?? 0;
  // What is held may be more than the accounts have; available does not fall below zero.
  const by = Math.max(observed - held - available, -left);
  yield* changeGrant(engine, q, pooled, { by, book: 'upstream' }, now);
}

/** A tenant that changes its mode or unit starts from nothing of the old: whatever it could spend goes back. */
export function* leaveAccounts(
  engine: Pick<Engine, 'books'>,
  q: Statements,
  tenant: Pick<TenantRow, 'id' | 'mode'>,
  now: number,
): Op<void> {
  yield* q.books.spendable(tenant.id, now);
  for (const grant of yield* q.books.grantsOf(tenant.id)) {
    if (tenant.mode === 'metered' && grant.period !== POOLED_PERIOD) continue;
    const book = grant.period === POOLED_PERIOD ? 'upstream' : 'adjustments';
    yield* changeGrant(engine, q, grant, { by: -grant.remaining, book }, now);
  }
}
