/** The real engine over the real store (SQLite in memory) on virtual time, in front of simulated accounts. */
import type { Log } from '../../src/contracts/effects.ts';
import type { Store } from '../../src/contracts/store.ts';
import type { Principal } from '../../src/contracts/views.ts';
import { AccountPool } from '../../src/core/placement.ts';
import type { AskPlan, Took } from '../../src/core/polling.ts';
import { newKeyRow } from '../../src/engine/admin/access.ts';
import { Asking } from '../../src/engine/accounts/asking.ts';
import { sealAccount } from '../../src/engine/accounts/accounts.ts';
import { bootstrap } from '../../src/engine/admin/bootstrap.ts';
import { type Engine, noWork } from '../../src/engine/context.ts';
import { createGateway, type Gateway } from '../../src/engine/gateway.ts';
import { giveGrant, openAccountBook, openBooks } from '../../src/engine/books/money.ts';
import { register } from '../../src/engine/processes.ts';
import { keysFromSettings } from '../../src/keys.ts';
import type { Clock } from '../../src/std/clock.ts';
import { credits } from '../../src/std/credits.ts';
import { idMint } from '../../src/std/ids.ts';
import { refuse } from '../../src/std/errors.ts';
import type { Random } from '../../src/std/random.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { type JobEvents, noteBlobs, noteMedia, vendorDriver } from './driver.ts';
import type { FarSide } from './far-side.ts';
import { expectedSlotMs } from './load.ts';

const DAY_MS = 86_400_000;
/** More than any run spends, whole credits. */
const PLENTY = 1_000_000_000;
const PLENTY_FOR_ONE = 1_000_000;
const PRICE = credits(5);

/** A log that says only what should not happen: calls that are under way when a run is over are no news. */
const complaints: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (fields, message) => console.error(message, fields),
};

/** An engine that is set up and not yet running. */
export interface Bench {
  readonly engine: Engine;
  readonly gateway: Gateway;
  /** One per tenant. */
  readonly keys: readonly Principal[];
  close(): Promise<void>;
}

/** What a bench is made of. */
export interface BenchOrder {
  readonly clock: Clock;
  readonly random: Random;
  readonly far: FarSide;
  readonly events: JobEvents;
  readonly accounts: number;
  readonly slots: number;
  readonly tenants: number;
  /** How questions are planned; ours where it is absent. */
  readonly plan?: (seen: readonly Took[]) => AskPlan;
}

/** Builds an engine as compose.ts does, with tenants who can pay for anything. */
export async function openBench(order: BenchOrder): Promise<Bench> {
  const { clock, random } = order;
  const store = await openSqlite({ folder: ':memory:', log: complaints, defer: (flush) => queueMicrotask(flush) });
  const effects = { clock, random, log: complaints, fault: () => undefined };
  const row = await register(store, effects, store.exclusive);
  const driver = vendorDriver(order.far, order.events);
  const engine: Engine = {
    store,
    blobs: noteBlobs(),
    media: noteMedia,
    upstreams: new Map([[driver.kind, driver]]),
    catalog: { price: () => PRICE, expectedSlotMs, templates: [], activationsPerMonth: 0 },
    rules: { read: () => refuse('internal') },
    fetch: { open: () => Promise.reject(new Error('no addresses here')) },
    webhooks: {
      post: { check: () => undefined, send: () => Promise.reject(new Error('no addresses here')) },
      formats: [],
      origin: '',
    },
    effects,
    ids: idMint(clock, row.node),
    processId: row.id,
    secrets: { keys: keysFromSettings(['00'.repeat(32)]), media: [] },
    settings: {
      queueDepth: 10_000_000,
      requestsPerSecond: 0,
      mediaTtlMs: 7 * DAY_MS,
      replayTtlMs: 7 * DAY_MS,
      timelineTtlMs: 90 * DAY_MS,
      deliveryTtlMs: 30 * 86_400_000,
      resultMaxBytes: 4_096,
    },
    pool: new AccountPool(),
    books: new Map(),
    work: { ...noWork(), asking: new Asking(order.plan) },
  };
  await addAccounts(store, engine, order);
  await bootstrap(engine, { key: null, account: null });
  const keys: Principal[] = [];
  for (let n = 0; n < order.tenants; n++) keys.push(await addTenant(engine, n));
  await openBooks(engine);
  return { engine, gateway: createGateway(engine, () => null), keys, close: () => store.close() };
}

async function addAccounts(store: Store, engine: Engine, { accounts, slots, clock }: BenchOrder): Promise<void> {
  const at = clock.now();
  await store.write('accounts', function* (q) {
    for (const book of ['adjustments', 'cost'] as const) yield* q.books.ensure('operator', book);
    for (let n = 1; n <= accounts; n++) {
      const name = `account-${n}@example.com`;
      const put = yield* q.accounts.upsert({
        upstream: 'vendor',
        name,
        maxJobs: slots,
        state: 'enabled',
        secret: yield* sealAccount(engine, q, name, {}),
        // Nothing of it is due while a run lasts.
        plan: { dailyRefreshAt: at + 1000 * DAY_MS, renewsAt: at + 1000 * DAY_MS },
        creditDaily: 0,
        creditMonthly: 0,
        creditPackage: credits(PLENTY_FOR_ONE),
        at,
      });
      yield* openAccountBook(engine.books, q, put.account.id, credits(PLENTY_FOR_ONE), at);
    }
  });
}

function addTenant(engine: Engine, n: number): Promise<Principal> {
  return engine.store.write('tenant', function* (q) {
    const at = engine.effects.clock.now();
    const order = { name: `tenant ${n}`, weight: 1, monthlyCredits: 0, anchorDay: 1, createdAt: at };
    const tenant = yield* q.tenants.insert({ ...order, mode: 'metered', unit: null });
    for (const book of ['available', 'held'] as const) yield* q.books.ensure(`tenant:${tenant.id}`, book);
    const grant = { kind: 'package' as const, amount: credits(PLENTY), expiresAt: null, period: null };
    yield* giveGrant(engine.books, q, { tenantId: tenant.id, ...grant }, at);
    const { row } = newKeyRow(engine, { tenantId: tenant.id, name: 'bench', role: 'client' });
    const key = yield* q.keys.insert(row);
    return { keyId: key.id, tenantId: tenant.id, role: 'client' };
  });
}
