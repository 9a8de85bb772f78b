import type { z } from 'zod';
import type { AccountPoolApi } from '../contracts/pool.ts';
import type { AccountView, Principal } from '../contracts/views.ts';
import { encodeAccount, encodeDrifts, encodeWhy, readAccountOrder, readChange } from '../wire/native/account-encode.ts';
import { readWire } from '../wire/native/read.ts';
import {
  type AccountChangeWire,
  type AccountOrderWire,
  type AccountsWire,
  type AccountWire,
  accountChangeSchema,
  accountOrderSchema,
  accountSchema,
  accountsSchema,
  type DriftsWire,
  driftsSchema,
  type RemovedWire,
  removedSchema,
} from '../wire/native/schemas/accounts.ts';
import { type WhyWire, whySchema } from '../wire/native/schemas/jobs.ts';

/** What an account can be told. */
export const STATE_VERBS = { pause: 'paused', resume: 'enabled', drain: 'draining' } as const;

/** What the commands about accounts ask, in the shapes of the native API. `account` is an id or a name. */
export interface AccountCommands {
  accounts(): Promise<AccountsWire>;
  account(account: string): Promise<AccountWire>;
  addAccount(order: AccountOrderWire): Promise<AccountWire>;
  changeAccount(account: string, change: AccountChangeWire): Promise<AccountWire>;
  tellAccount(account: string, verb: keyof typeof STATE_VERBS): Promise<AccountWire>;
  removeAccount(account: string): Promise<RemovedWire>;
  refreshAccount(account: string): Promise<AccountWire>;
  drifts(filter: { account?: string | undefined; limit: number }): Promise<DriftsWire>;
  why(jobId: number): Promise<WhyWire>;
}

/** Sends one request and reads its answer. */
type Call = <T extends z.ZodType>(schema: T, method: string, path: string, body?: unknown) => Promise<z.output<T>>;

const pathOf = (account: string): string => `/accounts/${encodeURIComponent(account)}`;

/** The routes of a gateway. */
export function accountClient(call: Call): AccountCommands {
  return {
    accounts: () => call(accountsSchema, 'GET', '/accounts'),
    account: (account) => call(accountSchema, 'GET', pathOf(account)),
    addAccount: (order) => call(accountSchema, 'POST', '/accounts', order),
    changeAccount: (account, change) => call(accountSchema, 'PATCH', pathOf(account), change),
    tellAccount: (account, verb) => call(accountSchema, 'POST', `${pathOf(account)}/${verb}`),
    removeAccount: (account) => call(removedSchema, 'DELETE', pathOf(account)),
    refreshAccount: (account) => call(accountSchema, 'POST', `${pathOf(account)}/refresh`),
    drifts({ account, limit }) {
      const query = new URLSearchParams({ limit: String(limit), ...(account === undefined ? {} : { account }) });
      return call(driftsSchema, 'GET', `/drift?${query}`);
    },
    why: (jobId) => call(whySchema, 'GET', `/jobs/${jobId}/why`),
  };
}

/** What of the façade these commands use. */
type Accounts = AccountPoolApi & { accounts(who: Principal): Promise<AccountView[]> };

/** The store itself, without a gateway. */
export function offlineAccounts(gateway: Accounts, who: Principal): AccountCommands {
  const ref = (account: string) => (/^\d+$/.test(account) ? Number(account) : account);
  return {
    accounts: async () => ({ accounts: (await gateway.accounts(who)).map(encodeAccount) }),
    account: async (account) => encodeAccount(await gateway.accountDetail(who, ref(account))),
    addAccount: async (order) =>
      encodeAccount(await gateway.addAccount(who, readAccountOrder(readWire(accountOrderSchema, order)))),
    changeAccount: async (account, change) =>
      encodeAccount(await gateway.changeAccount(who, ref(account), readChange(readWire(accountChangeSchema, change)))),
    tellAccount: async (account, verb) =>
      encodeAccount(await gateway.setAccountState(who, ref(account), STATE_VERBS[verb])),
    removeAccount: (account) => gateway.removeAccount(who, ref(account)),
    refreshAccount: async (account) => encodeAccount(await gateway.refreshAccount(who, ref(account))),
    async drifts({ account, limit }) {
      const filter = account === undefined ? { limit } : { limit, account: ref(account) };
      return encodeDrifts(await gateway.drifts(who, filter));
    },
    why: async (jobId) => encodeWhy(await gateway.why(who, jobId)),
  };
}
