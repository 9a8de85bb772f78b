import type { z } from 'zod';
import { auditSchema } from '../wire/native/schemas/audit.ts';
import { grantSchema, grantsSchema } from '../wire/native/schemas/grants.ts';
import { statementSchema } from '../wire/native/schemas/jobs.ts';
import { keySchema, keysSchema, newKeySchema } from '../wire/native/schemas/keys.ts';
import { balanceSchema, entriesSchema } from '../wire/native/schemas/ledger.ts';
import { poolSchema, poolsSchema } from '../wire/native/schemas/pools.ts';
import { tenantSchema, tenantsSchema } from '../wire/native/schemas/tenants.ts';
import { templateSchema, templatesSchema } from '../wire/native/schemas/templates.ts';
import type { AdminPool } from './admin-pool.ts';

/** Sends one request and reads its answer. */
type Call = <T extends z.ZodType>(schema: T, method: string, path: string, body?: unknown) => Promise<z.output<T>>;

/** The routes for admins of a gateway. */
export function adminClient(call: Call): AdminPool {
  return {
    tenants: () => call(tenantsSchema, 'GET', '/tenants'),
    tenant: (id) => call(tenantSchema, 'GET', `/tenants/${id}`),
    addTenant: (order) => call(tenantSchema, 'POST', '/tenants', order),
    changeTenant: (id, change) => call(tenantSchema, 'PATCH', `/tenants/${id}`, change),
    tenantBalance: (id) => call(balanceSchema, 'GET', `/tenants/${id}/balance`),
    keys: (tenant) => call(keysSchema, 'GET', `/keys${query({ tenant })}`),
    key: (id) => call(keySchema, 'GET', `/keys/${id}`),
    createKey: (order) => call(newKeySchema, 'POST', '/keys', order),
    changeKey: (id, change) => call(keySchema, 'PATCH', `/keys/${id}`, change),
    revokeKey: (id) => call(keySchema, 'DELETE', `/keys/${id}`),
    grants: (tenant) => call(grantsSchema, 'GET', `/grants${query({ tenant })}`),
    give: (order) => call(grantSchema, 'POST', '/grants', order),
    adjustGrant: (id, change) => call(grantSchema, 'POST', `/grants/${id}/adjust`, change),
    pools: () => call(poolsSchema, 'GET', '/pools'),
    pool: (id) => call(poolSchema, 'GET', `/pools/${id}`),
    addPool: (order) => call(poolSchema, 'POST', '/pools', order),
    changePool: (id, change) => call(poolSchema, 'PATCH', `/pools/${id}`, change),
    removePool: (id) => call(poolSchema, 'DELETE', `/pools/${id}`),
    templates: (tenant) => call(templatesSchema, 'GET', `/templates${query({ tenant })}`),
    activateTemplate: (id, tenant) => call(templateSchema, 'POST', `/templates/${id}/activate${query({ tenant })}`),
    entries: (filter) => call(entriesSchema, 'GET', `/ledger/entries${query({ ...filter })}`),
    statement: (job) => call(statementSchema, 'GET', `/jobs/${job}/statement`),
    audit: (filter) => call(auditSchema, 'GET', `/audit${query({ ...filter })}`),
  };
}

function query(parts: Readonly<Record<string, string | number | undefined>>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parts)) if (value !== undefined) search.set(name, String(value));
  return search.size === 0 ? '' : `?${search}`;
}
