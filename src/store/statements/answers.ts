import type { AnswerRow, AnswerStatements, Op, RawRow } from '../../contracts/store.ts';
import { atMost, changed } from '../sql.ts';

const COLUMNS = 'scope, fingerprint, answer, created_at';
const GET = `select ${COLUMNS} from answers where scope = $1`;
// Where a twin's unit is open, PostgreSQL waits here until it has ended.
const INSERT = `insert into answers (${COLUMNS}) values ($1, $2, $3, $4) on conflict do nothing`;
const SWEEP = `delete from answers where scope in (select scope from answers where created_at < $1 ${atMost(2)})`;

function read(row: RawRow): AnswerRow {
  return {
    scope: row['scope'] as string,
    fingerprint: row['fingerprint'] as string,
    answer: row['answer'] as string,
    createdAt: row['created_at'] as number,
  };
}

/** Answers of administration that may be repeated. They are few: no index on their age. */
export function answerStatements(): AnswerStatements {
  function* get(scope: string): Op<AnswerRow | undefined> {
    const rows = yield { text: GET, params: [scope] };
    return rows[0] && read(rows[0]);
  }
  return {
    get,
    *insert(row) {
      const made = yield { text: INSERT, params: [row.scope, row.fingerprint, row.answer, row.createdAt] };
      return changed(made) === 1 ? undefined : yield* get(row.scope);
    },
    *sweep(before, limit) {
      return changed(yield { text: SWEEP, params: [before, limit] });
    },
  };
}
