/**
 * A gateway is killed (SIGKILL) at a named point between "request read" and "credits captured", started again, and asked
 * for the same by a client that repeats what it has no answer to. Whatever the point: every job ends once, is paid once,
 * was started at most once per attempt, and nothing is left behind (promises P1 to P4). Used by the tests beside this
 * file, by test/postgres/ and by `npm run crash`.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client as PgClient } from 'pg';
import type { FaultPoint } from '../../src/contracts/effects.ts';
import type { Store } from '../../src/contracts/store.ts';
import { credits } from '../../src/std/credits.ts';
import { openPostgres } from '../../src/store/postgres.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { startsOf } from '../../src/upstreams/local/shelf.ts';
import type { BalancesWire, LedgerWire } from '../../src/wire/native/schemas/ledger.ts';
import type { DeliveriesWire, NewWebhookWire } from '../../src/wire/native/schemas/webhooks.ts';
import { audit } from '../sim/audit.ts';
import { silent } from '../sim/parts.ts';
import { TEST_KEY } from '../support/gateway.ts';
import { pngPicture } from '../support/png.ts';
import { type ChildGateway, startChild } from '../support/process.ts';
import { type Receiver, receiver } from '../support/receiver.ts';

/** What a client asks for: a video from text, or from a picture that it uploads first. */
export type Operation = 'text' | 'img';

/** Every fault point, in the order a job passes them. */
export const POINTS: readonly FaultPoint[] = [
  'upload.received',
  'upload.stored',
  'upload.recorded',
  'admit.decoded',
  'admit.committed',
  'dispatch.placed',
  'dispatch.inputs-read',
  'local.recorded',
  'local.rendered',
  'dispatch.answered',
  'dispatch.recorded',
  'observe.polled',
  'observe.recorded',
  'ingest.fetched',
  'ingest.checked',
  'ingest.cover-stored',
  'settle.committed',
  'deliver.taken',
  'deliver.answered',
  'deliver.recorded',
];

/** The points that these operations pass. */
export function pointsOf(operations: readonly Operation[]): readonly FaultPoint[] {
  return operations.includes('img') ? POINTS : POINTS.filter((point) => !point.startsWith('upload.'));
}

const CLIP = { model: 'v6', duration: 1, quality: '360p', prompt: 'a tram in fog', seed: 7 };
/** v6, 360p, 1 s, no audio: 5 credits a second (reference/pixverse-platform.md §10.1). */
export const PRICE = credits(5);
/** What a first start gives. */
export const START_CREDITS = credits(16_000);

interface Envelope {
  ErrCode: number;
  ErrMsg: string;
  Resp: { img_id?: number; video_id?: number; status?: number; url?: string } | null;
}

/** A client with fixed trace ids: repeating a request is safe. Undefined when no answer came. */
class Client {
  readonly #url: string;
  readonly #operations: readonly Operation[];
  readonly #webhook: number;

  constructor(url: string, operations: readonly Operation[], webhook: number) {
    this.#url = `${url}/openapi/v2`;
    this.#operations = operations;
    this.#webhook = webhook;
  }

  async #call(route: string, trace: string, init: RequestInit): Promise<Envelope['Resp'] | undefined> {
    let answer: Envelope;
    try {
      const response = await fetch(this.#url + route, {
        ...init,
        headers: { ...init.headers, 'API-KEY': TEST_KEY, 'Ai-trace-id': trace },
      });
      answer = (await response.json()) as Envelope;
    } catch {
      return undefined;
    }
    assert.equal(answer.ErrCode, 0, answer.ErrMsg);
    return answer.Resp;
  }

  async #upload(): Promise<number | undefined> {
    const form = new FormData();
    form.set('image', new Blob([pngPicture(96, 64)], { type: 'image/png' }), 'picture.png');
    return (await this.#call('/image/upload', 'upload-1', { method: 'POST', body: form }))?.img_id;
  }

  async #create(operation: Operation): Promise<number | undefined> {
    const image = operation === 'img' ? await this.#upload() : undefined;
    if (operation === 'img' && image === undefined) return undefined;
    const names = { ...CLIP, webhook_id: this.#webhook };
    const body = { ...names, ...(operation === 'img' ? { img_id: image } : { aspect_ratio: '16:9' }) };
    const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
    return (await this.#call(`/video/${operation}/generate`, `create-${operation}`, init))?.video_id;
  }

  /** The whole of what the user wants, as far as answers come. The ids of the videos once all are there. */
  async createAll(): Promise<number[] | undefined> {
    const ids: number[] = [];
    for (const operation of this.#operations) {
      const id = await this.#create(operation);
      if (id === undefined) return undefined;
      ids.push(id);
    }
    return ids;
  }

  /** Polls until the video has ended or the gateway has. Its last status. */
  async follow(id: number): Promise<number | undefined> {
    for (;;) {
      const answer = await this.#call(`/video/result/${id}`, `poll-${id}`, {});
      if (answer === undefined || answer === null || answer.status !== 5) return answer?.status;
      await pause(100);
    }
  }
}

/** One crash. */
export interface Crash {
  readonly point: FaultPoint;
  readonly operations: readonly Operation[];
  /** Address of an empty database; the embedded store where absent. */
  readonly database?: string;
}

/** Crashes a gateway, starts it again and inspects what stands in the end. Rejects with what does not hold. */
export async function crashAt(crash: Crash): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'reelpool-crash-'));
  const children: ChildGateway[] = [];
  const ends: (() => Promise<void>)[] = [];
  const start = async (env: Record<string, string> = {}) => {
    const child = await startChild(folder, env, crash.database === undefined ? [] : [crash.database]);
    children.push(child);
    return child;
  };
  try {
    const there = await receiver({ after: (end) => void ends.push(end) });
    await run(crash, folder, start, there);
  } finally {
    for (const end of ends) await end();
    for (const { child, ended } of children) {
      child.kill('SIGKILL');
      await ended;
    }
    await rm(folder, { recursive: true, force: true });
  }
}

async function run(
  { point, operations, database }: Crash,
  folder: string,
  start: (env?: Record<string, string>) => Promise<ChildGateway>,
  there: Receiver,
): Promise<void> {
  const first = await start({ REELPOOL_FAULT_POINT: point });
  const webhook = await addWebhook(first.url, there.url);
  const before = new Client(first.url, operations, webhook);
  for (const id of (await before.createAll()) ?? []) await before.follow(id);
  assert.equal(await first.ended, 'SIGKILL', `the point ${point} was never passed`);
  if (database !== undefined) await buryProcesses(database);

  const second = await start();
  const after = new Client(second.url, operations, webhook);
  const ids = await after.createAll();
  assert.ok(ids, 'the second gateway must answer');
  for (const id of ids) assert.equal(await after.follow(id), 1);
  await inspectBooks(second.url, ids.length);
  await inspectDeliveries(second.url, ids, there);
  second.child.kill('SIGTERM');
  assert.equal(await second.ended, 0);
  const store = await (database === undefined
    ? openSqlite({ folder, log: silent })
    : openPostgres({ url: database, log: silent, poolSize: 2 }));
  try {
    await inspectStore(store, folder, ids);
  } finally {
    await store.close();
  }
}

async function addWebhook(url: string, to: string): Promise<number> {
  const answer = await fetch(`${url}/pool/v1/webhooks`, {
    method: 'POST',
    headers: { 'API-KEY': TEST_KEY, 'content-type': 'application/json' },
    body: JSON.stringify({ url: to }),
  });
  assert.equal(answer.status, 201);
  return ((await answer.json()) as NewWebhookWire).webhook.id;
}

/** Waits until every end has been delivered: each job's once, and told at least once and at most once more. */
async function inspectDeliveries(url: string, ids: readonly number[], there: Receiver): Promise<void> {
  const read = async () => {
    const answer = await fetch(`${url}/pool/v1/deliveries`, { headers: { 'API-KEY': TEST_KEY } });
    return ((await answer.json()) as DeliveriesWire).deliveries;
  };
  let rows = await read();
  while (rows.some(({ state }) => state === 'pending')) {
    await pause(50);
    rows = await read();
  }
  assert.deepEqual(
    rows.map(({ jobId, event, state }) => `${jobId} ${event} ${state}`).sort(),
    ids.map((id) => `${id} succeeded delivered`).sort(),
  );
  const told = there.got.map(({ body }) => (JSON.parse(body) as { id: string }).id);
  for (const id of ids) {
    const times = told.filter((one) => one === String(id)).length;
    assert.ok(times === 1 || times === 2, `job ${id} was told of ${times} times`);
  }
}

/**
 * On a shared database a process counts as dead once another has seen its heartbeat stand still for 20 s. That this is
 * waited for, and ends, is shown in test/postgres/takeover.ts; here it has been seen.
 */
async function buryProcesses(database: string): Promise<void> {
  const client = new PgClient({ connectionString: database });
  await client.connect();
  try {
    await client.query('delete from processes');
  } finally {
    await client.end();
  }
}

/** The books, as an admin of a running gateway sees them, after so many videos and nothing else. */
export async function inspectBooks(url: string, videos: number): Promise<void> {
  const native = async (method: string, route: string): Promise<unknown> => {
    const answer = await fetch(`${url}/pool/v1${route}`, { method, headers: { 'API-KEY': TEST_KEY } });
    assert.equal(answer.status, 200, route);
    return answer.json();
  };
  assert.deepEqual(((await native('POST', '/ledger/verify')) as LedgerWire).problems, []);
  const [balance] = ((await native('GET', '/balances')) as BalancesWire).balances;
  assert.equal(balance?.held, 0);
  const spent = START_CREDITS - credits(balance?.available ?? 0);
  assert.equal(spent, PRICE * videos, 'each job is paid exactly once');
}

/** What must stand on disk when everything has ended well. `unsent` attempts, where allowed, never reached the upstream. */
export async function inspectStore(
  store: Store,
  folder: string,
  ids: readonly number[],
  allow: { unsent: boolean } = { unsent: false },
): Promise<void> {
  const state = await store.read(function* (q) {
    const jobs = yield* q.jobs.list({ limit: 1000 });
    const attempts = [];
    for (const job of jobs) attempts.push(...(yield* q.attempts.ofJob(job.id)));
    return { jobs, attempts, leases: yield* q.attempts.leases(), accounts: yield* q.accounts.list() };
  });
  assert.deepEqual(await store.read(audit), [], 'what holds in every store at rest');
  assert.deepEqual(state.jobs.map((job) => job.id).sort(), [...ids].sort(), 'no job was lost or made twice');
  assert.deepEqual(new Set(state.jobs.map((job) => job.state)), new Set(['succeeded']));
  assert.deepEqual(state.leases, []);
  const sent = state.attempts.filter((attempt) => !allow.unsent || attempt.state !== 'unsent');
  assert.equal(sent.length, ids.length, 'no attempt was made for nothing');
  for (const attempt of state.attempts) {
    assert.equal(await startsOf(path.join(folder, 'local'), attempt.id), sent.includes(attempt) ? 1 : 0);
  }
  for (const account of state.accounts) {
    assert.equal(account.inUse, 0);
    assert.equal(account.reserved, 0);
  }
}
