/** Pools, as admins make and change them. Who belongs to one, and how it chooses, is core/pools.ts and core/placement.ts. */
import type { Administration, PoolOrder, PoolView } from '../../contracts/administration.ts';
import type { Op, Statements } from '../../contracts/store.ts';
import type { Principal } from '../../contracts/views.ts';
import { DEFAULT_POOL_ID, type PoolMembers } from '../../core/pools.ts';
import { Refusal } from '../../std/errors.ts';
import { requireAdmin } from './access.ts';
import { administer } from './administer.ts';
import { type Engine, findOr } from '../context.ts';

type PoolMethods = Pick<Administration, 'pools' | 'pool' | 'addPool' | 'changePool' | 'removePool'>;

export function poolMethods(engine: Engine): PoolMethods {
  /** Placement pictures the pools beside the accounts. */
  const changed = async <T>(change: Promise<T>): Promise<T> => {
    const answer = await change;
    engine.store.notify('accounts');
    engine.store.notify('queue');
    return answer;
  };
  return {
    async pools(who) {
      requireAdmin(who);
      return engine.store.read((q) => q.pools.list());
    },
    async pool(who, id) {
      requireAdmin(who);
      return findOr(engine, (q) => q.pools.get(id), 'not_found', noPool(id).message);
    },
    addPool: (who, order, once) => changed(addPool(engine, who, order, once)),
    changePool: (who, id, change, once) => changed(changePool(engine, who, id, change, once)),
    removePool: (who, id, once) => changed(removePool(engine, who, id, once)),
  };
}

const noPool = (id: number): Refusal =>
  new Refusal('not_found', { field: 'id', message: `There is no pool ${id}. List the pools to see their ids.` });

const nameTaken = (name: string): Refusal =>
  new Refusal('parameter_invalid', {
    field: 'name',
    message: `name: there is a pool ${name} already. Use another name.`,
  });

function addPool(
  engine: Engine,
  who: Principal,
  order: PoolOrder,
  once: Parameters<Administration['addPool']>[2],
): Promise<PoolView> {
  return administer(engine, who, 'pool.create', once, function* (q, now) {
    yield* checkMembers(q, order.members);
    const answer = yield* q.pools.insert({ ...order, createdAt: now });
    if (!answer) throw nameTaken(order.name);
    return { answer, subject: `pool:${answer.id}`, before: null, after: answer };
  });
}

function changePool(
  engine: Engine,
  who: Principal,
  id: number,
  change: Partial<PoolOrder>,
  once: Parameters<Administration['changePool']>[3],
): Promise<PoolView> {
  return administer(engine, who, 'pool.change', once, function* (q, now) {
    const before = yield* q.pools.get(id);
    if (!before) throw noPool(id);
    if (id === DEFAULT_POOL_ID && change.members?.all === false) {
      const message =
        'members: every account belongs to the default pool. Make a pool of its own, and give it to keys.';
      throw new Refusal('parameter_invalid', { field: 'members', message });
    }
    if (change.members) yield* checkMembers(q, change.members);
    const twin = change.name === undefined ? undefined : yield* q.pools.byName(change.name);
    if (twin && twin.id !== id) throw nameTaken(twin.name);
    const answer = (yield* q.pools.change(id, change, now)) ?? before;
    return { answer, subject: `pool:${id}`, before, after: answer };
  });
}

function removePool(
  engine: Engine,
  who: Principal,
  id: number,
  once: Parameters<Administration['removePool']>[2],
): Promise<PoolView> {
  return administer(engine, who, 'pool.remove', once, function* (q) {
    const before = yield* q.pools.get(id);
    if (!before) throw noPool(id);
    const { keys, jobs } = yield* q.pools.uses(id);
    if (id === DEFAULT_POOL_ID || keys > 0 || jobs > 0) {
      const why = id === DEFAULT_POOL_ID ? 'It is the default.' : `${keys} keys and ${jobs} unfinished jobs use it.`;
      throw new Refusal('in_use', { field: 'id', message: `Pool ${id} cannot be removed. ${why}` });
    }
    yield* q.pools.remove(id);
    return { answer: before, subject: `pool:${id}`, before, after: null };
  });
}

function* checkMembers(q: Statements, members: PoolMembers): Op<void> {
  for (const id of members.accountIds) {
    if (yield* q.accounts.get(id)) continue;
    const message = `members.accountIds: there is no account ${id}. List the accounts to see their ids.`;
    throw new Refusal('parameter_invalid', { field: 'members.accountIds', message });
  }
}
