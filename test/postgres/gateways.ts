/** Gateways in processes of their own on one PostgreSQL and one data folder, their clients, and what the database says. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Pool, type QueryResultRow } from 'pg';
import { openPostgres } from '../../src/store/postgres.ts';
import { type Served, serve } from '../cli/run.ts';
import { inspectBooks, inspectStore } from '../crash/scenario.ts';
import { silent } from '../sim/parts.ts';
import { TEST_KEY } from '../support/gateway.ts';
import { type PixverseClient, pixverseClient, type Reply, SMALL_TEXT } from '../support/pixverse-client.ts';
import type { PostgresServer } from '../support/postgres.ts';

/** Anything with an end to hook on. */
interface Ending {
  after(end: () => Promise<void> | void): void;
}

/** One gateway process, as people start it. */
export interface Member extends Served {
  readonly url: string;
  readonly client: PixverseClient;
  /** Sends it a signal. */
  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
  /** Lines of its log with this message. */
  logged(message: string): Record<string, unknown>[];
}

/** Gateways that share a database. */
export interface Group {
  readonly database: string;
  readonly folder: string;
  /** Starts a gateway. `through` is another way to the same database. */
  start(options?: { env?: Record<string, string>; through?: string }): Promise<Member>;
  /** Asks the database, from outside. */
  sql<Row extends QueryResultRow>(text: string, params?: readonly (string | number)[]): Promise<Row[]>;
  /** Asks until the answer is as wanted; the last answer. */
  until<Row extends QueryResultRow>(text: string, wanted: (rows: Row[]) => boolean): Promise<Row[]>;
  /** What must hold when these jobs, and no others, have ended well. */
  inspect(url: string, ids: readonly number[], allow?: { unsent: boolean }): Promise<void>;
}

/** An empty database and folder; both are gone when the test ends, and so is every gateway. */
export async function openGroup(t: Ending, server: PostgresServer): Promise<Group> {
  const folder = await mkdtemp(path.join(tmpdir(), 'reelpool-group-'));
  const database = await server.createDatabase();
  const pool = new Pool({ connectionString: database, max: 4 });
  pool.on('error', () => undefined);
  const members: Served[] = [];
  t.after(async () => {
    for (const { child } of members) child.kill('SIGKILL');
    await Promise.all(members.map(({ ended }) => ended));
    await pool.end();
    await rm(folder, { recursive: true, force: true });
  });
  const sql: Group['sql'] = async <Row extends QueryResultRow>(text: string, params: readonly unknown[] = []) =>
    (await pool.query<Row>(text, [...params])).rows;
  return {
    database,
    folder,
    sql,
    async start({ env = {}, through = database } = {}) {
      const settings = {
        REELPOOL_DATA: folder,
        REELPOOL_DATABASE: through,
        REELPOOL_BOOTSTRAP_KEY: TEST_KEY,
        REELPOOL_LOG_LEVEL: 'info',
        REELPOOL_GRACE_PERIOD_MS: '2000',
        ...(process.env['NODE_COMPILE_CACHE'] ? { NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] } : {}),
        ...env,
      };
      const served = await serve({ after: () => undefined }, { cwd: folder, env: settings });
      members.push(served);
      return member(served);
    },
    async until(text, wanted) {
      for (;;) {
        const rows = await sql<never>(text);
        if (wanted(rows)) return rows;
        await pause(20);
      }
    },
    async inspect(url, ids, allow) {
      await inspectBooks(url, ids.length);
      const store = await openPostgres({ url: database, log: silent, poolSize: 1 });
      await inspectStore(store, folder, ids, allow).finally(() => store.close());
    },
  };
}

function member(served: Served): Member {
  const { url } = served.hello;
  return {
    ...served,
    url,
    client: pixverseClient({ url, key: TEST_KEY }),
    signal: (name) => void served.child.kill(name),
    logged: (message) =>
      served
        .errors()
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        .filter((line) => line['msg'] === message),
  };
}

/** Asks for the smallest job there is, under a trace id; undefined where no answer came. */
export async function ask({ client }: Member, trace: string): Promise<Reply | undefined> {
  return client.post('/video/text/generate', { trace, body: SMALL_TEXT }).catch(() => undefined);
}

/** The job that an answer names. */
export function jobIn(reply: Reply | undefined): number {
  assert.ok(reply, 'no answer came');
  assert.equal(reply.body.ErrCode, 0, JSON.stringify(reply.body));
  return Number(reply.body.Resp?.['video_id']);
}

/** Sets the slots of the account that the first start makes. */
export async function setSlots({ url }: Member, name: string, maxJobs: number): Promise<void> {
  const answer = await fetch(`${url}/v2/pixverse/accounts/${name}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ password: 'sandbox', maxJobs }),
  });
  assert.ok(answer.ok, await answer.text());
}

export const FIRST_ACCOUNT = 'local@reelpool.internal';
/** No job of this group is waiting or under way. */
export const IDLE = `select id from jobs where finished_at is null`;

/** Writes down, inside the database, every owner that a job gets from now on, as `seen_owners`. */
export async function recordOwners(group: Group): Promise<void> {
  await group.sql(`
    create table seen_owners (job_id bigint, before text, after text, fence bigint);
    create function see_owner() returns trigger language plpgsql as $$ begin
      insert into seen_owners values (new.id, old.owner, new.owner, new.fence); return null; end $$;
    create trigger see_owner after update of owner on jobs for each row when (new.owner is distinct from old.owner)
      execute function see_owner();`);
}

/** A parameter of a statement as it goes over the wire: its length, then its text. */
export function bound(value: string): string {
  return `\0\0\0${String.fromCharCode(value.length)}${value}`;
}
