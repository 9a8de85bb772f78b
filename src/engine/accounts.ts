/** The accounts of the pool, as an admin adds, changes and removes them. */
import type { AccountRow, Op, Statements } from '../contracts/store.ts';
import type { Upstream } from '../contracts/upstream.ts';
import type { AccountView, PlanInfo } from '../contracts/views.ts';
import { type AccountSettings, PLAIN_SETTINGS } from '../core/account.ts';
import { nextDay } from '../core/calendar.ts';
import { type Credits, credits } from '../std/credits.ts';
import { seal, sha256Hex } from '../std/crypto.ts';
import { Refusal, refuse } from '../std/errors.ts';
import type { Json, JsonObject } from '../std/json.ts';
import { uuid } from '../std/random.ts';
import { accountView } from './account-view.ts';
import { type Engine, openSecret, upstreamOf } from './context.ts';
import type { AccountOrder } from './gateway.ts';
import { type Credential, readLogin } from './login.ts';
import { openAccountBook, postChange } from './money.ts';
import { picture } from './picture.ts';

const SESSION_MS = 30 * 24 * 3600 * 1000;
const MONTH_MS = 30 * 24 * 3600 * 1000;

/** Accounts that share a cap, as an admin names it with one of them. */
export interface GroupOrder {
  readonly name: string;
  readonly maxJobs: number;
}

/** What an admin may declare of an account whose upstream cannot be asked. */
export interface DeclaredCredits {
  readonly daily: Credits;
  readonly monthly: Credits;
  readonly package: Credits;
}

/** What an admin may change about an account; what is absent stays. */
export interface AccountChange {
  /** Credentials, and settings only its kind has (`Upstream.readSecret`). */
  readonly secret?: JsonObject;
  readonly maxJobs?: number;
  readonly settings?: Partial<AccountSettings>;
  readonly group?: GroupOrder | null;
  readonly unit?: string;
  /** Only where the upstream cannot be asked for it. */
  readonly credits?: DeclaredCredits;
  readonly plan?: Partial<Pick<PlanInfo, 'name' | 'dailyGift' | 'monthlyGift' | 'renewsAt' | 'qualities'>>;
}

/** A new account. */
export interface NewAccount extends AccountChange {
  /** A kind of upstream. */
  readonly kind: string;
  readonly name: string;
  readonly secret: JsonObject;
  readonly maxJobs: number;
}

/** An account by its id or its name. */
export type AccountRef = number | string;

/** Finds an account in a unit, or refuses with `account_not_found`. */
export function* findAccount(q: Statements, ref: AccountRef): Op<AccountRow> {
  const row = yield* typeof ref === 'number' ? q.accounts.get(ref) : q.accounts.byName(ref);
  if (row && row.state !== 'removed') return row;
  throw new Refusal('account_not_found', {
    field: 'account',
    message: `There is no account ${ref}. List the accounts to see their names.`,
  });
}

/** Every account, oldest first. */
export async function listAccounts(engine: Engine): Promise<AccountView[]> {
  const { rows, groups } = await engine.store.read(function* (q) {
    return { rows: yield* q.accounts.list(), groups: yield* q.accounts.groups() };
  });
  const byName = new Map(groups.map((group) => [group.name, group]));
  return rows.map((row) => accountView(engine, row, byName.get(row.limitGroup ?? '')));
}

/** One account. */
export async function getAccount(engine: Engine, ref: AccountRef): Promise<AccountView> {
  const { row, group } = await engine.store.read(function* (q) {
    const row = yield* findAccount(q, ref);
    return { row, group: row.limitGroup === null ? undefined : yield* q.accounts.group(row.limitGroup) };
  });
  return accountView(engine, row, group);
}

/** Adds an account. Refuses a name that is taken, a kind that is not there, and what the kind's driver does not accept. */
export async function addAccount(engine: Engine, order: NewAccount): Promise<AccountView> {
  const upstream = kindOf(engine, order.kind);
  const secret = readSecret(engine, upstream, order.secret, null);
  const fresh = freshAccount(engine, upstream, order, secret);
  const account = await engine.store.write('account', function* (q) {
    if (yield* q.accounts.byName(order.name)) {
      throw new Refusal('parameter_invalid', {
        field: 'name',
        message: `name: there is an account ${order.name}. Change it, or choose another name.`,
      });
    }
    if (order.group) yield* q.accounts.putGroup(order.group.name, order.group.maxJobs);
    const { account } = yield* q.accounts.upsert(fresh);
    const total = account.creditDaily + account.creditMonthly + account.creditPackage;
    yield* openAccountBook(engine.books, q, account.id, total, fresh.at);
    return account;
  });
  announce(engine, account);
  return await getAccount(engine, account.id);
}

function kindOf(engine: Engine, kind: string): Upstream {
  const upstream = engine.upstreams.get(kind);
  if (upstream) return upstream;
  const kinds = [...engine.upstreams.keys()].join(', ');
  throw new Refusal('parameter_invalid', {
    field: 'kind',
    message: `kind: ${kind} is no kind of account here. Use one of ${kinds}.`,
  });
}

function readSecret(engine: Engine, upstream: Upstream, input: JsonObject, before: Json | null): Json {
  return upstream.readSecret?.(input, before) ?? readLogin(engine, input, before);
}

function freshAccount(engine: Engine, upstream: Upstream, order: NewAccount, secret: Json) {
  const now = engine.effects.clock.now();
  const own = upstream.traits.sandbox ? sandboxMeans(order.maxJobs, now) : declaredMeans(upstream, order, now);
  return {
    upstream: upstream.kind,
    name: order.name,
    maxJobs: order.maxJobs,
    state: 'enabled' as const,
    secret: sealSecret(engine, order.name, secret),
    settings: { ...PLAIN_SETTINGS, ...order.settings },
    limitGroup: order.group?.name ?? null,
    unit: order.unit ?? upstream.traits.unit ?? upstream.kind,
    ...own,
    at: now,
  };
}

/** Credits and plan of an account on the built-in renderer. */
function sandboxMeans(maxJobs: number, now: number) {
  const plan: PlanInfo = {
    name: 'Sandbox - Monthly',
    dailyGift: 60,
    monthlyGift: 1_000_000,
    renewsAt: now + MONTH_MS,
    dailyRefreshAt: nextDay(now),
    simultaneous: maxJobs,
    qualities: ['360p', '540p', '720p', '1080p'],
  };
  return {
    plan: plan as unknown as Json,
    creditDaily: credits(plan.dailyGift),
    creditMonthly: credits(plan.monthlyGift),
    creditPackage: 0,
  };
}

/** What an admin declared; an account that can be asked has nothing until it was. */
function declaredMeans(upstream: Upstream, order: NewAccount, now: number) {
  const declared = order.credits ?? { daily: 0, monthly: 0, package: 0 };
  refuseDeclared(upstream, order);
  return {
    plan: declaredPlan(order, null, order.maxJobs, now) as unknown as Json,
    creditDaily: declared.daily,
    creditMonthly: declared.monthly,
    creditPackage: declared.package,
  };
}

function refuseDeclared(upstream: Upstream, change: AccountChange): void {
  if (change.credits === undefined || !upstream.balance) return;
  throw new Refusal('parameter_invalid', {
    field: 'credits',
    message: `credits: accounts of kind ${upstream.kind} are asked for theirs. Leave it out.`,
  });
}

/** The plan after a change. A time of 0 means never. */
function declaredPlan(change: AccountChange, before: PlanInfo | null, maxJobs: number, now: number): PlanInfo {
  const old = before ?? { name: '', dailyGift: 0, monthlyGift: 0, renewsAt: 0, dailyRefreshAt: 0, qualities: [] };
  const plan = { ...old, ...change.plan, simultaneous: maxJobs };
  const renewsAt = plan.renewsAt === 0 && plan.monthlyGift > 0 ? now + MONTH_MS : plan.renewsAt;
  const dailyRefreshAt = plan.dailyRefreshAt === 0 && plan.dailyGift > 0 ? nextDay(now) : plan.dailyRefreshAt;
  return { ...plan, renewsAt, dailyRefreshAt };
}

/** Changes an account. New credentials make one that was turned away count as well again. */
export async function changeAccount(engine: Engine, ref: AccountRef, change: AccountChange): Promise<AccountView> {
  const now = engine.effects.clock.now();
  const account = await engine.store.write('account', function* (q) {
    const found = yield* findAccount(q, ref);
    const row = (yield* q.accounts.lock(found.id)) ?? found;
    const upstream = upstreamOf(engine, row.upstream);
    refuseDeclared(upstream, change);
    if (change.group) yield* q.accounts.putGroup(change.group.name, change.group.maxJobs);
    const maxJobs = change.maxJobs ?? row.maxJobs;
    const plan = declaredPlan(change, row.plan as unknown as PlanInfo | null, maxJobs, now) as unknown as Json;
    if (change.credits) yield* setCredits(engine, q, row, change.credits, plan, now);
    const changed = yield* q.accounts.change(
      row.id,
      {
        maxJobs,
        plan,
        settings: { ...row.settings, ...change.settings },
        ...(change.maxJobs === undefined ? {} : { learnedCap: null }),
        ...(change.group === undefined ? {} : { limitGroup: change.group?.name ?? null }),
        ...(change.unit === undefined ? {} : { unit: change.unit }),
        ...(change.secret === undefined
          ? {}
          : { secret: resealed(engine, upstream, row, change.secret), health: null }),
      },
      now,
    );
    return changed ?? row;
  });
  announce(engine, account);
  return await getAccount(engine, account.id);
}

function resealed(engine: Engine, upstream: Upstream, row: AccountRow, input: JsonObject): string {
  return sealSecret(engine, row.name, readSecret(engine, upstream, input, openSecret(engine, row)));
}

/** Sets an account's credits; its book stays the sum of its entries. */
export function* setCredits(
  engine: Pick<Engine, 'books'>,
  q: Statements,
  row: AccountRow,
  to: DeclaredCredits,
  plan: Json,
  now: number,
): Op<void> {
  yield* q.accounts.setCredits(row.id, to, plan, now);
  const had = row.creditDaily + row.creditMonthly + row.creditPackage;
  yield* postChange(engine.books, q, row.id, to.daily + to.monthly + to.package - had, now);
}

/** What an admin can tell an account to do. */
export type AccountState = 'enabled' | 'paused' | 'draining';

/**
 * Pauses (no new jobs, for now), drains (no new jobs, for good) or resumes an account. Resumed it counts as well, whatever
 * it rested for. One that is being removed can only be resumed.
 */
export async function setAccountState(engine: Engine, ref: AccountRef, state: AccountState): Promise<AccountView> {
  const now = engine.effects.clock.now();
  const account = await engine.store.write('account', function* (q) {
    const row = yield* findAccount(q, ref);
    if (row.state === 'removing' && state !== 'enabled') {
      throw new Refusal('parameter_invalid', {
        field: 'account',
        message: `${row.name} is being removed. Resume it first, or let it go.`,
      });
    }
    const well = state === 'enabled' ? { health: null, learnedCap: null } : {};
    return (yield* q.accounts.change(row.id, { state, ...well }, now)) ?? row;
  });
  announce(engine, account);
  return await getAccount(engine, account.id);
}

/** Removes an account: at once, or when the last job that needs it is over. Returns it as it stands, or null once it is gone. */
export async function removeAccount(engine: Engine, ref: AccountRef): Promise<AccountView | null> {
  const now = engine.effects.clock.now();
  const account = await engine.store.write('account', function* (q) {
    const row = yield* findAccount(q, ref);
    yield* q.accounts.change(row.id, { state: 'removing' }, now);
    return yield* letGo(engine, q, row.id, now);
  });
  if (account === null) {
    if (typeof ref === 'number') engine.pool.remove(ref);
    engine.store.notify('accounts');
    return null;
  }
  announce(engine, account);
  return await getAccount(engine, account.id);
}

/** Removes an account that is to go and that nothing needs any more; null once it is gone, else its row. */
export function* letGo(engine: Engine, q: Statements, id: number, now: number): Op<AccountRow | null> {
  const row = yield* q.accounts.lock(id);
  if (row?.state !== 'removing') return row ?? null;
  if (row.inUse > 0 || (yield* q.accounts.needed(id))) return row;
  yield* setCredits(engine, q, row, { daily: 0, monthly: 0, package: 0 }, row.plan, now);
  yield* q.accounts.change(id, { state: 'removed', secret: '', health: null, learnedCap: null }, now);
  return null;
}

/** Makes a change count here at once, and elsewhere soon. */
function announce(engine: Engine, account: AccountRow): void {
  picture(engine, account.id, account);
  engine.store.notify('accounts');
  engine.store.notify('slots');
}

function sealSecret(engine: Pick<Engine, 'secrets' | 'effects'>, name: string, secret: Json): string {
  return seal(engine.secrets.seal, JSON.stringify(secret), `account:${name}`, engine.effects.random);
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
  return {
    upstream: order.upstream,
    name: order.name,
    maxJobs: order.maxJobs,
    state: 'enabled' as const,
    secret: sealSecret(engine, order.name, credential as unknown as Json),
    ...sandboxMeans(order.maxJobs, now),
    at: now,
  };
}

/** Creates or updates an account of the built-in renderer, as the doors do that know accounts by their logins. */
export async function putAccount(
  engine: Engine,
  order: AccountOrder,
): Promise<{ account: AccountView; created: boolean }> {
  const upstream = [...engine.upstreams.values()].find((candidate) => candidate.traits.sandbox);
  if (!upstream) throw new Refusal('unavailable', { message: 'No upstream of this kind is built in.' });
  const { name, password, maxJobs, token } = order;
  const secret: JsonObject = { password, ...(token === null ? {} : { token }) };
  const before = await engine.store.read((q) => q.accounts.byName(name));
  if (!before) {
    return { account: await addAccount(engine, { kind: upstream.kind, name, secret, maxJobs }), created: true };
  }
  if (!upstreamOf(engine, before.upstream).traits.sandbox) {
    refuse('parameter_invalid', {
      field: 'email',
      message: `email: the account ${name} is of kind ${before.upstream}. Change it through /pool/v1.`,
    });
  }
  return { account: await changeAccount(engine, before.id, { secret, maxJobs }), created: false };
}
