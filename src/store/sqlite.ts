import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { Log } from '../contracts/effects.ts';
import type { Op, RawRow, Statements, Step, Store } from '../contracts/store.ts';
import { messageOf, Refusal } from '../std/errors.ts';
import { driveSync } from './drive.ts';
import { SQLITE } from './flags.ts';
import { type OwnedFolder, ownFolder } from './folder.ts';
import { GroupWriter, type Waiting } from './group.ts';
import { migrate } from './migrations/migrate.ts';
import { PreparedStatements } from './prepared.ts';
import { ScopeIndex } from './scopes.ts';
import { signals } from './signals.ts';
import { isMachineFault, notRead, openingFailure, StoreDamaged } from './sqlite-errors.ts';
import { COUNT_SCOPES, SCOPES_AFTER } from './statements/replays.ts';
import { statementsFor } from './statements.ts';
import { WalSync } from './wal-sync.ts';

/** How to open the embedded store. */
export interface SqliteOptions {
  /** Folder of the database, made where it is missing; `:memory:` for one that is gone when it is closed. */
  readonly folder: string;
  readonly log: Log;
  /** Decides when the units that wait are committed: calls `flush` once, later. Default: after the current I/O events. */
  readonly defer?: (flush: () => void) => void;
}

/** The most units in one commit, so that one group cannot hold the event loop for long. */
const GROUP_MAX = 512;

/**
 * Both connections. Commits are made durable by wal-sync.ts, so the writer does not wait for the disk itself.
 * `foreign_keys` is on by node:sqlite's default; said here because the schema relies on it.
 * A checkpoint every 8,000 pages (32 MB) instead of 1,000 writes hot pages once for many commits
 * (decisions/0003-store.md).
 */
const WRITER = `pragma journal_mode = wal; pragma synchronous = normal; pragma foreign_keys = on;
  pragma wal_autocheckpoint = 8000; pragma cache_size = -16384; pragma temp_store = memory;`;
const READER = 'pragma query_only = on; pragma cache_size = -8192; pragma temp_store = memory;';

/**
 * Opens the embedded store: one file, one writer with group commit (group.ts), a second connection for reads.
 *
 * Throws FolderInUse when another process has the folder, and SchemaNewer when a newer program wrote it. A unit whose
 * group could not be committed is rejected with a `Refusal` (`unavailable`).
 */
export async function openSqlite(options: SqliteOptions): Promise<Store> {
  const owned = options.folder === ':memory:' ? undefined : ownFolder(options.folder);
  try {
    const writer = new DatabaseSync(owned?.path ?? ':memory:');
    try {
      writer.exec(WRITER);
      if (owned) check(writer, owned.path);
      upgrade(writer, options.log);
      const reader = owned ? new DatabaseSync(owned.path, { readOnly: true }) : undefined;
      reader?.exec(READER);
      return new SqliteStore(options, writer, reader, owned);
    } catch (error) {
      writer.close();
      throw error;
    }
  } catch (error) {
    owned?.release();
    throw owned ? openingFailure(error, owned.path) : error;
  }
}

/** A larger database would be read for longer than a start may take: of it, damage is found when it is met. */
const CHECKED_BYTES_MAX = 64 * 1024 * 1024;

/** Looks through the pages of a database that is small enough. Throws StoreDamaged. */
function check(database: DatabaseSync, path: string): void {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > CHECKED_BYTES_MAX) return;
  const [found] = database.prepare('pragma quick_check(1)').all();
  const verdict = String(found?.['quick_check']);
  if (verdict !== 'ok') throw new StoreDamaged(path, verdict.replaceAll('\n', ' '));
}

function upgrade(database: DatabaseSync, log: Log): void {
  const prepared = new PreparedStatements(database);
  prepared.run('begin immediate');
  try {
    const applied = driveSync(migrate(SQLITE), (step) => prepared.get(step.text).rows(step.params));
    prepared.run('commit');
    if (applied > 0) log.debug({ applied }, 'schema brought up to date');
  } catch (error) {
    if (database.isTransaction) database.exec('rollback');
    throw error;
  }
}

/** A million in 0.4 s: rows as arrays, thousands at a time, are four times as fast as one object after the other. */
function loadScopes(database: DatabaseSync): ScopeIndex {
  const scopes = new ScopeIndex(Number(database.prepare(COUNT_SCOPES).get()?.['scopes']));
  const next = database.prepare(SCOPES_AFTER);
  next.setReturnArrays(true);
  for (let after = -1; ; ) {
    const rows = next.all(after) as unknown as [string, number][];
    for (const [scope, subject] of rows) {
      scopes.add(scope, subject);
      after = subject;
    }
    if (rows.length === 0) return scopes;
  }
}

class SqliteStore implements Store {
  readonly backend = 'sqlite';
  readonly exclusive = true;
  readonly #writer: DatabaseSync;
  readonly #reader: DatabaseSync | undefined;
  readonly #owned: OwnedFolder | undefined;
  readonly #defer: (flush: () => void) => void;
  readonly #log: Log;
  readonly #group: GroupWriter;
  readonly #read: (step: Step) => RawRow[];
  readonly #statements: Statements;
  readonly #signals;
  /** Absent in memory, where nothing outlives the process anyway. */
  readonly #sync: WalSync | undefined;
  /** Why nothing can be made durable any more. */
  #broken: Error | null = null;
  #queue: Waiting[] = [];
  #due = false;
  #version = 0;
  #closed = false;

  constructor(options: SqliteOptions, writer: DatabaseSync, reader: DatabaseSync | undefined, owned?: OwnedFolder) {
    this.#writer = writer;
    this.#reader = reader;
    this.#owned = owned;
    this.#sync = owned && new WalSync(owned.path);
    this.#defer = options.defer ?? ((flush) => void setImmediate(flush));
    this.#log = options.log;
    this.#signals = signals(options.log);
    this.#statements = statementsFor(SQLITE, loadScopes(writer));
    const writing = new PreparedStatements(writer);
    this.#group = new GroupWriter(writer, writing, this.#statements);
    const reading = reader ? new PreparedStatements(reader) : writing;
    this.#read = (step) => {
      const prepared = reading.get(step.text);
      if (prepared.writes) throw new Error('a unit that reads tried to write');
      return prepared.rows(step.params);
    };
  }

  write<T>(label: string, unit: (q: Statements) => Op<T>): Promise<T> {
    if (this.#closed) return Promise.reject(closed());
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ label, unit, resolve: resolve as (value: unknown) => void, reject });
      this.#schedule();
    });
  }

  /**
   * A unit that reads is driven to its end at once. Groups are committed within one turn too and no other process can
   * write here, so its statements see one moment without a transaction around them.
   */
  async read<T>(unit: (q: Statements) => Op<T>): Promise<T> {
    if (this.#closed) throw closed();
    try {
      return driveSync(unit(this.#statements), this.#read);
    } catch (error) {
      throw isMachineFault(error) ? notRead(error) : error;
    }
  }

  version(): number {
    return this.#version;
  }

  notify(channel: Parameters<Store['notify']>[0]): void {
    this.#signals.emit(channel);
  }

  onNotify(listener: Parameters<Store['onNotify']>[0]): () => void {
    return this.#signals.add(listener);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    while (this.#queue.length > 0) this.#flush();
    await this.#sync?.settled();
    this.#sync?.close();
    this.#reader?.close();
    try {
      this.#writer.close();
    } catch (error) {
      this.#log.warn({ error: messageOf(error) }, 'the database did not close cleanly; it recovers when it is opened');
    }
    this.#owned?.release();
  }

  #schedule(): void {
    if (this.#due) return;
    this.#due = true;
    this.#defer(() => {
      this.#due = false;
      this.#flush();
    });
  }

  /**
   * Settles a group when it is on disk. A group that wrote nothing waits too: it may have read what is not there yet.
   * After a sync that failed nobody knows what the disk holds, so nothing is accepted until the next start looks.
   */
  #settle(group: readonly Waiting[], settle: () => void): void {
    if (!this.#sync) {
      settle();
      return;
    }
    this.#sync.add({
      done: settle,
      failed: (error) => {
        this.#broken = error;
        this.#log.error({ cause: messageOf(error) }, 'the disk failed to keep what was written');
        refuseAll(group, brokenDisk(error));
      },
    });
  }

  #flush(): void {
    if (this.#queue.length === 0) return;
    const group = this.#queue.length <= GROUP_MAX ? this.#queue : this.#queue.slice(0, GROUP_MAX);
    this.#queue = group === this.#queue ? [] : this.#queue.slice(GROUP_MAX);
    this.#version += 1;
    // Without the file under its name a commit would succeed, and be lost with this process.
    if (this.#owned?.stands() === false) refuseAll(group, GONE);
    else if (this.#broken) refuseAll(group, brokenDisk(this.#broken));
    else this.#settle(group, this.#group.run(group));
    if (this.#queue.length > 0) this.#schedule();
  }
}

const GONE =
  'The data folder is gone, or another one is in its place; nothing of the request was kept. Put it back, or stop the gateway.';

function brokenDisk(error: Error): string {
  return `The disk failed to keep what was written (${messageOf(error)}). Repair it and start the gateway again.`;
}

function refuseAll(group: readonly Waiting[], message: string): void {
  const refusal = new Refusal('database_failed', { message });
  for (const waiting of group) waiting.reject(refusal);
}

function closed(): Refusal {
  return new Refusal('unavailable', { message: 'The store is closed; the gateway is stopping.' });
}
