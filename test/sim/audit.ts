/**
 * What must hold in any store at rest between two commits, read from the store alone: the simulation runs it now and
 * then and at the end, and a test on another database can run it too.
 */
import type { Op, Statements } from '../../src/contracts/store.ts';
import { isTerminal } from '../../src/core/job.ts';
import type { Invariant } from './violation.ts';

/** Something that does not hold. */
export interface Problem {
  readonly invariant: Invariant;
  readonly problem: string;
}

/** Reads everything and names what is wrong. */
export function* audit(q: Statements): Op<Problem[]> {
  return [...(yield* auditBooks(q)), ...(yield* auditLeases(q)), ...(yield* auditJobs(q))];
}

function* auditBooks(q: Statements): Op<Problem[]> {
  const found = yield* q.books.audit();
  const problems: Problem[] = [];
  const add = (invariant: Invariant, problem: string) => problems.push({ invariant, problem });
  if (found.total !== 0) add('sums-to-zero', `all books together hold ${found.total}`);
  for (const book of found.booksOff)
    add('sums-to-zero', `book ${book.owner}/${book.name} says ${book.balance}, its entries ${book.entries}`);
  for (const off of found.tenantsOff) add('held', `tenant ${off.tenantId}: ${JSON.stringify(off)}`);
  for (const id of found.holdsOff) add('hold-fits-job', `the hold of job ${id} does not fit its state`);
  for (const book of found.negative) add('not-negative', `book ${book.bookId} holds ${book.balance}`);
  return problems;
}

function* auditLeases(q: Statements): Op<Problem[]> {
  const problems: Problem[] = [];
  const leases = yield* q.attempts.leases();
  const slots = new Set(leases.map((lease) => `${lease.accountId}/${lease.slot}`));
  if (slots.size !== leases.length) problems.push({ invariant: 'cap', problem: 'two leases on one slot' });
  for (const account of yield* q.accounts.list()) {
    const held = leases.filter((lease) => lease.accountId === account.id).length;
    if (account.inUse !== held)
      problems.push({
        invariant: 'cap',
        problem: `account ${account.name} counts ${account.inUse} leases, has ${held}`,
      });
  }
  return problems;
}

function* auditJobs(q: Statements): Op<Problem[]> {
  const problems: Problem[] = [];
  for (const { state, count } of yield* q.jobs.countByState()) {
    if (isTerminal(state) || state === 'queued') continue;
    const jobs = yield* q.jobs.list({ state, limit: count });
    for (const job of jobs)
      if (job.nextAt === null) problems.push({ invariant: 'next-step', problem: `job ${job.id} is ${state} for ever` });
  }
  return problems;
}
