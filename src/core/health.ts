/**
 * The health of an account: what its upstream's answers say about the account itself (promise P7). Faults of a request, of
 * the upstream or of ours never come here.
 *
 *     ok ──(a fault)──► resting until a time ──(time is over)──► one job is let through: the probe
 *      ▲                    ▲                                          │
 *      │                    └──────────────(a fault again: longer)─────┤
 *      └───────────────────────────────────(accepted)──────────────────┘
 *
 * `refused` has no end of its own: credentials that were turned away are not tried again until an admin changes or resumes
 * the account. All times are of the day clock, because health outlives the process; who acts on it bounds what a clock
 * that was set back can do (`restLeftMs`).
 */

/** What an account's upstream may blame it for. */
export type AccountFault = 'account_refused' | 'account_exhausted' | 'account_limited' | 'account_full';

/** What an account is resting for. */
export type Ailment = 'refused' | 'exhausted' | 'limited' | 'full';

/** Kept with the account while it is not well. */
export interface Health {
  readonly ailment: Ailment;
  /** What the upstream said. */
  readonly reason: string;
  readonly since: number;
  /** When it may be tried again; null: only when an admin has changed it. */
  readonly until: number | null;
  /** Faults in a row. */
  readonly faults: number;
  /** A probe is under way: nothing else goes to the account until it has an answer, or `until` has passed. */
  readonly probing: boolean;
}

/** A cap that was learned from the upstream: it runs fewer at a time than we were told. */
export interface LearnedCap {
  readonly maxJobs: number;
  /** When one more is tried again. */
  readonly until: number;
}

/** Who says "at once" has turned somebody away all the same, and is not asked again without a pause. */
const LEAST_REST_MS = 500;
const LIMITED_MS = 10_000;
const FULL_MS = 5_000;
const FULL_MAX_MS = 60_000;
const EXHAUSTED_MS = 3_600_000;
/** A rest is doubled with each fault in a row, up to this. */
const REST_MAX_MS = 900_000;
const CAP_KEPT_MS = 1_800_000;

const AILMENTS: Readonly<Record<AccountFault, Ailment>> = {
  account_refused: 'refused',
  account_exhausted: 'exhausted',
  account_limited: 'limited',
  account_full: 'full',
};

/** Is this code a fault of an account? */
export function isAccountFault(code: string): code is AccountFault {
  return Object.hasOwn(AILMENTS, code);
}

/** Does the code say nothing but "later"? The job that met it is not to blame. */
export function isBusyFault(code: string): boolean {
  return code === 'account_limited' || code === 'account_full';
}

/** What is known when a fault comes in. */
export interface Fault {
  readonly code: AccountFault;
  readonly message: string;
  /** What the upstream asked for. */
  readonly retryAfterMs?: number | undefined;
  /** When the account's credits are filled anew, where that is known. */
  readonly refreshAt?: number | null;
}

/**
 * The health after a fault. Of one kind the last word counts; but a call that was under way beside another makes no rest
 * shorter that the other has brought for another reason.
 */
export function afterFault(before: Health | null, fault: Fault, now: number): Health {
  const ailment = AILMENTS[fault.code];
  const faults = before?.ailment === ailment ? before.faults + 1 : 1;
  const until = untilOf(ailment, fault, faults, now);
  const restMs = until === null ? Number.POSITIVE_INFINITY : until - now;
  const other = before !== null && before.ailment !== ailment && isResting(before);
  if (other && restLeftMs(before, now) > restMs) return before;
  return { ailment, reason: fault.message, since: now, until, faults, probing: false };
}

/** Does it rest, and no probe is under way? */
export function isResting(health: Health | null): boolean {
  return health !== null && !health.probing;
}

function untilOf(ailment: Ailment, fault: Fault, faults: number, now: number): number | null {
  if (ailment === 'refused') return null;
  // As long as the upstream said, and not a moment more.
  if (fault.retryAfterMs !== undefined) return now + Math.max(LEAST_REST_MS, fault.retryAfterMs);
  if (ailment === 'exhausted') {
    const refreshAt = fault.refreshAt ?? 0;
    return refreshAt > now ? refreshAt : now + EXHAUSTED_MS;
  }
  const doubled = 2 ** Math.min(20, faults - 1);
  if (ailment === 'full') return now + Math.min(FULL_MAX_MS, FULL_MS * doubled);
  return now + Math.min(REST_MAX_MS, LIMITED_MS * doubled);
}

/** The health once its probe is on its way; `answerBy` is when the probe counts as lost and another may go. */
export function probed(health: Health, now: number, answerBy: number): Health {
  return { ...health, since: now, until: answerBy, probing: true };
}

/** May one job go to the account to see whether it is well again? */
export function mayProbe(health: Health, now: number): boolean {
  return health.until !== null && restLeftMs(health, now) === 0;
}

/** How long the account still rests, ms; infinite where only an admin can end it. A clock set back makes no rest longer than it was. */
export function restLeftMs(health: Health, now: number): number {
  if (health.until === null) return Number.POSITIVE_INFINITY;
  return Math.max(0, Math.min(health.until - now, health.until - health.since));
}

/**
 * The cap after the upstream said "too many at a time". It says something about the cap only where we had filled every
 * slot we knew of; otherwise somebody else uses the account, or a slot was freed there later than here.
 * @param running our jobs there, the refused one left out.
 */
export function learnCap(maxJobs: number, running: number, now: number): LearnedCap | null {
  return running + 1 >= maxJobs && running >= 1 ? { maxJobs: running, until: now + CAP_KEPT_MS } : null;
}

/** How many jobs an account is given at a time: what it is set to, less what was learned. */
export function capOf(maxJobs: number, learned: LearnedCap | null, now: number): number {
  return learned === null || learned.until <= now ? maxJobs : Math.min(maxJobs, learned.maxJobs);
}
