/**
 * The same POST twice (promise P1): an id the client sent, scoped to key, method and path, gets the first answer and
 * starts nothing. A twin that arrives while the first is on its way waits for it: inside this process on its promise,
 * between processes on the unique row. A refusal leaves no row, so it does not use up its id.
 */
import type { Op, ReplayRow, Statements } from '../contracts/store.ts';
import type { Principal } from '../contracts/views.ts';
import { shortHash } from '../std/crypto.ts';
import { Refusal } from '../std/errors.ts';
import type { Idempotency } from './gateway.ts';

/** A request that may be a repeat. */
export interface ReplayKey {
  readonly scope: string;
  readonly fingerprint: string;
  readonly header: string;
}

/** Scope and fingerprint of a request; `content` is what an upload adds to its body. */
export function replayKey(who: Principal, idempotency: Idempotency, content = ''): ReplayKey {
  return {
    scope: shortHash(`${who.keyId}\n${idempotency.route}\n${idempotency.id}`),
    fingerprint: shortHash(`${idempotency.body}\n${content}`),
    header: idempotency.header,
  };
}

/** What the first answer named, or undefined where there was none. Refuses when the id came with another body. */
export function* recall(q: Statements, key: ReplayKey): Op<number | undefined> {
  const row = yield* q.replays.get(key.scope);
  return row && sameBody(row, key);
}

/** Writes the answer down; a twin that was faster is answered with, as by `recall`. */
export function* remember(q: Statements, key: ReplayKey, subject: number, at: number): Op<number | undefined> {
  const row = yield* q.replays.insert({ scope: key.scope, fingerprint: key.fingerprint, subject, createdAt: at });
  return row && sameBody(row, key);
}

/** Thrown by a unit that had written when it met the answer of a faster twin, so that what it wrote is undone. */
export class FasterTwin extends Error {
  readonly subject: number;

  constructor(subject: number) {
    super(`${subject} answers this request`);
    this.subject = subject;
  }
}

function sameBody(row: ReplayRow, key: ReplayKey): number {
  if (row.fingerprint === key.fingerprint) return row.subject;
  throw new Refusal('idempotency_mismatch', {
    field: key.header,
    message: `${key.header} was used before with another request. Send a new ${key.header} for every new request; repeat one only with the same body.`,
  });
}

/** Lets requests with one scope pass one after the other. */
export class Twins {
  readonly #ends = new Map<string, Promise<unknown>>();

  run<T>(scope: string | undefined, work: () => Promise<T>): Promise<T> {
    if (scope === undefined) return work();
    const before = this.#ends.get(scope);
    const mine = before ? before.then(work, work) : work();
    this.#ends.set(scope, mine);
    const done = () => {
      if (this.#ends.get(scope) === mine) this.#ends.delete(scope);
    };
    mine.then(done, done);
    return mine;
  }
}
