import { closeSync, fdatasync, openSync } from 'node:fs';

/** What waits for the disk. */
export interface Unsynced {
  /** Everything before this is on disk. */
  done(): void;
  /** The disk would not say so. */
  failed(error: Error): void;
}

/**
 * Makes commits durable without standing still for it. The writer runs with `synchronous = normal`: a commit writes its
 * pages to the write-ahead log and does not wait for them; checkpoints and the log's own restart still sync what they
 * must. What `synchronous = full` would add is one sync of the log after each commit. That sync is done here, off the
 * main thread, and nothing is answered before it: while the disk works for one group, the next one is run.
 *
 * (A second descriptor is safe on the log, on which SQLite takes no locks; on the database it would not be.)
 */
export class WalSync {
  readonly #path: string;
  #file: number | null = null;
  #waiting: Unsynced[] = [];
  #running: Promise<void> | null = null;

  /** @param databasePath the database; its log lies beside it once something was committed. */
  constructor(databasePath: string) {
    this.#path = `${databasePath}-wal`;
  }

  /** True when nothing waits for the disk. */
  get idle(): boolean {
    return this.#running === null;
  }

  /** Settles `unsynced` when all that was committed until now is on disk. */
  add(unsynced: Unsynced): void {
    this.#waiting.push(unsynced);
    this.#running ??= this.#run();
  }

  /** Resolves when nothing waits any more. */
  async settled(): Promise<void> {
    while (this.#running) await this.#running;
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      const error = await this.#sync();
      for (const unsynced of group) {
        if (error) unsynced.failed(error);
        else unsynced.done();
      }
    }
    this.#running = null;
  }

  #sync(): Promise<Error | null> {
    return new Promise((resolve) => {
      try {
        this.#file ??= openSync(this.#path, 'r+');
        fdatasync(this.#file, resolve);
      } catch (error) {
        resolve(error as Error);
      }
    });
  }
}
