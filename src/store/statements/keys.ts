import type { KeyRow, KeyStatements, RawRow } from '../../contracts/store.ts';
import { changed, sole } from '../sql.ts';

const COLUMNS = `id, tenant_id, name, role, hash, prefix, queue_depth_max, budget_day, budget_month, created_at,
  revoked_at`;
const INSERT = `insert into keys
    (tenant_id, name, role, hash, prefix, queue_depth_max, budget_day, budget_month, created_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning ${COLUMNS}`;
const BY_HASH = `select ${COLUMNS} from keys where hash = $1`;
const GET = `select ${COLUMNS} from keys where id = $1`;
const LIST = `select ${COLUMNS} from keys order by id`;
// A counter kept by jobs.insert and jobs.move: counting the jobs would cost as much as the queue is deep.
const WAITING = 'select waiting from keys where id = $1';
const REVOKE = 'update keys set revoked_at = $2 where id = $1 and revoked_at is null';

function read(row: RawRow): KeyRow {
  return {
    id: row['id'] as number,
    tenantId: row['tenant_id'] as number,
    name: row['name'] as string,
    role: row['role'] as KeyRow['role'],
    hash: row['hash'] as string,
    prefix: row['prefix'] as string,
    queueDepthMax: row['queue_depth_max'] as number,
    budgetDay: row['budget_day'] as number | null,
    budgetMonth: row['budget_month'] as number | null,
    createdAt: row['created_at'] as number,
    revokedAt: row['revoked_at'] as number | null,
  };
}

/** Secrets clients send, as hashes. */
export function keyStatements(): KeyStatements {
  return {
    *insert(row) {
      const rows = yield {
        text: INSERT,
        params: [
          row.tenantId,
          row.name,
          row.role,
          row.hash,
          row.prefix,
          row.queueDepthMax,
          row.budgetDay,
          row.budgetMonth,
          row.createdAt,
        ],
      };
      return read(sole(rows, 'a new key'));
    },
    *byHash(hash) {
      const rows = yield { text: BY_HASH, params: [hash] };
      return rows[0] && read(rows[0]);
    },
    *get(id) {
      const rows = yield { text: GET, params: [id] };
      return rows[0] && read(rows[0]);
    },
    *list() {
      const rows = yield { text: LIST, params: [] };
      return rows.map(read);
    },
    *revoke(id, at) {
      const rows = yield { text: REVOKE, params: [id, at] };
      return changed(rows) === 1;
    },
    *waiting(id) {
      const rows = yield { text: WAITING, params: [id] };
      return (rows[0]?.['waiting'] as number | undefined) ?? 0;
    },
  };
}
