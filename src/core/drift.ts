/** What an upstream says an account has, against what was counted. */
import type { Credits } from '../std/credits.ts';

/** Credits by kind. */
interface Kinds {
  readonly daily: Credits;
  readonly monthly: Credits;
  readonly package: Credits;
}

/** An account as it was counted. */
interface Counted {
  readonly creditDaily: Credits;
  readonly creditMonthly: Credits;
  readonly creditPackage: Credits;
  /** What running jobs may cost. */
  readonly reserved: Credits;
  /** 0 where it was never asked. */
  readonly refreshedAt: number;
}

/** An answer that was not expected. */
export interface Drift {
  readonly expected: Credits;
  readonly observed: Credits;
  /** Most likely why. */
  readonly explanation: string;
}

const totalOf = ({ creditDaily, creditMonthly, creditPackage }: Counted): Credits =>
  creditDaily + creditMonthly + creditPackage;

/**
 * Judges an answer. `before` is the account when the question was sent, `after` when the answer is written down: jobs may
 * have ended between. While jobs run, an upstream that charges when it accepts shows their costs as spent and one that
 * charges at the end does not; both are expected.
 * @returns the credits to count from now on (null: as they are), and the drift (null: none).
 */
export function judgeBalance(
  before: Counted,
  after: Counted,
  seen: Kinds,
): { credits: Kinds | null; drift: Drift | null } {
  const observed = seen.daily + seen.monthly + seen.package;
  const low = Math.min(totalOf(before) - before.reserved, totalOf(after) - after.reserved);
  const high = Math.max(totalOf(before), totalOf(after));
  const expected = Math.min(high, Math.max(low, observed));
  const inside = observed === expected;
  const busy = before.reserved > 0 || after.reserved > 0;
  if (after.refreshedAt !== 0 && inside && busy) return { credits: null, drift: null };
  // What runs may be charged already: it is counted on top, and taken off when it is paid.
  const credits = after.reserved === 0 ? kinds(seen) : withReserved(seen, after.reserved);
  const explanation = after.refreshedAt === 0 ? FIRST : observed > expected ? MORE : LESS;
  const drift = inside ? null : { expected: nearest(low, high, observed), observed, explanation };
  return { credits, drift };
}

const FIRST = 'The first answer of its upstream.';
const MORE =
  'Credits were added at the upstream, a job was refunded there, or jobs cost less than the price table of its kind says.';
const LESS =
  'The account was used by something else, credits expired, or jobs cost more than the price table of its kind says.';

const nearest = (low: Credits, high: Credits, observed: Credits): Credits => (observed < low ? low : high);

const kinds = ({ daily, monthly, package: bought }: Kinds): Kinds => ({ daily, monthly, package: bought });

function withReserved(seen: Kinds, reserved: Credits): Kinds {
  // Credits of the plan go first.
  return seen.monthly > 0
    ? { ...kinds(seen), monthly: seen.monthly + reserved }
    : { ...kinds(seen), package: seen.package + reserved };
}
