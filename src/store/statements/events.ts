import type { EventRow, JobStatements, RawRow } from '../../contracts/store.ts';
import type { Flags } from '../flags.ts';
import { atMost, byShape, listsOf, placeholders, readJson } from '../sql.ts';

const ADD = 'insert into events (job_id, at, kind, data) values ($1, $2, $3, $4)';
const OF_JOB = 'select id, job_id, at, kind, data from events where job_id = $1 order by id';
const AFTER = `select e.id, e.job_id, e.at, e.kind, e.data, j.tenant_id from events e join jobs j on j.id = e.job_id
  where e.id > $1 order by e.id ${atMost(2)}`;
const LAST = 'select coalesce(max(id), 0) as id from events';
const REMOVE = byShape((count) => `delete from events where job_id in (${placeholders(Number(count))})`);

function read(row: RawRow): EventRow {
  return {
    id: row['id'] as number,
    jobId: row['job_id'] as number,
    at: row['at'] as number,
    kind: row['kind'] as string,
    data: readJson(row['data']),
  };
}

/** The timelines of jobs. */
export function timelineStatements(
  flags: Flags,
): Pick<JobStatements, 'addEvent' | 'events' | 'eventsAfter' | 'lastEvent' | 'sweepEvents'> {
  // A swept job is marked, so that the next sweep does not look at it again.
  const mark = `update jobs set events_swept = 1 where id in
    (select id from jobs where finished_at < $1 and events_swept = 0 order by finished_at ${atMost(2)}${flags.lockFree})
    returning id`;
  return {
    *addEvent(row) {
      yield { text: ADD, params: [row.jobId, row.at, row.kind, JSON.stringify(row.data)] };
    },
    *events(jobId) {
      const rows = yield { text: OF_JOB, params: [jobId] };
      return rows.map(read);
    },
    *eventsAfter(after, limit) {
      const rows = yield { text: AFTER, params: [after, limit] };
      return rows.map((row) => ({ ...read(row), tenantId: row['tenant_id'] as number }));
    },
    *lastEvent() {
      const rows = yield { text: LAST, params: [] };
      return (rows[0]?.['id'] as number | undefined) ?? 0;
    },
    *sweepEvents(before, limit) {
      const rows = yield { text: mark, params: [before, limit] };
      const swept = rows.map((row) => row['id'] as number);
      for (const list of listsOf(swept)) yield { text: REMOVE(String(list.length)), params: list };
      return swept.length;
    },
  };
}
