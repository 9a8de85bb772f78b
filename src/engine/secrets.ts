/**
 * What is sealed in the store, and with which key.
 *
 * The store itself says which of the encryption keys seals (`sealed-with`). Every unit that seals reads that under a lock,
 * so from the commit that names another key on nothing is sealed with the one before, in any process: what a rotation
 * (admin/rotation.ts) has not found then is not there. Sealed texts name their key, so both open meanwhile.
 *
 * The keys that sign media paths are of their own, drawn by chance and kept sealed: addresses that were handed out open to
 * their end, whatever becomes of the key that sealed their signer.
 */
import type { SealedKind, SealedRow } from '../contracts/secrets.ts';
import type { Op, Statements } from '../contracts/store.ts';
import { MEDIA_KEYS } from '../core/media-path.ts';
import { hmacBase64Url, seal, type SealKey, unseal } from '../std/crypto.ts';
import { Refusal } from '../std/errors.ts';
import type { Engine, MediaKey } from './context.ts';

/** Under what name the store says which key seals. */
const SEALED_WITH = 'sealed-with';
/** Where stores from before keys had names hold the mark of theirs: of an HMAC with the key, nothing of the key. */
const SEALED_WITH_MARK = 'sealed-with-mark';
const MEDIA_KEY_BYTES = 32;
/** An address is good for what is set, rounded up to a whole day. */
const DAY_MS = 24 * 3600 * 1000;
/** Other processes read the signing keys anew with every heartbeat, and are taken for dead without one: by then all have a new key. */
const SHARED_BY_MS = 60_000;

type Sealing = Pick<Engine, 'secrets' | 'effects'>;
type Row = Pick<SealedRow, 'kind' | 'id' | 'name'>;

/** What is authenticated with a sealed text, so that it opens in no other row. */
const CONTEXTS: Readonly<Record<SealedKind, (row: Row) => string>> = {
  account: ({ name }) => `account:${name}`,
  webhook: ({ id }) => `webhook:${id}`,
  answer: ({ id }) => `answer:${id}`,
  gateway: ({ id }) => `gateway:${id}`,
};

/** Opens what stands in a row. Throws `Unsealable`. */
export function openSealed({ secrets }: Pick<Engine, 'secrets'>, row: SealedRow): string {
  return unseal(secrets.keys.keys(), row.sealed, CONTEXTS[row.kind](row));
}

/** Seals a text for a row, with the key that seals now; used in the unit that writes the row. */
export function* sealFor(engine: Sealing, q: Statements, row: Row, plain: string): Op<string> {
  const key = knownKey(engine, yield* sealingKey(q, wantedKey(engine).id));
  return sealWith(engine, key, row, plain);
}

/** Seals a text for a row with this key. */
export function sealWith({ effects }: Sealing, key: SealKey, row: Row, plain: string): string {
  return seal(key, plain, CONTEXTS[row.kind](row), effects.random);
}

/** The id of the key that seals, locked until the unit ends; `first` in a store that is new. */
export function* sealingKey(q: Statements, first: string): Op<string> {
  const known = yield* q.meta.lock(SEALED_WITH);
  return known ?? (yield* q.meta.setOnce(SEALED_WITH, first));
}

/** The key that a store from before keys had names was sealed with: its id, null where this process lacks it. */
export function* keyOfOldStore({ secrets }: Pick<Engine, 'secrets'>, q: Statements): Op<string | null | undefined> {
  const mark = yield* q.meta.get(SEALED_WITH_MARK);
  if (mark === undefined || (yield* q.meta.get(SEALED_WITH)) !== undefined) return undefined;
  return secrets.keys.keys().find(({ bytes }) => hmacBase64Url(bytes, 'fingerprint') === mark)?.id ?? null;
}

/** From this unit's commit on this key seals. */
export function* sealFromNowOn(q: Statements, keyId: string): Op<void> {
  yield* q.meta.set(SEALED_WITH, keyId);
}

/** The same without the lock, for who only wants to know. */
export function* readSealingKey(q: Statements): Op<string> {
  return (yield* q.meta.get(SEALED_WITH)) ?? '';
}

/** One of this process's keys. A process that lacks the one that seals can open nothing new, and must not seal with another. */
function knownKey({ secrets }: Pick<Engine, 'secrets'>, keyId: string): SealKey {
  const key = secrets.keys.keys().find((one) => one.id === keyId);
  if (key) return key;
  throw new Refusal('unavailable', {
    message: `Secrets are sealed with the encryption key ${keyId} now, which this gateway does not have. Give it that key, and send this again.`,
  });
}

/** The key that is to seal. */
export function wantedKey({ secrets }: Pick<Engine, 'secrets'>): SealKey {
  const [first] = secrets.keys.keys();
  if (!first) throw new Error('a gateway without an encryption key');
  return first;
}

/** Ids of the keys this process has. */
export function keyIdsOf({ secrets }: Pick<Engine, 'secrets'>): string[] {
  return secrets.keys.keys().map(({ id }) => id);
}

// ── Keys that sign media paths ────────────────────────────────────────────────────────────────────────────────────

const MEDIA_ROW: Row = { kind: 'gateway', id: MEDIA_KEYS, name: MEDIA_KEYS };

interface KeptMediaKey {
  readonly key: string;
  readonly from: number;
  readonly until: number | null;
}

/** The signing keys as they are kept; makes the first one in a store that has none. */
export function* mediaKeys(engine: Sealing, q: Statements): Op<readonly MediaKey[]> {
  const there = yield* readMediaKeys(engine, q);
  if (there) return there;
  const first = { key: engine.effects.random.bytes(MEDIA_KEY_BYTES), from: 0, until: null };
  // Of processes that start at once all go on with the key of the first.
  const kept = yield* q.meta.setOnce(MEDIA_KEYS, yield* sealFor(engine, q, MEDIA_ROW, writeMediaKeys([first])));
  return openMediaKeys(engine, kept);
}

/**
 * Draws a new signing key, which signs as soon as every process has it. The one before opens what it signed until that
 * has expired, and no longer.
 */
export function* renewMediaKeys(
  engine: Pick<Engine, 'secrets' | 'effects' | 'settings' | 'store'>,
  q: Statements,
  sealer: SealKey,
  now: number,
): Op<readonly MediaKey[]> {
  const from = engine.store.exclusive ? now : now + SHARED_BY_MS;
  const until = from + engine.settings.mediaTtlMs + DAY_MS;
  const kept = (yield* mediaKeys(engine, q)).filter((one) => one.until === null || one.until > now);
  const next = [
    ...kept.map((one) => ({ ...one, until: one.until ?? until })),
    { key: engine.effects.random.bytes(MEDIA_KEY_BYTES), from, until: null },
  ];
  yield* q.meta.set(MEDIA_KEYS, sealWith(engine, sealer, MEDIA_ROW, writeMediaKeys(next)));
  return next;
}

/** The same without making one. */
export function* readMediaKeys(engine: Pick<Engine, 'secrets'>, q: Statements): Op<readonly MediaKey[] | undefined> {
  const sealed = yield* q.meta.get(MEDIA_KEYS);
  return sealed === undefined ? undefined : openMediaKeys(engine, sealed);
}

function openMediaKeys(engine: Pick<Engine, 'secrets'>, sealed: string): MediaKey[] {
  const kept = JSON.parse(openSealed(engine, { ...MEDIA_ROW, sealed })) as KeptMediaKey[];
  return kept.map(({ key, ...times }) => ({ key: Uint8Array.from(atob(key), (char) => char.charCodeAt(0)), ...times }));
}

function writeMediaKeys(keys: readonly MediaKey[]): string {
  const kept = keys.map(
    ({ key, from, until }): KeptMediaKey => ({ key: btoa(String.fromCharCode(...key)), from, until }),
  );
  return JSON.stringify(kept);
}
