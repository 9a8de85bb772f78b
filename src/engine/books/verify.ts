/** The proof that the books balance (promise P3). */
import type { LedgerReport } from '../../contracts/views.ts';
import { formatCredits } from '../../std/credits.ts';
import type { Engine } from '../context.ts';

/** Reads all books and entries in one snapshot and names whatever does not agree. */
export async function verifyLedger(engine: Pick<Engine, 'store'>): Promise<LedgerReport> {
  const { audit, books } = await engine.store.read(function* (q) {
    return { audit: yield* q.books.audit(), books: yield* q.books.all() };
  });
  const problems: string[] = [];
  if (audit.total !== 0)
    problems.push(`all books together hold ${formatCredits(audit.total)} credits; they must hold none`);
  for (const book of audit.booksOff) {
    problems.push(
      `book ${book.owner}/${book.name} says ${formatCredits(book.balance)}, its entries say ${formatCredits(book.entries)}`,
    );
  }
  for (const tenant of audit.tenantsOff) {
    problems.push(
      `tenant ${tenant.tenantId}: available ${formatCredits(tenant.available)} against grants ${formatCredits(tenant.grants)}, held ${formatCredits(tenant.held)} against open holds ${formatCredits(tenant.holds)}`,
    );
  }
  for (const jobId of audit.holdsOff) problems.push(`the hold of job ${jobId} does not fit the job's state`);
  for (const book of audit.negative) problems.push(`book ${book.bookId} is below zero: ${formatCredits(book.balance)}`);
  return {
    ok: problems.length === 0,
    entries: audit.entries,
    books: books.map(({ owner, name, balance }) => ({ owner, name, balance })),
    problems,
  };
}
