import type { AccountState } from '../../contracts/pool.ts';
import { readId } from '../../std/ids.ts';
import { encodeAccount, encodeDrifts, readAccountOrder, readChange } from '../../wire/native/account-encode.ts';
import type { Handlers } from './call.ts';

/** The accounts of the pool. The façade checks roles. */
export const accounts: Handlers<'accounts'> = {
  list: async ({ who }, { gateway }) => ({ accounts: (await gateway.accounts(who)).map(encodeAccount) }),
  create: async ({ who, body, once }, { gateway }) =>
    encodeAccount(await gateway.addAccount(who, readAccountOrder(body), once)),
  get: async ({ who, params }, { gateway }) => encodeAccount(await gateway.accountDetail(who, params.account)),
  change: async ({ who, params, body, once }, { gateway }) =>
    encodeAccount(await gateway.changeAccount(who, params.account, readChange(body), once)),
  remove: ({ who, params, once }, { gateway }) => gateway.removeAccount(who, params.account, once),
  pause: tell('paused'),
  resume: tell('enabled'),
  drain: tell('draining'),
  refresh: async ({ who, params, once }, { gateway }) =>
    encodeAccount(await gateway.refreshAccount(who, params.account, once)),
  drift: async ({ who, query: { account, limit } }, { gateway }) =>
    encodeDrifts(
      await gateway.drifts(who, account === undefined ? { limit } : { limit, account: readId(account) ?? account }),
    ),
};

function tell(state: AccountState): Handlers<'accounts'>['pause'] {
  return async ({ who, params, once }, { gateway }) =>
    encodeAccount(await gateway.setAccountState(who, params.account, state, once));
}
