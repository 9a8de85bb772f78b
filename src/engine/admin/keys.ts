/** Keys, as admins make, change and end them. */
import type { Administration, KeyOrder, KeySettings, KeyView } from '../../contracts/administration.ts';
import type { KeyRow, Op, Statements } from '../../contracts/store.ts';
import type { Principal } from '../../contracts/views.ts';
import { keyLane } from '../../core/limits.ts';
import { Refusal } from '../../std/errors.ts';
import { type KeyMemory, newKeyRow, requireAdmin } from './access.ts';
import { administer } from './administer.ts';
import { type Engine, findOr } from '../context.ts';
import { tenantOr404 } from './tenants.ts';

type KeyMethods = Pick<Administration, 'keys' | 'key' | 'createKey' | 'changeKey' | 'revokeKey'>;

/** A key as people may see it: everything but its hash. */
export function keyView({ hash: _hash, tenantMode: _mode, ...shown }: KeyRow): KeyView {
  return shown;
}

export function keyMethods(engine: Engine, memory: KeyMemory): KeyMethods {
  /** From the answer on, every process checks keys anew. */
  const changed = async <T>(change: Promise<T>): Promise<T> => {
    const answer = await change;
    memory.clear();
    engine.store.notify('keys');
    return answer;
  };
  return {
    async keys(who, filter) {
      requireAdmin(who);
      return (await engine.store.read((q) => q.keys.list(filter))).map(keyView);
    },
    async key(who, id) {
      requireAdmin(who);
      return keyView(await findOr(engine, (q) => q.keys.get(id), 'not_found', noKey(id).message));
    },
    createKey: (who, order, once) => createKey(engine, who, order, once),
    async changeKey(who, id, change, once) {
      const key = await changed(changeKey(engine, who, id, change, once));
      // It may run more now.
      engine.store.notify('queue');
      return key;
    },
    revokeKey: (who, id, once) => changed(revokeKey(engine, who, id, once)),
  };
}

const noKey = (id: number): Refusal =>
  new Refusal('not_found', { field: 'id', message: `There is no key ${id}. List keys to see their ids.` });

async function createKey(
  engine: Engine,
  who: Principal,
  order: KeyOrder,
  once: Parameters<Administration['createKey']>[2],
): Promise<{ key: KeyView; secret: string }> {
  const { name, role, tenantId = who.tenantId, ...settings } = order;
  const made = newKeyRow(engine, { tenantId, name, role });
  return administer(engine, who, 'key.create', once, function* (q) {
    yield* tenantOr404(q, tenantId, 'tenantId');
    yield* checkPool(q, settings.poolId);
    const key = keyView(yield* q.keys.insert({ ...made.row, ...settings }));
    return { answer: { key, secret: made.secret }, subject: `key:${key.id}`, before: null, after: key };
  });
}

function changeKey(
  engine: Engine,
  who: Principal,
  id: number,
  change: Partial<KeySettings>,
  once: Parameters<Administration['changeKey']>[3],
): Promise<KeyView> {
  return administer(engine, who, 'key.change', once, function* (q) {
    const before = yield* q.keys.get(id);
    if (!before) throw noKey(id);
    if (before.revokedAt !== null) {
      throw new Refusal('key_disabled', { field: 'id', message: `Key ${id} is revoked for good. Make a new one.` });
    }
    yield* checkPool(q, change.poolId);
    const after = keyView((yield* q.keys.change(id, change)) ?? before);
    if (after.runningMax !== null && before.runningMax === null) yield* q.keys.ownLanes(id, keyLane(id));
    return { answer: after, subject: `key:${id}`, before: keyView(before), after };
  });
}

function revokeKey(
  engine: Engine,
  who: Principal,
  id: number,
  once: Parameters<Administration['revokeKey']>[2],
): Promise<KeyView> {
  return administer(engine, who, 'key.revoke', once, function* (q, now) {
    const before = yield* q.keys.get(id);
    if (!before) throw noKey(id);
    yield* q.keys.revoke(id, now);
    const after = keyView((yield* q.keys.get(id)) ?? before);
    return { answer: after, subject: `key:${id}`, before: keyView(before), after };
  });
}

function* checkPool(q: Statements, poolId: number | undefined): Op<void> {
  if (poolId === undefined || (yield* q.pools.get(poolId))) return;
  const message = `poolId: there is no pool ${poolId}. List the pools to see their ids.`;
  throw new Refusal('parameter_invalid', { field: 'poolId', message });
}
