import type { AttemptRow, AttemptStatements, LeaseRow, RawRow } from '../../contracts/store.ts';
import { atMost, byShape, changesOf, readJson, setList } from '../sql.ts';

const COLUMNS = `id, job_id, account_id, number, state, ref, cost, cost_state, code, placement, polls, sent_at, accepted_at,
  slot_horizon_at, credit_horizon_at, ended_at`;
// Operation and model are copied from the job, so that the newest durations of a kind are one index range.
const INSERT = `insert into attempts (id, job_id, account_id, number, cost, placement, sent_at, slot_horizon_at,
    credit_horizon_at, operation, model, state, ref, cost_state, polls)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9,
    (select operation from jobs where id = $2), (select model from jobs where id = $2),
    'sending', 'null', 'reserved', 0)`;
const GET = `select ${COLUMNS} from attempts where id = $1`;
const OF_JOB = `select ${COLUMNS} from attempts where job_id = $1 order by number`;
const CHANGE = byShape((shape) => `update attempts set ${setList(shape, 2)} where id = $1`);

const LEASE_COLUMNS = 'account_id, slot, attempt_id, taken_at, until_at';
const LOWEST_FREE = `select min(candidate.slot) as slot from
    (select 1 as slot union all select slot + 1 from leases where account_id = $1) candidate
  where candidate.slot <= $2
    and not exists (select 1 from leases taken where taken.account_id = $1 and taken.slot = candidate.slot)`;
const TAKE_LEASE = `insert into leases (${LEASE_COLUMNS}, limit_group) values ($1, $2, $3, $4, $5, $6)
  on conflict (account_id, slot) do nothing returning ${LEASE_COLUMNS}`;
const COUNT_UP = 'update accounts set in_use = in_use + 1, last_used_at = $2 where id = $1';
const END_LEASE = 'delete from leases where attempt_id = $1 returning account_id, limit_group';
// The row of the group decides between processes, and its check between programs.
const ENTER_GROUP = `update account_groups set in_use = in_use + 1 where name = $1 and in_use < max_jobs returning in_use`;
const LEAVE_GROUP = 'update account_groups set in_use = in_use - 1 where name = $1';
const COUNT_DOWN = 'update accounts set in_use = in_use - 1 where id = $1';
const LEASES = `select ${LEASE_COLUMNS} from leases order by account_id, slot`;
const OCCUPIED = `select l.account_id, l.taken_at, j.key_id, j.operation, j.model, j.expected_slot_ms
  from leases l join attempts a on a.id = l.attempt_id join jobs j on j.id = a.job_id order by l.account_id, l.slot`;
const LEASED = `select ${COLUMNS} from attempts
  where ref = $2 and id in (select attempt_id from leases where account_id = $1)`;
const DURATIONS = `select a.ended_at - a.accepted_at as took_ms, j.expected_slot_ms from attempts a
  join jobs j on j.id = a.job_id
  where a.operation = $1 and a.model = $2 and a.state = 'ended' and a.accepted_at is not null and a.ended_at is not null
  order by a.ended_at desc ${atMost(3)}`;

function read(row: RawRow): AttemptRow {
  return {
    id: row['id'] as string,
    jobId: row['job_id'] as number,
    accountId: row['account_id'] as number,
    number: row['number'] as number,
    state: row['state'] as AttemptRow['state'],
    ref: readJson(row['ref']),
    cost: row['cost'] as number,
    costState: row['cost_state'] as AttemptRow['costState'],
    code: row['code'] as string | null,
    placement: readJson(row['placement']),
    polls: row['polls'] as number,
    sentAt: row['sent_at'] as number,
    acceptedAt: row['accepted_at'] as number | null,
    slotHorizonAt: row['slot_horizon_at'] as number,
    creditHorizonAt: row['credit_horizon_at'] as number,
    endedAt: row['ended_at'] as number | null,
  };
}

function readLease(row: RawRow): LeaseRow {
  return {
    accountId: row['account_id'] as number,
    slot: row['slot'] as number,
    attemptId: row['attempt_id'] as string,
    takenAt: row['taken_at'] as number,
    until: row['until_at'] as number,
  };
}

/** Submissions of jobs to accounts, and the slots they occupy. */
export function attemptStatements(): AttemptStatements {
  return {
    *insert(row) {
      const params = [
        row.id,
        row.jobId,
        row.accountId,
        row.number,
        row.cost,
        JSON.stringify(row.placement),
        row.sentAt,
        row.slotHorizonAt,
        row.creditHorizonAt,
      ];
      yield { text: INSERT, params };
    },
    *get(id) {
      const rows = yield { text: GET, params: [id] };
      return rows[0] && read(rows[0]);
    },
    *ofJob(jobId) {
      const rows = yield { text: OF_JOB, params: [jobId] };
      return rows.map(read);
    },
    *change(id, change) {
      const { shape, params } = changesOf({
        state: change.state,
        ref: change.ref === undefined ? undefined : JSON.stringify(change.ref),
        cost_state: change.costState,
        code: change.code,
        polls: change.polls,
        accepted_at: change.acceptedAt,
        ended_at: change.endedAt,
      });
      if (params.length > 0) yield { text: CHANGE(shape), params: [id, ...params] };
    },
    *takeLease(row) {
      const group = row.group ?? null;
      if (group !== null && !(yield { text: ENTER_GROUP, params: [group] })[0]) return undefined;
      // Another process may take the slot between the look and the insert: the unique key refuses it, and we look again.
      for (let tries = 0; tries <= row.cap; tries++) {
        const free = yield { text: LOWEST_FREE, params: [row.accountId, row.cap] };
        const slot = free[0]?.['slot'];
        if (typeof slot !== 'number') break;
        const params = [row.accountId, slot, row.attemptId, row.takenAt, row.until, group];
        const taken = yield { text: TAKE_LEASE, params };
        if (!taken[0]) continue;
        yield { text: COUNT_UP, params: [row.accountId, row.takenAt] };
        return readLease(taken[0]);
      }
      if (group !== null) yield { text: LEAVE_GROUP, params: [group] };
      return undefined;
    },
    *endLease(attemptId) {
      const rows = yield { text: END_LEASE, params: [attemptId] };
      const { account_id: accountId, limit_group: group } = rows[0] ?? {};
      if (typeof accountId !== 'number') return false;
      yield { text: COUNT_DOWN, params: [accountId] };
      if (typeof group === 'string') yield { text: LEAVE_GROUP, params: [group] };
      return true;
    },
    *leases() {
      const rows = yield { text: LEASES, params: [] };
      return rows.map(readLease);
    },
    *occupied() {
      const rows = yield { text: OCCUPIED, params: [] };
      return rows.map((row) => ({
        accountId: row['account_id'] as number,
        takenAt: row['taken_at'] as number,
        keyId: row['key_id'] as number,
        operation: row['operation'] as string,
        model: row['model'] as string,
        expectedSlotMs: row['expected_slot_ms'] as number,
      }));
    },
    *leased(accountId, ref) {
      const rows = yield { text: LEASED, params: [accountId, JSON.stringify(ref)] };
      return rows[0] && read(rows[0]);
    },
    *durations(operation, model, limit) {
      const rows = yield { text: DURATIONS, params: [operation, model, limit] };
      return rows.map((row) => ({ tookMs: row['took_ms'] as number, expectedMs: row['expected_slot_ms'] as number }));
    },
  };
}
