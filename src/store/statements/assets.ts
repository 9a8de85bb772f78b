import type { AssetRow, AssetStatements, RawRow, SqlValue } from '../../contracts/store.ts';
import { atMost, byShape, listsOf, placeholders, readJson } from '../sql.ts';

const COLUMNS = 'id, tenant_id, kind, blob_key, bytes, sha256, info, job_id, source, created_at, deleted_at';
const INSERT = `insert into assets (id, tenant_id, kind, blob_key, bytes, sha256, info, job_id, source, created_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`;
const GET = `select ${COLUMNS} from assets where id = $1`;
const VOICES = `select ${COLUMNS} from assets
  where tenant_id = $1 and kind = 'voice' order by id limit $2 offset $3`;
const COUNT_VOICES = "select count(*) as n from assets where tenant_id = $1 and kind = 'voice'";
const END_VOICE = "update assets set kind = 'former-voice' where id = $1 and kind = 'voice'";
/** Filters of `list`, by the names of those given; parameters in this order, then the limit. */
const LIST_FILTERS: Readonly<Record<string, string>> = { tenantId: 'tenant_id =', kind: 'kind =', before: 'id <' };
const LIST = byShape((shape) => {
  const names = shape === '' ? [] : shape.split(',');
  const terms = names.map((name, index) => `${LIST_FILTERS[name]} $${index + 1}`);
  const where = [...terms, 'deleted_at is null', "kind <> 'former-voice'"].join(' and ');
  return `select ${COLUMNS} from assets where ${where} order by id desc ${atMost(names.length + 1)}`;
});
const REMOVE = 'update assets set deleted_at = $2 where id = $1 and deleted_at is null returning id';
const REMOVED = `select ${COLUMNS} from assets where deleted_at is not null and deleted_at <= $1 and id > $2
  order by id ${atMost(3)}`;
const FORGET = 'delete from assets where id = $1';
const KNOWN = byShape((count) => `select blob_key from assets where blob_key in (${placeholders(Number(count))})`);

function read(row: RawRow): AssetRow {
  return {
    id: row['id'] as number,
    tenantId: row['tenant_id'] as number,
    kind: row['kind'] as AssetRow['kind'],
    blobKey: row['blob_key'] as string,
    bytes: row['bytes'] as number,
    sha256: row['sha256'] as string,
    info: readJson(row['info']),
    jobId: row['job_id'] as number | null,
    source: row['source'] as string | null,
    createdAt: row['created_at'] as number,
    deletedAt: row['deleted_at'] as number | null,
  };
}

/** Bytes we keep. */
export function assetStatements(): AssetStatements {
  return {
    *insert(row) {
      const params = [
        row.id,
        row.tenantId,
        row.kind,
        row.blobKey,
        row.bytes,
        row.sha256,
        JSON.stringify(row.info),
        row.jobId,
        row.source,
        row.createdAt,
      ];
      yield { text: INSERT, params };
    },
    *get(id) {
      const rows = yield { text: GET, params: [id] };
      return rows[0] && read(rows[0]);
    },
    *list({ limit, ...filter }) {
      const names = Object.keys(LIST_FILTERS).filter((name) => filter[name as keyof typeof filter] !== undefined);
      const params = names.map((name) => filter[name as keyof typeof filter] as SqlValue);
      return (yield { text: LIST(names.join(',')), params: [...params, limit] }).map(read);
    },
    *remove(id, at) {
      return (yield { text: REMOVE, params: [id, at] }).length > 0;
    },
    *removed(until, after, limit) {
      return (yield { text: REMOVED, params: [until, after, limit] }).map(read);
    },
    *forget(id) {
      yield { text: FORGET, params: [id] };
    },
    *known(blobKeys) {
      const known = new Set<string>();
      for (const list of listsOf(blobKeys)) {
        const rows = yield { text: KNOWN(String(list.length)), params: list };
        for (const row of rows) known.add(row['blob_key'] as string);
      }
      return [...known];
    },
    *voices(tenantId, { offset, limit }) {
      return (yield { text: VOICES, params: [tenantId, limit, offset] }).map(read);
    },
    *countVoices(tenantId) {
      const [row] = yield { text: COUNT_VOICES, params: [tenantId] };
      return Number(row?.['n'] ?? 0);
    },
    *endVoice(id) {
      yield { text: END_VOICE, params: [id] };
    },
  };
}
