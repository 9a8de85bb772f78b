/** A tenant's credits, by the kind of grant they came from. */
import type { BalanceView } from '../../contracts/views.ts';
import type { Engine } from '../context.ts';
import { tenantOwner } from './money.ts';

/** Reads them. Grants that have expired and were not taken back yet do not count. */
export function balance(engine: Engine, tenantId: number): Promise<BalanceView> {
  const now = engine.effects.clock.now();
  return engine.store.read(function* (q) {
    const view = { tenantId, tenant: '', available: 0, held: 0, daily: 0, monthly: 0, package: 0, promo: 0 };
    view.tenant = (yield* q.tenants.get(tenantId))?.name ?? '';
    for (const grant of yield* q.books.grantsOf(tenantId)) {
      if (grant.expiresAt !== null && grant.expiresAt <= now) continue;
      view[grant.kind] += grant.remaining;
      view.available += grant.remaining;
    }
    for (const book of yield* q.books.of(tenantOwner(tenantId))) if (book.name === 'held') view.held = book.balance;
    return view;
  });
}
