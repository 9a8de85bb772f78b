import type { AuditLogRow, AuditLogStatements, RawRow, SqlValue } from '../../contracts/store.ts';
import { atMost, byShape, readJson } from '../sql.ts';

const COLUMNS = 'id, at, key_id, tenant_id, action, subject, before, after';
const ADD = `insert into audit_log (at, key_id, tenant_id, action, subject, before, after)
  values ($1, $2, $3, $4, $5, $6, $7)`;

/** Filters of `list`, by the names of those given; parameters in this order, then the limit. */
const FILTERS: Readonly<Record<string, string>> = { action: 'action =', subject: 'subject =', before: 'id <' };
const LIST = byShape((shape) => {
  const names = shape === '' ? [] : shape.split(',');
  const terms = names.map((name, index) => `${FILTERS[name]} $${index + 1}`);
  const where = terms.length === 0 ? '' : ` where ${terms.join(' and ')}`;
  return `select ${COLUMNS} from audit_log${where} order by id desc ${atMost(names.length + 1)}`;
});

function read(row: RawRow): AuditLogRow {
  return {
    id: row['id'] as number,
    at: row['at'] as number,
    keyId: row['key_id'] as number,
    tenantId: row['tenant_id'] as number,
    action: row['action'] as string,
    subject: row['subject'] as string,
    before: readJson(row['before']),
    after: readJson(row['after']),
  };
}

/** What admins changed. Rows are only added. */
export function auditLogStatements(): AuditLogStatements {
  return {
    *add(row) {
      const states = [JSON.stringify(row.before), JSON.stringify(row.after)];
      yield { text: ADD, params: [row.at, row.keyId, row.tenantId, row.action, row.subject, ...states] };
    },
    *list(filter) {
      const given: Record<string, SqlValue | undefined> = { ...filter };
      const names = Object.keys(FILTERS).filter((name) => given[name] !== undefined);
      const params = names.map((name) => given[name] ?? null);
      const rows = yield { text: LIST(names.join(',')), params: [...params, filter.limit] };
      return rows.map(read);
    },
  };
}
