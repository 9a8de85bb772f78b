import type { BookStatements, EntryRow, RawRow } from '../../contracts/store.ts';
import { atMost, byShape } from '../sql.ts';

const COLUMNS = 'id, at, from_book, to_book, amount, reason, job_id, grant_id';
const LAST = 'select coalesce(max(id), 0) as id from entries';
/**
 * A page of the ledger is found by walking back over a span of ids, not by an index over books: that would have to be kept
 * with every create, for a question that is asked now and then.
 */
const PAGE = byShape((shape) => {
  const terms = ['id < $1', 'id >= $2'];
  const count = Number(shape);
  const list = Array.from({ length: count }, (_, index) => `$${index + 4}`).join(', ');
  if (count > 0) terms.push(`(from_book in (${list}) or to_book in (${list}))`);
  return `select ${COLUMNS} from entries where ${terms.join(' and ')} order by id desc ${atMost(3)}`;
});
// Repeats the term of the index entries_job.
const OF_JOB = `select ${COLUMNS} from entries
  where job_id = $1 and job_id is not null and reason <> 'hold' order by id`;

function read(row: RawRow): EntryRow {
  return {
    id: row['id'] as number,
    at: row['at'] as number,
    fromBook: row['from_book'] as number,
    toBook: row['to_book'] as number,
    amount: row['amount'] as number,
    reason: row['reason'] as EntryRow['reason'],
    jobId: row['job_id'] as number | null,
    grantId: row['grant_id'] as number | null,
  };
}

/** Lines of the ledger, for people. */
export function entryStatements(): Pick<BookStatements, 'entries' | 'lastEntry' | 'entriesOfJob'> {
  return {
    *entries({ books = [], before, span, limit }) {
      const text = PAGE(String(books.length));
      const rows = yield { text, params: [before, before - span, limit, ...books] };
      return rows.map(read);
    },
    *lastEntry() {
      const rows = yield { text: LAST, params: [] };
      return (rows[0]?.['id'] as number | undefined) ?? 0;
    },
    *entriesOfJob(jobId) {
      const rows = yield { text: OF_JOB, params: [jobId] };
      return rows.map(read);
    },
  };
}
