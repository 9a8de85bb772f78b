import type { KeyRow, KeyStatements, RawRow, SqlValue } from '../../contracts/store.ts';
import type { Flags } from '../flags.ts';
import { byShape, changed, changesOf, IN_FLIGHT, placeholders, QUEUED, readJson, setList, sole } from '../sql.ts';

/** What may be changed after a key was made, as columns. */
const SETTINGS = `name, pool_id, requests_per_second, running_max, queue_depth_max, overflow, priority, sandbox, models,
  operations, expires_at, budget_day, budget_month`;
const COLUMNS = `id, tenant_id, role, hash, prefix, created_at, revoked_at, ${SETTINGS},
  (select mode from tenants where tenants.id = keys.tenant_id) as tenant_mode`;
const INSERT = `insert into keys (tenant_id, role, hash, prefix, created_at, ${SETTINGS})
  values (${placeholders(18)}) returning ${COLUMNS}`;
const BY_HASH = `select ${COLUMNS} from keys where hash = $1`;
const GET = `select ${COLUMNS} from keys where id = $1`;
const LIST = `select ${COLUMNS} from keys order by id`;
const LIST_TENANT = `select ${COLUMNS} from keys where tenant_id = $1 order by id`;
const CHANGE = byShape((shape) => `update keys set ${setList(shape, 2)} where id = $1 returning ${COLUMNS}`);
// A counter kept by jobs.insert and jobs.move: counting the jobs would cost as much as the queue is deep.
const WAITING = 'select waiting from keys where id = $1';
const REVOKE = 'update keys set revoked_at = $2 where id = $1 and revoked_at is null';
// Unfinished by the two partial indexes; a lane that is its own already stays.
const OWN_LANES = [QUEUED, IN_FLIGHT].map(
  (term) => `update jobs set lane = lane || $2 where key_id = $1 and ${term} and not (lane || ' ') like $3`,
);
const RUNNING = `select count(*) as running from jobs where key_id = $1 and ${IN_FLIGHT}`;

type Settings = Parameters<KeyStatements['change']>[1];

const list = (words: readonly string[] | null | undefined): string | null | undefined =>
  words === null || words === undefined ? words : JSON.stringify(words);

/** Settings as columns, in the order of `SETTINGS`; what is not given is undefined. */
function columnsOf(row: Settings): Record<string, SqlValue | undefined> {
  return {
    name: row.name,
    pool_id: row.poolId,
    requests_per_second: row.requestsPerSecond,
    running_max: row.runningMax,
    queue_depth_max: row.queueDepthMax,
    overflow: row.overflow,
    priority: row.priority,
    sandbox: row.sandbox === undefined ? undefined : Number(row.sandbox),
    models: list(row.models),
    operations: list(row.operations),
    expires_at: row.expiresAt,
    budget_day: row.budgetDay,
    budget_month: row.budgetMonth,
  };
}

function read(row: RawRow): KeyRow {
  return {
    id: row['id'] as number,
    tenantId: row['tenant_id'] as number,
    name: row['name'] as string,
    role: row['role'] as KeyRow['role'],
    hash: row['hash'] as string,
    prefix: row['prefix'] as string,
    poolId: row['pool_id'] as number,
    requestsPerSecond: row['requests_per_second'] as number | null,
    runningMax: row['running_max'] as number | null,
    queueDepthMax: row['queue_depth_max'] as number,
    overflow: row['overflow'] as KeyRow['overflow'],
    priority: row['priority'] as number,
    sandbox: row['sandbox'] === 1,
    models: readJson(row['models']) as KeyRow['models'],
    operations: readJson(row['operations']) as KeyRow['operations'],
    expiresAt: row['expires_at'] as number | null,
    budgetDay: row['budget_day'] as number | null,
    budgetMonth: row['budget_month'] as number | null,
    createdAt: row['created_at'] as number,
    revokedAt: row['revoked_at'] as number | null,
    tenantMode: row['tenant_mode'] as KeyRow['tenantMode'],
  };
}

/** Secrets clients send, as hashes. */
export function keyStatements(flags: Flags): KeyStatements {
  const lock = `${WAITING}${flags.lock}`;
  return {
    *insert(row) {
      const settings = Object.values(columnsOf(row)).map((value) => value ?? null);
      const params = [row.tenantId, row.role, row.hash, row.prefix, row.createdAt, ...settings];
      const rows = yield { text: INSERT, params };
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
    *list(filter) {
      const rows = yield filter ? { text: LIST_TENANT, params: [filter.tenantId] } : { text: LIST, params: [] };
      return rows.map(read);
    },
    *change(id, change) {
      const { shape, params } = changesOf(columnsOf(change));
      const rows = yield shape === '' ? { text: GET, params: [id] } : { text: CHANGE(shape), params: [id, ...params] };
      return rows[0] && read(rows[0]);
    },
    *ownLanes(id, ending) {
      for (const text of OWN_LANES) yield { text, params: [id, ending, `%${ending} %`] };
    },
    *revoke(id, at) {
      const rows = yield { text: REVOKE, params: [id, at] };
      return changed(rows) === 1;
    },
    *waiting(id) {
      const rows = yield { text: WAITING, params: [id] };
      return (rows[0]?.['waiting'] as number | undefined) ?? 0;
    },
    *running(id) {
      yield { text: lock, params: [id] };
      const rows = yield { text: RUNNING, params: [id] };
      return (rows[0]?.['running'] as number | undefined) ?? 0;
    },
  };
}
