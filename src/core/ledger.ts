/**
 * When a credit is spent, and what happens if we crash.
 *
 * A job's credits move in two phases. Admission takes a **hold**: `available → held`, cut into slices so that it is
 * known which grant each credit came from. The hold is ended exactly once: by **capture** (`held → revenue`, at most
 * the hold; what is over goes back) when the checked result is stored, or by **release** (`held → available`) when
 * the job ends without one. Every one of these moves is written in the transaction that moves the job's state, so a
 * crash leaves either both or neither; a restart reads the job's state and goes on.
 *
 *     grants ──grant──► available ──hold──► held ──capture──► revenue
 *        ▲                 │  ▲              │
 *        └────expiry───────┘  └───release────┘        available ──late-capture──► revenue
 *
 * A **late capture** pays for a result that came after its hold was released: at most the quoted price and at most
 * what is available then; the rest is the operator's `writeoff`. `available` is never negative.
 *
 * Grants are spent soonest expiry first. Held slices do not expire with their grant; released after it, they become
 * a promo grant that lasts 24 hours. The functions here only decide; engine/books/money.ts writes what they decide.
 */
import type { Credits } from '../std/credits.ts';

/** How long credits live that came back after their grant had expired. */
export const RETURNED_PROMO_MS = 24 * 3600 * 1000;

/** What a decision needs to know of a grant. */
export interface GrantLike {
  readonly id: number;
  readonly remaining: Credits;
}

/** Part of a hold taken from one grant. */
export interface SliceLike {
  readonly grantId: number;
  readonly amount: Credits;
}

/** Cuts `amount` from grants in the order given; null when together they hold less. */
export function planHold(grants: readonly GrantLike[], amount: Credits): SliceLike[] | null {
  const slices: SliceLike[] = [];
  let missing = amount;
  for (const grant of grants) {
    if (missing === 0) break;
    const taken = Math.min(grant.remaining, missing);
    if (taken <= 0) continue;
    slices.push({ grantId: grant.id, amount: taken });
    missing -= taken;
  }
  return missing === 0 ? slices : null;
}

/** Splits a hold's slices: the first `captured` credits are spent, the others come back. */
export function splitSlices(slices: readonly SliceLike[], captured: Credits): SliceLike[] {
  const returned: SliceLike[] = [];
  let left = captured;
  for (const slice of slices) {
    const spent = Math.min(slice.amount, left);
    left -= spent;
    if (slice.amount > spent) returned.push({ grantId: slice.grantId, amount: slice.amount - spent });
  }
  if (left > 0) throw new RangeError('a capture cannot be more than its hold');
  return returned;
}

/** Where returned slices go: back to living grants, or together into one promo grant. */
export function planReturn(
  slices: readonly SliceLike[],
  expiryOf: (grantId: number) => number | null,
  now: number,
): { back: SliceLike[]; promo: Credits } {
  const back: SliceLike[] = [];
  let promo = 0;
  for (const slice of slices) {
    const expiresAt = expiryOf(slice.grantId);
    if (expiresAt === null || expiresAt > now) back.push(slice);
    else promo += slice.amount;
  }
  return { back, promo };
}

/** A late result's payment: at most the price, at most what is there. */
export function planLateCapture(price: Credits, available: Credits): { paid: Credits; writtenOff: Credits } {
  const paid = Math.max(0, Math.min(price, available));
  return { paid, writtenOff: price - paid };
}

/** Takes an account's cost from its credits, those first that would be lost first. Goes no lower than zero. */
export function planAccountSpend(
  has: { daily: Credits; monthly: Credits; package: Credits },
  cost: Credits,
): { daily: Credits; monthly: Credits; package: Credits } {
  const daily = Math.min(has.daily, cost);
  const monthly = Math.min(has.monthly, cost - daily);
  const rest = Math.min(has.package, cost - daily - monthly);
  return { daily, monthly, package: rest };
}
