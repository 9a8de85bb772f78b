/** What an admin settles about an account, and what placement knows of it. */
import type { Credits } from '../std/credits.ts';
import type { Hours } from './hours.ts';

/** How an account is used. Kept as JSON with it. */
export interface AccountSettings {
  /** UTC windows of the week (core/hours.ts) in which it works; empty for always. */
  readonly hours: readonly string[];
  /** Jobs, and credits, of a UTC day; null for no cap. */
  readonly dailyJobs: number | null;
  readonly dailyCredits: Credits | null;
  /** Between the starts of two jobs, ms; 0 for none. */
  readonly paceMs: number;
  /** Its share beside other accounts, 1 … 100. */
  readonly weight: number;
  /** What it may be used for; null for everything its upstream can do. */
  readonly models: readonly string[] | null;
  readonly operations: readonly string[] | null;
  /** Pools may name them. */
  readonly tags: readonly string[];
}

/** An account that nobody limited. */
export const PLAIN_SETTINGS: AccountSettings = {
  hours: [],
  dailyJobs: null,
  dailyCredits: null,
  paceMs: 0,
  weight: 1,
  models: null,
  operations: null,
  tags: [],
};

/** Why an account is not chosen, in the order in which reasons are named. */
export const REASONS = [
  'unsupported',
  'not-allowed',
  'other-pool',
  'sandbox-only',
  'pinned-elsewhere',
  'tried',
  'paused',
  'draining',
  'refused',
  'cooling',
  'exhausted',
  'probing',
  'closed',
  'daily-cap',
  'pacing',
  'full',
  'group-full',
  'credits',
] as const;

export type Reason = (typeof REASONS)[number];

/** Reasons that time alone ends. */
export type Rest = Extract<Reason, 'cooling' | 'exhausted' | 'probing' | 'closed' | 'daily-cap' | 'pacing'>;

/**
 * Which of an account's credits go first when they are not used: 0 for some that are lost within a day, 1 for some that
 * are lost later, 2 for none.
 */
export type Perishing = 0 | 1 | 2;

/** An account as placement sees it. Times are of the monotonic clock, ms. */
export interface AccountSnapshot {
  readonly id: number;
  readonly name: string;
  readonly upstream: string;
  /** `refused`: its credentials were; it waits for an admin. */
  readonly state: 'enabled' | 'paused' | 'draining' | 'refused';
  /** What it is given at a time: its setting, or less where its upstream taught us so. */
  readonly maxJobs: number;
  readonly inUse: number;
  /** What it could pay: its credits less what running attempts may still cost, and not more than its day allows. */
  readonly spendable: Credits;
  readonly perishing: Perishing;
  readonly weight: number;
  readonly lastUsedAt: number;
  /** Not chosen before this time, for this reason; 0 for an account that does not rest. */
  readonly restsUntil: number;
  readonly restsFor: Rest;
  /** The same for what has nothing to do with the account: its upstream could not be reached or did not want to. */
  readonly coolingUntil: number;
  /** One job was let through to see whether it is well again. */
  readonly probing: boolean;
  readonly hours: Hours | null;
  /** Accounts of one group share a cap. */
  readonly group: string | null;
  readonly models: readonly string[] | null;
  readonly operations: readonly string[] | null;
  readonly tags: readonly string[];
}

/** Accounts of a group carry at most so many jobs together. */
export interface GroupSnapshot {
  readonly name: string;
  readonly maxJobs: number;
  readonly inUse: number;
}

/** What a job asks of an account. */
export interface Requirement {
  /** Upstreams that carry the request out, with what each would cost its account. */
  readonly costs: ReadonlyMap<string, Credits>;
  readonly operation: string;
  readonly model: string;
  /** Id of the job's pool (core/pools.ts). */
  readonly pool: number;
  /** Upstreams that only draw and are not asked for. */
  readonly sandboxes?: ReadonlySet<string>;
  /** The only accounts it may go to; null for all. */
  readonly only: ReadonlySet<number> | null;
  /** Accounts that were tried before. */
  readonly excluded: ReadonlySet<number>;
  /** Of the monotonic clock, and of the day's at the same moment, ms. */
  readonly now: number;
  readonly wall: number;
}

/** Does it carry as many as it may, or is it out of use? */
export function busy(account: AccountSnapshot): 'full' | 'paused' | 'draining' | 'refused' | null {
  if (account.state !== 'enabled') return account.state;
  return account.inUse >= account.maxJobs ? 'full' : null;
}

/** May the account be used for this operation and model? */
export function allows(
  account: Pick<AccountSnapshot, 'models' | 'operations'>,
  request: { readonly operation: string; readonly model: string },
): boolean {
  const { models, operations } = account;
  return (
    (models === null || models.includes(request.model)) &&
    (operations === null || operations.includes(request.operation))
  );
}
