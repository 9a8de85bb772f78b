/** Who may do what: keys are known by their hash; a client key sees its own tenant, an admin key everything. */
import type { KeyRow } from '../contracts/store.ts';
import type { KeyView, Principal } from '../contracts/views.ts';
import { type Bucket, takeToken } from '../core/bucket.ts';
import { UNLIMITED } from '../core/limits.ts';
import { mintKey, sha256Hex } from '../std/crypto.ts';
import { Refusal } from '../std/errors.ts';
import type { Engine } from './context.ts';

/** Known keys are remembered up to this many, so that a read costs no look-up where nobody else can change them. */
const REMEMBERED_MAX = 10_000;

/** What is remembered of a key that was checked. */
export interface KnownKey {
  readonly principal: Principal;
  readonly row: KeyRow;
  readonly bucket: Bucket;
}

/** Keys checked before, by hash. Emptied whenever keys change, here or in another process. */
export class KeyMemory {
  readonly #known = new Map<string, KnownKey>();

  get(hash: string): KnownKey | undefined {
    return this.#known.get(hash);
  }

  byId(keyId: number): KnownKey | undefined {
    for (const known of this.#known.values()) if (known.principal.keyId === keyId) return known;
    return undefined;
  }

  put(known: KnownKey): void {
    if (this.#known.size >= REMEMBERED_MAX) this.#known.clear();
    this.#known.set(known.row.hash, known);
  }

  forget(hash: string): void {
    this.#known.delete(hash);
  }

  clear(): void {
    this.#known.clear();
  }
}

/** Checks a key and its request rate. */
export async function authenticate(engine: Engine, memory: KeyMemory, secret: string): Promise<Principal> {
  const hash = sha256Hex(secret);
  const nowMs = engine.effects.clock.monotonic();
  const before = memory.get(hash);
  // Another process may have revoked it, and its signal may be late or lost: where there can be others, the store says.
  const trusted = engine.store.exclusive ? before : undefined;
  const known = trusted ?? (await lookUp(engine, memory, hash, before?.bucket));
  const rate = engine.settings.requestsPerSecond;
  if (rate > 0) {
    const taken = takeToken(known.bucket, rate, nowMs);
    if (!taken.ok) {
      throw new Refusal('rate_limited', {
        retryAfterS: taken.retryAfterS,
        message: `More than ${rate} requests a second with this key. Wait ${taken.retryAfterS} s and send it again.`,
      });
    }
  }
  return known.principal;
}

async function lookUp(engine: Engine, memory: KeyMemory, hash: string, bucket?: Bucket): Promise<KnownKey> {
  const row = await engine.store.read((q) => q.keys.byHash(hash));
  if (!row || row.revokedAt !== null) memory.forget(hash);
  if (!row) throw new Refusal('key_wrong');
  if (row.revokedAt !== null) throw new Refusal('key_disabled');
  const known: KnownKey = {
    principal: { keyId: row.id, tenantId: row.tenantId, role: row.role },
    row,
    bucket: bucket ?? { tokens: engine.settings.requestsPerSecond, updatedAt: engine.effects.clock.monotonic() },
  };
  memory.put(known);
  return known;
}

/** Refuses all but admin keys. */
export function requireAdmin(who: Principal): void {
  if (who.role !== 'admin') throw new Refusal('permission_denied');
}

/** A key as people may see it. */
export function keyView(row: KeyRow): KeyView {
  const { id, tenantId, name, role, prefix, createdAt, revokedAt } = row;
  return { id, tenantId, name, role, prefix, createdAt, revokedAt };
}

/** The row of a new key; its secret is known only here and to its owner. */
export function newKeyRow(
  engine: Pick<Engine, 'settings' | 'effects'>,
  order: { tenantId: number; name: string; role: 'admin' | 'client'; secret?: string },
): { row: Omit<KeyRow, 'id' | 'revokedAt'>; secret: string } {
  const secret = order.secret ?? mintKey(engine.effects.random);
  return {
    secret,
    row: {
      ...UNLIMITED,
      tenantId: order.tenantId,
      name: order.name,
      role: order.role,
      hash: sha256Hex(secret),
      prefix: secret.slice(0, 7),
      queueDepthMax: engine.settings.queueDepth,
      createdAt: engine.effects.clock.now(),
    },
  };
}

/** Makes a key for the admin's own tenant. */
export async function createKey(
  engine: Engine,
  who: Principal,
  order: { name: string; role: 'admin' | 'client' },
): Promise<{ key: KeyView; secret: string }> {
  const { row, secret } = newKeyRow(engine, { tenantId: who.tenantId, ...order });
  const key = await engine.store.write('key', (q) => q.keys.insert(row));
  return { key: keyView(key), secret };
}

/** Ends a key: from the answer on it opens nothing, in every process. */
export async function revokeKey(engine: Engine, memory: KeyMemory, id: number): Promise<KeyView> {
  const row = await engine.store.write('key', function* (q) {
    yield* q.keys.revoke(id, engine.effects.clock.now());
    return yield* q.keys.get(id);
  });
  if (!row)
    throw new Refusal('not_found', { field: 'id', message: `There is no key ${id}. List keys to see their ids.` });
  memory.clear();
  engine.store.notify('keys');
  return keyView(row);
}
