import type { AccountSettings, Reason } from '../core/account.ts';
import type { Ailment } from '../core/health.ts';
import type { JobState } from '../core/job.ts';
import type { Reasons } from '../core/placement.ts';
import type { InputRef, JobRequest } from '../core/request.ts';
import type { WaitsFor } from '../core/waiting.ts';
import type { Credits } from '../std/credits.ts';
import type { Json, JsonObject } from '../std/json.ts';
import type { MediaInfo } from './media.ts';

/** What doors get from the gateway and dialects put on the wire. Nothing here holds a secret or another tenant's data. */

/** Who sends a request: a key that was checked. */
export interface Principal {
  readonly keyId: number;
  readonly tenantId: number;
  readonly role: 'admin' | 'client';
}

/** A job as its tenant may see it. */
export interface JobView {
  readonly id: number;
  readonly tenantId: number;
  readonly dialect: string;
  readonly request: JobRequest;
  readonly state: JobState;
  /** What the tenant pays when it succeeds. */
  readonly price: Credits;
  /** What happened to the hold: still set aside, paid, or given back. */
  readonly credit: { readonly state: 'held' | 'captured' | 'released'; readonly amount: Credits };
  /** 0 … 1, where known. */
  readonly progress: number | null;
  /** Jobs before it in its lane, counted to 1,000; null unless queued. */
  readonly queuePlace: number | null;
  readonly account: string | null;
  readonly attempts: number;
  readonly error: { readonly code: string; readonly message: string } | null;
  /** Present once succeeded and not deleted. */
  readonly result: AssetView | null;
  readonly cover: AssetView | null;
  /** What a mask-selection found in its result, the picture of the keyframe; empty for others. */
  readonly masks: readonly { readonly name: string; readonly asset: AssetView }[];
  readonly traceId: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly finishedAt: number | null;
  readonly deleted: boolean;
}

/** An input whose bytes were found. */
export interface KnownInput {
  readonly ref: InputRef;
  readonly info: MediaInfo;
  readonly bytes: number;
  /** The dialect's field that named it, for messages. */
  readonly field: string;
  /** Of a mask, the mask-selection it came from. */
  readonly madeBy?: JobRequest;
}

/** Kept bytes and where to get them. */
export interface AssetView {
  readonly id: number;
  /** Path on this gateway with its signature; a door puts the public origin before it. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly info: MediaInfo;
}

/** One line of the timeline of any job. */
export interface FeedEvent extends EventView {
  /** Rises; what was seen last is where a reader goes on. */
  readonly id: number;
  readonly jobId: number;
}

/** A part of the stream of all timelines. */
export interface FeedPage {
  /** Where a reader goes on that has seen this page. */
  readonly last: number;
  readonly events: readonly FeedEvent[];
}

/** One line of a job's timeline. */
export interface EventView {
  readonly at: number;
  readonly kind: string;
  readonly data: Json;
}

/** A tenant's books, by the kind of grant the credits came from. */
export interface BalanceView {
  readonly tenantId: number;
  readonly tenant: string;
  readonly available: Credits;
  readonly held: Credits;
  readonly daily: Credits;
  readonly monthly: Credits;
  readonly package: Credits;
  readonly promo: Credits;
}

/** An account as an admin may see it; secrets are masked. Times are ms, null for never or unknown. */
export interface AccountView {
  readonly id: number;
  readonly name: string;
  readonly upstream: string;
  /** What its credits are. */
  readonly unit: string;
  readonly maxJobs: number;
  /** What it is given at the moment: less where its upstream taught us so. */
  readonly maxJobsNow: number;
  readonly state: 'enabled' | 'paused' | 'draining' | 'removing';
  readonly inUse: number;
  readonly credits: {
    readonly daily: Credits;
    readonly monthly: Credits;
    readonly package: Credits;
    readonly reserved: Credits;
  };
  /** When a kind is filled anew. */
  readonly refreshAt: { readonly daily: number | null; readonly monthly: number | null };
  /** When its upstream last said what it has. */
  readonly refreshedAt: number | null;
  /** Started on this UTC day. */
  readonly today: { readonly jobs: number; readonly credits: Credits };
  readonly settings: AccountSettings;
  readonly group: { readonly name: string; readonly maxJobs: number; readonly inUse: number } | null;
  readonly health: {
    /** `probing`: its rest is over, and one job goes first. */
    readonly state: 'ok' | 'probing' | Ailment;
    readonly reason: string | null;
    readonly since: number | null;
    /** Null for one that only an admin can end. */
    readonly until: number | null;
  };
  readonly plan: PlanInfo;
  /** What was given as its secret, masked. */
  readonly secret: JsonObject;
  readonly session: { readonly username: string; readonly expiresAt: number; readonly tokenMasked: string };
  readonly lastUsedAt: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** What an upstream said an account has, where it was not what was counted. */
export interface DriftView {
  readonly id: number;
  readonly account: string;
  readonly at: number;
  readonly expected: Credits;
  readonly observed: Credits;
  readonly explanation: string;
}

/** Why a job waits, or went where it went. Times are ms. */
export interface WhyView {
  readonly jobId: number;
  readonly state: JobState;
  /** Null unless queued. */
  readonly waitsFor: {
    readonly what: WaitsFor;
    readonly message: string;
    /** How long that usually takes; null where nothing is known that ends it. */
    readonly usualMs: number | null;
    /** When it ends by itself, where that is known. */
    readonly until: number | null;
  } | null;
  /** Its place in the fair order; null unless queued. */
  readonly place: {
    /** Jobs before it in its own line, counted to 1,000. */
    readonly ahead: number;
    /** Tenants that were served less and so come first, and all that wait. */
    readonly tenantsBefore: number;
    readonly tenantsWaiting: number;
    /** Its tenant's part of the slots while all of them wait, in (0, 1]. */
    readonly share: number;
  } | null;
  /** Accounts that cannot take it now, by reason; null for client keys. */
  readonly reasons: Reasons | null;
  /** Every account; empty unless queued, null for client keys. */
  readonly accounts:
    | readonly {
        readonly id: number;
        readonly account: string;
        readonly verdict: Reason | 'eligible';
        /** When the reason ends by itself; null where that is not known. */
        readonly until: number | null;
      }[]
    | null;
  /** Where it was placed, the oldest first; null for client keys. */
  readonly placements:
    | readonly {
        readonly number: number;
        readonly account: string;
        readonly state: string;
        readonly code: string | null;
        readonly placedAt: number;
        /** What was remembered of the choice: runners-up, and counts of the rest by reason. */
        readonly placement: Json;
      }[]
    | null;
}

/** An account's subscription, as `features` pages show it. Times are ms, 0 for never; amounts whole credits. */
export interface PlanInfo {
  readonly name: string;
  readonly dailyGift: number;
  readonly monthlyGift: number;
  readonly renewsAt: number;
  readonly dailyRefreshAt: number;
  readonly simultaneous: number;
  readonly qualities: readonly string[];
}

/** The proof that the books balance, or where they do not. */
export interface LedgerReport {
  readonly ok: boolean;
  readonly entries: number;
  readonly books: { readonly owner: string; readonly name: string; readonly balance: Credits }[];
  readonly problems: readonly string[];
}

/** How this gateway stands. */
export interface GatewayStatus {
  /** Can it take jobs? */
  readonly ready: boolean;
  /** Why not; null when ready. */
  readonly reason: string | null;
}
