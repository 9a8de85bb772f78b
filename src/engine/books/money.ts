/**
 * The moves of credits, as pieces of a unit of work. What they mean is told in core/ledger.ts; every piece is used
 * inside the transaction that moves the job's state, and nothing else in the engine writes an entry.
 *
 * Every piece touches rows in one order: hold, key, grants (as they are spent), budgets, books. Where a database locks
 * rows, two units that agree on the order cannot wait for each other.
 */
import type { AttemptRow, GrantRow, HoldRow, Op, Statements } from '../../contracts/store.ts';
import { dayName, monthlyPeriod, monthName, nextDay } from '../../core/calendar.ts';
import {
  planAccountSpend,
  planHold,
  planLateCapture,
  planReturn,
  RETURNED_PROMO_MS,
  splitSlices,
} from '../../core/ledger.ts';
import { type Credits, formatCredits } from '../../std/credits.ts';
import { Refusal } from '../../std/errors.ts';
import type { Engine } from '../context.ts';

/** Book ids by owner and name; filled by `openBooks`. */
type Books = Engine['books'];

/** `HoldRow.windows`. */
const DAY_WINDOW = 1;
const MONTH_WINDOW = 2;

const bookKey = (owner: string, name: string): string => `${owner}/${name}`;

/** Name of a tenant's books' owner. */
export const tenantOwner = (tenantId: number): string => `tenant:${tenantId}`;

/** Name of an account's books' owner. */
export const accountOwner = (accountId: number): string => `account:${accountId}`;

/** The id of a book, from memory or made now. Ids of books made in a unit that failed are not kept. */
function* bookId(
  books: Books,
  q: Statements,
  owner: string,
  name: Parameters<Statements['books']['ensure']>[1],
): Op<number> {
  const known = books.get(bookKey(owner, name));
  if (known !== undefined) return known;
  return (yield* q.books.ensure(owner, name)).id;
}

/** Reads every book into memory, so that the hot units need not look them up. */
export async function openBooks(engine: Pick<Engine, 'store' | 'books'>): Promise<void> {
  for (const book of await engine.store.read((q) => q.books.all())) {
    engine.books.set(bookKey(book.owner, book.name), book.id);
  }
}

function* moveOrFail(q: Statements, entry: Parameters<Statements['books']['move']>[0]): Op<void> {
  if (entry.amount === 0) return;
  if (!(yield* q.books.move(entry))) throw new Error(`the books refuse a ${entry.reason} of ${entry.amount}`);
}

/** Gives credits to a tenant. Null when the refill of this period was posted before. */
export function* giveGrant(
  books: Books,
  q: Statements,
  grant: Pick<GrantRow, 'tenantId' | 'kind' | 'amount' | 'expiresAt' | 'period'>,
  at: number,
): Op<GrantRow | null> {
  const row = yield* q.books.insertGrant({ ...grant, remaining: grant.amount, priority: 0, createdAt: at });
  if (!row) return null;
  const fromBook = yield* bookId(books, q, 'operator', 'grants');
  const toBook = yield* bookId(books, q, tenantOwner(grant.tenantId), 'available');
  yield* moveOrFail(q, { at, fromBook, toBook, amount: grant.amount, reason: 'grant', jobId: null, grantId: row.id });
  return row;
}

/**
 * Adds to a grant, or takes away, against one of the operator's books. False, having done nothing, where less remains
 * than is taken. What is held of it is not touched.
 */
export function* changeGrant(
  engine: Pick<Engine, 'books'>,
  q: Statements,
  grant: Pick<GrantRow, 'id' | 'tenantId'>,
  change: { by: Credits; book: 'adjustments' | 'upstream' },
  at: number,
): Op<boolean> {
  if (change.by === 0) return true;
  if (!(yield* q.books.resizeGrant(grant.id, change.by))) return false;
  const tenant = yield* bookId(engine.books, q, tenantOwner(grant.tenantId), 'available');
  const operator = yield* bookId(engine.books, q, 'operator', change.book);
  const [fromBook, toBook] = change.by > 0 ? [operator, tenant] : [tenant, operator];
  const amount = Math.abs(change.by);
  yield* moveOrFail(q, { at, fromBook, toBook, amount, reason: 'adjustment', jobId: null, grantId: grant.id });
  return true;
}

/** Takes back what is left of expired grants. The number of grants it ended. */
export function* expireGrants(books: Books, q: Statements, now: number, limit: number): Op<number> {
  const expired = yield* q.books.expired(now, limit);
  for (const grant of expired) {
    if (!(yield* q.books.adjustGrant(grant.id, -grant.remaining))) continue;
    const fromBook = yield* bookId(books, q, tenantOwner(grant.tenantId), 'available');
    const toBook = yield* bookId(books, q, 'operator', 'grants');
    yield* moveOrFail(q, {
      at: now,
      fromBook,
      toBook,
      amount: grant.remaining,
      reason: 'expiry',
      jobId: null,
      grantId: grant.id,
    });
  }
  return expired.length;
}

/** Sets a job's price aside, or refuses with `credits_insufficient` or `budget_exceeded` before anything is written. */
export function* openHold(
  books: Books,
  q: Statements,
  job: { id: number; tenantId: number; keyId: number; price: Credits },
  budget: { day: Credits | null; month: Credits | null },
  at: number,
): Op<void> {
  const slices = planHold(yield* q.books.spendable(job.tenantId, at), job.price);
  if (!slices) {
    throw new Refusal('credits_insufficient', {
      message: `Not enough credits: this job costs ${formatCredits(job.price)}. Add credits, wait for the next refill, or ask for less (shorter, lower quality).`,
    });
  }
  if (budget.day !== null || budget.month !== null) yield* spendBudget(q, job.keyId, budget, job.price, at);
  for (const slice of slices) {
    if (!(yield* q.books.adjustGrant(slice.grantId, -slice.amount)))
      throw new Error(`grant ${slice.grantId} ran short`);
  }
  const owner = tenantOwner(job.tenantId);
  const fromBook = books.get(bookKey(owner, 'available')) ?? (yield* bookId(books, q, owner, 'available'));
  const toBook = books.get(bookKey(owner, 'held')) ?? (yield* bookId(books, q, owner, 'held'));
  yield* moveOrFail(q, { at, fromBook, toBook, amount: job.price, reason: 'hold', jobId: job.id, grantId: null });
  yield* q.books.insertHold({
    jobId: job.id,
    tenantId: job.tenantId,
    keyId: job.keyId,
    amount: job.price,
    slices,
    windows: (budget.day === null ? 0 : DAY_WINDOW) + (budget.month === null ? 0 : MONTH_WINDOW),
    openedAt: at,
  });
}

function* spendBudget(
  q: Statements,
  keyId: number,
  budget: { day: Credits | null; month: Credits | null },
  by: Credits,
  at: number,
): Op<void> {
  if (budget.day !== null)
    yield* spendWithin(q, keyId, { limit: budget.day, period: dayName(at), word: 'day', endsAt: nextDay(at) }, by, at);
  if (budget.month !== null)
    yield* spendWithin(
      q,
      keyId,
      { limit: budget.month, period: monthName(at), word: 'month', endsAt: monthlyPeriod(at, 1).endsAt },
      by,
      at,
    );
}

function* spendWithin(
  q: Statements,
  keyId: number,
  window: { limit: Credits; period: string; word: string; endsAt: number },
  by: Credits,
  at: number,
): Op<void> {
  const { limit, period, word } = window;
  if ((yield* q.books.spend(keyId, period, by)) <= limit) return;
  throw new Refusal('budget_exceeded', {
    retryAfterS: (window.endsAt - at) / 1000,
    message: `The budget of this key for the ${word} ${period} (${formatCredits(limit)} credits, UTC) does not cover this job's ${formatCredits(by)}. Raise the budget or wait for the next ${word}.`,
  });
}

/** Pays for a job: at most its hold; what is over goes back. False when the hold was ended before. */
export function* captureHold(books: Books, q: Statements, hold: HoldRow, amount: Credits, at: number): Op<boolean> {
  if (!(yield* q.books.closeHold(hold.jobId, 'captured', amount, at))) return false;
  yield* giveBack(books, q, hold, amount, at);
  const fromBook = yield* bookId(books, q, tenantOwner(hold.tenantId), 'held');
  const toBook = yield* bookId(books, q, 'operator', 'revenue');
  yield* moveOrFail(q, { at, fromBook, toBook, amount, reason: 'capture', jobId: hold.jobId, grantId: null });
  return true;
}

/** Gives a hold back. False when it was ended before. */
export function* releaseHold(books: Books, q: Statements, hold: HoldRow, at: number): Op<boolean> {
  if (!(yield* q.books.closeHold(hold.jobId, 'released', 0, at))) return false;
  yield* giveBack(books, q, hold, 0, at);
  return true;
}

/** Returns what was not captured: `held → available`, the grants it came from, and the budget window it was held in. */
function* giveBack(books: Books, q: Statements, hold: HoldRow, captured: Credits, at: number): Op<void> {
  const amount = hold.amount - captured;
  if (amount === 0) return;
  const slices = splitSlices(hold.slices, captured);
  const expiries = new Map<number, number | null>();
  for (const slice of slices) expiries.set(slice.grantId, (yield* q.books.grant(slice.grantId))?.expiresAt ?? null);
  const { back, promo } = planReturn(slices, (id) => expiries.get(id) ?? null, at);
  for (const slice of back) yield* q.books.adjustGrant(slice.grantId, slice.amount);
  if (promo > 0) {
    yield* q.books.insertGrant({
      tenantId: hold.tenantId,
      kind: 'promo',
      amount: promo,
      remaining: promo,
      expiresAt: at + RETURNED_PROMO_MS,
      priority: 0,
      period: null,
      createdAt: at,
    });
  }
  // The windows it was counted in, whatever the key's budgets are now.
  if (hold.windows & DAY_WINDOW) yield* q.books.spend(hold.keyId, dayName(hold.openedAt), -amount);
  if (hold.windows & MONTH_WINDOW) yield* q.books.spend(hold.keyId, monthName(hold.openedAt), -amount);
  const fromBook = yield* bookId(books, q, tenantOwner(hold.tenantId), 'held');
  const toBook = yield* bookId(books, q, tenantOwner(hold.tenantId), 'available');
  yield* moveOrFail(q, { at, fromBook, toBook, amount, reason: 'release', jobId: hold.jobId, grantId: null });
}

/** Pays for a result that came after its hold was released: at most what is available; the rest is written off. */
export function* captureLate(books: Books, q: Statements, hold: HoldRow, at: number): Op<Credits> {
  const grants = yield* q.books.spendable(hold.tenantId, at);
  const available = grants.reduce((sum, grant) => sum + grant.remaining, 0);
  const { paid, writtenOff } = planLateCapture(hold.amount, available);
  for (const slice of planHold(grants, paid) ?? []) yield* q.books.adjustGrant(slice.grantId, -slice.amount);
  const toBook = yield* bookId(books, q, 'operator', 'revenue');
  const fromBook = yield* bookId(books, q, tenantOwner(hold.tenantId), 'available');
  yield* moveOrFail(q, {
    at,
    fromBook,
    toBook,
    amount: paid,
    reason: 'late-capture',
    jobId: hold.jobId,
    grantId: null,
  });
  const writeoff = yield* bookId(books, q, 'operator', 'writeoff');
  yield* moveOrFail(q, {
    at,
    fromBook: writeoff,
    toBook,
    amount: writtenOff,
    reason: 'writeoff',
    jobId: hold.jobId,
    grantId: null,
  });
  return paid;
}

/** Posts what an account had when it was added, so that its book stays the sum of its entries. */
export function* openAccountBook(
  books: Books,
  q: Statements,
  accountId: number,
  credits: Credits,
  at: number,
): Op<void> {
  const fromBook = yield* bookId(books, q, 'operator', 'adjustments');
  const toBook = yield* bookId(books, q, accountOwner(accountId), 'upstream');
  yield* moveOrFail(q, { at, fromBook, toBook, amount: credits, reason: 'adjustment', jobId: null, grantId: null });
}

/**
 * Ends what an attempt had reserved on its account. `paid`: the upstream was paid for a result we kept; `writeoff`: it
 * was paid for one we could not use; `freed`: it charged nothing.
 */
export function* settleCost(
  books: Books,
  q: Statements,
  attempt: AttemptRow,
  outcome: 'paid' | 'writeoff' | 'freed',
  at: number,
): Op<void> {
  if (attempt.costState !== 'reserved') return;
  yield* q.attempts.change(attempt.id, { costState: outcome === 'freed' ? 'freed' : 'paid' });
  if (outcome === 'freed') {
    yield* q.accounts.adjust(attempt.accountId, { reserved: -attempt.cost }, at);
    return;
  }
  const account = yield* q.accounts.lock(attempt.accountId);
  const spent = planAccountSpend(
    { daily: account?.creditDaily ?? 0, monthly: account?.creditMonthly ?? 0, package: account?.creditPackage ?? 0 },
    attempt.cost,
  );
  yield* q.accounts.adjust(
    attempt.accountId,
    { reserved: -attempt.cost, daily: -spent.daily, monthly: -spent.monthly, package: -spent.package },
    at,
  );
  const fromBook = yield* bookId(books, q, accountOwner(attempt.accountId), 'upstream');
  const toBook = yield* bookId(books, q, 'operator', outcome === 'paid' ? 'cost' : 'writeoff');
  yield* moveOrFail(q, {
    at,
    fromBook,
    toBook,
    amount: attempt.cost,
    reason: outcome === 'paid' ? 'cost' : 'writeoff',
    jobId: attempt.jobId,
    grantId: null,
  });
}

/** Keeps an account's book the sum of its entries when its credits were set. */
export function* postChange(books: Books, q: Statements, accountId: number, change: Credits, at: number): Op<void> {
  if (change === 0) return;
  const adjustments = yield* bookId(books, q, 'operator', 'adjustments');
  const book = yield* bookId(books, q, accountOwner(accountId), 'upstream');
  const [fromBook, toBook] = change > 0 ? [adjustments, book] : [book, adjustments];
  const amount = Math.abs(change);
  yield* moveOrFail(q, { at, fromBook, toBook, amount, reason: 'adjustment', jobId: null, grantId: null });
}
