import type { JobState } from '../core/job.ts';
import type { Op } from './store.ts';

/** Rows and statements of webhooks and of what is delivered to them; part of `Statements` (contracts/store.ts). */

/** Where a tenant wants to be told how its jobs end. */
export interface WebhookRow {
  readonly id: number;
  readonly tenantId: number;
  readonly url: string;
  /** Name of its `WebhookFormat` (contracts/webhook.ts). */
  readonly format: string;
  /** One of the format's `signatures`. */
  readonly signature: string;
  /** Sealed (std/crypto.ts), context `webhook:<id>`. */
  readonly secret: string;
  /** Ends of which it is told for every job of the tenant; a job that names it tells it of any. */
  readonly events: readonly JobState[];
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Null while it is there. A removed one is kept for the deliveries that name it, without its secret. */
  readonly removedAt: number | null;
}

/** What may be changed about a webhook. */
export type WebhookChange = Partial<Pick<WebhookRow, 'url' | 'signature' | 'secret' | 'events'>> & {
  readonly removedAt?: number;
};

/** Statements about webhooks. */
export interface WebhookStatements {
  insert(
    row: Pick<WebhookRow, 'tenantId' | 'url' | 'format' | 'signature' | 'secret' | 'events' | 'createdAt'>,
  ): Op<WebhookRow>;
  /** Removed ones too. */
  get(id: number): Op<WebhookRow | undefined>;
  /** By id, those that are there; of one tenant where it is given. */
  list(tenantId?: number): Op<WebhookRow[]>;
  /** Undefined where there is none, or it was removed. */
  change(id: number, change: WebhookChange, at: number): Op<WebhookRow | undefined>;
  /** The job's ends go to this webhook too. `origin`: public origin for addresses in what is sent. */
  attach(jobId: number, webhookId: number, origin: string): Op<void>;
  /** Forgets what finished jobs were attached to, at most `limit` of those that finished before `before`. The number forgotten. */
  sweep(before: number, limit: number): Op<number>;
}

/** One message to one webhook, with its repetitions. */
export interface DeliveryRow {
  readonly id: number;
  readonly webhookId: number;
  readonly tenantId: number;
  readonly jobId: number;
  /** The state that is told of. */
  readonly event: JobState;
  /** `dead`: every repetition failed; it is sent again only when somebody asks for it. */
  readonly state: 'pending' | 'delivered' | 'dead';
  readonly tries: number;
  /** When the next try is due, ms; of a finished one, when it was. */
  readonly nextAt: number;
  /** Process that is sending it; null when free. */
  readonly owner: string | null;
  /** Raised by every claim; what is written about a try must name it. */
  readonly fence: number;
  /** Public origin for addresses in it; empty for the gateway's own. */
  readonly origin: string;
  /** HTTP status of the last answer; null where none came. */
  readonly status: number | null;
  /** Why the last try failed. */
  readonly error: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly finishedAt: number | null;
}

/** What a try came to. */
export interface DeliveryOutcome {
  readonly state: DeliveryRow['state'];
  readonly tries: number;
  readonly nextAt: number;
  readonly status: number | null;
  readonly error: string | null;
}

/** Statements about deliveries. */
export interface DeliveryStatements {
  /**
   * Writes a delivery for every webhook that is to hear of this end of a job, in the unit that ends the job. The number
   * written. A job ends at most twice (`expired`, then `succeeded`).
   */
  tell(job: { id: number; tenantId: number; event: JobState }, at: number): Op<number>;
  /** Webhooks for which something is due, the longest due first; cost grows with the number of webhooks that wait, not of deliveries. */
  targets(now: number): Op<number[]>;
  /**
   * Takes the delivery of a webhook that is due first; undefined where none is. One waits for an earlier one of the same
   * job, so that a receiver hears of the ends in their order.
   */
  claim(webhookId: number, owner: string, now: number): Op<DeliveryRow | undefined>;
  /** What this process has taken, as the database knows it. */
  owned(owner: string): Op<DeliveryRow[]>;
  /** Makes due at `at` what would be due after `after`: the clock was set back. */
  hasten(after: number, at: number): Op<void>;
  /** Writes down what a try came to and frees the delivery, if the fence still is `fence`; else false. */
  settle(id: number, fence: number, outcome: DeliveryOutcome, at: number): Op<boolean>;
  /** Frees what is owned by processes that are gone. The number freed. */
  orphan(at: number): Op<number>;
  get(id: number): Op<DeliveryRow | undefined>;
  /** Newest first. */
  list(filter: {
    tenantId?: number;
    webhookId?: number;
    jobId?: number;
    state?: DeliveryRow['state'];
    before?: number;
    limit: number;
  }): Op<DeliveryRow[]>;
  /** Makes a finished delivery pending again, with no tries counted. Undefined where it is not finished. */
  replay(id: number, at: number): Op<DeliveryRow | undefined>;
  /** The same for every dead one of a webhook, at most `limit`. The number. */
  replayDead(webhookId: number, at: number, limit: number): Op<number>;
  /** Ends what is pending for a webhook as dead: it was removed. */
  abandon(webhookId: number, error: string, at: number): Op<void>;
  /** Removes those that finished before `before`, at most `limit`. The number removed. */
  sweep(before: number, limit: number): Op<number>;
}
