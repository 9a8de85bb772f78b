import type { Administration } from '../contracts/administration.ts';
import type { Library } from '../contracts/library.ts';
import type { Principal } from '../contracts/views.ts';
import { given } from '../std/json.ts';
import {
  encodeAudit,
  encodeEntries,
  encodeGrant,
  encodeKey,
  encodePool,
  encodeStatement,
  encodeTenant,
} from '../wire/native/admin-encode.ts';
import { encodeBalance } from '../wire/native/encode.ts';
import { readWire } from '../wire/native/read.ts';
import { grantAdjustSchema, grantOrderSchema } from '../wire/native/schemas/grants.ts';
import { keyChangeSchema, keyOrderSchema } from '../wire/native/schemas/keys.ts';
import { poolChangeSchema, poolOrderSchema } from '../wire/native/schemas/pools.ts';
import { tenantChangeSchema, tenantOrderSchema } from '../wire/native/schemas/tenants.ts';
import { encodeTemplate, encodeTemplates } from '../wire/native/template-encode.ts';
import type { AdminPool } from './admin-pool.ts';

/** What admins do, without a gateway: the façade in the shapes of the native API. */
export function offlineAdmin(gateway: Administration & Library, who: Principal): AdminPool {
  return {
    tenants: async () => ({ tenants: (await gateway.tenants(who)).map(encodeTenant) }),
    tenant: async (id) => encodeTenant(await gateway.tenant(who, id)),
    addTenant: async (order) => encodeTenant(await gateway.addTenant(who, readWire(tenantOrderSchema, order))),
    changeTenant: async (id, change) =>
      encodeTenant(await gateway.changeTenant(who, id, given(readWire(tenantChangeSchema, change)))),
    tenantBalance: async (id) => encodeBalance(await gateway.balanceOf(who, id)),
    keys: async (tenantId) => ({
      keys: (await gateway.keys(who, tenantId === undefined ? undefined : { tenantId })).map(encodeKey),
    }),
    key: async (id) => encodeKey(await gateway.key(who, id)),
    async createKey(order) {
      const { key, secret } = await gateway.createKey(who, given(readWire(keyOrderSchema, order)));
      return { key: encodeKey(key), secret };
    },
    changeKey: async (id, change) =>
      encodeKey(await gateway.changeKey(who, id, given(readWire(keyChangeSchema, change)))),
    revokeKey: async (id) => encodeKey(await gateway.revokeKey(who, id)),
    grants: async (tenant) => ({ grants: (await gateway.grants(who, tenant)).map(encodeGrant) }),
    give: async (order) => encodeGrant(await gateway.give(who, readWire(grantOrderSchema, order))),
    adjustGrant: async (id, change) =>
      encodeGrant(await gateway.adjustGrant(who, id, readWire(grantAdjustSchema, change))),
    pools: async () => ({ pools: (await gateway.pools(who)).map(encodePool) }),
    pool: async (id) => encodePool(await gateway.pool(who, id)),
    addPool: async (order) => encodePool(await gateway.addPool(who, readWire(poolOrderSchema, order))),
    changePool: async (id, change) =>
      encodePool(await gateway.changePool(who, id, given(readWire(poolChangeSchema, change)))),
    removePool: async (id) => encodePool(await gateway.removePool(who, id)),
    templates: async (tenantId) => encodeTemplates(await gateway.templates(who, given({ tenantId }))),
    activateTemplate: async (templateId, tenantId) =>
      encodeTemplate(await gateway.activateTemplate(who, { templateId, ...given({ tenantId }) })),
    async entries({ tenant, before, limit }) {
      return encodeEntries(await gateway.entries(who, given({ tenantId: tenant, before, limit })));
    },
    statement: async (job) => encodeStatement(await gateway.statement(who, job)),
    audit: async (filter) => encodeAudit(await gateway.auditLog(who, given({ ...filter })), filter.limit),
  };
}
