/**
 * Credits are integers counted in thousandths ("millicredits"), so that fractional prices stay exact.
 * Every amount in the store, the ledger and the contracts is a `Credits`; dialects convert at their edge.
 */

/** Thousandths of a credit; a safe integer. */
export type Credits = number;

/** One whole credit. */
export const CREDIT: Credits = 1000;

/** Whole (or fractional, exact to a thousandth) credits → `Credits`. Throws RangeError for what cannot be represented. */
export function credits(whole: number): Credits {
  const amount = Math.round(whole * CREDIT);
  if (!Number.isSafeInteger(amount)) throw new RangeError(`${whole} credits cannot be represented`);
  return amount;
}

/** `Credits` → credits as a number, with its fraction. */
export function toWhole(amount: Credits): number {
  return amount / CREDIT;
}

/** `Credits` → whole credits, rounded down: what a dialect with integer balances may say is there. */
export function floorWhole(amount: Credits): number {
  return Math.floor(amount / CREDIT);
}

/** Rounds an amount up to whole credits: what a dialect with integer prices charges. */
export function ceilToWhole(amount: Credits): Credits {
  return Math.ceil(amount / CREDIT) * CREDIT;
}

/** For people: `15,000` or `1.5`. */
export function formatCredits(amount: Credits): string {
  return toWhole(amount).toLocaleString('en-US', { maximumFractionDigits: 3 });
}
