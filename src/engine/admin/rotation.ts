/**
 * A new encryption key for everything that is sealed, while the gateways work.
 *
 *     the new key is kept, first in its file ──► every gateway has it ──► it seals ──► what others sealed is sealed anew ──► they go
 *
 * Each arrow is a durable step that can be repeated, and before each everything opens with keys that are kept. Who begins
 * again after a crash looks where it stands and goes on. What must not happen is that a gateway meets a key it does not
 * have, so the second step waits for all of them: each writes down which keys it has (`ProcessRow.keyIds`), a file is read
 * again with every heartbeat, and one that dies meanwhile is soon waited for no more.
 */
import type { KeyUse, RotationView, SealedKind, SecretDesk, SecretsView } from '../../contracts/secrets.ts';
import type { ProcessRow } from '../../contracts/store.ts';
import type { Principal } from '../../contracts/views.ts';
import { type SealKey, UNNAMED_KEY, Unsealable } from '../../std/crypto.ts';
import { messageOf, Refusal } from '../../std/errors.ts';
import type { Engine } from '../context.ts';
import {
  keyIdsOf,
  keyOfOldStore,
  mediaKeys,
  openSealed,
  readMediaKeys,
  readSealingKey,
  renewMediaKeys,
  sealFromNowOn,
  sealingKey,
  sealWith,
  wantedKey,
} from '../secrets.ts';
import { requireAdmin } from './access.ts';
import { actOnce, administer } from './administer.ts';

/** Values sealed anew in one unit, and in one step. */
const UNIT_MAX = 100;
const STEP_MAX = 1_000;
/** Values that do not open, told of at a time. */
const UNREADABLE_MAX = 100;

const KINDS: readonly SealedKind[] = ['account', 'webhook', 'answer', 'gateway'];
const NONE: KeyUse['sealed'] = { account: 0, webhook: 0, answer: 0, gateway: 0 };

/** The store is sealed with a key that was not given. */
export class KeyMismatch extends Error {
  override readonly name = 'KeyMismatch';

  constructor(sealing: string, given: readonly string[]) {
    super(
      `The encryption key does not fit this store: it is sealed with the key ${sealing}, and ${given.join(', ')} was given. Put the right key back ` +
        '(encryption.key in the data folder, or REELPOOL_ENCRYPTION_KEY); during a rotation both are needed.',
    );
  }
}

/** Takes the encryption keys at the start of a process. Rejects with KeyMismatch where the one that seals is not among them. */
export async function takeKeys(engine: Engine): Promise<void> {
  const take = () =>
    engine.store.write('keys', function* (q) {
      const mine = keyIdsOf(engine);
      yield* q.processes.knows(engine.processId, mine);
      const old = yield* keyOfOldStore(engine, q);
      if (old === null) throw new KeyMismatch('of its first start', mine);
      const sealing = yield* sealingKey(q, old ?? wantedKey(engine).id);
      return mine.includes(sealing) ? { media: yield* mediaKeys(engine, q) } : { sealing };
    });
  let taken = await take();
  if (!taken.media) {
    // A rotation may have come to its second step since the file was read.
    await engine.secrets.keys.reload();
    taken = await take();
  }
  if (!taken.media) throw new KeyMismatch(taken.sealing ?? '', keyIdsOf(engine));
  engine.secrets.media = taken.media;
}

/** With every heartbeat: takes up keys that were put into the file, says so, and takes what another process has renewed. */
export async function followKeys(engine: Engine): Promise<void> {
  await engine.secrets.keys.reload();
  if (engine.store.exclusive) return;
  const mine = keyIdsOf(engine);
  const seen = await engine.store.read(function* (q) {
    return { media: yield* readMediaKeys(engine, q), rows: yield* q.processes.list() };
  });
  engine.secrets.media = seen.media ?? engine.secrets.media;
  const told = seen.rows.find(({ id }) => id === engine.processId)?.keyIds;
  if (told?.join() === mine.join()) return;
  await engine.store.write('keys', (q) => q.processes.knows(engine.processId, mine));
}

/** The methods over one engine. */
export function secretDesk(engine: Engine): SecretDesk {
  let turn: Promise<unknown> = Promise.resolve();
  return {
    async status(who) {
      requireAdmin(who);
      await engine.secrets.keys.reload();
      return status(engine);
    },
    async rotate(who, to, once) {
      requireAdmin(who);
      // One step after the other: two that begin at once would make two keys.
      const mine = turn.then(() => actOnce(engine, who, 'rotation step', once, () => step(engine, who, to)));
      turn = mine.catch(() => undefined);
      return mine;
    },
  };
}

async function status(engine: Engine): Promise<SecretsView> {
  const { counts, sealing, processes } = await engine.store.read(function* (q) {
    return {
      counts: yield* q.sealed.count(),
      sealing: yield* readSealingKey(q),
      processes: yield* q.processes.list(),
    };
  });
  const here = keyIdsOf(engine);
  const wanted = wantedKey(engine).id;
  const ids = [...new Set([...here, sealing, ...counts.map(({ keyId }) => keyId)])];
  const keys = ids.map((keyId) => {
    const own = counts.filter((one) => one.keyId === keyId).map(({ kind, count }) => [kind, count]);
    const known = here.includes(keyId) || keyId === UNNAMED_KEY;
    return { keyId, known, sealed: { ...NONE, ...Object.fromEntries(own) } };
  });
  return {
    source: engine.secrets.keys.place.type,
    sealing,
    wanted,
    keys,
    waitingFor: lacking(engine, processes, wanted).map(({ node }) => node),
    left: counts.reduce((sum, { keyId, count }) => (keyId === wanted ? sum : sum + count), 0),
  };
}

/** The other processes that do not have a key. */
function lacking(engine: Engine, processes: readonly ProcessRow[], keyId: string): ProcessRow[] {
  return processes.filter(({ id, keyIds }) => id !== engine.processId && !keyIds.includes(keyId));
}

function isDone(engine: Engine, { sealing, wanted, left }: SecretsView): boolean {
  return sealing === wanted && left === 0 && engine.secrets.keys.former().length === 0;
}

async function step(engine: Engine, who: Principal, to: string | undefined): Promise<RotationView> {
  const { keys } = engine.secrets;
  const { fault } = engine.effects;
  await keys.reload();
  let view = await status(engine);
  if (to !== undefined && to !== view.wanted) {
    throw new Refusal('parameter_invalid', {
      field: 'to',
      message: `to: no rotation to ${to} is under way; the key that is to seal is ${view.wanted}. Leave it out to begin one.`,
    });
  }
  if (isDone(engine, view)) {
    if (to !== undefined) return { ...view, done: true, unreadable: [] };
    await begin(engine);
    view = await status(engine);
  }
  const wanted = wantedKey(engine);
  if (view.sealing !== wanted.id && !(await sealWithIt(engine, who, wanted))) {
    return { ...(await status(engine)), done: false, unreadable: [] };
  }
  const unreadable = await sealAnew(engine, wanted);
  view = await status(engine);
  if (view.left === 0 && keys.former().length > 0) {
    await changeFile(() => keys.keepOnly(wanted.id));
    await fault('rotate.dropped');
    engine.effects.log.info({ sealed_with: wanted.id }, 'everything is sealed with the new encryption key');
    view = await status(engine);
  }
  return { ...view, done: isDone(engine, view), unreadable };
}

async function begin(engine: Engine): Promise<void> {
  if (engine.secrets.keys.place.type === 'settings') {
    throw new Refusal('parameter_invalid', {
      message:
        'The encryption key is set by the operator. Start every gateway, one after the other, with a new REELPOOL_ENCRYPTION_KEY and the present one in REELPOOL_FORMER_ENCRYPTION_KEYS; then send this again.',
    });
  }
  await changeFile(() => engine.secrets.keys.make());
  await engine.effects.fault('rotate.key-stored');
}

/** Changes the file of keys, or says why it cannot: the disk is full, the folder may not be written to. */
async function changeFile(change: () => Promise<void>): Promise<void> {
  await change().catch((error: unknown) => {
    throw new Refusal('unavailable', {
      message: `The file of encryption keys cannot be changed: ${messageOf(error)}. Nothing was lost; mend that, and send this again.`,
      cause: error,
    });
  });
}

/** Not every process has the key, or another one has come to it first. */
class NotNow extends Error {}

/** From now on this key seals, if every process has it. False where it does not yet. */
async function sealWithIt(engine: Engine, who: Principal, wanted: SealKey): Promise<boolean> {
  let media = engine.secrets.media;
  try {
    await administer(engine, who, 'secrets.rotate', null, function* (q, now) {
      const before = yield* sealingKey(q, wanted.id);
      // After the lock: who starts now finds the key changed, and who started before is in the list.
      if (lacking(engine, yield* q.processes.list(), wanted.id).length > 0) throw new NotNow();
      yield* q.processes.knows(engine.processId, keyIdsOf(engine));
      yield* sealFromNowOn(q, wanted.id);
      media = yield* renewMediaKeys(engine, q, wanted, now);
      return { answer: null, subject: 'secrets', before: { sealedWith: before }, after: { sealedWith: wanted.id } };
    });
  } catch (error) {
    if (error instanceof NotNow) return false;
    throw error;
  }
  engine.secrets.media = media;
  await engine.effects.fault('rotate.switched');
  return true;
}

/** Seals anew what other keys sealed, up to a number. What does not open stays as it is. */
async function sealAnew(engine: Engine, key: SealKey): Promise<RotationView['unreadable']> {
  const unreadable: { what: string; why: string }[] = [];
  let room = STEP_MAX;
  for (const kind of KINDS) {
    let after: number | string | null = null;
    while (room > 0) {
      const batch = await sealBatch(engine, key, kind, after);
      unreadable.push(...batch.unreadable);
      room -= batch.sealed;
      if (batch.last === null) break;
      after = batch.last;
      await engine.effects.fault('rotate.sealed');
    }
  }
  return unreadable.slice(0, UNREADABLE_MAX);
}

function sealBatch(engine: Engine, key: SealKey, kind: SealedKind, after: number | string | null) {
  return engine.store.write('seal anew', function* (q) {
    const rows = yield* q.sealed.others(kind, key.id, { after, limit: UNIT_MAX });
    const unreadable: { what: string; why: string }[] = [];
    // Rows before the key that seals: in this order every unit that seals takes its locks.
    if (rows.length > 0 && (yield* sealingKey(q, key.id)) !== key.id) return { sealed: 0, unreadable, last: null };
    for (const row of rows) {
      try {
        yield* q.sealed.put(row, sealWith(engine, key, row, openSealed(engine, row)));
      } catch (error) {
        if (!(error instanceof Unsealable)) throw error;
        unreadable.push({ what: `${kind} ${row.name}`, why: error.message });
      }
    }
    return { sealed: rows.length - unreadable.length, unreadable, last: rows.at(-1)?.id ?? null };
  });
}
