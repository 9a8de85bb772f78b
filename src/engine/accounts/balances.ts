/**
 * What accounts have, asked from their upstreams: on a schedule, after something was paid, and when an admin wants to know.
 * Never inside a placement: that counts on what is written down.
 *
 * What we expect lies between two numbers while jobs run, because an upstream may charge when it accepts or when it is
 * done. An answer between them is as expected; anything else is a drift, which is written down, explained as far as can
 * be, and posted to the account's book.
 */
import type { AccountRow, Op, Statements } from '../../contracts/store.ts';
import type { AccountBalance } from '../../contracts/upstream.ts';
import { type Drift, judgeBalance } from '../../core/drift.ts';
import { messageOf } from '../../std/errors.ts';
import type { Json, JsonObject } from '../../std/json.ts';
import { setCredits } from './accounts.ts';
import { accessTo, type Engine, upstreamOf } from '../context.ts';
import { withDeadline } from '../deadline.ts';
import { noteTurnedAway } from './health.ts';
import { accountPages, refreshAccount } from './picture.ts';
import { followAccounts } from './pooled.ts';

/** How often an account is asked that nothing happens to. */
const STALE_MS = 10 * 60_000;
/** After something was paid an account is asked again, but not more often than this. */
const FRESH_MS = 30_000;
/** Accounts asked at a time. */
const TOGETHER_MAX = 4;

/** Questions under way in this process, and accounts that something was paid from since they were asked. */
export class Balances {
  readonly #asking = new Map<number, Promise<boolean>>();
  readonly #paid = new Set<number>();

  /** Something was paid from the account. */
  paid(accountId: number): void {
    this.#paid.add(accountId);
  }

  /** Asks for an account's credits, once at a time. False where it was not learned; the reason is in its health or the log. */
  ask(engine: Engine, accountId: number): Promise<boolean> {
    const asking = this.#asking.get(accountId);
    if (asking) return asking;
    this.#paid.delete(accountId);
    const asked = askOnce(engine, accountId).finally(() => this.#asking.delete(accountId));
    this.#asking.set(accountId, asked);
    return asked;
  }

  /** Asks for the credits of the accounts that something was paid from. */
  async askPaid(engine: Engine): Promise<void> {
    if (this.#paid.size === 0) return;
    const ids = [...this.#paid];
    const now = engine.effects.clock.now();
    const rows = await engine.store.read(function* (q) {
      const rows: AccountRow[] = [];
      for (const id of ids) {
        const row = yield* q.accounts.get(id);
        if (row) rows.push(row);
      }
      return rows;
    });
    for (const id of ids) if (!rows.some((row) => row.id === id && canAsk(engine, row))) this.#paid.delete(id);
    await this.#askAll(
      engine,
      rows.filter((row) => canAsk(engine, row) && Math.abs(now - row.refreshedAt) >= FRESH_MS),
    );
  }

  /** Asks for the credits of the accounts that were not asked for long. */
  async askStale(engine: Engine): Promise<void> {
    if (![...engine.upstreams.values()].some((upstream) => upstream.balance)) return;
    const now = engine.effects.clock.now();
    for await (const rows of accountPages(engine)) {
      await this.#askAll(
        engine,
        rows.filter((row) => canAsk(engine, row) && Math.abs(now - row.refreshedAt) >= STALE_MS),
      );
    }
  }

  async #askAll(engine: Engine, rows: readonly AccountRow[]): Promise<void> {
    const waiting = rows.map((row) => row.id);
    const one = async () => {
      for (let id = waiting.shift(); id !== undefined && !engine.work.stopping; id = waiting.shift()) {
        await this.ask(engine, id);
      }
    };
    await Promise.all(Array.from({ length: TOGETHER_MAX }, one));
  }
}

/** Credentials that were refused are not tried again until an admin has changed them. */
function canAsk(engine: Engine, row: AccountRow): boolean {
  const known = engine.upstreams.get(row.upstream);
  return known?.balance !== undefined && row.state !== 'removed' && row.health?.ailment !== 'refused';
}

async function askOnce(engine: Engine, accountId: number): Promise<boolean> {
  const before = await engine.store.read((q) => q.accounts.get(accountId));
  if (!before || before.state === 'removed') return false;
  const upstream = upstreamOf(engine, before.upstream);
  const balance = upstream.balance?.bind(upstream);
  if (!balance) return false;
  let seen: AccountBalance;
  try {
    seen = await withDeadline(engine, upstream.traits.statusTimeoutMs, (signal) =>
      balance(accessTo(engine, before), signal),
    );
  } catch (error) {
    engine.effects.log.warn(
      { account: before.name, cause: messageOf(error) },
      'the credits of an account were not learned',
    );
    await noteTurnedAway(engine, accountId, error);
    return false;
  }
  const now = engine.effects.clock.now();
  await engine.store.write('balance', function* (q) {
    yield* learn(engine, q, before, seen, now);
    yield* followAccounts(engine, q, now);
  });
  await refreshAccount(engine, accountId);
  engine.store.notify('slots');
  return true;
}

/** Writes down what the upstream said. */
function* learn(engine: Engine, q: Statements, before: AccountRow, seen: AccountBalance, now: number): Op<void> {
  const row = yield* q.accounts.lock(before.id);
  if (!row || row.state === 'removed') return;
  const { credits, drift } = judgeBalance(before, row, seen);
  if (credits !== null) yield* setCredits(engine, q, row, credits, row.plan, now);
  if (drift !== null) yield* noteDrift(engine, q, row, drift, now);
  const plan = planAfter(row, seen);
  const enough = seen.daily + seen.monthly + seen.package > 0;
  const recovered = row.health?.ailment === 'exhausted' && enough && moreThanBefore(before, seen);
  yield* q.accounts.change(row.id, { refreshedAt: now, plan, ...(recovered ? { health: null } : {}) }, now);
}

/** Credits came in since the account ran out of them. */
function moreThanBefore(before: AccountRow, seen: AccountBalance): boolean {
  const had = before.creditDaily + before.creditMonthly + before.creditPackage - before.reserved;
  return before.refreshedAt === 0 || seen.daily + seen.monthly + seen.package > had;
}

function planAfter(row: AccountRow, seen: AccountBalance): Json {
  const { daily, monthly } = seen.refreshAt ?? {};
  return {
    ...(row.plan as JsonObject),
    ...(daily === undefined ? {} : { dailyRefreshAt: daily }),
    ...(monthly === undefined ? {} : { renewsAt: monthly }),
  };
}

function* noteDrift(engine: Engine, q: Statements, row: AccountRow, drift: Drift, now: number): Op<void> {
  const { expected, observed, explanation } = drift;
  yield* q.accounts.addDrift({ accountId: row.id, at: now, expected, observed, explanation });
  engine.effects.log.info(
    { account: row.name, expected, observed, explanation },
    'an account has not what was expected',
  );
}
