import type { CarriedStatements } from '../../contracts/store.ts';
import type { Json } from '../../std/json.ts';
import { atMost, changed } from '../sql.ts';

const GET = 'select ref, carried_at from carried_inputs where account_id = $1 and asset_id = $2';
const PUT = `insert into carried_inputs (account_id, asset_id, ref, carried_at) values ($1, $2, $3, $4)
  on conflict (account_id, asset_id) do update set ref = excluded.ref, carried_at = excluded.carried_at`;
const REMOVE = 'delete from carried_inputs where account_id = $1 and asset_id = $2';
const SWEEP = `delete from carried_inputs where carried_at < $1
  and asset_id in (select asset_id from carried_inputs where carried_at < $1 ${atMost(2)})`;

/** Inputs that were carried to accounts. */
export function carriedStatements(): CarriedStatements {
  return {
    *get(accountId, assetId) {
      const [row] = yield { text: GET, params: [accountId, assetId] };
      if (!row) return undefined;
      const ref = JSON.parse(row['ref'] as string) as Json;
      return { accountId, assetId, ref, carriedAt: row['carried_at'] as number };
    },
    *put({ accountId, assetId, ref, carriedAt }) {
      yield { text: PUT, params: [accountId, assetId, JSON.stringify(ref), carriedAt] };
    },
    *remove(accountId, assetId) {
      yield { text: REMOVE, params: [accountId, assetId] };
    },
    *sweep(before, limit) {
      return changed(yield { text: SWEEP, params: [before, limit] });
    },
  };
}
