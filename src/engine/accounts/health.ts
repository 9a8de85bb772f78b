/** Writing down what an upstream's answers say about an account (core/health.ts). */
import type { AccountRow, Op, Statements } from '../../contracts/store.ts';
import { afterFault, capOf, isAccountFault, isResting, learnCap } from '../../core/health.ts';
import { type ErrorCode, Refusal } from '../../std/errors.ts';
import type { Engine } from '../context.ts';
import { refreshAccount } from './picture.ts';

/** An answer that turned the account away, or may have. */
export interface Turned {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryAfterMs?: number | undefined;
}

/** Notes a refusal, where the account is to blame for it. Used after the lease of the refused attempt has ended. */
export function* noteRefusal(engine: Engine, q: Statements, accountId: number, turned: Turned, now: number): Op<void> {
  const { code, message, retryAfterMs } = turned;
  if (!isAccountFault(code)) return;
  const row = yield* q.accounts.lock(accountId);
  if (!row) return;
  const learned = code === 'account_full' ? learnCap(capOf(row.maxJobs, row.learnedCap, now), row.inUse, now) : null;
  const fields = { account: row.name, code, cause: message };
  if (learned !== null) {
    // The lower cap is the answer; there is nothing to rest for, but what another call has brought.
    const rests = row.health?.ailment !== 'full' && isResting(row.health);
    yield* q.accounts.change(accountId, { learnedCap: learned, ...(rests ? {} : { health: null }) }, now);
    engine.effects.log.warn({ ...fields, cap: learned.maxJobs }, 'an account carries fewer jobs than it was set to');
    return;
  }
  const fault = { code, message, retryAfterMs, refreshAt: refreshAt(row) };
  const health = afterFault(row.health, fault, now);
  yield* q.accounts.change(accountId, { health }, now);
  engine.effects.log.warn({ ...fields, faults: health.faults, until: health.until }, 'an account rests');
}

/** The upstream took a probe: the account is well again. True where it was not before. */
export function* noteWell(engine: Engine, q: Statements, accountId: number, now: number): Op<boolean> {
  // Most accounts are well, and nothing is read for them.
  if (engine.pool.get(accountId)?.probing !== true) return false;
  const row = yield* q.accounts.lock(accountId);
  if (!row?.health?.probing) return false;
  yield* q.accounts.change(accountId, { health: null }, now);
  return true;
}

/** Notes what a call other than a create was turned away for. */
export async function noteTurnedAway(engine: Engine, accountId: number, error: unknown): Promise<void> {
  if (!(error instanceof Refusal) || !isAccountFault(error.code)) return;
  const { code, message, retryAfterS } = error;
  // That a question is one too many says nothing about jobs: only what stands in the way of all is noted.
  if (code !== 'account_refused') return;
  const retryAfterMs = retryAfterS === undefined ? undefined : retryAfterS * 1000;
  const now = engine.effects.clock.now();
  await engine.store.write('fault', (q) => noteRefusal(engine, q, accountId, { code, message, retryAfterMs }, now));
  await refreshAccount(engine, accountId);
}

/** When the account's credits are filled anew, where its plan says so. */
function refreshAt(row: AccountRow): number | null {
  const plan = row.plan as { dailyRefreshAt?: unknown; renewsAt?: unknown; dailyGift?: unknown } | null;
  const times = [plan?.dailyGift === 0 ? undefined : plan?.dailyRefreshAt, plan?.renewsAt].filter(
    (at): at is number => typeof at === 'number' && at > 0,
  );
  return times.length === 0 ? null : Math.min(...times);
}
