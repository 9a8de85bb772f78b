import type { WebhookRow, WebhookStatements } from '../../contracts/outbox.ts';
import type { RawRow } from '../../contracts/store.ts';
import { atMost, byShape, changed, changesOf, readJson, setList, sole } from '../sql.ts';

const COLUMNS = 'id, tenant_id, url, format, signature, secret, events, created_at, updated_at, removed_at';
const INSERT = `insert into webhooks (tenant_id, url, format, signature, secret, events, created_at, updated_at)
  values ($1, $2, $3, $4, $5, $6, $7, $7) returning ${COLUMNS}`;
const GET = `select ${COLUMNS} from webhooks where id = $1`;
const LIST = `select ${COLUMNS} from webhooks where removed_at is null order by id`;
const LIST_OF = `select ${COLUMNS} from webhooks where removed_at is null and tenant_id = $1 order by id`;
const CHANGE = byShape(
  (shape) => `update webhooks set ${setList(shape, 2)} where id = $1 and removed_at is null returning ${COLUMNS}`,
);
const ATTACH = 'insert into job_webhooks (job_id, webhook_id, origin) values ($1, $2, $3)';
// Job ids are made in the order of time, so the oldest come first without an index on their end.
const SWEEP = `delete from job_webhooks where job_id in (select w.job_id from
    (select job_id from job_webhooks order by job_id ${atMost(2)}) w
    join jobs j on j.id = w.job_id where j.finished_at < $1)`;

function read(row: RawRow): WebhookRow {
  return {
    id: row['id'] as number,
    tenantId: row['tenant_id'] as number,
    url: row['url'] as string,
    format: row['format'] as string,
    signature: row['signature'] as string,
    secret: row['secret'] as string,
    events: readJson(row['events']) as unknown as WebhookRow['events'],
    createdAt: row['created_at'] as number,
    updatedAt: row['updated_at'] as number,
    removedAt: row['removed_at'] as number | null,
  };
}

/** Where tenants want to be told how their jobs end. */
export function webhookStatements(): WebhookStatements {
  return {
    *insert(row) {
      const params = [
        row.tenantId,
        row.url,
        row.format,
        row.signature,
        row.secret,
        JSON.stringify(row.events),
        row.createdAt,
      ];
      return read(sole(yield { text: INSERT, params }, 'a new webhook'));
    },
    *get(id) {
      const rows = yield { text: GET, params: [id] };
      return rows[0] && read(rows[0]);
    },
    *list(tenantId) {
      const rows = yield tenantId === undefined ? { text: LIST, params: [] } : { text: LIST_OF, params: [tenantId] };
      return rows.map(read);
    },
    *change(id, change, at) {
      const { shape, params } = changesOf({
        url: change.url,
        signature: change.signature,
        secret: change.secret,
        events: change.events && JSON.stringify(change.events),
        removed_at: change.removedAt,
        updated_at: at,
      });
      const rows = yield { text: CHANGE(shape), params: [id, ...params] };
      return rows[0] && read(rows[0]);
    },
    *attach(jobId, webhookId, origin) {
      yield { text: ATTACH, params: [jobId, webhookId, origin] };
    },
    *sweep(before, limit) {
      return changed(yield { text: SWEEP, params: [before, limit] });
    },
  };
}
