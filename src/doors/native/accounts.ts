import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AccountRef, AccountState } from '../../contracts/pool.ts';
import { readId } from '../../std/ids.ts';
import {
  encodeAccount,
  encodeDrifts,
  encodeWhy,
  readAccountOrder,
  readChange,
} from '../../wire/native/account-encode.ts';
import {
  type AccountsWire,
  type AccountWire,
  accountChangeSchema,
  accountOrderSchema,
  type DriftsWire,
  driftQuerySchema,
  type RemovedWire,
  type WhyWire,
} from '../../wire/native/account-schemas.ts';
import { readWire } from '../../wire/native/read.ts';
import type { DoorContext } from '../context.ts';
import { enter, enterWith, idOf, onceOf } from './enter.ts';

type ByAccount = { Params: { account: string } };

/** What an account is told by the last part of the path. */
const STATES: Readonly<Record<string, AccountState>> = { pause: 'paused', resume: 'enabled', drain: 'draining' };

/** The routes about accounts, and why jobs wait. The façade checks roles. `{account}` is an id or a name. */
export function mountAccounts(app: FastifyInstance, context: DoorContext): void {
  const { gateway } = context;
  app.get('/accounts', async (request): Promise<AccountsWire> => {
    const { who } = await enter(context, request);
    return { accounts: (await gateway.accounts(who)).map(encodeAccount) };
  });
  app.post('/accounts', async (request, reply): Promise<AccountWire> => {
    const { who } = await enter(context, request);
    const order = readAccountOrder(readWire(accountOrderSchema, request.body));
    const account = await gateway.addAccount(who, order, onceOf(request));
    reply.code(201);
    return encodeAccount(account);
  });
  app.get<ByAccount>('/accounts/:account', async (request): Promise<AccountWire> => {
    const { who } = await enter(context, request);
    return encodeAccount(await gateway.accountDetail(who, refOf(request)));
  });
  app.patch<ByAccount>('/accounts/:account', async (request): Promise<AccountWire> => {
    const { who } = await enter(context, request);
    const change = readChange(readWire(accountChangeSchema, request.body));
    return encodeAccount(await gateway.changeAccount(who, refOf(request), change, onceOf(request)));
  });
  app.delete<ByAccount>('/accounts/:account', async (request): Promise<RemovedWire> => {
    const { who } = await enter(context, request);
    return await gateway.removeAccount(who, refOf(request), onceOf(request));
  });
  for (const [verb, state] of Object.entries(STATES)) {
    app.post<ByAccount>(`/accounts/:account/${verb}`, async (request): Promise<AccountWire> => {
      const { who } = await enter(context, request);
      return encodeAccount(await gateway.setAccountState(who, refOf(request), state, onceOf(request)));
    });
  }
  app.post<ByAccount>('/accounts/:account/refresh', async (request): Promise<AccountWire> => {
    const { who } = await enter(context, request);
    return encodeAccount(await gateway.refreshAccount(who, refOf(request)));
  });
  app.get('/drift', async (request): Promise<DriftsWire> => {
    const { who, query } = await enterWith(context, request, driftQuerySchema);
    const { account, limit } = query;
    const filter = account === undefined ? { limit } : { limit, account: accountRef(account) };
    return encodeDrifts(await gateway.drifts(who, filter));
  });
  app.get<{ Params: { id: string } }>('/jobs/:id/why', async (request): Promise<WhyWire> => {
    const { who } = await enter(context, request);
    return encodeWhy(await gateway.why(who, idOf(request.params.id, 'job')));
  });
}

function refOf(request: FastifyRequest<ByAccount>): AccountRef {
  return accountRef(request.params.account);
}

/** Names are not numbers, so a number is an id. */
function accountRef(text: string): AccountRef {
  return readId(text) ?? text;
}
