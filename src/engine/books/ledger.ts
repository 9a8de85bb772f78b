/** The ledger as people read it: its lines, and the statement of one job. */
import type {
  Administration,
  BookRef,
  EntryFilter,
  EntryPage,
  EntryView,
  StatementView,
} from '../../contracts/administration.ts';
import type { BookRow, EntryRow, Op, Statements } from '../../contracts/store.ts';
import type { Principal } from '../../contracts/views.ts';
import { requireAdmin } from '../admin/access.ts';
import { type Engine, must } from '../context.ts';
import { tenantOwner } from './money.ts';
import { verifyLedger } from './verify.ts';
import { seenJob } from '../views.ts';

/** Entries looked through for one page: some milliseconds' work. */
const SPAN_ENTRIES = 20_000;

type LedgerMethods = Pick<Administration, 'entries' | 'statement' | 'verifyLedger' | 'auditLog'>;

export function ledgerMethods(engine: Engine): LedgerMethods {
  return {
    entries: (who, filter) => engine.store.read((q) => entries(q, who, filter)),
    statement: (who, jobId) => engine.store.read((q) => statement(q, who, jobId)),
    async verifyLedger(who) {
      requireAdmin(who);
      return verifyLedger(engine);
    },
    async auditLog(who, filter) {
      requireAdmin(who);
      return engine.store.read((q) => q.auditLog.list(filter));
    },
  };
}

function* entries(q: Statements, who: Principal, filter: EntryFilter): Op<EntryPage> {
  const { before, limit } = filter;
  if (filter.tenantId !== undefined && filter.tenantId !== who.tenantId) requireAdmin(who);
  const tenantId = filter.tenantId ?? (who.role === 'admin' ? undefined : who.tenantId);
  const books = tenantId === undefined ? [] : (yield* q.books.of(tenantOwner(tenantId))).map(({ id }) => id);
  const last = (yield* q.books.lastEntry()) + 1;
  const from = Math.min(before ?? last, last);
  if (tenantId !== undefined && books.length === 0) return { entries: [], nextBefore: null };
  const rows = yield* q.books.entries({ books, before: from, span: SPAN_ENTRIES, limit });
  // A full page goes on below its last line; one that is not full, below what was looked through.
  const end = rows.length === limit ? must(rows.at(-1), 'a last line').id : from - SPAN_ENTRIES;
  const names = yield* bookNames(q);
  return { entries: rows.map((row) => entryView(row, names)), nextBefore: end > 1 ? end : null };
}

function* statement(q: Statements, who: Principal, jobId: number): Op<StatementView> {
  const job = yield* seenJob(q, who, jobId);
  const names = yield* bookNames(q);
  const hold = yield* q.books.hold(jobId);
  const slices = [];
  for (const { grantId, amount } of hold?.slices ?? []) {
    slices.push({ grantId, kind: (yield* q.books.grant(grantId))?.kind ?? '', amount });
  }
  const own = tenantOwner(job.tenantId);
  const lines = (yield* q.books.entriesOfJob(jobId))
    .map((row) => entryView(row, names))
    .filter(({ from, to }) => who.role === 'admin' || from.owner === own || to.owner === own)
    .map(({ id: _id, jobId: _jobId, ...line }) => line);
  if (!hold) return { jobId, tenantId: job.tenantId, price: job.price, hold: null, lines };
  const { state, amount, captured, openedAt, closedAt } = hold;
  const opening = {
    at: openedAt,
    from: { owner: own, name: 'available' },
    to: { owner: own, name: 'held' },
    amount,
    reason: 'hold',
    grantId: null,
  };
  return {
    jobId,
    tenantId: job.tenantId,
    price: job.price,
    hold: { state, amount, captured, openedAt, closedAt, slices },
    lines: amount > 0 ? [opening, ...lines] : lines,
  };
}

type Names = ReadonlyMap<number, BookRef>;

function* bookNames(q: Statements): Op<Names> {
  const named = ({ id, owner, name }: BookRow) => [id, { owner, name }] as const;
  return new Map((yield* q.books.all()).map(named));
}

function entryView(row: EntryRow, names: Names): EntryView {
  const { id, at, fromBook, toBook, amount, reason, jobId, grantId } = row;
  const book = (bookId: number) => must(names.get(bookId), `book ${bookId}`);
  return { id, at, from: book(fromBook), to: book(toBook), amount, reason, jobId, grantId };
}
