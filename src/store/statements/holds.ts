import type { BookStatements, HoldRow, RawRow, Slice } from '../../contracts/store.ts';
import { changed, sole } from '../sql.ts';

const HOLD_COLUMNS = 'job_id, tenant_id, key_id, amount, slices, state, captured, opened_at, closed_at, windows';
const INSERT_HOLD = `insert into holds (job_id, tenant_id, key_id, amount, slices, opened_at, windows, state, captured)
  values ($1, $2, $3, $4, $5, $6, $7, 'open', 0)`;
const HOLD = `select ${HOLD_COLUMNS} from holds where job_id = $1`;
const CLOSE_HOLD = `update holds set state = $2, captured = $3, closed_at = $4
  where job_id = $1 and state = 'open'`;

const SPEND = `insert into budgets (key_id, period, spent) values ($1, $2, $3)
  on conflict (key_id, period) do update set spent = budgets.spent + excluded.spent returning spent`;

function readHold(row: RawRow): HoldRow {
  return {
    jobId: row['job_id'] as number,
    tenantId: row['tenant_id'] as number,
    keyId: row['key_id'] as number,
    amount: row['amount'] as number,
    slices: JSON.parse(row['slices'] as string) as Slice[],
    state: row['state'] as HoldRow['state'],
    captured: row['captured'] as number,
    openedAt: row['opened_at'] as number,
    closedAt: row['closed_at'] as number | null,
    windows: row['windows'] as number,
  };
}

/** Credits set aside for jobs, and what keys have spent of their budgets. */
export function holdStatements(): Pick<BookStatements, 'insertHold' | 'hold' | 'closeHold' | 'spend'> {
  return {
    *insertHold(row) {
      const params = [
        row.jobId,
        row.tenantId,
        row.keyId,
        row.amount,
        JSON.stringify(row.slices),
        row.openedAt,
        row.windows,
      ];
      yield { text: INSERT_HOLD, params };
    },
    *hold(jobId) {
      const rows = yield { text: HOLD, params: [jobId] };
      return rows[0] && readHold(rows[0]);
    },
    *closeHold(jobId, state, captured, at) {
      const rows = yield { text: CLOSE_HOLD, params: [jobId, state, captured, at] };
      return changed(rows) === 1;
    },
    *spend(keyId, period, by) {
      const rows = yield { text: SPEND, params: [keyId, period, by] };
      return sole(rows, `budget of key ${keyId}`)['spent'] as number;
    },
  };
}
