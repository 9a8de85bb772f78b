import type { RawRow, TenantRow, TenantStatements } from '../../contracts/store.ts';
import { byShape, changesOf, setList, sole } from '../sql.ts';

const COLUMNS = 'id, name, weight, monthly_credits, anchor_day, mode, unit, served_ms, created_at';
const INSERT = `insert into tenants (name, weight, monthly_credits, anchor_day, created_at, mode, unit)
  values ($1, $2, $3, $4, $5, $6, $7) returning ${COLUMNS}`;
const GET = `select ${COLUMNS} from tenants where id = $1`;
const LIST = `select ${COLUMNS} from tenants order by id`;
const CHANGE = byShape((shape) => `update tenants set ${setList(shape, 2)} where id = $1 returning ${COLUMNS}`);
const SET_SERVED = 'update tenants set served_ms = $2 where id = $1';

function read(row: RawRow): TenantRow {
  return {
    id: row['id'] as number,
    name: row['name'] as string,
    weight: row['weight'] as number,
    monthlyCredits: row['monthly_credits'] as number,
    anchorDay: row['anchor_day'] as number,
    mode: row['mode'] as TenantRow['mode'],
    unit: row['unit'] as string | null,
    servedMs: row['served_ms'] as number,
    createdAt: row['created_at'] as number,
  };
}

/** Customers of this gateway. */
export function tenantStatements(): TenantStatements {
  return {
    *insert(row) {
      const params = [row.name, row.weight, row.monthlyCredits, row.anchorDay, row.createdAt, row.mode, row.unit];
      const rows = yield { text: INSERT, params };
      return read(sole(rows, 'a new tenant'));
    },
    *get(id) {
      const rows = yield { text: GET, params: [id] };
      return rows[0] && read(rows[0]);
    },
    *list() {
      const rows = yield { text: LIST, params: [] };
      return rows.map(read);
    },
    *change(id, change) {
      const { shape, params } = changesOf({
        name: change.name,
        weight: change.weight,
        monthly_credits: change.monthlyCredits,
        anchor_day: change.anchorDay,
        mode: change.mode,
        unit: change.unit,
      });
      const rows = yield shape === '' ? { text: GET, params: [id] } : { text: CHANGE(shape), params: [id, ...params] };
      return rows[0] && read(rows[0]);
    },
    *setServed(id, servedMs) {
      // Service divided by a weight need not be whole; the column is.
      yield { text: SET_SERVED, params: [id, Math.round(servedMs)] };
    },
  };
}
