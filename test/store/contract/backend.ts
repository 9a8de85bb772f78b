import type { TestContext } from 'node:test';
import type { Log } from '../../../src/contracts/effects.ts';
import type { JobStatements, Op, Statements, Store } from '../../../src/contracts/store.ts';
import { UNLIMITED } from '../../../src/core/limits.ts';
import { DEFAULT_POOL_ID } from '../../../src/core/pools.ts';

/** How the contract suite gets at a kind of database. */
export interface Backend {
  readonly name: string;
  /** Makes an empty database that is removed at the test's end. */
  fresh(t: TestContext): Promise<Database>;
}

/** One database of a test. */
export interface Database {
  /** Opens a store on it, closed at the test's end. More than once at a time only where `shared`. */
  open(): Promise<Store>;
  /** Several stores may have it open at a time. */
  readonly shared: boolean;
  /** The database outlives the store. */
  readonly kept: boolean;
  /** Runs SQL behind the store's back, to plant damage; absent where nothing but the store can reach the data. */
  damage?(sql: string): Promise<void>;
}

/** A log that says nothing. */
export const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** A store with a tenant, a key, an account and the books that jobs need. */
export interface Seeded {
  readonly store: Store;
  readonly database: Database;
  readonly tenantId: number;
  readonly keyId: number;
  readonly accountId: number;
  readonly books: { available: number; held: number; revenue: number; grants: number };
}

/** Opens an empty database and seeds it. */
export async function seeded(backend: Backend, t: TestContext): Promise<Seeded> {
  const database = await backend.fresh(t);
  const store = await database.open();
  const ids = await store.write('seed', function* (q) {
    const tenantId = yield* addTenant(q, 'first');
    const keyId = yield* addKey(q, tenantId, 'a'.repeat(64));
    const accountId = yield* addAccount(q, 'one@example.com', 3);
    return { tenantId, keyId, accountId, books: yield* addBooks(q, tenantId) };
  });
  return { store, database, ...ids };
}

export function* addTenant(q: Statements, name: string): Op<number> {
  const row = {
    name,
    weight: 1,
    monthlyCredits: 15_000_000,
    anchorDay: 31,
    mode: 'metered',
    unit: null,
    createdAt: 1,
  } as const;
  return (yield* q.tenants.insert(row)).id;
}

export function* addKey(q: Statements, tenantId: number, hash: string): Op<number> {
  const row = {
    ...UNLIMITED,
    tenantId,
    name: 'key',
    role: 'client',
    hash,
    prefix: 'ak_0000',
    queueDepthMax: 1000,
    budgetMonth: 5,
    createdAt: 7,
  } as const;
  return (yield* q.keys.insert(row)).id;
}

export function* addAccount(q: Statements, name: string, maxJobs: number): Op<number> {
  const { account } = yield* q.accounts.upsert({
    upstream: 'local',
    name,
    maxJobs,
    state: 'enabled',
    secret: 'sealed',
    plan: { name: 'Free' },
    creditDaily: 10,
    creditMonthly: 20,
    creditPackage: 30,
    at: 5,
  });
  return account.id;
}

function* addBooks(q: Statements, tenantId: number): Op<Seeded['books']> {
  return {
    available: (yield* q.books.ensure(`tenant:${tenantId}`, 'available')).id,
    held: (yield* q.books.ensure(`tenant:${tenantId}`, 'held')).id,
    revenue: (yield* q.books.ensure('operator', 'revenue')).id,
    grants: (yield* q.books.ensure('operator', 'grants')).id,
  };
}

/** A grant with its entry. Returns the grant's id. */
export function* give(
  q: Statements,
  s: Pick<Seeded, 'tenantId' | 'books'>,
  amount: number,
  expiresAt: number | null,
): Op<number> {
  const row = yield* q.books.insertGrant({
    tenantId: s.tenantId,
    kind: 'package',
    amount,
    remaining: amount,
    expiresAt,
    priority: 0,
    period: null,
    createdAt: 1,
  });
  if (!row) throw new Error('the grant was refused');
  const { grants, available } = s.books;
  const entry = { at: 1, fromBook: grants, toBook: available, amount, jobId: null, grantId: row.id };
  yield* q.books.move({ ...entry, reason: 'grant' });
  return row.id;
}

type NewJob = Parameters<JobStatements['insert']>[0];

/** A waiting job; what is not said has a default. */
export function* addJob(
  q: Statements,
  s: Pick<Seeded, 'tenantId' | 'keyId'>,
  job: Partial<NewJob> & { id: number },
): Op<void> {
  yield* q.jobs.insert({
    tenantId: s.tenantId,
    keyId: s.keyId,
    dialect: 'native',
    operation: 'text-to-video',
    model: 'v6',
    poolId: DEFAULT_POOL_ID,
    sandbox: false,
    request: { prompt: 'Ünïcode \u0001 and 🎬', seed: 1 },
    lane: 'v6',
    rank: job.id,
    price: 0,
    expectedSlotMs: 60_000,
    traceId: null,
    createdAt: 100,
    ...job,
  });
}

/** An attempt of a job. */
export function* addAttempt(
  q: Statements,
  s: Pick<Seeded, 'accountId'>,
  attempt: { id: string; jobId: number; number?: number },
): Op<void> {
  yield* q.attempts.insert({
    accountId: s.accountId,
    number: 1,
    cost: 20,
    placement: { chosen: 'one@example.com', others: [] },
    sentAt: 1000,
    slotHorizonAt: 2000,
    creditHorizonAt: 3000,
    ...attempt,
  });
}

/** A UUID for a test; equal numbers give equal ids. */
export function attemptId(n: number): string {
  return `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
}
