import type { ProcessRow, ProcessStatements, RawRow } from '../../contracts/store.ts';
import { NODE_COUNT } from '../../std/ids.ts';
import type { Flags } from '../flags.ts';
import { changed, sole } from '../sql.ts';

const COLUMNS = 'id, node, started_at, heartbeat_at, key_ids';
const LIST = `select ${COLUMNS} from processes order by node`;
const INSERT = `insert into processes (id, node, started_at, heartbeat_at) values ($1, $2, $3, $3)
  on conflict (node) do nothing returning ${COLUMNS}`;
const REPLACE = `update processes set id = $1, started_at = $3, heartbeat_at = $3, key_ids = ''
  where node = $2 and heartbeat_at < $4 returning ${COLUMNS}`;
const HEARTBEAT = 'update processes set heartbeat_at = $2 where id = $1';
const KNOWS = 'update processes set key_ids = $2 where id = $1';
const BURY = 'delete from processes where heartbeat_at < $1 returning id';
const LAST_ID = `select coalesce(max(id), 0) as id from
  (select max(id) as id from jobs union all select max(id) as id from assets) newest`;
const SHARES = `select (select count(*) from processes) as processes,
  (select count(*) from jobs where owner is not null) as taken, (select count(*) from jobs where owner = $1) as mine`;
const REMOVE = 'delete from processes where id = $1';

function read(row: RawRow): ProcessRow {
  return {
    id: row['id'] as string,
    node: row['node'] as number,
    startedAt: row['started_at'] as number,
    heartbeatAt: row['heartbeat_at'] as number,
    keyIds: (row['key_ids'] as string).split(' ').filter((id) => id !== ''),
  };
}

/** Running gateway processes. */
export function processStatements(flags: Flags): ProcessStatements {
  const listLocked = `${LIST}${flags.lock}`;
  const nodes = Array.from({ length: NODE_COUNT }, (_, node) => node);
  return {
    *register(id, at, deadBefore) {
      // Another process may take the number between our look and our insert; then we look again.
      for (let tries = 0; tries < 2 * NODE_COUNT; tries++) {
        const rows = yield { text: listLocked, params: [] };
        const holders = new Map(rows.map((row) => [row['node'] as number, row['heartbeat_at'] as number]));
        const free = nodes.find((node) => !holders.has(node));
        const silent = nodes.find((node) => (holders.get(node) ?? deadBefore) < deadBefore);
        if (free === undefined && silent === undefined) break;
        const taken =
          free === undefined
            ? yield { text: REPLACE, params: [id, silent ?? 0, at, deadBefore] }
            : yield { text: INSERT, params: [id, free, at] };
        if (taken[0]) return read(taken[0]);
      }
      throw new Error(`${NODE_COUNT} gateway processes share this database already; stop one first`);
    },
    *knows(id, keyIds) {
      return changed(yield { text: KNOWS, params: [id, keyIds.join(' ')] }) === 1;
    },
    *heartbeat(id, at) {
      const rows = yield { text: HEARTBEAT, params: [id, at] };
      return changed(rows) === 1;
    },
    *bury(deadBefore) {
      const rows = yield { text: BURY, params: [deadBefore] };
      return rows.map((row) => row['id'] as string);
    },
    *remove(id) {
      yield { text: REMOVE, params: [id] };
    },
    *list() {
      const rows = yield { text: LIST, params: [] };
      return rows.map(read);
    },
    *lastId() {
      const rows = yield { text: LAST_ID, params: [] };
      return rows[0]?.['id'] as number;
    },
    *shares(id) {
      const row = sole(yield { text: SHARES, params: [id] }, 'shares');
      return { processes: row['processes'] as number, taken: row['taken'] as number, mine: row['mine'] as number };
    },
  };
}
