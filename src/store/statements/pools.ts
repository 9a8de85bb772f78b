import type { PoolRow, PoolStatements, RawRow } from '../../contracts/store.ts';
import { byShape, changed, changesOf, IN_FLIGHT, QUEUED, readJson, setList, sole } from '../sql.ts';

const COLUMNS = 'id, name, strategy, members, created_at, updated_at';
const INSERT = `insert into pools (name, strategy, members, created_at, updated_at)
  values ($1, $2, $3, $4, $4) on conflict (name) do nothing returning ${COLUMNS}`;
const GET = `select ${COLUMNS} from pools where id = $1`;
const BY_NAME = `select ${COLUMNS} from pools where name = $1`;
const LIST = `select ${COLUMNS} from pools order by id`;
const CHANGE = byShape((shape) => `update pools set ${setList(shape, 2)} where id = $1 returning ${COLUMNS}`);
const USES = `select (select count(*) from keys where pool_id = $1 and revoked_at is null) as keys,
  (select count(*) from jobs where pool_id = $1 and ${QUEUED}) +
  (select count(*) from jobs where pool_id = $1 and ${IN_FLIGHT}) as jobs`;
const REMOVE = 'delete from pools where id = $1';
// Revoked keys name a pool for nobody's sake.
const FORGET = 'update keys set pool_id = 1 where pool_id = $1 and revoked_at is not null';

function read(row: RawRow): PoolRow {
  return {
    id: row['id'] as number,
    name: row['name'] as string,
    strategy: row['strategy'] as PoolRow['strategy'],
    members: readJson(row['members']) as unknown as PoolRow['members'],
    createdAt: row['created_at'] as number,
    updatedAt: row['updated_at'] as number,
  };
}

/** Named sets of accounts. */
export function poolStatements(): PoolStatements {
  return {
    *insert(row) {
      const params = [row.name, row.strategy, JSON.stringify(row.members), row.createdAt];
      const rows = yield { text: INSERT, params };
      return rows[0] ? read(rows[0]) : null;
    },
    *get(id) {
      const rows = yield { text: GET, params: [id] };
      return rows[0] && read(rows[0]);
    },
    *byName(name) {
      const rows = yield { text: BY_NAME, params: [name] };
      return rows[0] && read(rows[0]);
    },
    *list() {
      const rows = yield { text: LIST, params: [] };
      return rows.map(read);
    },
    *change(id, change, at) {
      const { shape, params } = changesOf({
        name: change.name,
        strategy: change.strategy,
        members: change.members && JSON.stringify(change.members),
        updated_at: at,
      });
      const rows = yield { text: CHANGE(shape), params: [id, ...params] };
      return rows[0] && read(rows[0]);
    },
    *uses(id) {
      const row = sole(yield { text: USES, params: [id] }, `the uses of pool ${id}`);
      return { keys: row['keys'] as number, jobs: row['jobs'] as number };
    },
    *remove(id) {
      yield { text: FORGET, params: [id] };
      return changed(yield { text: REMOVE, params: [id] }) === 1;
    },
  };
}
