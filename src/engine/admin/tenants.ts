/** Customers of this gateway, as admins make and change them. */
import type { Administration, TenantOrder, TenantView } from '../../contracts/administration.ts';
import type { Op, Statements, TenantRow } from '../../contracts/store.ts';
import type { Principal } from '../../contracts/views.ts';
import { Refusal } from '../../std/errors.ts';
import { requireAdmin } from './access.ts';
import { administer } from './administer.ts';
import { balance } from '../books/balance.ts';
import { type Engine, findOr } from '../context.ts';
import { tenantOwner } from '../books/money.ts';
import { follow, knownUnits, leaveAccounts } from '../accounts/pooled.ts';
import { refillTenant } from '../books/refill.ts';

type TenantMethods = Pick<Administration, 'tenants' | 'tenant' | 'addTenant' | 'changeTenant' | 'balanceOf'>;

/** A tenant as an admin may see it. */
export function tenantView(row: TenantRow): TenantView {
  const { id, name, weight, monthlyCredits, anchorDay, mode, unit, createdAt } = row;
  return { id, name, weight, monthlyCredits, anchorDay, mode, unit, createdAt };
}

/** A tenant that must be there, inside a unit. */
export function* tenantOr404(q: Statements, id: number, field = 'id'): Op<TenantRow> {
  const row = yield* q.tenants.get(id);
  if (!row) throw noTenant(id, field);
  return row;
}

const noTenant = (id: number, field = 'id'): Refusal =>
  new Refusal('not_found', { field, message: `There is no tenant ${id}. List the tenants to see their ids.` });

export function tenantMethods(engine: Engine): TenantMethods {
  const find = (id: number) => findOr(engine, (q) => q.tenants.get(id), 'not_found', noTenant(id).message);
  return {
    async tenants(who) {
      requireAdmin(who);
      return (await engine.store.read((q) => q.tenants.list())).map(tenantView);
    },
    async tenant(who, id) {
      requireAdmin(who);
      return tenantView(await find(id));
    },
    addTenant: (who, order, once) => addTenant(engine, who, order, once),
    changeTenant: (who, id, change, once) => changeTenant(engine, who, id, change, once),
    async balanceOf(who, tenantId) {
      requireAdmin(who);
      await find(tenantId);
      return balance(engine, tenantId);
    },
  };
}

async function addTenant(
  engine: Engine,
  who: Principal,
  order: TenantOrder,
  once: Parameters<Administration['addTenant']>[2],
): Promise<TenantView> {
  checkMode(engine, order);
  return administer(engine, who, 'tenant.create', once, function* (q, now) {
    const row = yield* q.tenants.insert({ ...order, createdAt: now });
    for (const name of ['available', 'held'] as const) yield* q.books.ensure(tenantOwner(row.id), name);
    if (row.mode === 'pooled') yield* follow(engine, q, row, now);
    else yield* refillTenant(engine, q, row, now);
    const answer = tenantView(row);
    return { answer, subject: `tenant:${row.id}`, before: null, after: answer };
  });
}

async function changeTenant(
  engine: Engine,
  who: Principal,
  id: number,
  change: Partial<TenantOrder>,
  once: Parameters<Administration['changeTenant']>[3],
): Promise<TenantView> {
  const changed = await administer(engine, who, 'tenant.change', once, function* (q, now) {
    const before = yield* tenantOr404(q, id);
    const unit = (change.mode ?? before.mode) === 'metered' && change.unit === undefined ? { unit: null } : {};
    checkMode(engine, { ...before, ...change, ...unit });
    const row = (yield* q.tenants.change(id, { ...change, ...unit })) ?? before;
    if (row.mode !== before.mode || row.unit !== before.unit) yield* leaveAccounts(engine, q, row, now);
    if (row.mode === 'pooled') yield* follow(engine, q, row, now);
    else yield* refillTenant(engine, q, row, now);
    return { answer: tenantView(row), subject: `tenant:${id}`, before: tenantView(before), after: tenantView(row) };
  });
  // Keys carry their tenant's mode.
  engine.store.notify('keys');
  engine.store.notify('queue');
  return changed;
}

/** A pooled tenant follows the accounts of one unit; a metered one none. */
function checkMode(engine: Engine, order: Pick<TenantOrder, 'mode' | 'unit' | 'monthlyCredits'>): void {
  const wrong = (field: string, message: string) => new Refusal('parameter_invalid', { field, message });
  if (order.mode === 'metered') {
    if (order.unit !== null)
      throw wrong('unit', 'unit: a metered tenant has none. Leave it out, or set mode to pooled.');
    return;
  }
  const units = knownUnits(engine);
  if (order.unit === null || !units.includes(order.unit)) {
    throw wrong('unit', `unit: a pooled tenant follows the accounts of one unit. Use one of ${units.join(', ')}.`);
  }
  if (order.monthlyCredits > 0) {
    throw wrong('monthlyCredits', 'monthlyCredits: a pooled tenant has what its accounts have. Set it to 0.');
  }
}
