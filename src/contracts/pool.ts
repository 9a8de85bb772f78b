import type { AccountSettings } from '../core/account.ts';
import type { Credits } from '../std/credits.ts';
import type { JsonObject } from '../std/json.ts';
import type { Idempotency } from './administration.ts';
import type { AccountView, DriftView, PlanInfo, Principal, WhyView } from './views.ts';

/**
 * What admins do with accounts, and what is asked about the pool. All but `why` need a key with the role admin and refuse
 * others with `permission_denied`; an account that is not there is `account_not_found`.
 */
export interface AccountPoolApi {
  accountDetail(who: Principal, ref: AccountRef): Promise<AccountView>;
  /** Adds an account and asks its upstream what it has; a repetition gets it as it was written down before that. */
  addAccount(who: Principal, order: NewAccount, once?: Idempotency | null): Promise<AccountView>;
  /** Changes what is given. New credentials make one that was turned away count as well again. */
  changeAccount(
    who: Principal,
    ref: AccountRef,
    change: AccountChange,
    once?: Idempotency | null,
  ): Promise<AccountView>;
  /** Pauses (no new jobs, for now), drains (none, for good) or resumes an account, whatever it rested for. */
  setAccountState(
    who: Principal,
    ref: AccountRef,
    state: AccountState,
    once?: Idempotency | null,
  ): Promise<AccountView>;
  /** Removes an account: at once (`gone`), or when the last job that needs it is over. */
  removeAccount(who: Principal, ref: AccountRef, once?: Idempotency | null): Promise<RemovedAccount>;
  /** Asks the account's upstream what it has, now. */
  refreshAccount(who: Principal, ref: AccountRef, once?: Idempotency | null): Promise<AccountView>;
  /** Where balances were not as counted, newest first. */
  drifts(who: Principal, filter: { account?: AccountRef; limit: number }): Promise<DriftView[]>;
  /** Why a job waits, or went where it went. Any role; a client key is shown no accounts. */
  why(who: Principal, jobId: number): Promise<WhyView>;
}

/** An account by its id or its name. */
export type AccountRef = number | string;

/** What an admin can tell an account to do. */
export type AccountState = 'enabled' | 'paused' | 'draining';

/** What became of an account that is to go. */
export interface RemovedAccount {
  readonly id: number;
  readonly name: string;
  /** False: jobs still need it; it takes no new ones and goes with the last. */
  readonly gone: boolean;
}

/** Accounts that share a cap, as an admin names it with one of them. */
export interface GroupOrder {
  readonly name: string;
  readonly maxJobs: number;
}

/** What an admin may declare of an account whose upstream cannot be asked. */
export interface DeclaredCredits {
  readonly daily: Credits;
  readonly monthly: Credits;
  readonly package: Credits;
}

/** What an admin may change about an account; what is absent stays. */
export interface AccountChange {
  /** Credentials, and settings only its kind has (`Upstream.readSecret`). */
  readonly secret?: JsonObject;
  readonly maxJobs?: number;
  readonly settings?: Partial<AccountSettings>;
  /** Null takes it out of its group. */
  readonly group?: GroupOrder | null;
  /** What its credits are. */
  readonly unit?: string;
  /** Only where the upstream cannot be asked for it. */
  readonly credits?: DeclaredCredits;
  readonly plan?: Partial<Pick<PlanInfo, 'name' | 'dailyGift' | 'monthlyGift' | 'renewsAt' | 'qualities'>>;
}

/** A new account. */
export interface NewAccount extends AccountChange {
  /** A kind of upstream. */
  readonly kind: string;
  readonly name: string;
  readonly secret: JsonObject;
  readonly maxJobs: number;
}
