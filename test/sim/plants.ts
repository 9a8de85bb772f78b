/**
 * Known bugs, each planted around the parts of a process and none in the engine: what the simulation is worth is how
 * many of them it finds (plants.test.ts).
 */
import type { AccountRow, Op, Statements } from '../../src/contracts/store.ts';
import type { Upstream } from '../../src/contracts/upstream.ts';
import { frameSize } from '../../src/core/frame.ts';
import { captureHold } from '../../src/engine/books/money.ts';
import type { PlanSize } from './draw.ts';
import { type Plant, planted, withStatements } from './plant.ts';
import { afterRelease, attempts, books, counting, says, start } from './plant-ways.ts';
import type { Invariant } from './violation.ts';
import { Life } from './world.ts';

/** A bug, and where it may show. */
export interface Planted {
  /** What the wrong program does, for people. */
  readonly bug: string;
  readonly plant: Plant;
  /** What it may be seen to break. */
  readonly breaks: readonly Invariant[];
  /** Runs in which it has a chance; any where absent. */
  readonly size?: PlanSize;
}

const DAY_MS = 24 * 3_600_000;
const HOUR_MS = 3_600_000;
/** When a kernel has written what it was given, ms. */
const WRITTEN_BACK_MS = 5_000;

/** Every bug, by the name that `npm run sim -- --plant` takes. */
export const PLANTS: Readonly<Record<string, Planted>> = {
  'refund-apart': {
    bug: 'gives credits back in a second transaction, after the one that ends the job',
    plant: afterRelease(
      (q, jobId) => says(q, jobId, false),
      (q) => q,
    ),
    breaks: ['hold-fits-job'],
  },
  'release-twice': {
    bug: 'gives a hold back again, because nobody looks whether it was ended before',
    plant: afterRelease(
      (q, ...args) => q.books.closeHold(...args),
      (q) => ({
        ...q,
        books: {
          ...q.books,
          closeHold: (jobId) => says(q, jobId, true),
        },
      }),
    ),
    breaks: ['held', 'not-negative', 'defect'],
  },
  'capture-early': {
    bug: 'takes the money when the upstream says done, before the result is checked',
    plant: planted({
      store: (store) =>
        withStatements(store, (q) => ({
          ...q,
          jobs: {
            ...q.jobs,
            *move(id, fence, change, at) {
              const moved = yield* q.jobs.move(id, fence, change, at);
              const hold = moved && change.state === 'storing' ? yield* q.books.hold(id) : undefined;
              if (hold) yield* captureHold(new Map(), q, hold, hold.amount, at);
              return moved;
            },
          },
        })),
    }),
    breaks: ['hold-fits-job', 'captured-once'],
  },
  unchecked: {
    bug: 'believes every file to be what was asked for',
    plant: planted({
      upstream: (upstream, { memory }) => ({
        ...upstream,
        start(account, attempt, signal) {
          const { seed, durationS, aspectRatio } = attempt.request;
          memory.set(`${seed}`, durationS * 1000 * (aspectRatio === null ? -1 : 1));
          return upstream.start(account, attempt, signal);
        },
      }),
      media: (media, { memory }) => ({
        ...media,
        async check(content) {
          const { job } = JSON.parse(content) as { job: number };
          const asked = memory.get(`${job}`);
          if (asked === undefined) return media.check(content);
          const size = frameSize('360p', asked < 0 ? { width: 64, height: 64 } : '16:9');
          return media.check(JSON.stringify({ job, kind: 'video', ...size, durationMs: Math.abs(asked) }));
        },
      }),
    }),
    breaks: ['checked'],
  },
  counter: {
    bug: 'counts the jobs of an account in memory instead of taking a numbered slot',
    plant: planted({
      store: (store, { memory }) => ({
        ...withStatements(store, (q) => counting(q, memory)),
        read: (unit) => store.read((q) => unit(counting(q, memory))),
      }),
    }),
    breaks: ['cap'],
    size: { processes: 2, jobs: 16 },
  },
  'slot-kept': {
    bug: 'frees the slot when the job has ended, not when the upstream is done with it',
    plant: attempts((q, label) => ({
      *endLease(attemptId) {
        return label === 'observe' ? false : yield* q.attempts.endLease(attemptId);
      },
    })),
    breaks: ['lease-freed'],
  },
  'cancel-believed': {
    bug: 'cancels a running job without waiting for its upstream to confirm it',
    plant: planted({
      upstream: (upstream) => ({ ...upstream, cancel: async () => ({ type: 'cancelled' }) }),
    }),
    breaks: ['cancelled'],
  },
  'create-retried': {
    bug: 'sends a create call again at once when its answer was lost',
    plant: start(async (call) => {
      const outcome = await call();
      return outcome.type === 'unknown' ? call() : outcome;
    }),
    breaks: ['once-per-attempt', 'once-per-job', 'real-cap', 'not-a-verdict'],
  },
  'unknown-resubmitted': {
    bug: 'takes a lost answer for "nothing was created" and submits the job anew',
    plant: start(async (call) => {
      const outcome = await call();
      return outcome.type === 'unknown' ? { type: 'unsent', message: outcome.message } : outcome;
    }),
    breaks: ['once-per-job', 'not-a-verdict'],
  },
  'refusal-shrugged': {
    bug: 'takes every refusal for the fault of the account and tries the next one',
    plant: start(async (call) => {
      const outcome = await call();
      return outcome.type === 'refused' ? { ...outcome, code: 'account_refused' } : outcome;
    }),
    breaks: ['moderated'],
  },
  'balance-believed': {
    bug: 'believes an account to have more than its upstream says',
    plant: planted({
      upstream: (upstream) => {
        const { balance } = upstream;
        if (!balance) return upstream;
        return {
          ...upstream,
          async balance(account, signal) {
            const seen = await balance(account, signal);
            return { ...seen, monthly: seen.monthly + 1_000 };
          },
        };
      },
    }),
    breaks: ['balance'],
  },
  'account-shunned': {
    bug: 'never goes back to an account that turned a job away once',
    plant: planted({
      store: (store, { memory }) =>
        withStatements(store, (q) => ({
          ...q,
          attempts: {
            ...q.attempts,
            *change(id, change) {
              const attempt = change.state === 'refused' ? yield* q.attempts.get(id) : undefined;
              if (attempt) memory.set(`shunned ${attempt.accountId}`, 1);
              yield* q.attempts.change(id, change);
            },
          },
          accounts: {
            ...q.accounts,
            *lock(id) {
              const row = yield* q.accounts.lock(id);
              return row && memory.has(`shunned ${id}`) ? { ...row, state: 'paused' } : row;
            },
          },
        })),
    }),
    breaks: ['prompt'],
    size: { processes: 1, jobs: 30, lengthMs: 600_000 },
  },
  'rest-ignored': {
    bug: 'gives work to accounts that rest for a fault of their own',
    plant: planted({
      store: (store) => {
        const well = (row: AccountRow): AccountRow => ({ ...row, health: null });
        const blind = (q: Statements): Statements => ({
          ...q,
          accounts: {
            ...q.accounts,
            *get(id) {
              const row = yield* q.accounts.get(id);
              return row && well(row);
            },
            *lock(id) {
              const row = yield* q.accounts.lock(id);
              return row && well(row);
            },
            *list(page) {
              return (yield* q.accounts.list(page)).map(well);
            },
          },
        });
        return { ...withStatements(store, blind), read: (unit) => store.read((q) => unit(blind(q))) };
      },
    }),
    breaks: ['well'],
    size: { jobs: 30 },
  },
  'silence-fails': {
    bug: 'lets a job fail when a status call is not answered',
    plant: planted({
      upstream: (upstream): Upstream => ({
        ...upstream,
        status: (account, ref, signal) =>
          upstream
            .status(account, ref, signal)
            .catch(() => ({ type: 'failed', code: 'generation_failed', message: 'no answer' })),
      }),
    }),
    breaks: ['not-a-verdict'],
  },
  'wake-early': {
    bug: 'wakes the others before the commit they are to look at',
    plant: planted({
      store: (store) => ({
        ...store,
        write<T>(label: string, unit: (q: Statements) => Op<T>): Promise<T> {
          if (label === 'admit') store.notify('queue');
          return store.write(label, unit);
        },
        notify: (channel) => {
          if (channel !== 'queue') store.notify(channel);
        },
      }),
    }),
    breaks: ['wake-after-commit'],
  },
  'fence-ignored': {
    bug: 'writes to a job whoever has it now',
    plant: planted({
      store: (store) =>
        withStatements(store, (q) => ({
          ...q,
          jobs: {
            ...q.jobs,
            *move(id, fence, change, at) {
              const moved = yield* q.jobs.move(id, fence, change, at);
              if (moved) return moved;
              const now = yield* q.jobs.get(id);
              return now && (yield* q.jobs.move(id, now.fence, change, at));
            },
          },
        })),
    }),
    breaks: ['fence', 'defect', 'once-per-job', 'hold-fits-job', 'legal-move', 'moves-on', 'lease-freed', 'cost-once'],
    size: { processes: 2, jobs: 30, stalls: 8 },
  },
  'horizon-forgotten': {
    bug: 'gives attempts no horizon',
    plant: attempts((q) => ({
      insert: (row) =>
        q.attempts.insert({ ...row, slotHorizonAt: row.sentAt + DAY_MS, creditHorizonAt: row.sentAt + DAY_MS }),
    })),
    breaks: ['lease-freed', 'horizon', 'ends'],
  },
  'expired-spent': {
    bug: 'spends credits that have expired',
    plant: books((q) => ({ spendable: (tenantId, now) => q.books.spendable(tenantId, now - HOUR_MS) })),
    breaks: ['expired-unspent'],
    size: { poor: true },
  },
  'cost-twice': {
    bug: 'books what an account paid a second time',
    plant: books((q) => ({
      *move(entry) {
        if (entry.reason === 'cost') yield* q.books.move(entry);
        return yield* q.books.move(entry);
      },
    })),
    breaks: ['cost-once'],
  },
  'late-in-full': {
    bug: 'lets a late result cost its whole price, whatever is available',
    plant: books((q) => ({
      *move(entry) {
        if (entry.reason === 'writeoff' && entry.jobId !== null) {
          const job = yield* q.jobs.get(entry.jobId);
          if (job?.state === 'expired') return true;
        }
        return yield* q.books.move(entry);
      },
    })),
    breaks: ['late-capture', 'account-book'],
    size: { poor: true, late: true, jobs: 30, lengthMs: 600_000 },
  },
  unacknowledged: {
    bug: 'takes a delivery for received, whatever the receiver answered',
    plant: planted({
      store: (store) =>
        withStatements(store, (q) => ({
          ...q,
          deliveries: {
            ...q.deliveries,
            settle: (id, fence, outcome, at) => q.deliveries.settle(id, fence, { ...outcome, state: 'delivered' }, at),
          },
        })),
    }),
    breaks: ['told'],
  },
  unsynced: {
    bug: 'names bytes that are not on disk yet: what was kept just before the process died is gone',
    plant: planted({
      blobs: (blobs, { world, life, kept }) => ({
        ...blobs,
        async put(key, source, limit) {
          const stored = await blobs.put(key, source, limit);
          world.at(world.now + WRITTEN_BACK_MS, new Life('disk'), () => {
            if (!life.alive) kept.delete(key);
          });
          return stored;
        },
      }),
    }),
    breaks: ['bytes-before-row', 'checked', 'defect', 'ends'],
    size: { processes: 1, crashes: 8 },
  },
};
