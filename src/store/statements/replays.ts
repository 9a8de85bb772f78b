import type { Op, RawRow, ReplayRow, ReplayStatements } from '../../contracts/store.ts';
import type { ScopeIndex } from '../scopes.ts';
import { atMost, changed } from '../sql.ts';

const COLUMNS = 'subject, scope, fingerprint, created_at';
const BY_SCOPE = `select ${COLUMNS} from replays where scope = $1`;
const BY_SUBJECT = `select ${COLUMNS} from replays where subject = $1`;
// Where a twin's unit is open, PostgreSQL waits here until it has ended.
const INSERT = `insert into replays (${COLUMNS}) values ($1, $2, $3, $4) on conflict do nothing`;
// Subjects are made in the order of time, so the oldest rows come first without an index on their time.
const SWEEP = `delete from replays where created_at < $1
  and subject in (select subject from replays order by subject ${atMost(2)})`;
const OLDEST = 'select subject from replays order by subject limit 1';

function read(row: RawRow): ReplayRow {
  return {
    scope: row['scope'] as string,
    fingerprint: row['fingerprint'] as string,
    subject: row['subject'] as number,
    createdAt: row['created_at'] as number,
  };
}

/** Answered requests that may be repeated. `scopes` finds them where the database has no index that does. */
export function replayStatements(scopes: ScopeIndex | undefined): ReplayStatements {
  function* get(scope: string): Op<ReplayRow | undefined> {
    if (!scopes) {
      const rows = yield { text: BY_SCOPE, params: [scope] };
      return rows[0] && read(rows[0]);
    }
    for (const subject of scopes.candidates(scope)) {
      const [row] = yield { text: BY_SUBJECT, params: [subject] };
      if (row?.['scope'] === scope) return read(row);
    }
    return undefined;
  }
  return {
    get,
    *insert(row) {
      const first = scopes && (yield* get(row.scope));
      if (first) return first;
      const made = yield { text: INSERT, params: [row.subject, row.scope, row.fingerprint, row.createdAt] };
      if (changed(made) === 1) {
        scopes?.add(row.scope, row.subject);
        return undefined;
      }
      const twin = yield* get(row.scope);
      // Swept between the two statements: the answer is gone and so is its claim to the id.
      if (!twin) throw new Error('an idempotency record disappeared while it was read; send the request again');
      return twin;
    },
    *sweep(before, limit) {
      const swept = changed(yield { text: SWEEP, params: [before, limit] });
      const [oldest] = yield { text: OLDEST, params: [] };
      if (oldest) scopes?.forgetBelow(oldest['subject'] as number);
      return swept;
    },
  };
}

/** Lists what a `ScopeIndex` holds, for the start: how many, and the next few thousand after a subject. */
export const COUNT_SCOPES = 'select count(*) as scopes from replays';
export const SCOPES_AFTER = 'select scope, subject from replays where subject > ?1 order by subject limit 10000';
