import type { AuditWire } from '../wire/native/schemas/audit.ts';
import type { GrantAdjustWire, GrantOrderWire, GrantsWire, GrantWire } from '../wire/native/schemas/grants.ts';
import type { StatementWire } from '../wire/native/schemas/jobs.ts';
import type { KeyChangeWire, KeyOrderWire, KeysWire, KeyWire, NewKeyWire } from '../wire/native/schemas/keys.ts';
import type { BalanceWire, EntriesWire } from '../wire/native/schemas/ledger.ts';
import type { PoolChangeWire, PoolOrderWire, PoolsWire, PoolWire } from '../wire/native/schemas/pools.ts';
import type { TenantChangeWire, TenantOrderWire, TenantsWire, TenantWire } from '../wire/native/schemas/tenants.ts';
import type { TemplatesWire, TemplateWire } from '../wire/native/schemas/templates.ts';

/** Which lines of the ledger or the audit log. */
export interface PageOrder {
  readonly before?: number | undefined;
  readonly limit: number;
}

/** What the commands for admins ask, in the shapes of the native API. */
export interface AdminPool {
  tenants(): Promise<TenantsWire>;
  tenant(id: number): Promise<TenantWire>;
  addTenant(order: TenantOrderWire): Promise<TenantWire>;
  changeTenant(id: number, change: TenantChangeWire): Promise<TenantWire>;
  tenantBalance(id: number): Promise<BalanceWire>;
  keys(tenant?: number): Promise<KeysWire>;
  key(id: number): Promise<KeyWire>;
  createKey(order: KeyOrderWire): Promise<NewKeyWire>;
  changeKey(id: number, change: KeyChangeWire): Promise<KeyWire>;
  revokeKey(id: number): Promise<KeyWire>;
  grants(tenant: number): Promise<GrantsWire>;
  give(order: GrantOrderWire): Promise<GrantWire>;
  adjustGrant(id: number, change: GrantAdjustWire): Promise<GrantWire>;
  pools(): Promise<PoolsWire>;
  pool(id: number): Promise<PoolWire>;
  addPool(order: PoolOrderWire): Promise<PoolWire>;
  changePool(id: number, change: PoolChangeWire): Promise<PoolWire>;
  removePool(id: number): Promise<PoolWire>;
  templates(tenant?: number): Promise<TemplatesWire>;
  activateTemplate(id: number, tenant?: number): Promise<TemplateWire>;
  entries(filter: PageOrder & { tenant?: number | undefined }): Promise<EntriesWire>;
  statement(job: number): Promise<StatementWire>;
  audit(filter: PageOrder & { action?: string | undefined; subject?: string | undefined }): Promise<AuditWire>;
}
