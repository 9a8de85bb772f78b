import { type CustomTypesConfig, Pool, type PoolClient, types } from 'pg';
import type { Log } from '../contracts/effects.ts';
import type { Op, RawRow, Statements, Step, Store, WakeChannel } from '../contracts/store.ts';
import { backoffMs } from '../std/backoff.ts';
import { type Clock, sleep, systemClock } from '../std/clock.ts';
import { messageOf, Refusal } from '../std/errors.ts';
import { type Random, systemRandom } from '../std/random.ts';
import { drive } from './drive.ts';
import { POSTGRES, withoutLocks } from './flags.ts';
import { migrate, SchemaNewer } from './migrations/migrate.ts';
import { commitUnknown, isConflict, isLost, isMachineFault, unavailable } from './postgres-errors.ts';
import { GOODBYE_MS, Listener } from './postgres-listener.ts';
import { type Signals, signals } from './signals.ts';
import { statementsFor } from './statements.ts';

/** How to open a store on PostgreSQL. */
export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`. Never logged. */
  readonly url: string;
  readonly log: Log;
  /** Connections for units; one more is kept for signals. Default 10. */
  readonly poolSize?: number;
  /** A statement that is not answered for so long will not be: the server is taken for away. Default 20 s. */
  readonly answerTimeoutMs?: number;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** How often a unit is run again after a conflict or a lost connection, before it is given up. */
const TRIES_MAX = 10;
const RETRY_MIN_MS = 5;
const RETRY_MAX_MS = 500;
const CONNECT_TIMEOUT_MS = 10_000;
/** Longer than another process may hold a row that we wait for (`SESSION`). */
const ANSWER_TIMEOUT_MS = 20_000;
/** A change of the schema may rewrite a table: it takes as long as it takes. */
const MIGRATION_TIMEOUT_MS = 24 * 3600 * 1000;

/**
 * Said once on every connection. An accepted job is on disk (promise P2), whatever the server's default; and a process
 * that froze or lost its network inside a unit must not keep rows locked (promise P4).
 */
const SESSION = `select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'
  union all select set_config('idle_in_transaction_session_timeout', '15s', false)`;
const BEGIN_WRITE = 'begin isolation level read committed';
const BEGIN_READ = 'begin isolation level repeatable read read only';

const INT8 = 20;

/** `bigint` arrives as text. Everything we store fits a number; what does not is damage and must not be rounded. */
const numbers: CustomTypesConfig = {
  getTypeParser(oid, format) {
    if (oid !== INT8) return types.getTypeParser(oid, format);
    return (text: string) => {
      const value = Number(text);
      if (!Number.isSafeInteger(value)) throw new RangeError(`the database holds ${text}, beyond 2^53`);
      return value;
    };
  },
};

/**
 * Opens a store on PostgreSQL, which many processes may share: each unit in its own transaction at READ COMMITTED with
 * row locks, run again when the server undid it for another. Rejects with a plain sentence where the server cannot be
 * reached, and with SchemaNewer when a newer program wrote the schema.
 */
export async function openPostgres(options: PostgresOptions): Promise<Store> {
  const store = new PostgresStore(options);
  try {
    await store.start();
    return store;
  } catch (error) {
    await store.close();
    throw error instanceof SchemaNewer ? error : unreachable(options.url, error);
  }
}

/** Names the server, never the password in its address. */
function unreachable(url: string, error: unknown): Error {
  const { hostname, port, pathname } = new URL(url);
  const cause = error instanceof Refusal ? error.cause : error;
  return new Error(
    `PostgreSQL at ${hostname}:${port || 5432}${pathname} cannot be used: ${messageOf(cause)}. ` +
      'Check that it runs, and the address in --database (REELPOOL_DATABASE).',
    { cause },
  );
}

/** Nothing of the unit was kept, and it may be run again. */
class RunAgain extends Error {}

class PostgresStore implements Store {
  readonly backend = 'postgres';
  readonly exclusive = false;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #pool: Pool;
  readonly #signals: Signals;
  readonly #listener: Listener;
  readonly #writing: Statements = statementsFor(POSTGRES);
  readonly #reading: Statements = statementsFor(withoutLocks(POSTGRES));
  /** Names of prepared statements, by text. */
  readonly #names = new Map<string, string>();
  readonly #answerTimeoutMs: number;
  readonly #open = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(options: PostgresOptions) {
    this.#log = options.log;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? systemRandom;
    this.#answerTimeoutMs = options.answerTimeoutMs ?? ANSWER_TIMEOUT_MS;
    this.#signals = signals(options.log);
    this.#pool = new Pool({
      connectionString: options.url,
      max: options.poolSize ?? 10,
      connectionTimeoutMillis: Math.min(CONNECT_TIMEOUT_MS, this.#answerTimeoutMs),
      query_timeout: this.#answerTimeoutMs,
      application_name: 'reelpool',
      keepAlive: true,
      types: numbers,
    });
    const failed = (error: unknown) => this.#log.warn({ error: messageOf(error) }, 'a database connection failed');
    this.#pool.on('error', failed);
    this.#pool.on('connect', (client) => {
      // A connection may fail between two statements too; without a listener that would end the process.
      client.on('error', failed);
      client.query(SESSION).catch(failed);
    });
    this.#listener = new Listener({
      url: options.url,
      log: options.log,
      clock: this.#clock,
      random: this.#random,
      signals: this.#signals,
      answerTimeoutMs: this.#answerTimeoutMs,
    });
  }

  async start(): Promise<void> {
    const applied = await this.#again(() =>
      this.#attempt(BEGIN_WRITE, migrate(POSTGRES), (client, step) => {
        const patient = { text: step.text, values: [...step.params], query_timeout: MIGRATION_TIMEOUT_MS };
        return client.query(patient);
      }),
    );
    if (applied > 0) this.#log.debug({ applied }, 'schema brought up to date');
    await this.#listener.start();
  }

  version(): undefined {
    return undefined;
  }

  write<T>(_label: string, unit: (q: Statements) => Op<T>): Promise<T> {
    return this.#unit(BEGIN_WRITE, () => unit(this.#writing));
  }

  read<T>(unit: (q: Statements) => Op<T>): Promise<T> {
    return this.#unit(BEGIN_READ, () => unit(this.#reading));
  }

  notify(channel: WakeChannel): void {
    this.#signals.emit(channel);
    if (!this.#closing) this.#listener.send(channel);
  }

  onNotify(listener: (channel: WakeChannel) => void): () => void {
    return this.#signals.add(listener);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#open);
    await this.#listener.stop();
    await Promise.race([this.#pool.end(), sleep(this.#clock, GOODBYE_MS)]);
  }

  #unit<T>(begin: string, unit: () => Op<T>): Promise<T> {
    if (this.#closing) {
      const message = 'The store is closed; the gateway is stopping.';
      return Promise.reject(new Refusal('unavailable', { message }));
    }
    const running = this.#again(() =>
      this.#attempt(begin, unit(), (client, { text, params }) =>
        client.query({ name: this.#nameOf(text), text, values: [...params] }),
      ),
    );
    this.#open.add(running);
    const done = () => void this.#open.delete(running);
    running.then(done, done);
    return running;
  }

  /** Runs an attempt until it stands or fails for good. Jitter keeps two units from meeting again and again. */
  async #again<T>(attempt: () => Promise<T>): Promise<T> {
    const lastTryAt = this.#clock.monotonic() + this.#answerTimeoutMs;
    for (let tries = 1; ; tries++) {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof RunAgain)) throw error;
        if (tries === TRIES_MAX || this.#clock.monotonic() > lastTryAt) throw unavailable(error.cause);
        await sleep(this.#clock, backoffMs(tries, RETRY_MIN_MS, RETRY_MAX_MS, this.#random));
      }
    }
  }

  /** One transaction. Throws RunAgain where nothing was kept and another try may succeed. */
  async #attempt<T>(
    begin: string,
    unit: Op<T>,
    query: (client: PoolClient, step: Step) => Promise<{ rows: RawRow[]; fields: unknown[]; rowCount: number | null }>,
  ): Promise<T> {
    const client = await this.#connect();
    let refused: unknown;
    let value: T;
    try {
      await client.query(begin).catch((error: unknown) => {
        refused = error;
        throw error;
      });
      value = await drive(unit, async (step) => {
        try {
          const { rows, fields, rowCount } = await query(client, step);
          // A statement without a result gives one row that says how many it changed (sql.ts changed).
          return fields.length > 0 ? rows : [{ changes: rowCount ?? 0 }];
        } catch (error) {
          refused = error;
          throw error;
        }
      });
    } catch (error) {
      // What the unit itself threw is passed on; what the database answered is judged.
      await undo(client, refused);
      throw error === refused ? judge(error) : error;
    }
    await commit(client);
    return value;
  }

  async #connect(): Promise<PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (error) {
      throw isLost(error) ? new RunAgain('no connection', { cause: error }) : error;
    }
  }

  #nameOf(text: string): string {
    let name = this.#names.get(text);
    if (name === undefined) {
      name = `reelpool_${this.#names.size + 1}`;
      this.#names.set(text, name);
    }
    return name;
  }
}

/** Ends a transaction that failed and gives its connection back, or away where it is no good any more. */
async function undo(client: PoolClient, refused: unknown): Promise<void> {
  if (refused !== undefined && isLost(refused)) {
    client.release(true);
    return;
  }
  try {
    await client.query('rollback');
    client.release();
  } catch {
    // The server ends the transaction with the connection.
    client.release(true);
  }
}

/** What an error of a statement, before the commit, is to the caller. */
function judge(error: unknown): unknown {
  if (isConflict(error) || isLost(error)) return new RunAgain('undone', { cause: error });
  return isMachineFault(error) ? unavailable(error) : error;
}

async function commit(client: PoolClient): Promise<void> {
  let command: string;
  try {
    ({ command } = await client.query('commit'));
  } catch (error) {
    if (isLost(error)) {
      client.release(true);
      throw commitUnknown(error);
    }
    // The server answered: the transaction is undone.
    client.release();
    throw judge(error);
  }
  client.release();
  if (command !== 'COMMIT') throw new Error(`the database answered a commit with ${command}`);
}
