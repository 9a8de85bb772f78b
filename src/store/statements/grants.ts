import type { BookStatements, GrantRow, RawRow } from '../../contracts/store.ts';
import type { Flags } from '../flags.ts';
import { atMost, changed } from '../sql.ts';

const GRANT_COLUMNS = 'id, tenant_id, kind, amount, remaining, expires_at, priority, period, created_at';
const INSERT_GRANT = `insert into grants (tenant_id, kind, amount, remaining, expires_at, priority, period, created_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (tenant_id, kind, period) do nothing returning ${GRANT_COLUMNS}`;
const GRANT = `select ${GRANT_COLUMNS} from grants where id = $1`;
const GRANTS_OF = `select ${GRANT_COLUMNS} from grants where tenant_id = $1 order by id`;
const RESIZE_GRANT = `update grants set amount = amount + $2, remaining = remaining + $2
  where id = $1 and remaining + $2 >= 0`;
const ADJUST_GRANT = `update grants set remaining = remaining + $2 where id = $1 and remaining + $2 >= 0`;

function readGrant(row: RawRow): GrantRow {
  return {
    id: row['id'] as number,
    tenantId: row['tenant_id'] as number,
    kind: row['kind'] as GrantRow['kind'],
    amount: row['amount'] as number,
    remaining: row['remaining'] as number,
    expiresAt: row['expires_at'] as number | null,
    priority: row['priority'] as number,
    period: row['period'] as string | null,
    createdAt: row['created_at'] as number,
  };
}

type GrantStatements = Pick<
  BookStatements,
  'spendable' | 'insertGrant' | 'grant' | 'grantsOf' | 'adjustGrant' | 'resizeGrant' | 'expired'
>;

/** Credits given to tenants. */
export function grantStatements(flags: Flags): GrantStatements {
  // Every create asks: only what it needs, because SQLite carries all columns through its sort.
  const spendable = `select id, remaining from grants
    where tenant_id = $1 and remaining > 0 and (expires_at is null or expires_at > $2)
    order by expires_at nulls last, priority desc, created_at, id${flags.lock}`;
  const expired = `select ${GRANT_COLUMNS} from grants
    where remaining > 0 and expires_at <= $1 order by expires_at, id ${atMost(2)}${flags.lockFree}`;

  return {
    *spendable(tenantId, now) {
      const rows = yield { text: spendable, params: [tenantId, now] };
      return rows.map((row) => ({ id: row['id'] as number, remaining: row['remaining'] as number }));
    },
    *insertGrant(row) {
      const rows = yield {
        text: INSERT_GRANT,
        params: [
          row.tenantId,
          row.kind,
          row.amount,
          row.remaining,
          row.expiresAt,
          row.priority,
          row.period,
          row.createdAt,
        ],
      };
      return rows[0] ? readGrant(rows[0]) : null;
    },
    *grant(id) {
      const rows = yield { text: GRANT, params: [id] };
      return rows[0] && readGrant(rows[0]);
    },
    *grantsOf(tenantId) {
      const rows = yield { text: GRANTS_OF, params: [tenantId] };
      return rows.map(readGrant);
    },
    *adjustGrant(id, by) {
      const rows = yield { text: ADJUST_GRANT, params: [id, by] };
      return changed(rows) === 1;
    },
    *resizeGrant(id, by) {
      const rows = yield { text: RESIZE_GRANT, params: [id, by] };
      return changed(rows) === 1;
    },
    *expired(now, limit) {
      const rows = yield { text: expired, params: [now, limit] };
      return rows.map(readGrant);
    },
  };
}
