/** What a job waits for, in words, and how long that usually takes. */
import { REASONS, type Reason } from './account.ts';
import type { Reasons } from './placement.ts';

/** `turn`: an account is free, and others come first. */
export type WaitsFor = Reason | 'turn' | 'account';

/** What each thing that is waited for means. */
export const WAITING: Readonly<Record<WaitsFor, string>> = {
  turn: 'An account is free; the job waits for its turn.',
  account: 'There is no account.',
  full: 'Every account that could take it carries as many jobs as it may.',
  'group-full': 'The accounts that could take it share a cap, and it is reached.',
  pacing: 'The accounts that could take it make a pause between two jobs.',
  cooling: 'The accounts that could take it rest after a refusal.',
  probing: 'An account tries one job first, to see whether it is well again.',
  closed: 'The accounts that could take it are outside of their working hours.',
  'daily-cap': 'The accounts that could take it have done what they may in a day.',
  exhausted: 'The accounts that could take it are out of credits until their next refresh.',
  credits: 'No account that could take it has enough credits for it.',
  tried: 'The accounts that could take it have turned it away, and are asked again in a while.',
  paused: 'The accounts that could take it are paused. Resume one.',
  draining: 'The accounts that could take it take no new jobs. Resume one, or add another.',
  refused:
    'The accounts that could take it were turned away by their upstream. Change their credentials, or resume them.',
  'not-allowed': 'No account of its pool is allowed this operation and model.',
  'other-pool': 'No account of its pool could take it.',
  'pinned-elsewhere': 'It goes on from something that one account made, and must go there.',
  'sandbox-only':
    'Only the stand-in that draws could take it, and it was not asked for; or it was asked for and is not there.',
  unsupported: 'No account here carries this out.',
};

/** The reasons, the one that ends soonest first. */
const SOONEST: readonly Reason[] = [
  'full',
  'group-full',
  'pacing',
  'cooling',
  'probing',
  'tried',
  'closed',
  'daily-cap',
  'exhausted',
  'credits',
  'paused',
  'draining',
  'refused',
  'not-allowed',
  'sandbox-only',
  'unsupported',
  'pinned-elsewhere',
  'other-pool',
];

/** What the job waits for, by how many accounts could take it now and why the others cannot. */
export function waitsFor(eligible: number, reasons: Reasons): WaitsFor {
  if (eligible > 0) return 'turn';
  return SOONEST.find((reason) => (reasons[reason] ?? 0) > 0) ?? 'account';
}

/** Does this end when a job ends, so that it can be said how long it usually takes? */
export function endsWithJobs(what: WaitsFor): boolean {
  return what === 'turn' || what === 'full' || what === 'group-full';
}

/**
 * How long a job usually waits for its turn, ms.
 * @param line jobs before it in its tenant's line; slots: those its accounts have together; share: its tenant's part of
 * them, in (0, 1]; lastsMs: how long a job of its kind usually has a slot.
 */
export function usualWaitMs(line: number, slots: number, share: number, lastsMs: number): number {
  return Math.round((lastsMs * (line + 1)) / Math.max(1, slots * share));
}

/** The middle of some numbers; undefined where there are none. */
export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

/** Reasons with their numbers, in the order in which they are looked at. */
export function inOrderOfLook(reasons: Reasons): [Reason, number][] {
  return REASONS.flatMap((reason) => {
    const count = reasons[reason];
    return count === undefined ? [] : [[reason, count] as [Reason, number]];
  });
}
