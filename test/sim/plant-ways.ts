/** Ways of planting a bug: what plants.ts makes its wrong programs of. */
import type { AccountRow, Op, Statements, Store } from '../../src/contracts/store.ts';
import type { StartOutcome } from '../../src/contracts/upstream.ts';
import { releaseHold } from '../../src/engine/books/money.ts';
import { type Plant, type PlantSite, planted, withStatements } from './plant.ts';

/** Wraps the create call of a driver. */
export const start = (change: (call: () => Promise<StartOutcome>) => Promise<StartOutcome>): Plant =>
  planted({
    upstream: (upstream) => ({
      ...upstream,
      start: (account, attempt, signal) => change(() => upstream.start(account, attempt, signal)),
    }),
  });

/** Wraps statements about books, with the label of their unit. */
export const books = (change: (q: Statements, label: string) => Partial<Statements['books']>): Plant =>
  planted({
    store: (store) => withStatements(store, (q, label) => ({ ...q, books: { ...q.books, ...change(q, label) } })),
  });

/** Wraps statements about attempts. */
export const attempts = (
  change: (q: Statements, label: string, site: PlantSite) => Partial<Statements['attempts']>,
): Plant =>
  planted({
    store: (store, site) =>
      withStatements(store, (q, label) => ({ ...q, attempts: { ...q.attempts, ...change(q, label, site) } })),
  });

/** Does something with the holds that a unit released, in a unit of its own after it. */
export function afterRelease(
  closeHold: (q: Statements, ...args: Parameters<Statements['books']['closeHold']>) => Op<boolean>,
  again: (q: Statements) => Statements,
): Plant {
  return planted({
    store: (store) => ({
      ...store,
      async write<T>(label: string, unit: (q: Statements) => Op<T>): Promise<T> {
        let released: { jobId: number; at: number }[] = [];
        const result = await store.write(label, (q) => {
          released = [];
          return unit({
            ...q,
            books: {
              ...q.books,
              *closeHold(jobId, state, captured, at) {
                if (state !== 'released') return yield* q.books.closeHold(jobId, state, captured, at);
                released.push({ jobId, at });
                return yield* closeHold(q, jobId, state, captured, at);
              },
            },
          });
        });
        for (const { jobId, at } of released) await refund(store, jobId, at, again);
        return result;
      },
    }),
  });
}

/** Statements that believe a count of their own. */
export function counting(q: Statements, memory: Map<string, number>): Statements {
  const name = (accountId: number) => `account ${accountId}`;
  const counted = (row: AccountRow): AccountRow => ({ ...row, inUse: memory.get(name(row.id)) ?? 0 });
  const add = (accountId: number, by: number) =>
    memory.set(name(accountId), Math.max(0, (memory.get(name(accountId)) ?? 0) + by));
  return {
    ...q,
    accounts: {
      ...q.accounts,
      *get(id) {
        const row = yield* q.accounts.get(id);
        return row && counted(row);
      },
      *lock(id) {
        const row = yield* q.accounts.lock(id);
        return row && counted(row);
      },
      *list(page) {
        return (yield* q.accounts.list(page)).map(counted);
      },
    },
    attempts: {
      ...q.attempts,
      *takeLease(row) {
        if ((memory.get(name(row.accountId)) ?? 0) >= row.cap) return undefined;
        add(row.accountId, 1);
        return yield* q.attempts.takeLease({ ...row, cap: row.cap + 50 });
      },
      *endLease(attemptId) {
        add((yield* q.attempts.get(attemptId))?.accountId ?? 0, -1);
        return yield* q.attempts.endLease(attemptId);
      },
    },
  };
}

/** Looks at a hold, and answers what it likes. */
export function* says(q: Statements, jobId: number, answer: boolean): Op<boolean> {
  yield* q.books.hold(jobId);
  return answer;
}

function refund(store: Store, jobId: number, at: number, again: (q: Statements) => Statements): Promise<void> {
  return store.write('refund', function* (q) {
    const hold = yield* q.books.hold(jobId);
    if (hold) yield* releaseHold(new Map(), again(q), hold, at);
  });
}
