/** The accounts of the pool, as an admin adds, changes and removes them. */
import type { Idempotency } from '../../contracts/administration.ts';
import type {
  AccountChange,
  AccountRef,
  AccountState,
  DeclaredCredits,
  NewAccount,
  RemovedAccount,
} from '../../contracts/pool.ts';
import type { AccountRow, Op, Statements } from '../../contracts/store.ts';
import type { Upstream } from '../../contracts/upstream.ts';
import type { AccountView, PlanInfo, Principal } from '../../contracts/views.ts';
import { PLAIN_SETTINGS } from '../../core/account.ts';
import { nextDay } from '../../core/calendar.ts';
import { credits } from '../../std/credits.ts';
import { Unsealable } from '../../std/crypto.ts';
import { Refusal } from '../../std/errors.ts';
import type { Json, JsonObject } from '../../std/json.ts';
import { requireAdmin } from '../admin/access.ts';
import { accountView } from './view.ts';
import { administer } from '../admin/administer.ts';
import { type Engine, openSecret, upstreamOf } from '../context.ts';
import type { AccountOrder } from '../gateway.ts';
import { readLogin } from './login.ts';
import { openAccountBook, postChange } from '../books/money.ts';
import { refreshAccount } from './picture.ts';
import { followAccounts } from './pooled.ts';
import { sealFor } from '../secrets.ts';

const MONTH_MS = 30 * 24 * 3600 * 1000;

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
export async function addAccount(
  engine: Engine,
  who: Principal,
  order: NewAccount,
  once?: Idempotency | null,
): Promise<Done> {
  requireAdmin(who);
  const upstream = kindOf(engine, order.kind);
  const secret = readSecret(engine, upstream, order.secret, null);
  const fresh = freshAccount(engine, upstream, order);
  let repeated = true;
  const account = await administer(engine, who, 'account.add', once, function* (q, now) {
    repeated = false;
    if (yield* q.accounts.byName(order.name)) {
      throw new Refusal('parameter_invalid', {
        field: 'name',
        message: `name: there is an account ${order.name}. Change it, or choose another name.`,
      });
    }
    if (order.group) yield* q.accounts.putGroup(order.group.name, order.group.maxJobs);
    const sealed = yield* sealAccount(engine, q, order.name, secret);
    const { account: row } = yield* q.accounts.upsert({ ...fresh, secret: sealed, at: now });
    const total = row.creditDaily + row.creditMonthly + row.creditPackage;
    yield* openAccountBook(engine.books, q, row.id, total, now);
    yield* followAccounts(engine, q, now);
    const answer = yield* viewOf(engine, q, row);
    return { answer, subject: subjectOf(row), before: null, after: answer };
  });
  await announce(engine, account.id);
  return { account, repeated };
}

/** What became of an account, as it was written down. */
interface Done {
  readonly account: AccountView;
  /** Somebody was given this answer before, and nothing was done again. */
  readonly repeated: boolean;
}

const subjectOf = ({ id }: { id: number }): string => `account:${id}`;

function* viewOf(engine: Engine, q: Statements, row: AccountRow): Op<AccountView> {
  return accountView(engine, row, row.limitGroup === null ? undefined : yield* q.accounts.group(row.limitGroup));
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

function freshAccount(engine: Engine, upstream: Upstream, order: NewAccount) {
  const now = engine.effects.clock.now();
  const own = upstream.traits.sandbox ? sandboxMeans(order.maxJobs, now) : declaredMeans(upstream, order, now);
  return {
    upstream: upstream.kind,
    name: order.name,
    maxJobs: order.maxJobs,
    state: 'enabled' as const,
    settings: { ...PLAIN_SETTINGS, ...order.settings },
    limitGroup: order.group?.name ?? null,
    unit: order.unit ?? upstream.traits.unit ?? upstream.kind,
    ...own,
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
export async function changeAccount(
  engine: Engine,
  who: Principal,
  ref: AccountRef,
  change: AccountChange,
  once?: Idempotency | null,
): Promise<Done> {
  let repeated = true;
  const account = await administer(engine, who, 'account.change', once, function* (q, now) {
    repeated = false;
    const row = yield* lockAccount(q, ref);
    const before = yield* viewOf(engine, q, row);
    const upstream = upstreamOf(engine, row.upstream);
    refuseDeclared(upstream, change);
    if (change.group) yield* q.accounts.putGroup(change.group.name, change.group.maxJobs);
    const plan = declaredPlan(change, row.plan as unknown as PlanInfo | null, change.maxJobs ?? row.maxJobs, now);
    if (change.credits) yield* setCredits(engine, q, row, change.credits, plan as unknown as Json, now);
    const columns = { plan: plan as unknown as Json, ...(yield* columnsOf(engine, q, row, change)) };
    const after = (yield* q.accounts.change(row.id, columns, now)) ?? row;
    if (change.credits || change.unit !== undefined) yield* followAccounts(engine, q, now);
    const answer = yield* viewOf(engine, q, after);
    return { answer, subject: subjectOf(row), before, after: answer };
  });
  await announce(engine, account.id);
  return { account, repeated };
}

/** The columns that a change sets, its credits and its plan apart. */
function* columnsOf(engine: Engine, q: Statements, row: AccountRow, change: AccountChange) {
  const { maxJobs, settings, group, unit } = change;
  const secret = change.secret && (yield* resealed(engine, q, row, change.secret));
  return {
    ...(maxJobs === undefined ? {} : { maxJobs, learnedCap: null }),
    ...(settings === undefined ? {} : { settings: { ...row.settings, ...settings } }),
    ...(group === undefined ? {} : { limitGroup: group?.name ?? null }),
    ...(unit === undefined ? {} : { unit }),
    ...(secret === undefined ? {} : { secret, health: null }),
  };
}

function* resealed(engine: Engine, q: Statements, row: AccountRow, input: JsonObject): Op<string> {
  const secret = readSecret(engine, upstreamOf(engine, row.upstream), input, openOrNothing(engine, row));
  return yield* sealAccount(engine, q, row.name, secret);
}

/** What there was before. Of a secret that does not open nothing can be kept: then the new one must be whole. */
function openOrNothing(engine: Engine, row: AccountRow): Json | null {
  try {
    return openSecret(engine, row);
  } catch (error) {
    if (error instanceof Unsealable) return null;
    throw error;
  }
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

const STATE_WORDS = { enabled: 'resume', paused: 'pause', draining: 'drain' } as const;

/** Pauses, drains or resumes an account. One that is being removed can only be resumed. */
export async function setAccountState(
  engine: Engine,
  who: Principal,
  ref: AccountRef,
  state: AccountState,
  once?: Idempotency | null,
): Promise<AccountView> {
  const changed = await administer(engine, who, `account.${STATE_WORDS[state]}`, once, function* (q, now) {
    const row = yield* lockAccount(q, ref);
    if (row.state === 'removing' && state !== 'enabled') {
      throw new Refusal('parameter_invalid', {
        field: 'account',
        message: `${row.name} is being removed. Resume it first, or let it go.`,
      });
    }
    const before = yield* viewOf(engine, q, row);
    const well = state === 'enabled' ? { health: null, learnedCap: null } : {};
    const after = (yield* q.accounts.change(row.id, { state, ...well }, now)) ?? row;
    yield* followAccounts(engine, q, now);
    const answer = yield* viewOf(engine, q, after);
    return { answer, subject: subjectOf(row), before, after: answer };
  });
  await announce(engine, changed.id);
  return changed;
}

/** Removes an account: at once, or when the last job that needs it is over. */
export async function removeAccount(
  engine: Engine,
  who: Principal,
  ref: AccountRef,
  once?: Idempotency | null,
): Promise<RemovedAccount> {
  const removed = await administer(engine, who, 'account.remove', once, function* (q, now) {
    const row = yield* lockAccount(q, ref);
    const before = yield* viewOf(engine, q, row);
    yield* q.accounts.change(row.id, { state: 'removing' }, now);
    const gone = (yield* letGo(engine, q, row.id, now)) === null;
    yield* followAccounts(engine, q, now);
    return { answer: { id: row.id, name: row.name, gone }, subject: subjectOf(row), before, after: null };
  });
  await announce(engine, removed.id);
  return removed;
}

function* lockAccount(q: Statements, ref: AccountRef): Op<AccountRow> {
  const found = yield* findAccount(q, ref);
  return (yield* q.accounts.lock(found.id)) ?? found;
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
async function announce(engine: Engine, accountId: number): Promise<void> {
  await refreshAccount(engine, accountId);
  engine.store.notify('accounts');
  engine.store.notify('slots');
}

/** Seals the secret of an account. */
export function sealAccount(
  engine: Pick<Engine, 'secrets' | 'effects'>,
  q: Statements,
  name: string,
  secret: Json,
): Op<string> {
  return sealFor(engine, q, { kind: 'account', id: name, name }, JSON.stringify(secret));
}

/** The row of an account on the built-in renderer, with a plan and credits of its own. */
export function sandboxAccount(
  engine: Pick<Engine, 'effects'>,
  order: { upstream: string; name: string; maxJobs: number },
) {
  const now = engine.effects.clock.now();
  return {
    upstream: order.upstream,
    name: order.name,
    maxJobs: order.maxJobs,
    state: 'enabled' as const,
    ...sandboxMeans(order.maxJobs, now),
    at: now,
  };
}

/** Creates or updates an account of the built-in renderer, as the doors do that know accounts by their logins. */
export async function putAccount(
  engine: Engine,
  who: Principal,
  order: AccountOrder,
): Promise<{ account: AccountView; created: boolean }> {
  const upstream = [...engine.upstreams.values()].find((candidate) => candidate.traits.sandbox);
  if (!upstream) throw new Refusal('unavailable', { message: 'No upstream of this kind is built in.' });
  const { name, password, maxJobs, token } = order;
  const secret: JsonObject = { password, ...(token === null ? {} : { token }) };
  const before = await engine.store.read((q) => q.accounts.byName(name));
  if (!before) {
    const { account } = await addAccount(engine, who, { kind: upstream.kind, name, secret, maxJobs });
    return { account, created: true };
  }
  if (before.upstream !== upstream.kind) {
    throw new Refusal('parameter_invalid', {
      field: 'email',
      message: `email: the account ${name} is of kind ${before.upstream}. Change it through /pool/v1.`,
    });
  }
  const { account } = await changeAccount(engine, who, before.id, { secret, maxJobs });
  return { account, created: false };
}
