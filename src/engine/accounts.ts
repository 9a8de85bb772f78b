/** The accounts of the pool: added and changed by an admin, pictured in memory for placement. */
import type { AccountRow } from '../contracts/store.ts';
import type { StartOutcome } from '../contracts/upstream.ts';
import type { AccountView, PlanInfo, Principal } from '../contracts/views.ts';
import { nextDay } from '../core/calendar.ts';
import type { AccountSnapshot } from '../core/placement.ts';
import { breathe } from '../std/clock.ts';
import { credits } from '../std/credits.ts';
import { maskSecret, seal, sha256Hex, unseal } from '../std/crypto.ts';
import { Refusal } from '../std/errors.ts';
import type { Json } from '../std/json.ts';
import { uuid } from '../std/random.ts';
import { type Engine, findOr } from './context.ts';
import type { AccountOrder } from './gateway.ts';
import { openAccountBook } from './money.ts';

/** How long an account is left alone after it could not be reached or refused for its own reasons. */
export const COOL_MS = 10_000;
/** Accounts read at a time: about a millisecond's work. */
const PAGE_ACCOUNTS = 500;
const SESSION_MS = 30 * 24 * 3600 * 1000;
const MONTH_MS = 30 * 24 * 3600 * 1000;

/** What is sealed for an account of the local renderer. */
interface Credential {
  readonly password: string;
  readonly token: string;
  readonly expiresAt: number;
}

/** An account as placement pictures it. */
export function snapshotOf(row: AccountRow, coolingUntil = 0): AccountSnapshot {
  return {
    id: row.id,
    name: row.name,
    upstream: row.upstream,
    state: row.state,
    maxJobs: row.maxJobs,
    inUse: row.inUse,
    spendable: row.creditDaily + row.creditMonthly + row.creditPackage - row.reserved,
    lastUsedAt: row.lastUsedAt,
    coolingUntil,
  };
}

/** All accounts by id, a page at a time; between two pages other work goes on. */
export async function* accountPages(engine: Engine): AsyncGenerator<readonly AccountRow[]> {
  let after = 0;
  for (;;) {
    const rows = await readPage(engine, after);
    yield rows;
    const last = rows.at(-1);
    if (rows.length < PAGE_ACCOUNTS || !last) return;
    after = last.id;
    await breathe(engine.effects.clock);
  }
}

function readPage(engine: Engine, after: number): Promise<AccountRow[]> {
  return engine.store.read((q) => q.accounts.list({ after, limit: PAGE_ACCOUNTS }));
}

/**
 * Renews the picture of the accounts, a page with each call, so that no renewal holds this process up for long. What
 * this process does itself is in the picture at once; what others did to an account that lies behind the page is found
 * when its turn comes, and before that by the database, which decides.
 */
export class PoolReader {
  readonly #engine: Engine;
  readonly #seen = new Set<number>();
  #after = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Renews the next page. */
  async page(): Promise<void> {
    const rows = await readPage(this.#engine, this.#after);
    const last = rows.at(-1);
    this.#take(rows);
    if (rows.length === PAGE_ACCOUNTS && last) this.#after = last.id;
    else this.#end();
  }

  /** Renews everything. */
  async all(): Promise<void> {
    this.#begin();
    for await (const rows of accountPages(this.#engine)) this.#take(rows);
    this.#end();
  }

  #begin(): void {
    this.#after = 0;
    this.#seen.clear();
  }

  #take(rows: readonly AccountRow[]): void {
    const { pool } = this.#engine;
    for (const row of rows) {
      this.#seen.add(row.id);
      pool.put(snapshotOf(row, pool.get(row.id)?.coolingUntil));
    }
  }

  /** Forgets the accounts that are gone. */
  #end(): void {
    const { pool } = this.#engine;
    for (const id of [...pool.ids()]) if (!this.#seen.has(id)) pool.remove(id);
    this.#begin();
  }
}

/** Reads the picture of all accounts anew; accounts keep their cooling. */
export function loadPool(engine: Engine): Promise<void> {
  return new PoolReader(engine).all();
}

/** Leaves an account alone for a while after it refused or was not reached. A refusal of the caller's request is not its fault. */
export function coolAccount(engine: Pick<Engine, 'pool' | 'effects'>, accountId: number, outcome: StartOutcome): void {
  const account = engine.pool.get(accountId);
  if (!account) return;
  const wait = outcome.type === 'refused' ? (outcome.retryAfterMs ?? COOL_MS) : COOL_MS;
  engine.pool.put({ ...account, coolingUntil: engine.effects.clock.monotonic() + wait });
}

/** An account as an admin may see it. */
export function accountView(engine: Engine, row: AccountRow): AccountView {
  const credential = JSON.parse(unseal(engine.secrets.seal, row.secret, `account:${row.name}`)) as Credential;
  return {
    id: row.id,
    name: row.name,
    upstream: row.upstream,
    maxJobs: row.maxJobs,
    state: row.state,
    inUse: row.inUse,
    credits: { daily: row.creditDaily, monthly: row.creditMonthly, package: row.creditPackage, reserved: row.reserved },
    plan: row.plan as unknown as PlanInfo,
    session: {
      username: row.name.split('@')[0] ?? row.name,
      expiresAt: credential.expiresAt,
      tokenMasked: maskSecret(credential.token),
    },
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}

/** Every account, oldest first. */
export async function listAccounts(engine: Engine): Promise<AccountView[]> {
  const rows = await engine.store.read((q) => q.accounts.list());
  return rows.sort((a, b) => a.id - b.id).map((row) => accountView(engine, row));
}

/** One account by its name. */
export async function getAccount(engine: Engine, name: string): Promise<AccountView> {
  const row = await findOr(
    engine,
    (q) => q.accounts.byName(name),
    'account_not_found',
    `There is no account ${name}. List the accounts to see their names.`,
  );
  return accountView(engine, row);
}

/** The row of an account on the built-in renderer, with a plan and credits of its own. */
export function sandboxAccount(
  engine: Pick<Engine, 'secrets' | 'effects'>,
  order: { upstream: string; name: string; password: string; maxJobs: number; token: string | null },
) {
  const now = engine.effects.clock.now();
  const credential: Credential = {
    password: order.password,
    token: order.token ?? sha256Hex(uuid(engine.effects.random)),
    expiresAt: now + SESSION_MS,
  };
  const plan: PlanInfo = {
    name: 'Sandbox - Monthly',
    dailyGift: 60,
    monthlyGift: 1_000_000,
    renewsAt: now + MONTH_MS,
    dailyRefreshAt: nextDay(now),
    simultaneous: order.maxJobs,
    qualities: ['360p', '540p', '720p', '1080p'],
  };
  return {
    upstream: order.upstream,
    name: order.name,
    maxJobs: order.maxJobs,
    state: 'enabled' as const,
    secret: seal(engine.secrets.seal, JSON.stringify(credential), `account:${order.name}`, engine.effects.random),
    plan: plan as unknown as Json,
    creditDaily: credits(plan.dailyGift),
    creditMonthly: credits(plan.monthlyGift),
    creditPackage: 0,
    at: now,
  };
}

/** What an update leaves as it was: the session, unless a token was given, and the plan's dates. */
function keepSession(
  engine: Engine,
  before: AccountRow,
  order: AccountOrder,
): Pick<AccountRow, 'secret' | 'plan' | 'state'> {
  const context = `account:${before.name}`;
  const old = JSON.parse(unseal(engine.secrets.seal, before.secret, context)) as Credential;
  const credential: Credential = { ...old, password: order.password, token: order.token ?? old.token };
  return {
    secret: seal(engine.secrets.seal, JSON.stringify(credential), context, engine.effects.random),
    plan: { ...(before.plan as { [key: string]: Json }), simultaneous: order.maxJobs },
    state: before.state,
  };
}

/** Reads one account anew, after a lease of it ended or its credits changed. */
export async function refreshAccount(engine: Engine, accountId: number): Promise<void> {
  const row = await engine.store.read((q) => q.accounts.get(accountId));
  const before = engine.pool.get(accountId);
  if (row) engine.pool.put(snapshotOf(row, before?.coolingUntil));
  else engine.pool.remove(accountId);
}

/** Creates or updates an account of the built-in renderer, the one kind that needs no vendor. */
export async function putAccount(
  engine: Engine,
  _who: Principal,
  order: AccountOrder,
): Promise<{ account: AccountView; created: boolean }> {
  const upstream = [...engine.upstreams.values()].find((candidate) => candidate.traits.sandbox);
  if (!upstream) throw new Refusal('unavailable', { message: 'No upstream of this kind is built in.' });
  const fresh = sandboxAccount(engine, { upstream: upstream.kind, ...order });
  const { account, created } = await engine.store.write('account', function* (q) {
    const before = yield* q.accounts.byName(order.name);
    const row = before ? { ...fresh, ...keepSession(engine, before, order) } : fresh;
    const put = yield* q.accounts.upsert(row);
    if (put.created) {
      const total = put.account.creditDaily + put.account.creditMonthly + put.account.creditPackage;
      yield* openAccountBook(engine.books, q, put.account.id, total, fresh.at);
    }
    return put;
  });
  engine.pool.put(snapshotOf(account, engine.pool.get(account.id)?.coolingUntil));
  engine.store.notify('accounts');
  engine.store.notify('slots');
  return { account: accountView(engine, account), created };
}
