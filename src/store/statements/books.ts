import type { BookName, BookRow, BookStatements, EntryRow, Op, RawRow } from '../../contracts/store.ts';
import type { Credits } from '../../std/credits.ts';
import type { Flags } from '../flags.ts';
import { changed, sole } from '../sql.ts';
import { audit } from './audit.ts';
import { entryStatements } from './entries.ts';
import { grantStatements } from './grants.ts';
import { holdStatements } from './holds.ts';

/*
 * Entries are append-only: no statement in this folder changes or removes one (test/store/append-only.test.ts).
 *
 * Units that touch a tenant's money take its rows in one order: hold, key, grants, budgets, books (by id). On PostgreSQL
 * another order can make two units wait for each other until the server ends one of them and it is run again.
 */

const BOOK_COLUMNS = 'id, owner, name, balance';
const BOOK = `select ${BOOK_COLUMNS} from books where owner = $1 and name = $2`;
const INSERT_BOOK = `insert into books (owner, name, balance) values ($1, $2, 0)
  on conflict (owner, name) do nothing`;
const BOOKS_OF = `select ${BOOK_COLUMNS} from books where owner = $1 order by id`;
const BOOKS = `select ${BOOK_COLUMNS} from books order by id`;
// A tenant's own books never fall below zero; the condition is checked on the row as it is when it is locked.
const TAKE = `update books set balance = balance - $2
  where id = $1 and (balance >= $2 or name not in ('available', 'held'))`;
const GIVE = 'update books set balance = balance + $2 where id = $1';
const EXISTS = 'select id from books where id = $1';
const APPEND = `insert into entries (at, from_book, to_book, amount, reason, job_id, grant_id)
  values ($1, $2, $3, $4, $5, $6, $7)`;

function readBook(row: RawRow): BookRow {
  return {
    id: row['id'] as number,
    owner: row['owner'] as string,
    name: row['name'] as BookName,
    balance: row['balance'] as number,
  };
}

function checkEntry(entry: Omit<EntryRow, 'id'>): void {
  if (!Number.isSafeInteger(entry.amount) || entry.amount <= 0) {
    throw new RangeError(`an entry moves a positive integer amount, not ${entry.amount}`);
  }
  if (entry.fromBook === entry.toBook) throw new RangeError(`an entry from book ${entry.fromBook} to itself`);
}

/** Moves an amount between two books, or does nothing and returns false where the giver would fall below zero. */
function* shift(from: number, to: number, amount: Credits): Op<boolean> {
  // The book with the lower id first, so that two opposite moves cannot hold one book each and wait for the other.
  const giveFirst = to < from;
  if (giveFirst) requireBook(to, yield { text: GIVE, params: [to, amount] });
  if (changed(yield { text: TAKE, params: [from, amount] }) === 0) {
    if ((yield { text: EXISTS, params: [from] }).length === 0) throw new Error(`there is no book ${from}`);
    if (giveFirst) yield { text: GIVE, params: [to, -amount] };
    return false;
  }
  if (!giveFirst) requireBook(to, yield { text: GIVE, params: [to, amount] });
  return true;
}

function requireBook(id: number, given: RawRow[]): void {
  if (changed(given) === 0) throw new Error(`there is no book ${id}`);
}

/** Everything about money: books and entries here, the rest from its own files. */
export function bookStatements(flags: Flags): BookStatements {
  return {
    *ensure(owner, name) {
      const found = yield { text: BOOK, params: [owner, name] };
      if (found[0]) return readBook(found[0]);
      yield { text: INSERT_BOOK, params: [owner, name] };
      const made = yield { text: BOOK, params: [owner, name] };
      return readBook(sole(made, `book ${owner} ${name}`));
    },
    *of(owner) {
      const rows = yield { text: BOOKS_OF, params: [owner] };
      return rows.map(readBook);
    },
    *all() {
      const rows = yield { text: BOOKS, params: [] };
      return rows.map(readBook);
    },
    *move(entry) {
      checkEntry(entry);
      if (!(yield* shift(entry.fromBook, entry.toBook, entry.amount))) return false;
      yield {
        text: APPEND,
        params: [entry.at, entry.fromBook, entry.toBook, entry.amount, entry.reason, entry.jobId, entry.grantId],
      };
      return true;
    },
    ...entryStatements(),
    ...grantStatements(flags),
    ...holdStatements(),
    audit,
  };
}
