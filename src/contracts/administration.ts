import type { PoolMembers, PoolStrategy } from '../core/pools.ts';
import type { Credits } from '../std/credits.ts';
import type { Json } from '../std/json.ts';
import type { KeyRow } from './store.ts';
import type { BalanceView, LedgerReport, Principal } from './views.ts';

/**
 * What admins do: tenants, keys, credits, pools, and what was written down about all of it. Every method but those
 * marked needs a key with the role admin and refuses others with `permission_denied`. A change is written together with
 * its line in the audit log; repeated under the same idempotency id it does nothing and gives the first answer.
 */
export interface Administration {
  tenants(who: Principal): Promise<TenantView[]>;
  tenant(who: Principal, id: number): Promise<TenantView>;
  addTenant(who: Principal, order: TenantOrder, once?: Idempotency | null): Promise<TenantView>;
  changeTenant(
    who: Principal,
    id: number,
    change: Partial<TenantOrder>,
    once?: Idempotency | null,
  ): Promise<TenantView>;
  /** The credits of any tenant. */
  balanceOf(who: Principal, tenantId: number): Promise<BalanceView>;

  keys(who: Principal, filter?: { tenantId: number }): Promise<KeyView[]>;
  key(who: Principal, id: number): Promise<KeyView>;
  /** The only time the secret is shown. */
  createKey(who: Principal, order: KeyOrder, once?: Idempotency | null): Promise<{ key: KeyView; secret: string }>;
  changeKey(who: Principal, id: number, change: Partial<KeySettings>, once?: Idempotency | null): Promise<KeyView>;
  /** Ends a key: from the answer on it opens nothing, in every process. */
  revokeKey(who: Principal, id: number, once?: Idempotency | null): Promise<KeyView>;

  grants(who: Principal, tenantId: number): Promise<GrantView[]>;
  /** Gives credits to a metered tenant. */
  give(who: Principal, order: GrantOrder, once?: Idempotency | null): Promise<GrantView>;
  /** Adds to what remains of a grant, or takes away. Refuses with `credits_insufficient` where less remains. */
  adjustGrant(
    who: Principal,
    id: number,
    change: { by: Credits; note: string },
    once?: Idempotency | null,
  ): Promise<GrantView>;

  pools(who: Principal): Promise<PoolView[]>;
  pool(who: Principal, id: number): Promise<PoolView>;
  addPool(who: Principal, order: PoolOrder, once?: Idempotency | null): Promise<PoolView>;
  changePool(who: Principal, id: number, change: Partial<PoolOrder>, once?: Idempotency | null): Promise<PoolView>;
  /** Refuses with `in_use` while a key or an unfinished job uses it. */
  removePool(who: Principal, id: number, once?: Idempotency | null): Promise<PoolView>;

  /** Any role: a client sees the lines of its own tenant's books. Newest first. */
  entries(who: Principal, filter: EntryFilter): Promise<EntryPage>;
  /** Any role: where the credits of one job came from and went. */
  statement(who: Principal, jobId: number): Promise<StatementView>;
  verifyLedger(who: Principal): Promise<LedgerReport>;
  /** Newest first. */
  auditLog(who: Principal, filter: AuditFilter): Promise<AuditView[]>;
}

/** What makes a repeated POST the same request (promise P1). */
export interface Idempotency {
  /** The header or field that carried the id, as documented, for messages. */
  readonly header: string;
  /** 1 to 128 characters, as the client sent them. */
  readonly id: string;
  /** `POST /openapi/v2/video/text/generate`: ids are scoped to key, method and path. */
  readonly route: string;
  /** The body as canonical JSON; a used id with another body is refused. Uploads add their content to it. */
  readonly body: string;
}

/** A tenant as an admin orders it. */
export interface TenantOrder {
  readonly name: string;
  /** Share of the pool relative to other tenants; 1 or more. */
  readonly weight: number;
  readonly monthlyCredits: Credits;
  /** UTC day of the month on which they come. */
  readonly anchorDay: number;
  readonly mode: 'metered' | 'pooled';
  /** For a pooled tenant: the unit of the accounts its credits follow. */
  readonly unit: string | null;
}

/** A tenant as an admin may see it. */
export interface TenantView extends TenantOrder {
  readonly id: number;
  readonly createdAt: number;
}

/** What may be set on a key, and changed later; `KeyRow` says what each is. */
export type KeySettings = Pick<
  KeyRow,
  | 'name'
  | 'poolId'
  | 'requestsPerSecond'
  | 'runningMax'
  | 'queueDepthMax'
  | 'overflow'
  | 'priority'
  | 'sandbox'
  | 'models'
  | 'operations'
  | 'expiresAt'
  | 'budgetDay'
  | 'budgetMonth'
>;

/** A key as an admin orders it; what is left out has no limit. */
export interface KeyOrder extends Partial<KeySettings> {
  readonly name: string;
  readonly role: 'admin' | 'client';
  /** The admin's own tenant where absent. */
  readonly tenantId?: number;
}

/** A key as people may see it. */
export interface KeyView extends KeySettings {
  readonly id: number;
  readonly tenantId: number;
  readonly role: 'admin' | 'client';
  readonly prefix: string;
  readonly createdAt: number;
  readonly revokedAt: number | null;
}

/** Credits as an admin gives them. */
export interface GrantOrder {
  readonly tenantId: number;
  readonly kind: 'daily' | 'monthly' | 'package' | 'promo';
  readonly amount: Credits;
  /** Null for never. */
  readonly expiresAt: number | null;
  /** Among grants that expire together the higher is spent first. */
  readonly priority: number;
}

/** Credits that were given, with what is left of them. */
export interface GrantView extends GrantOrder {
  readonly id: number;
  readonly remaining: Credits;
  /** Of a refill: the period it was given for. */
  readonly period: string | null;
  readonly createdAt: number;
}

/** A pool as an admin orders it. */
export interface PoolOrder {
  readonly name: string;
  readonly strategy: PoolStrategy;
  readonly members: PoolMembers;
}

/** A pool as an admin may see it. */
export interface PoolView extends PoolOrder {
  readonly id: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Which lines of the ledger. */
export interface EntryFilter {
  /** Only those that touch this tenant's books; a client's own where absent. */
  readonly tenantId?: number;
  /** Only older than this entry. */
  readonly before?: number;
  readonly limit: number;
}

/** One side of an entry. */
export interface BookRef {
  readonly owner: string;
  readonly name: string;
}

/** A line of the ledger. */
export interface EntryView {
  readonly id: number;
  readonly at: number;
  readonly from: BookRef;
  readonly to: BookRef;
  readonly amount: Credits;
  readonly reason: string;
  readonly jobId: number | null;
  readonly grantId: number | null;
}

/** A page of lines. Few may be shown of the many that were looked through: `nextBefore` goes on from there. */
export interface EntryPage {
  readonly entries: readonly EntryView[];
  /** Null where there are no older ones. */
  readonly nextBefore: number | null;
}

/** Where the credits of a job came from and went. */
export interface StatementView {
  readonly jobId: number;
  readonly tenantId: number;
  readonly price: Credits;
  readonly hold: {
    readonly state: 'open' | 'captured' | 'released';
    readonly amount: Credits;
    readonly captured: Credits;
    readonly openedAt: number;
    readonly closedAt: number | null;
    /** Which grants it was taken from. */
    readonly slices: readonly { readonly grantId: number; readonly kind: string; readonly amount: Credits }[];
  } | null;
  /** Its lines of the ledger, oldest first. A client is not shown what accounts paid. */
  readonly lines: readonly Omit<EntryView, 'id' | 'jobId'>[];
}

/** Which lines of the audit log. */
export interface AuditFilter {
  readonly action?: string;
  readonly subject?: string;
  readonly before?: number;
  readonly limit: number;
}

/** A line of the audit log: who changed what, when, from what to what. Secrets are masked before it is written. */
export interface AuditView {
  readonly id: number;
  readonly at: number;
  readonly keyId: number;
  readonly tenantId: number;
  readonly action: string;
  readonly subject: string;
  readonly before: Json;
  readonly after: Json;
}
