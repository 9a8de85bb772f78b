import type { DueRow, JobChange, JobRow, JobStatements, Op, RawRow, SqlValue } from '../../contracts/store.ts';
import { isInFlight, type JobState } from '../../core/job.ts';
import type { Flags } from '../flags.ts';
import {
  atMost,
  byShape,
  type Changes,
  changed,
  changesOf,
  FINISHED,
  IN_FLIGHT,
  QUEUED,
  readJson,
  setList,
} from '../sql.ts';
import { timelineStatements } from './events.ts';
import { resultStatements } from './results.ts';

const COLUMNS = `id, tenant_id, key_id, dialect, operation, model, pool_id, sandbox, request, state, lane, rank, price, expected_slot_ms,
  next_at, owner, fence, attempts, attempt_id, progress, error, sources, result_asset_id, cover_asset_id, trace_id,
  created_at, updated_at, finished_at, deleted_at`;
const INSERT = `insert into jobs (id, tenant_id, key_id, dialect, operation, model, request, lane, rank, price,
    expected_slot_ms, trace_id, created_at, updated_at, pool_id, sandbox, state, state_before, fence, attempts, sources,
    events_swept)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, $14, $15, 'queued', 'queued', 0, 0, 'null', 0)`;
// The key's count of waiting jobs is kept, not counted (see keys.waiting). Its row is locked first, and the limit is
// checked on it as it is then, so that two creates of one key see each other.
const ENTER = 'update keys set waiting = waiting + 1 where id = $1 and waiting < $2';
const COUNT_WAITING = 'update keys set waiting = waiting + $2 where id = $1';
const GET = `select ${COLUMNS} from jobs where id = $1`;

/** `set` lists by the columns they change. `state_before` tells a move what it moved from, in the same statement. */
const MOVE = byShape((shape) => {
  const before = shape.split(',').includes('state') ? ', state_before = state' : '';
  const unswept = shape.split(',').includes('finished_at') ? ', events_swept = 0' : '';
  return `update jobs set ${setList(shape, 3)}${before}${unswept} where id = $1 and fence = $2
    returning ${COLUMNS}, state_before`;
});
const CLAIM = `update jobs set owner = $3, fence = fence + 1, updated_at = $4 where id = $1 and fence = $2
  returning ${COLUMNS}`;

// A loose scan: one index seek per tenant and one per lane, however many jobs wait in each.
const LANES = `with recursive
  waiting_tenants(tenant_id) as (
    select (select tenant_id from jobs where state = 'queued' and tenant_id > 0 order by tenant_id limit 1)
    union all
    select (select j.tenant_id from jobs j where j.state = 'queued' and j.tenant_id > w.tenant_id
      order by j.tenant_id limit 1)
    from waiting_tenants w where w.tenant_id is not null),
  waiting_lanes(tenant_id, lane) as (
    select w.tenant_id, (select j.lane from jobs j where j.state = 'queued' and j.tenant_id = w.tenant_id
      order by j.lane limit 1)
    from waiting_tenants w where w.tenant_id is not null
    union all
    select w.tenant_id, (select j.lane from jobs j where j.state = 'queued' and j.tenant_id = w.tenant_id
      and j.lane > w.lane order by j.lane limit 1)
    from waiting_lanes w where w.lane is not null)
  select head.tenant_id, head.lane, head.rank, head.id, tenant.weight, tenant.served_ms from waiting_lanes w
    join tenants tenant on tenant.id = w.tenant_id
    join jobs head on head.id = (select j.id from jobs j where j.state = 'queued' and j.tenant_id = w.tenant_id
      and j.lane = w.lane order by j.rank, j.id limit 1)
  order by head.tenant_id, head.lane`;

// Two index ranges: `owner = $1 or owner is null` in one would read every due job.
const DUE_COLUMNS = 'id, state, next_at, attempt_id';
const DUE = `select * from
    (select ${DUE_COLUMNS} from jobs where owner = $1 and next_at <= $2 order by next_at ${atMost(3)}) mine
  union all select * from
    (select ${DUE_COLUMNS} from jobs where owner is null and next_at <= $2 order by next_at ${atMost(3)}) free
  order by next_at ${atMost(3)}`;
const NEXT_DUE = `select min(next_at) as next_at from
  (select * from (select next_at from jobs where owner = $1 and next_at > $2 order by next_at limit 1) mine
  union all
  select * from (select next_at from jobs where owner is null and next_at > $2 order by next_at limit 1) free) due`;
const HASTEN = 'update jobs set next_at = $2 where id = $1 and next_at > $2';
const ORPHAN = `update jobs set owner = null, fence = fence + 1, updated_at = $2,
    next_at = case when next_at > $2 then $2 else next_at end
  where owner is not null
    and not exists (select 1 from processes p where p.id = jobs.owner and p.heartbeat_at >= $1)`;
const AHEAD = `select count(*) as ahead from
  (select 1 from jobs where state = 'queued' and tenant_id = $1 and lane = $2 and (rank, id) < ($3, $4) ${atMost(5)}) before`;
// By index, three times: the table itself is many times larger.
const COUNT_BY_STATE = `${[QUEUED, IN_FLIGHT, FINISHED]
  .map((term) => `select state, count(*) as jobs from jobs where ${term} group by state`)
  .join(' union all ')} order by state`;

/** Filters of `list`, by the names of those given; parameters in this order, then the limit. */
const LIST_FILTERS: Readonly<Record<string, string>> = { tenantId: 'tenant_id =', state: 'state =', before: 'id <' };
const LIST = byShape((shape) => {
  const [used = '', stateTerm = ''] = shape.split('|');
  const names = used === '' ? [] : used.split(',');
  const terms = names.map((name, index) => `${LIST_FILTERS[name]} $${index + 1}`);
  if (stateTerm !== '') terms.push(stateTerm);
  const where = terms.length === 0 ? '' : ` where ${terms.join(' and ')}`;
  // `+id` keeps the databases from walking back through all finished jobs in search of the few that wait.
  const order = stateTerm === QUEUED ? '+id' : 'id';
  return `select ${COLUMNS} from jobs${where} order by ${order} desc ${atMost(names.length + 1)}`;
});

/** The term of the partial index that holds jobs of this state. */
function termOf(state: JobState): string {
  if (state === 'queued') return QUEUED;
  return isInFlight(state) ? IN_FLIGHT : FINISHED;
}

function read(row: RawRow): JobRow {
  return {
    id: row['id'] as number,
    tenantId: row['tenant_id'] as number,
    keyId: row['key_id'] as number,
    dialect: row['dialect'] as string,
    operation: row['operation'] as string,
    model: row['model'] as string,
    poolId: row['pool_id'] as number,
    sandbox: row['sandbox'] === 1,
    request: readJson(row['request']),
    state: row['state'] as JobState,
    lane: row['lane'] as string,
    rank: row['rank'] as number,
    price: row['price'] as number,
    expectedSlotMs: row['expected_slot_ms'] as number,
    nextAt: row['next_at'] as number | null,
    owner: row['owner'] as string | null,
    fence: row['fence'] as number,
    attempts: row['attempts'] as number,
    attemptId: row['attempt_id'] as string | null,
    progress: row['progress'] as number | null,
    error: readJson(row['error']) as JobRow['error'],
    sources: readJson(row['sources']),
    resultAssetId: row['result_asset_id'] as number | null,
    coverAssetId: row['cover_asset_id'] as number | null,
    traceId: row['trace_id'] as string | null,
    createdAt: row['created_at'] as number,
    updatedAt: row['updated_at'] as number,
    finishedAt: row['finished_at'] as number | null,
    deletedAt: row['deleted_at'] as number | null,
  };
}

function readDue(row: RawRow): DueRow {
  return {
    id: row['id'] as number,
    state: row['state'] as JobState,
    nextAt: row['next_at'] as number | null,
    attemptId: row['attempt_id'] as string | null,
  };
}

function columnsOf(change: JobChange, at: number): Changes {
  return changesOf({
    state: change.state,
    next_at: change.nextAt,
    owner: change.owner,
    attempts: change.attempts,
    attempt_id: change.attemptId,
    progress: change.progress,
    error: change.error ? JSON.stringify(change.error) : change.error,
    sources: change.sources === undefined ? undefined : JSON.stringify(change.sources),
    result_asset_id: change.resultAssetId,
    cover_asset_id: change.coverAssetId,
    lane: change.lane,
    rank: change.rank,
    finished_at: change.finishedAt,
    updated_at: at,
  });
}

function* move(id: number, fence: number, change: JobChange, at: number): Op<JobRow | undefined> {
  const { shape, params } = columnsOf(change, at);
  const rows = yield { text: MOVE(shape), params: [id, fence, ...params] };
  const row = rows[0];
  if (row === undefined) return undefined;
  if (change.state !== undefined) {
    const by = Number(row['state'] === 'queued') - Number(row['state_before'] === 'queued');
    if (by !== 0) yield { text: COUNT_WAITING, params: [row['key_id'] as number, by] };
  }
  return read(row);
}

/** Accepted requests. */
export function jobStatements(flags: Flags): JobStatements {
  const head = `select ${COLUMNS} from jobs where state = 'queued' and tenant_id = $1 and lane = $2
    order by rank, id limit 1${flags.lockFree}`;
  return {
    *insert(row, waitingMax) {
      const entered = yield { text: ENTER, params: [row.keyId, waitingMax ?? Number.MAX_SAFE_INTEGER] };
      if (waitingMax !== undefined && changed(entered) === 0) return false;
      const params = [
        row.id,
        row.tenantId,
        row.keyId,
        row.dialect,
        row.operation,
        row.model,
        JSON.stringify(row.request),
        row.lane,
        row.rank,
        row.price,
        row.expectedSlotMs,
        row.traceId,
        row.createdAt,
        row.poolId,
        Number(row.sandbox),
      ];
      yield { text: INSERT, params };
      return true;
    },
    *get(id) {
      const rows = yield { text: GET, params: [id] };
      return rows[0] && read(rows[0]);
    },
    *list(filter) {
      const names = Object.keys(LIST_FILTERS);
      const given: Record<string, SqlValue | undefined> = { ...filter };
      const used = names.filter((name) => given[name] !== undefined);
      const params = used.map((name) => given[name] ?? null);
      const stateTerm = filter.state === undefined ? '' : termOf(filter.state);
      const rows = yield { text: LIST(`${used.join(',')}|${stateTerm}`), params: [...params, filter.limit] };
      return rows.map(read);
    },
    move,
    *lanes() {
      const rows = yield { text: LANES, params: [] };
      return rows.map((row) => ({
        tenantId: row['tenant_id'] as number,
        lane: row['lane'] as string,
        rank: row['rank'] as number,
        headId: row['id'] as number,
        weight: row['weight'] as number,
        servedMs: row['served_ms'] as number,
      }));
    },
    *head(tenantId, lane) {
      const rows = yield { text: head, params: [tenantId, lane] };
      return rows[0] && read(rows[0]);
    },
    *claim(id, fence, owner, at) {
      const rows = yield { text: CLAIM, params: [id, fence, owner, at] };
      return rows[0] && read(rows[0]);
    },
    *due(owner, now, limit) {
      const rows = yield { text: DUE, params: [owner, now, limit] };
      return rows.map(readDue);
    },
    *nextDue(owner, after) {
      const rows = yield { text: NEXT_DUE, params: [owner, after] };
      return (rows[0]?.['next_at'] as number | null | undefined) ?? null;
    },
    *hasten(id, at) {
      yield { text: HASTEN, params: [id, at] };
    },
    *orphan(aliveSince, at) {
      return changed(yield { text: ORPHAN, params: [aliveSince, at] });
    },
    *ahead(job, limit) {
      const rows = yield { text: AHEAD, params: [job.tenantId, job.lane, job.rank, job.id, limit] };
      return (rows[0]?.['ahead'] as number | undefined) ?? 0;
    },
    *countByState() {
      const rows = yield { text: COUNT_BY_STATE, params: [] };
      return rows.map((row) => ({ state: row['state'] as JobState, count: row['jobs'] as number }));
    },
    ...resultStatements(),
    ...timelineStatements(flags),
  };
}
