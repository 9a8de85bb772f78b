/** Who may do what: keys are known by their hash; a client key sees its own tenant, an admin key everything. */
import type { KeyRow } from '../../contracts/store.ts';
import type { Principal } from '../../contracts/views.ts';
import { type Bucket, takeToken } from '../../core/bucket.ts';
import { UNLIMITED } from '../../core/limits.ts';
import { isoTime } from '../../std/clock.ts';
import { mintKey, sha256Hex } from '../../std/crypto.ts';
import { Refusal } from '../../std/errors.ts';
import { type Engine, must } from '../context.ts';

/** Known keys are remembered up to this many, so that a read costs no look-up where nobody else can change them. */
const REMEMBERED_MAX = 10_000;

/** What is remembered of a key that was checked. */
export interface KnownKey {
  readonly principal: Principal;
  readonly row: KeyRow;
  readonly bucket: Bucket;
}

/**
 * Keys checked before. Emptied whenever keys change, here or in another process. By the secret itself, which is in this
 * process's memory with every request anyway: hashing it again would be a good part of what a read costs.
 */
export class KeyMemory {
  readonly #bySecret = new Map<string, KnownKey>();
  readonly #byId = new Map<number, KnownKey>();

  get(secret: string): KnownKey | undefined {
    return this.#bySecret.get(secret);
  }

  byId(keyId: number): KnownKey | undefined {
    return this.#byId.get(keyId);
  }

  put(secret: string, known: KnownKey): void {
    if (this.#bySecret.size >= REMEMBERED_MAX) this.clear();
    this.#bySecret.set(secret, known);
    this.#byId.set(known.row.id, known);
  }

  forget(secret: string): void {
    const known = this.#bySecret.get(secret);
    this.#bySecret.delete(secret);
    if (known) this.#byId.delete(known.row.id);
  }

  clear(): void {
    this.#bySecret.clear();
    this.#byId.clear();
  }
}

/** Checks a key and its request rate. Answers at once where the key is known and nobody else can have changed it. */
export function authenticate(engine: Engine, memory: KeyMemory, secret: string): Principal | Promise<Principal> {
  const before = memory.get(secret);
  // Another process may have revoked it, and its signal may be late or lost: where there can be others, the store says.
  if (before && engine.store.exclusive) return withinLimits(engine, before);
  return lookUp(engine, memory, secret, before?.bucket).then((known) => withinLimits(engine, known));
}

const rateOf = (engine: Engine, row: KeyRow): number => row.requestsPerSecond ?? engine.settings.requestsPerSecond;

function withinLimits(engine: Engine, known: KnownKey): Principal {
  const { expiresAt } = known.row;
  if (expiresAt !== null && expiresAt <= engine.effects.clock.now()) {
    const message = `This key expired at ${isoTime(expiresAt)}. Ask the operator for a new one, or for a later end of this one.`;
    throw new Refusal('key_expired', { message });
  }
  const rate = rateOf(engine, known.row);
  if (rate === 0) return known.principal;
  const taken = takeToken(known.bucket, rate, engine.effects.clock.monotonic());
  if (taken.ok) return known.principal;
  throw new Refusal('rate_limited', {
    retryAfterS: taken.retryAfterS,
    message: `More than ${rate} requests a second with this key. Wait ${taken.retryAfterS} s and send it again.`,
  });
}

async function lookUp(engine: Engine, memory: KeyMemory, secret: string, bucket?: Bucket): Promise<KnownKey> {
  const row = await engine.store.read((q) => q.keys.byHash(sha256Hex(secret)));
  if (!row || row.revokedAt !== null) memory.forget(secret);
  if (!row) throw new Refusal('key_wrong');
  if (row.revokedAt !== null) throw new Refusal('key_disabled');
  const known: KnownKey = {
    principal: { keyId: row.id, tenantId: row.tenantId, role: row.role },
    row,
    bucket: bucket ?? { tokens: rateOf(engine, row), updatedAt: engine.effects.clock.monotonic() },
  };
  memory.put(secret, known);
  return known;
}

/** Refuses all but admin keys. */
export function requireAdmin(who: Principal): void {
  if (who.role !== 'admin') throw new Refusal('permission_denied');
}

/** The row of a new key; its secret is known only here and to its owner. */
export function newKeyRow(
  engine: Pick<Engine, 'settings' | 'effects'>,
  order: { tenantId: number; name: string; role: 'admin' | 'client'; secret?: string },
): { row: Omit<KeyRow, 'id' | 'revokedAt' | 'tenantMode'>; secret: string } {
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

/** The row of the key a request came with. */
export async function keyOf(engine: Engine, memory: KeyMemory, { keyId }: Principal): Promise<KeyRow> {
  return memory.byId(keyId)?.row ?? must(await engine.store.read((q) => q.keys.get(keyId)), 'key');
}
