import type { JobRequest, Operation } from '../core/request.ts';
import type { Template } from '../core/template.ts';
import type { Credits } from '../std/credits.ts';
import type { Idempotency } from './administration.ts';
import type { Op } from './store.ts';
import type { AssetView, JobView, KnownInput, Principal } from './views.ts';

/** What tenants keep beside their jobs, and what they are told about them. */
export interface Library {
  /** Voices of the tenant's own, oldest first, with how many there are. */
  voices(who: Principal, page: { offset: number; limit: number }): Promise<{ total: number; voices: VoiceView[] }>;
  /** Makes a voice of an uploaded sound. Refuses what `order.check` refuses, and a sound that is not there. */
  addVoice(who: Principal, order: VoiceOrder): Promise<VoiceView>;
  /** Ends a voice: no later request can use it. Ending it again is no error; `not_found` where there never was one. */
  removeVoice(who: Principal, id: number): Promise<void>;
  /** Every template, with those that the tenant has activated; an admin may ask for another tenant's. */
  templates(who: Principal, filter?: { readonly tenantId?: number }): Promise<TemplatesView>;
  /**
   * Activates a template for a tenant, for good. One that is active already stays so and counts once. Refuses with `not_found`
   * where there is none, and with `template_quota` where the month's activations are used up.
   */
  activateTemplate(who: Principal, order: ActivationOrder, once?: Idempotency | null): Promise<TemplateView>;
  /** Every template that a request may name. */
  readonly templateTable: readonly Template[];
  /** What a request would cost; undefined where it has no price. */
  priceOf(request: JobRequest): Credits | undefined;
  /** What the tenant's jobs came to, newest first: one line a job, by the time it was accepted. */
  charges(who: Principal, filter: ChargeFilter): Promise<ChargePage>;

  /** What is kept, newest first. An admin sees every tenant's; to others `permission_denied` where they name another. */
  assets(who: Principal, filter: KeptFilter): Promise<KeptView[]>;
  /** `not_found` where there is none, or it was deleted. */
  keptAsset(who: Principal, id: number): Promise<KeptView>;
  /**
   * Deletes an upload or a voice; what it was. No later request can use it and nobody can fetch it; jobs accepted before
   * still do. A part of a job's results is refused with `parameter_invalid`.
   */
  removeAsset(who: Principal, id: number, once?: Idempotency | null): Promise<KeptView>;
  /**
   * Deletes the results of a job that succeeded: result, cover, masks. The job stays, marked. Again is no error.
   * `result_pending` before its end, `not_found` where it has none.
   */
  removeResults(who: Principal, jobId: number, once?: Idempotency | null): Promise<JobView>;
}

/** Which kept bytes. */
export interface KeptFilter {
  /** All that the key may see where absent. */
  readonly tenantId?: number | undefined;
  readonly kind?: KeptView['kind'] | undefined;
  /** Only older than this id. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/** Kept bytes with what they are to their tenant. */
export interface KeptView extends AssetView {
  readonly kind: 'upload' | 'result' | 'cover' | 'mask' | 'voice';
  readonly tenantId: number;
  /** The job it is a result of; null for uploads and voices. */
  readonly jobId: number | null;
  /** Of an upload its file name or address, of a mask what it shows, of a voice its name; else null. */
  readonly name: string | null;
  readonly createdAt: number;
}

/** Which charges. */
export interface ChargeFilter {
  /** Accepted at or after, and before; ms. */
  readonly from: number;
  readonly until: number;
  /** Only older than this job: `next` of the page before. */
  readonly before: number | null;
  readonly limit: number;
  /** Only what went back, or only what did not; both where absent. */
  readonly refunded?: boolean;
  /** All where absent. */
  readonly operations?: readonly Operation[];
}

/** A part of the charges. */
export interface ChargePage {
  readonly charges: readonly ChargeView[];
  /** Where the next page goes on; null where there is none. */
  readonly next: number | null;
}

/** What a job came to. */
export interface ChargeView {
  readonly jobId: number;
  readonly operation: Operation;
  readonly traceId: string | null;
  /** When it was accepted, ms. */
  readonly at: number;
  /** Set aside or paid; or, where it ended without a result, given back. */
  readonly amount: Credits;
  readonly refunded: boolean;
}

/** A job with its hold. */
export interface ChargeRow {
  readonly jobId: number;
  readonly operation: string;
  readonly traceId: string | null;
  readonly amount: Credits;
  readonly refunded: boolean;
}

/** Statements about what tenants were charged. */
export interface UsageStatements {
  /** Of the jobs with ids from `from` and below `before`, newest first. */
  charges(filter: {
    readonly tenantId: number;
    readonly from: number;
    readonly before: number;
    readonly limit: number;
    readonly refunded?: boolean | undefined;
    readonly operations?: readonly string[] | undefined;
  }): Op<ChargeRow[]>;
}

/** A voice as its tenant orders it. */
export interface VoiceOrder {
  readonly name: string;
  /** The uploaded sound. */
  readonly assetId: number;
  /** The field that named the sound, for messages. */
  readonly field: string;
  /** The dialect's rules about the sound: refuses, or does nothing. */
  readonly check: (sound: KnownInput) => void;
  readonly idempotency: Idempotency | null;
}

/** A voice as its tenant may see it. */
export interface VoiceView {
  readonly id: number;
  readonly name: string;
}

/** A template for a tenant. */
export interface ActivationOrder {
  readonly templateId: number;
  /** For admins; the own one where absent. */
  readonly tenantId?: number;
}

/** A template as a tenant may use it. */
export interface TemplateView extends Template {
  readonly active: boolean;
  /** When the tenant activated it, ms; null where it did not. */
  readonly activatedAt: number | null;
}

/** Templates, and how many more may be activated. */
export interface TemplatesView {
  readonly templates: readonly TemplateView[];
  readonly activations: {
    /** `2026-11`, in UTC. */
    readonly month: string;
    readonly used: number;
    readonly limit: number;
  };
}

/** A template that a tenant has activated. */
export interface ActivationRow {
  readonly tenantId: number;
  readonly templateId: number;
  /** `2026-11`: in which month (UTC) it counts. */
  readonly month: string;
  readonly createdAt: number;
}

/** Statements about templates. */
export interface TemplateStatements {
  /** False where the tenant has activated `limit` templates in the month. One that is active already changes nothing. */
  activate(row: ActivationRow, limit: number): Op<boolean>;
  /** Oldest first. */
  activated(tenantId: number): Op<ActivationRow[]>;
  isActivated(tenantId: number, templateId: number): Op<boolean>;
}
