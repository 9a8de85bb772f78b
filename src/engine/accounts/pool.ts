/** What admins do with the accounts of the pool, and what is asked about it: a part of the façade. */
import type { AccountPoolApi } from '../../contracts/pool.ts';
import { Refusal } from '../../std/errors.ts';
import { requireAdmin } from '../admin/access.ts';
import { actOnce } from '../admin/administer.ts';
import { addAccount, changeAccount, findAccount, getAccount, removeAccount, setAccountState } from './accounts.ts';
import type { Engine } from '../context.ts';
import { why } from './why.ts';

/** The methods over one engine. */
export function poolApi(engine: Engine): AccountPoolApi {
  return {
    async accountDetail(who, ref) {
      requireAdmin(who);
      return await getAccount(engine, ref);
    },
    async addAccount(who, order, once) {
      const { account, repeated } = await addAccount(engine, who, order, once);
      if (repeated) return account;
      await engine.work.balances.ask(engine, account.id);
      return await getAccount(engine, account.id);
    },
    async changeAccount(who, ref, change, once) {
      const { account, repeated } = await changeAccount(engine, who, ref, change, once);
      if (repeated) return account;
      if (change.secret !== undefined) await engine.work.balances.ask(engine, account.id);
      return await getAccount(engine, account.id);
    },
    setAccountState: (who, ref, state, once) => setAccountState(engine, who, ref, state, once),
    removeAccount: (who, ref, once) => removeAccount(engine, who, ref, once),
    async refreshAccount(who, ref, once) {
      requireAdmin(who);
      const row = await engine.store.read((q) => findAccount(q, ref));
      if (engine.upstreams.get(row.upstream)?.balance === undefined) {
        throw new Refusal('parameter_invalid', {
          field: 'account',
          message: `${row.name} is of kind ${row.upstream}, which cannot be asked for its credits. Set them instead.`,
        });
      }
      return await actOnce(engine, who, 'account.refresh', once, async () => {
        await engine.work.balances.ask(engine, row.id);
        return await getAccount(engine, row.id);
      });
    },
    async drifts(who, filter) {
      requireAdmin(who);
      const { account, limit } = filter;
      return await engine.store.read(function* (q) {
        const accountId = account === undefined ? undefined : (yield* findAccount(q, account)).id;
        const rows = yield* q.accounts.drifts({ limit, ...(accountId === undefined ? {} : { accountId }) });
        const names = new Map<number, string>();
        for (const row of rows) {
          if (names.has(row.accountId)) continue;
          names.set(row.accountId, (yield* q.accounts.get(row.accountId))?.name ?? String(row.accountId));
        }
        return rows.map(({ id, accountId, at, expected, observed, explanation }) => ({
          id,
          account: names.get(accountId) ?? String(accountId),
          at,
          expected,
          observed,
          explanation,
        }));
      });
    },
    why: (who, id) => why(engine, who, id),
  };
}
