import type { EventRow, JobStatements, RawRow } from '../../contracts/store.ts';
import type { Flags } from '../flags.ts';
import { atMost, byShape, listsOf, placeholders, readJson } from '../sql.ts';

const ADD = 'insert into events (job_id, at, kind, data) values ($1, $2, $3, $4)';
const OF_JOB = 'select id, job_id, at, kind, data from events where job_id = $1 order by id';
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
export function timelineStatements(flags: Flags): Pick<JobStatements, 'addEvent' | 'events' | 'sweepEvents'> {
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
    *sweepEvents(before, limit) {
      const rows = yield { text: mark, params: [before, limit] };
      const swept = rows.map((row) => row['id'] as number);
      for (const list of listsOf(swept)) yield { text: REMOVE(String(list.length)), params: list };
      return swept.length;
    },
  };
}
