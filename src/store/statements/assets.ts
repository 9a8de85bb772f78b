import type { AssetRow, AssetStatements, RawRow } from '../../contracts/store.ts';
import { byShape, listsOf, placeholders, readJson } from '../sql.ts';

const COLUMNS = 'id, tenant_id, kind, blob_key, bytes, sha256, info, job_id, source, created_at';
const INSERT = `insert into assets (${COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`;
const GET = `select ${COLUMNS} from assets where id = $1`;
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
    *known(blobKeys) {
      const known = new Set<string>();
      for (const list of listsOf(blobKeys)) {
        const rows = yield { text: KNOWN(String(list.length)), params: list };
        for (const row of rows) known.add(row['blob_key'] as string);
      }
      return [...known];
    },
  };
}
