import { given } from '../../std/json.ts';
import { encodeAudit, encodeEntries, encodeGrant } from '../../wire/native/admin-encode.ts';
import { encodeBalance, encodeLedger } from '../../wire/native/encode.ts';
import type { Handlers } from './call.ts';

/** What the key's tenant has. */
export const balances: Handlers<'balances'> = {
  list: async ({ who }, { gateway }) => ({ balances: [encodeBalance(await gateway.balance(who))] }),
};

/** The ledger; a client key sees the lines of its own tenant. */
export const ledger: Handlers<'ledger'> = {
  entries: async ({ who, query: { tenant: tenantId, before, limit } }, { gateway }) =>
    encodeEntries(await gateway.entries(who, given({ tenantId, before, limit }))),
  verify: async ({ who }, { gateway }) => encodeLedger(await gateway.verifyLedger(who)),
};

/** Credits given. */
export const grants: Handlers<'grants'> = {
  list: async ({ who, query }, { gateway }) => ({ grants: (await gateway.grants(who, query.tenant)).map(encodeGrant) }),
  give: async ({ who, body, once }, { gateway }) => encodeGrant(await gateway.give(who, body, once)),
  adjust: async ({ who, params, body, once }, { gateway }) =>
    encodeGrant(await gateway.adjustGrant(who, params.id, body, once)),
};

/** What admins changed. */
export const audit: Handlers<'audit'> = {
  list: async ({ who, query }, { gateway }) => encodeAudit(await gateway.auditLog(who, given(query)), query.limit),
};
