import type { AccountRow, AccountStatements, RawRow } from '../../contracts/store.ts';
import type { Flags } from '../flags.ts';
import { atMost, readJson, sole } from '../sql.ts';

const COLUMNS = `id, upstream, name, max_jobs, state, secret, plan, credit_daily, credit_monthly, credit_package,
  reserved, in_use, last_used_at, created_at, updated_at`;
const INSERT = `insert into accounts (name, upstream, max_jobs, state, secret, plan, created_at, updated_at,
    credit_daily, credit_monthly, credit_package)
  values ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9, $10)
  on conflict (name) do nothing returning ${COLUMNS}`;
const REPLACE = `update accounts set upstream = $2, max_jobs = $3, state = $4, secret = $5, plan = $6, updated_at = $7
  where name = $1 returning ${COLUMNS}`;
const GET = `select ${COLUMNS} from accounts where id = $1`;
const BY_NAME = `select ${COLUMNS} from accounts where name = $1`;
const LIST = `select ${COLUMNS} from accounts order by id`;
const PAGE = `select ${COLUMNS} from accounts where id > $1 order by id ${atMost(2)}`;
const SET_CREDITS = `update accounts
  set credit_daily = $2, credit_monthly = $3, credit_package = $4, plan = $5, updated_at = $6 where id = $1`;

/** Adds parameter `$n` to a column, stopping at zero. */
const atLeastZero = (column: string, n: number) =>
  `${column} = case when ${column} + $${n} < 0 then 0 else ${column} + $${n} end`;
const ADJUST = `update accounts set ${atLeastZero('reserved', 2)}, ${atLeastZero('credit_daily', 3)},
  ${atLeastZero('credit_monthly', 4)}, ${atLeastZero('credit_package', 5)}, updated_at = $6 where id = $1`;

function read(row: RawRow): AccountRow {
  return {
    id: row['id'] as number,
    upstream: row['upstream'] as string,
    name: row['name'] as string,
    maxJobs: row['max_jobs'] as number,
    state: row['state'] as AccountRow['state'],
    secret: row['secret'] as string,
    plan: readJson(row['plan']),
    creditDaily: row['credit_daily'] as number,
    creditMonthly: row['credit_monthly'] as number,
    creditPackage: row['credit_package'] as number,
    reserved: row['reserved'] as number,
    inUse: row['in_use'] as number,
    lastUsedAt: row['last_used_at'] as number,
    createdAt: row['created_at'] as number,
    updatedAt: row['updated_at'] as number,
  };
}

/** Credentials at upstreams. */
export function accountStatements(flags: Flags): AccountStatements {
  const lock = `${GET}${flags.lock}`;
  return {
    *upsert(row) {
      const named = [row.name, row.upstream, row.maxJobs, row.state, row.secret, JSON.stringify(row.plan), row.at];
      const credits = [row.creditDaily, row.creditMonthly, row.creditPackage];
      const made = yield { text: INSERT, params: [...named, ...credits] };
      if (made[0]) return { account: read(made[0]), created: true };
      const kept = yield { text: REPLACE, params: named };
      return { account: read(sole(kept, `account ${row.name}`)), created: false };
    },
    *get(id) {
      const rows = yield { text: GET, params: [id] };
      return rows[0] && read(rows[0]);
    },
    *byName(name) {
      const rows = yield { text: BY_NAME, params: [name] };
      return rows[0] && read(rows[0]);
    },
    *list(page) {
      const rows = yield page ? { text: PAGE, params: [page.after, page.limit] } : { text: LIST, params: [] };
      return rows.map(read);
    },
    *lock(id) {
      const rows = yield { text: lock, params: [id] };
      return rows[0] && read(rows[0]);
    },
    *adjust(id, by, at) {
      const params = [id, by.reserved ?? 0, by.daily ?? 0, by.monthly ?? 0, by.package ?? 0, at];
      yield { text: ADJUST, params };
    },
    *setCredits(id, to, plan, at) {
      const params = [id, to.daily, to.monthly, to.package, JSON.stringify(plan), at];
      yield { text: SET_CREDITS, params };
    },
  };
}
