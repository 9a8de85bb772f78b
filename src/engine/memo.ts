/**
 * What was read and still stands. Clients poll: most reads ask what the last one asked, and nothing was written in
 * between. A view is kept as long as the store's version is the one it was read under, and no longer than
 * `KEPT_MS`, because some views depend on the time (a grant that expires, an address that is signed).
 */
import type { Engine } from './context.ts';

const KEPT_MS = 250;
/** More views than this are not worth their memory: then all are dropped. */
const KEPT_MAX = 10_000;

interface Kept<T> {
  readonly version: number;
  readonly at: number;
  readonly value: T;
}

/** Views of one kind, by id. */
export class Memo<T> {
  readonly #engine: Engine;
  readonly #kept = new Map<number, Kept<T>>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** The view as it stands, read anew where it may have changed. */
  async get(id: number, read: () => Promise<T>): Promise<T> {
    const version = this.#engine.store.version();
    if (version === undefined) return read();
    const at = this.#engine.effects.clock.monotonic();
    const kept = this.#kept.get(id);
    if (kept !== undefined && kept.version === version && at - kept.at < KEPT_MS) return kept.value;
    const value = await read();
    if (this.#kept.size >= KEPT_MAX) this.#kept.clear();
    this.#kept.set(id, { version, at, value });
    return value;
  }
}
