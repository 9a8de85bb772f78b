import { given } from '../../std/json.ts';
import { encodeKey, encodePool, encodeTenant } from '../../wire/native/admin-encode.ts';
import { encodeBalance } from '../../wire/native/encode.ts';
import type { Handlers } from './call.ts';

/** Customers of this gateway. The façade checks roles, here and below. */
export const tenants: Handlers<'tenants'> = {
  list: async ({ who }, { gateway }) => ({ tenants: (await gateway.tenants(who)).map(encodeTenant) }),
  create: async ({ who, body, once }, { gateway }) => encodeTenant(await gateway.addTenant(who, body, once)),
  get: async ({ who, params }, { gateway }) => encodeTenant(await gateway.tenant(who, params.id)),
  change: async ({ who, params, body, once }, { gateway }) =>
    encodeTenant(await gateway.changeTenant(who, params.id, given(body), once)),
  balance: async ({ who, params }, { gateway }) => encodeBalance(await gateway.balanceOf(who, params.id)),
};

/** What their programs send. */
export const keys: Handlers<'keys'> = {
  async list({ who, query: { tenant } }, { gateway }) {
    const filter = tenant === undefined ? undefined : { tenantId: tenant };
    return { keys: (await gateway.keys(who, filter)).map(encodeKey) };
  },
  async create({ who, body, once }, { gateway }) {
    const { key, secret } = await gateway.createKey(who, given(body), once);
    return { key: encodeKey(key), secret };
  },
  get: async ({ who, params }, { gateway }) => encodeKey(await gateway.key(who, params.id)),
  change: async ({ who, params, body, once }, { gateway }) =>
    encodeKey(await gateway.changeKey(who, params.id, given(body), once)),
  revoke: async ({ who, params, once }, { gateway }) => encodeKey(await gateway.revokeKey(who, params.id, once)),
};

/** The sets of accounts their jobs are placed in. */
export const pools: Handlers<'pools'> = {
  list: async ({ who }, { gateway }) => ({ pools: (await gateway.pools(who)).map(encodePool) }),
  create: async ({ who, body, once }, { gateway }) => encodePool(await gateway.addPool(who, body, once)),
  get: async ({ who, params }, { gateway }) => encodePool(await gateway.pool(who, params.id)),
  change: async ({ who, params, body, once }, { gateway }) =>
    encodePool(await gateway.changePool(who, params.id, given(body), once)),
  remove: async ({ who, params, once }, { gateway }) => encodePool(await gateway.removePool(who, params.id, once)),
};
