import type { CarriedRow, CarriedStatements, Op } from '../../contracts/store.ts';
import { atMost, changed, readJson } from '../sql.ts';

const GET = 'select ref, carried_at from carried_inputs where account_id = $1 and asset_id = $2';
const PUT = `insert into carried_inputs (account_id, asset_id, ref, carried_at) values ($1, $2, $3, $4)
  on conflict (account_id, asset_id) do nothing`;
const REMOVE = 'delete from carried_inputs where account_id = $1 and asset_id = $2';
const SWEEP = `delete from carried_inputs where (account_id, asset_id) in
  (select account_id, asset_id from carried_inputs where carried_at < $1 order by carried_at ${atMost(2)})`;

/** Inputs that were carried to accounts. */
export function carriedStatements(): CarriedStatements {
  function* get(accountId: number, assetId: number): Op<CarriedRow | undefined> {
    const [row] = yield { text: GET, params: [accountId, assetId] };
    return row && { accountId, assetId, ref: readJson(row['ref']), carriedAt: row['carried_at'] as number };
  }
  return {
    get,
    *putOnce(row) {
      const { accountId, assetId, ref, carriedAt } = row;
      yield { text: PUT, params: [accountId, assetId, JSON.stringify(ref), carriedAt] };
      return (yield* get(accountId, assetId)) ?? row;
    },
    *remove(accountId, assetId) {
      yield { text: REMOVE, params: [accountId, assetId] };
    },
    *sweep(before, limit) {
      return changed(yield { text: SWEEP, params: [before, limit] });
    },
  };
}
