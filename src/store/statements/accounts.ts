import type { AccountRow, AccountStatements, DriftRow, RawRow } from '../../contracts/store.ts';
import { PLAIN_SETTINGS } from '../../core/account.ts';
import type { Json } from '../../std/json.ts';
import type { Flags } from '../flags.ts';
import { atMost, byShape, changesOf, LIVING, readJson, setList, sole } from '../sql.ts';

const COLUMNS = `id, upstream, name, max_jobs, state, secret, plan, settings, limit_group, unit, health, learned_cap,
  credit_daily, credit_monthly, credit_package, reserved, in_use, last_used_at, day, day_jobs, day_credits, refreshed_at,
  created_at, updated_at`;
const INSERT = `insert into accounts (name, upstream, max_jobs, state, secret, plan, created_at, updated_at, settings,
    limit_group, unit, credit_daily, credit_monthly, credit_package)
  values ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9, $10, $11, $12, $13)
  on conflict (name) where ${LIVING} do nothing returning ${COLUMNS}`;
const REPLACE = `update accounts set upstream = $2, max_jobs = $3, state = $4, secret = $5, plan = $6, updated_at = $7,
    settings = $8, limit_group = $9, unit = $10, health = null, learned_cap = null
  where name = $1 and ${LIVING} returning ${COLUMNS}`;
const CHANGE = byShape((shape) => `update accounts set ${setList(shape, 2)} where id = $1 returning ${COLUMNS}`);
const GET = `select ${COLUMNS} from accounts where id = $1`;
const BY_NAME = `select ${COLUMNS} from accounts where name = $1 and ${LIVING}`;
const LIST = `select ${COLUMNS} from accounts where ${LIVING} order by id`;
const PAGE = `select ${COLUMNS} from accounts where id > $1 and ${LIVING} order by id ${atMost(2)}`;
const TOTAL = `select cast(coalesce(sum(credit_daily + credit_monthly + credit_package), 0) as bigint) as total
  from accounts where state = 'enabled' and unit = $1`;
const SET_CREDITS = `update accounts
  set credit_daily = $2, credit_monthly = $3, credit_package = $4, plan = $5, updated_at = $6 where id = $1`;

/** Adds parameter `$n` to a column, stopping at zero. */
const atLeastZero = (column: string, n: number) =>
  `${column} = case when ${column} + $${n} < 0 then 0 else ${column} + $${n} end`;
/** Adds parameter `$n` to a count of the day `$7`: an earlier day is over, and a later one begins with it. */
const ofDay = (column: string, n: number) =>
  `${column} = case when $7 > day then $${n} when $7 < day or ${column} + $${n} < 0 then ${column} else ${column} + $${n} end`;
const ADJUST = `update accounts set ${atLeastZero('reserved', 2)}, ${atLeastZero('credit_daily', 3)},
  ${atLeastZero('credit_monthly', 4)}, ${atLeastZero('credit_package', 5)}, updated_at = $6, ${ofDay('day_jobs', 8)},
  ${ofDay('day_credits', 9)}, day = case when $7 > day then $7 else day end where id = $1`;
// Few jobs have a next step; the account is looked up by the last attempt of each.
const NEEDED = `select 1 as needed from jobs j join attempts a on a.id = j.attempt_id
  where j.next_at is not null and a.account_id = $1 limit 1`;

const GROUP_COLUMNS = 'name, max_jobs, in_use';
const GROUPS = `select ${GROUP_COLUMNS} from account_groups order by name`;
const GROUP = `select ${GROUP_COLUMNS} from account_groups where name = $1`;
const PUT_GROUP = `insert into account_groups (name, max_jobs) values ($1, $2)
  on conflict (name) do update set max_jobs = excluded.max_jobs`;

const DRIFT_COLUMNS = 'id, account_id, at, expected, observed, explanation';
const ADD_DRIFT = `insert into account_drifts (account_id, at, expected, observed, explanation)
  values ($1, $2, $3, $4, $5)`;
const DRIFTS = `select ${DRIFT_COLUMNS} from account_drifts order by id desc ${atMost(1)}`;
const DRIFTS_OF = `select ${DRIFT_COLUMNS} from account_drifts where account_id = $1 order by id desc ${atMost(2)}`;

function read(row: RawRow): AccountRow {
  return {
    id: row['id'] as number,
    upstream: row['upstream'] as string,
    name: row['name'] as string,
    maxJobs: row['max_jobs'] as number,
    state: row['state'] as AccountRow['state'],
    secret: row['secret'] as string,
    plan: readJson(row['plan']),
    settings: readJson(row['settings']) as unknown as AccountRow['settings'],
    limitGroup: row['limit_group'] as string | null,
    unit: row['unit'] as string,
    health: readJson(row['health']) as unknown as AccountRow['health'],
    learnedCap: readJson(row['learned_cap']) as unknown as AccountRow['learnedCap'],
    creditDaily: row['credit_daily'] as number,
    creditMonthly: row['credit_monthly'] as number,
    creditPackage: row['credit_package'] as number,
    reserved: row['reserved'] as number,
    inUse: row['in_use'] as number,
    lastUsedAt: row['last_used_at'] as number,
    day: row['day'] as number,
    dayJobs: row['day_jobs'] as number,
    dayCredits: row['day_credits'] as number,
    refreshedAt: row['refreshed_at'] as number,
    createdAt: row['created_at'] as number,
    updatedAt: row['updated_at'] as number,
  };
}

function readDrift(row: RawRow): DriftRow {
  return {
    id: row['id'] as number,
    accountId: row['account_id'] as number,
    at: row['at'] as number,
    expected: row['expected'] as number,
    observed: row['observed'] as number,
    explanation: row['explanation'] as string,
  };
}

const readGroup = (row: RawRow) => ({
  name: row['name'] as string,
  maxJobs: row['max_jobs'] as number,
  inUse: row['in_use'] as number,
});

/** A JSON column of a change: left alone, emptied, or written. */
const json = (value: unknown): string | null | undefined =>
  value === undefined || value === null ? value : JSON.stringify(value as Json);

/** Credentials at upstreams. */
export function accountStatements(flags: Flags): AccountStatements {
  const lock = `${GET}${flags.lock}`;
  const lockGroup = `${GROUP}${flags.lock}`;
  return {
    *upsert(row) {
      const named = [row.name, row.upstream, row.maxJobs, row.state, row.secret, JSON.stringify(row.plan), row.at];
      const use = [JSON.stringify(row.settings ?? PLAIN_SETTINGS), row.limitGroup ?? null, row.unit ?? row.upstream];
      const credits = [row.creditDaily, row.creditMonthly, row.creditPackage];
      const made = yield { text: INSERT, params: [...named, ...use, ...credits] };
      if (made[0]) return { account: read(made[0]), created: true };
      const kept = yield { text: REPLACE, params: [...named, ...use] };
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
    *change(id, change, at) {
      const { shape, params } = changesOf({
        max_jobs: change.maxJobs,
        state: change.state,
        secret: change.secret,
        plan: change.plan === undefined ? undefined : JSON.stringify(change.plan),
        settings: json(change.settings),
        limit_group: change.limitGroup,
        unit: change.unit,
        health: json(change.health),
        learned_cap: json(change.learnedCap),
        refreshed_at: change.refreshedAt,
        updated_at: at,
      });
      const rows = yield { text: CHANGE(shape), params: [id, ...params] };
      return rows[0] && read(rows[0]);
    },
    *adjust(id, by, at) {
      const { day, jobs, credits } = by.started ?? { day: 0, jobs: 0, credits: 0 };
      const params = [id, by.reserved ?? 0, by.daily ?? 0, by.monthly ?? 0, by.package ?? 0, at, day, jobs, credits];
      yield { text: ADJUST, params };
    },
    *total(unit) {
      const rows = yield { text: TOTAL, params: [unit] };
      return sole(rows, 'a sum')['total'] as number;
    },
    *setCredits(id, to, plan, at) {
      const params = [id, to.daily, to.monthly, to.package, JSON.stringify(plan), at];
      yield { text: SET_CREDITS, params };
    },
    *needed(id) {
      return (yield { text: NEEDED, params: [id] }).length > 0;
    },
    *groups() {
      return (yield { text: GROUPS, params: [] }).map(readGroup);
    },
    *group(name) {
      const rows = yield { text: lockGroup, params: [name] };
      return rows[0] && readGroup(rows[0]);
    },
    *putGroup(name, maxJobs) {
      yield { text: PUT_GROUP, params: [name, maxJobs] };
    },
    *addDrift(row) {
      yield { text: ADD_DRIFT, params: [row.accountId, row.at, row.expected, row.observed, row.explanation] };
    },
    *drifts({ accountId, limit }) {
      const rows = yield accountId === undefined
        ? { text: DRIFTS, params: [limit] }
        : { text: DRIFTS_OF, params: [accountId, limit] };
      return rows.map(readDrift);
    },
  };
}
