/** Credits that admins give, and take back. */
import type { Administration, GrantOrder, GrantView } from '../../contracts/administration.ts';
import type { GrantRow } from '../../contracts/store.ts';
import type { Principal } from '../../contracts/views.ts';
import { type Credits, formatCredits } from '../../std/credits.ts';
import { Refusal } from '../../std/errors.ts';
import { requireAdmin } from './access.ts';
import { administer } from './administer.ts';
import { type Engine, must } from '../context.ts';
import { changeGrant, giveGrant } from '../books/money.ts';
import { tenantOr404 } from './tenants.ts';

type GrantMethods = Pick<Administration, 'grants' | 'give' | 'adjustGrant'>;

export function grantMethods(engine: Engine): GrantMethods {
  return {
    async grants(who, tenantId) {
      requireAdmin(who);
      return engine.store.read(function* (q) {
        yield* tenantOr404(q, tenantId, 'tenant');
        return yield* q.books.grantsOf(tenantId);
      });
    },
    give: (who, order, once) => give(engine, who, order, once),
    adjustGrant: (who, id, change, once) => adjust(engine, who, id, change, once),
  };
}

function give(
  engine: Engine,
  who: Principal,
  order: GrantOrder,
  once: Parameters<Administration['give']>[2],
): Promise<GrantView> {
  return administer(engine, who, 'grant.create', once, function* (q, now) {
    const tenant = yield* tenantOr404(q, order.tenantId, 'tenantId');
    if (tenant.mode === 'pooled') throw followsAccounts(tenant.id);
    if (order.expiresAt !== null && order.expiresAt <= now) {
      const message = 'expiresAt lies in the past. Give a later time, or leave it out for credits that do not expire.';
      throw new Refusal('parameter_invalid', { field: 'expiresAt', message });
    }
    const row = must(yield* giveGrant(engine.books, q, { ...order, period: null }, now), 'a new grant');
    return { answer: row, subject: `grant:${row.id}`, before: null, after: row };
  });
}

function adjust(
  engine: Engine,
  who: Principal,
  id: number,
  change: { by: Credits; note: string },
  once: Parameters<Administration['adjustGrant']>[3],
): Promise<GrantView> {
  return administer(engine, who, 'grant.adjust', once, function* (q, now) {
    const before = yield* q.books.grant(id);
    const none = `There is no grant ${id}. List the grants of a tenant to see their ids.`;
    if (!before) throw new Refusal('not_found', { field: 'id', message: none });
    const tenant = yield* tenantOr404(q, before.tenantId);
    if (tenant.mode === 'pooled') throw followsAccounts(tenant.id);
    if (before.expiresAt !== null && before.expiresAt <= now) {
      throw new Refusal('parameter_invalid', { field: 'id', message: `Grant ${id} has expired. Give a new one.` });
    }
    if (!(yield* changeGrant(engine, q, before, { by: change.by, book: 'adjustments' }, now))) {
      const message = `by: only ${formatCredits(before.remaining)} credits remain of grant ${id}. Take away at most that.`;
      throw new Refusal('credits_insufficient', { field: 'by', message });
    }
    const answer: GrantRow = must(yield* q.books.grant(id), `grant ${id}`);
    return { answer, subject: `grant:${id}`, before, after: { ...answer, note: change.note } };
  });
}

function followsAccounts(tenantId: number): Refusal {
  return new Refusal('parameter_invalid', {
    field: 'tenantId',
    message: `Tenant ${tenantId} is pooled: it has what its accounts have. Add credits to the accounts, or make it metered.`,
  });
}
