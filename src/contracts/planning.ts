import type { Reasons } from '../core/placement.ts';
import type { JobRequest } from '../core/request.ts';
import type { Credits } from '../std/credits.ts';
import type { ErrorCode } from '../std/errors.ts';

/** What jobs would come to before any of them is there. Times are ms. */

/** Why a job would be refused, as far as waiting or credits could change it. */
export interface RefusalView {
  readonly code: ErrorCode;
  readonly message: string;
  readonly field: string | null;
  readonly retryAfterS: number | null;
}

/** When and where a job is expected to run. */
export interface ExpectedView {
  /** A client key is told only that there is one. */
  readonly account: { readonly id: number; readonly name: string };
  readonly startsAt: number;
  readonly endsAt: number;
}

/** One job that was asked about. */
export interface QuoteView {
  /** As it would be priced and sent; null where it was refused before it could be priced. */
  readonly request: JobRequest | null;
  readonly price: Credits | null;
  /** Null where it would be accepted. */
  readonly refusal: RefusalView | null;
  /** Null where no account is expected to take it. */
  readonly expected: ExpectedView | null;
  /** Why accounts do not take it, by number: now, or where none ever does, in the end. */
  readonly reasons: Reasons;
  /** The job that was made; null where none was. */
  readonly jobId: number | null;
}

/** The tenant's credits before and after. */
export interface BalanceChange {
  readonly available: Credits;
  readonly after: Credits;
}

/** What times were estimated from. */
export interface EstimateView {
  /** Jobs that wait already and come into it. */
  readonly waiting: number;
  /** False where more wait than are looked at: then it takes longer. */
  readonly whole: boolean;
}

/** The answer to a dry run. */
export interface DryRunView extends QuoteView {
  readonly balance: BalanceChange;
  readonly estimate: EstimateView;
}

/** Many jobs, one after the other as they were asked for. */
export interface PlanView {
  readonly jobs: readonly QuoteView[];
  /** Were they made? */
  readonly made: boolean;
  /** Of those that would be accepted. */
  readonly price: Credits;
  readonly balance: BalanceChange;
  /** When the last one is expected to have ended; null where none can run. */
  readonly endsAt: number | null;
  readonly estimate: EstimateView;
}
