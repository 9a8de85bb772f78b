/**
 * What the store must hold, kept up from what was committed. Rows of jobs are read anew after every commit that
 * touched them; leases, reservations and balances are counted here by themselves and compared (oracle.ts, audit.ts).
 */
import type {
  AccountRow,
  AssetRow,
  AttemptRow,
  HoldRow,
  JobRow,
  LeaseRow,
  Op,
  Statements,
  Store,
} from '../../src/contracts/store.ts';
import { isTerminal, type JobState } from '../../src/core/job.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

/** A job with its hold and its attempts, as they are committed. */
export interface JobFacts {
  readonly row: JobRow;
  readonly hold: HoldRow | undefined;
  readonly attempts: readonly AttemptRow[];
}

/** Everything the oracle remembers. */
export class Mirror {
  readonly jobs = new Map<number, JobFacts>();
  readonly unfinished = new Set<number>();
  /** State and owner as of the last call seen, in the order of commits. */
  readonly states = new Map<number, JobState>();
  readonly owners = new Map<number, string | null>();
  /** Processes that are registered. */
  readonly processes = new Set<string>();
  /** Attempt id → its job. */
  readonly jobOf = new Map<string, number>();
  readonly leases = new Map<string, LeaseRow>();
  readonly slots = new Map<string, string>();
  readonly accounts = new Map<number, AccountRow>();
  /** Account → what its attempts reserve. */
  readonly reserved = new Map<number, number>();
  readonly costs = new Map<string, { accountId: number; cost: number; state: AttemptRow['costState'] }>();
  readonly assets = new Map<number, AssetRow>();
  readonly #store: Store;
  readonly #world: World;

  constructor(world: World, store: Store) {
    this.#world = world;
    this.#store = store;
  }

  /** Reads from the store now: the embedded one drives a read to its end at once. */
  look<T>(unit: (q: Statements) => Op<T>): T {
    const found: { value?: T } = {};
    this.#store
      .read(function* (q) {
        found.value = yield* unit(q);
      })
      .catch((error: unknown) => this.#world.fail(error));
    if (!('value' in found)) throw new Violation('defect', 'a look at the store failed');
    return found.value as T;
  }

  /** Reads jobs anew. */
  refresh(ids: Iterable<number>): JobFacts[] {
    const fresh: JobFacts[] = [];
    this.look(function* (q) {
      for (const id of ids) {
        const row = yield* q.jobs.get(id);
        if (row) fresh.push({ row, hold: yield* q.books.hold(id), attempts: yield* q.attempts.ofJob(id) });
      }
    });
    for (const facts of fresh) {
      this.jobs.set(facts.row.id, facts);
      const over = isTerminal(facts.row.state) && facts.row.nextAt === null;
      if (over) this.unfinished.delete(facts.row.id);
      else this.unfinished.add(facts.row.id);
    }
    return fresh;
  }

  /** Reads accounts anew. */
  refreshAccounts(ids: Iterable<number>): AccountRow[] {
    const rows: AccountRow[] = [];
    this.look(function* (q) {
      for (const id of ids) {
        const row = yield* q.accounts.get(id);
        if (row) rows.push(row);
      }
    });
    for (const row of rows) this.accounts.set(row.id, row);
    return rows;
  }

  /** How many leases an account has. */
  leasesOf(accountId: number): number {
    let count = 0;
    for (const lease of this.leases.values()) if (lease.accountId === accountId) count += 1;
    return count;
  }

  /** The plan's number of a job, for messages. */
  name(jobId: number): string {
    const request = this.jobs.get(jobId)?.row.request;
    const seed = typeof request === 'object' && request !== null && 'seed' in request ? request['seed'] : '?';
    return `job #${String(seed)}`;
  }
}
