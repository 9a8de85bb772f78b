/** Credits that come and go with the calendar: tenants' refills, expired grants, and the plans of accounts that cannot be asked. */
import type { AccountRow, Op, Statements } from '../contracts/store.ts';
import type { PlanInfo } from '../contracts/views.ts';
import { nextDay } from '../core/calendar.ts';
import { credits } from '../std/credits.ts';
import type { Json } from '../std/json.ts';
import { letGo } from './accounts/accounts.ts';
import { type Engine, upstreamOf } from './context.ts';
import { expireGrants, postChange } from './books/money.ts';
import { accountPages, loadPool } from './accounts/picture.ts';
import { followAccounts } from './accounts/pooled.ts';
import { refill } from './books/refill.ts';

const MONTH_MS = 30 * 24 * 3600 * 1000;
const EXPIRED_TOGETHER_MAX = 200;

/** Posts what is due now. Safe to call at any time and from several processes: a refill is posted once per period. */
export async function refresh(engine: Engine): Promise<void> {
  const now = engine.effects.clock.now();
  await engine.store.write('refill', (q) => refill(engine, q, now));
  while (
    (await engine.store.write('expire', (q) => expireGrants(engine.books, q, now, EXPIRED_TOGETHER_MAX))) ===
    EXPIRED_TOGETHER_MAX
  );
  await refreshPlans(engine, now);
  await engine.store.write('follow', (q) => followAccounts(engine, q, now));
}

/** Renews the credits of accounts whose upstream has no balance to ask: the plan decides. Accounts that are to go, go. */
async function refreshPlans(engine: Engine, now: number): Promise<void> {
  let changed = false;
  for await (const rows of accountPages(engine)) {
    const due = rows.filter((row) => !upstreamOf(engine, row.upstream).balance && planDue(row, now));
    const leaving = rows.filter((row) => row.state === 'removing');
    if (due.length === 0 && leaving.length === 0) continue;
    await engine.store.write('plans', function* (q) {
      yield* renewPlans(engine, q, due, now);
      for (const { id } of leaving) yield* letGo(engine, q, id, now);
      yield* followAccounts(engine, q, now);
    });
    changed = true;
  }
  if (!changed) return;
  await loadPool(engine);
  engine.store.notify('accounts');
}

function* renewPlans(engine: Engine, q: Statements, due: readonly AccountRow[], now: number): Op<void> {
  for (const { id } of due) {
    const row = yield* q.accounts.lock(id);
    if (!row || !planDue(row, now)) continue;
    const renewed = renew(row, now);
    yield* q.accounts.setCredits(id, renewed.credits, renewed.plan as unknown as Json, now);
    const change = renewed.credits.daily + renewed.credits.monthly - row.creditDaily - row.creditMonthly;
    yield* postChange(engine.books, q, id, change, now);
  }
}

function planDue(row: AccountRow, now: number): boolean {
  const plan = row.plan as unknown as PlanInfo;
  return isDue(plan.dailyRefreshAt, now) || isDue(plan.renewsAt, now);
}

/** Has the time come? 0 stands for never. */
const isDue = (at: number, now: number): boolean => at > 0 && at <= now;

function renew(
  row: AccountRow,
  now: number,
): { credits: { daily: number; monthly: number; package: number }; plan: PlanInfo } {
  const plan = row.plan as unknown as PlanInfo;
  const monthDue = isDue(plan.renewsAt, now);
  const months = monthDue ? Math.floor((now - plan.renewsAt) / MONTH_MS) + 1 : 0;
  return {
    credits: {
      daily: isDue(plan.dailyRefreshAt, now) ? credits(plan.dailyGift) : row.creditDaily,
      monthly: monthDue ? credits(plan.monthlyGift) : row.creditMonthly,
      package: row.creditPackage,
    },
    plan: {
      ...plan,
      dailyRefreshAt: plan.dailyRefreshAt === 0 ? 0 : Math.max(plan.dailyRefreshAt, nextDay(now)),
      renewsAt: plan.renewsAt + months * MONTH_MS,
    },
  };
}
