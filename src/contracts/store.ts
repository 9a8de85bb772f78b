import type { AccountSettings } from '../core/account.ts';
import type { Health, LearnedCap } from '../core/health.ts';
import type { JobState } from '../core/job.ts';
import type { PoolMembers, PoolStrategy } from '../core/pools.ts';
import type { Credits } from '../std/credits.ts';
import type { Json } from '../std/json.ts';
import type { TemplateStatements, UsageStatements } from './library.ts';
import type { DeliveryStatements, WebhookStatements } from './outbox.ts';
import type { SealedStatements } from './secrets.ts';

/**
 * The store: durable state behind named statements. The engine composes statements into units of work; only `store/`
 * knows SQL. A unit is a generator that may wait for nothing but its own statements, so two units never interleave
 * inside one transaction and a unit can be run again from its start (a lock conflict on PostgreSQL, a shared rollback
 * on SQLite): it must have no effect besides its statements and its result.
 */
export interface Store {
  readonly backend: 'sqlite' | 'postgres';
  /** True when only one process can have this store open: every earlier one is gone. */
  readonly exclusive: boolean;
  /**
   * A number that changes with every commit: what was read under one value still stands under the same. Undefined
   * where other processes write too, so that nothing read may be kept.
   */
  version(): number | undefined;
  /**
   * Runs a unit in a transaction. Resolves after the commit is durable, and only then may an answer leave or another
   * process be woken (promise P2). When the unit throws, nothing of it is kept and the promise rejects with that error.
   * @param label names the unit in logs and simulations, e.g. `admit`.
   */
  write<T>(label: string, unit: (q: Statements) => Op<T>): Promise<T>;
  /** Runs a unit that only reads, on a committed snapshot. It sees every write that has resolved. */
  read<T>(unit: (q: Statements) => Op<T>): Promise<T>;
  /** Tells other processes on this database (and this one) that work of a kind may be due. Lost signals are allowed. */
  notify(channel: WakeChannel): void;
  /** Calls back on every signal, own ones included. Returns a function that stops it. */
  onNotify(listener: (channel: WakeChannel) => void): () => void;
  /** Ends after the open transactions. */
  close(): Promise<void>;
}

/** What may have become due. */
export type WakeChannel = 'queue' | 'slots' | 'accounts' | 'keys' | 'jobs';

/** A statement on its way to the driver; opaque outside `store/`. */
export interface Step {
  readonly text: string;
  readonly params: readonly SqlValue[];
}

/** What a statement may be given and a column may hold; times, ids and money are integers below 2^53, JSON is text. */
export type SqlValue = string | number | null;

/** A row as the drivers give it, before `store/` reads it into a typed one. */
export type RawRow = Record<string, SqlValue>;

/** A piece of a unit of work: use it with `yield*`. */
export type Op<T> = Generator<Step, T, RawRow[]>;

/** Every statement, by noun. */
export interface Statements {
  readonly meta: MetaStatements;
  readonly tenants: TenantStatements;
  readonly keys: KeyStatements;
  readonly pools: PoolStatements;
  readonly accounts: AccountStatements;
  readonly books: BookStatements;
  readonly jobs: JobStatements;
  readonly attempts: AttemptStatements;
  readonly assets: AssetStatements;
  readonly carried: CarriedStatements;
  readonly replays: ReplayStatements;
  readonly answers: AnswerStatements;
  readonly auditLog: AuditLogStatements;
  readonly processes: ProcessStatements;
  readonly webhooks: WebhookStatements;
  readonly deliveries: DeliveryStatements;
  readonly usage: UsageStatements;
  readonly templates: TemplateStatements;
  readonly sealed: SealedStatements;
  readonly trials: TrialStatements;
}

/** Parts of a unit that may be undone while the rest stays. Not for units that only read. */
export interface TrialStatements {
  /** Runs a part; what it throws is thrown on, and nothing that it wrote stays. */
  attempt<T>(part: () => Op<T>): Op<T>;
  /** Runs a part for what it comes to: nothing that it wrote stays, whether it throws or not. */
  undo<T>(part: () => Op<T>): Op<T>;
}

/** Single values by name. */
export interface MetaStatements {
  get(name: string): Op<string | undefined>;
  /** Locks and reads the value until the unit ends: nobody sets it meanwhile. */
  lock(name: string): Op<string | undefined>;
  /** Sets the value unless there is one; returns the one that stands afterwards. */
  setOnce(name: string, value: string): Op<string>;
  set(name: string, value: string): Op<void>;
}

// ── Tenants and keys ──────────────────────────────────────────────────────────────────────────────────────────────

/** A customer of this gateway. */
export interface TenantRow {
  readonly id: number;
  readonly name: string;
  /** Share of the pool relative to other tenants; 1 or more. */
  readonly weight: number;
  /** What a monthly refill gives; 0 for none. */
  readonly monthlyCredits: Credits;
  /** UTC day of the month on which the refill comes, 1 … 31, clamped to the month's end. */
  readonly anchorDay: number;
  /** `metered`: its books are the limit. `pooled`: its books follow the accounts that count in its unit (engine/accounts/pooled.ts). */
  readonly mode: 'metered' | 'pooled';
  /** The unit of the accounts a pooled tenant follows; null for a metered one. */
  readonly unit: string | null;
  /** Slot-milliseconds received, divided by the weight: the tenant's place in the fair order (core/fairness.ts). */
  readonly servedMs: number;
  readonly createdAt: number;
}

/** Statements about tenants. */
export interface TenantStatements {
  insert(row: Omit<TenantRow, 'id' | 'servedMs'>): Op<TenantRow>;
  get(id: number): Op<TenantRow | undefined>;
  list(): Op<TenantRow[]>;
  /** Changes what is given; the row afterwards, or undefined where there is no such tenant. */
  change(
    id: number,
    change: Partial<Pick<TenantRow, 'name' | 'weight' | 'monthlyCredits' | 'anchorDay' | 'mode' | 'unit'>>,
  ): Op<TenantRow | undefined>;
  setServed(id: number, servedMs: number): Op<void>;
}

/** A secret a client sends, as its hash. */
export interface KeyRow {
  readonly id: number;
  readonly tenantId: number;
  readonly name: string;
  readonly role: 'admin' | 'client';
  /** Lower-case hex SHA-256 of the key. */
  readonly hash: string;
  /** First seven characters, for people. */
  readonly prefix: string;
  /** The pool its jobs are placed in. */
  readonly poolId: number;
  /** Requests a second; 0 for no limit, null for the gateway's setting. */
  readonly requestsPerSecond: number | null;
  /** Jobs in flight at a time; null for no limit. */
  readonly runningMax: number | null;
  /** Jobs that may wait at a time. */
  readonly queueDepthMax: number;
  /** What happens to a job for which no slot is free: it waits, or it is refused at once. */
  readonly overflow: 'queue' | 'reject';
  /** Moves its jobs forward in their tenant's line (core/limits.ts); 0 for none. */
  readonly priority: number;
  /** Its jobs may go to the stand-in that only draws, whatever else the pool has. */
  readonly sandbox: boolean;
  /** Models and operations it may use; null for all. */
  readonly models: readonly string[] | null;
  readonly operations: readonly string[] | null;
  /** When it stops opening anything; null for never. */
  readonly expiresAt: number | null;
  /** Most that may be held and spent in a UTC day or month; null for no limit. */
  readonly budgetDay: Credits | null;
  readonly budgetMonth: Credits | null;
  readonly createdAt: number;
  readonly revokedAt: number | null;
  /** Of its tenant, as in `TenantRow`. */
  readonly tenantMode: 'metered' | 'pooled';
}

/** Statements about keys. */
export interface KeyStatements {
  insert(row: Omit<KeyRow, 'id' | 'revokedAt' | 'tenantMode'>): Op<KeyRow>;
  byHash(hash: string): Op<KeyRow | undefined>;
  get(id: number): Op<KeyRow | undefined>;
  list(filter?: { tenantId: number }): Op<KeyRow[]>;
  /** Puts the unfinished jobs of the key into lanes of its own, so that its limit holds up nobody else's. */
  ownLanes(id: number, ending: string): Op<void>;
  /** Changes what is given; the row afterwards, or undefined where there is no such key. */
  change(
    id: number,
    change: Partial<
      Omit<KeyRow, 'id' | 'tenantId' | 'role' | 'hash' | 'prefix' | 'createdAt' | 'revokedAt' | 'tenantMode'>
    >,
  ): Op<KeyRow | undefined>;
  /** False where the key does not exist or was revoked before. */
  revoke(id: number, at: number): Op<boolean>;
  /** Jobs of the key that are `queued`. */
  waiting(id: number): Op<number>;
  /** Jobs of the key in flight; the key is locked until the unit ends, so that no other unit starts one meanwhile. */
  running(id: number): Op<number>;
}

/** A named set of accounts, with the way of choosing among them. */
export interface PoolRow {
  readonly id: number;
  /** Unique. */
  readonly name: string;
  readonly strategy: PoolStrategy;
  readonly members: PoolMembers;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Statements about pools. The schema brings the default one (core/pools.ts). */
export interface PoolStatements {
  /** Null where there is a pool of this name. */
  insert(row: Omit<PoolRow, 'id' | 'updatedAt'>): Op<PoolRow | null>;
  get(id: number): Op<PoolRow | undefined>;
  byName(name: string): Op<PoolRow | undefined>;
  list(): Op<PoolRow[]>;
  /** Changes what is given; the row afterwards, or undefined where there is no such pool. */
  change(
    id: number,
    change: Partial<Pick<PoolRow, 'name' | 'strategy' | 'members'>>,
    at: number,
  ): Op<PoolRow | undefined>;
  /** Keys and unfinished jobs that use the pool. */
  uses(id: number): Op<{ keys: number; jobs: number }>;
  /** False where there is no such pool. */
  remove(id: number): Op<boolean>;
}

// ── Accounts ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** A credential at an upstream, with its slots and its credits. */
export interface AccountRow {
  readonly id: number;
  readonly upstream: string;
  /** Unique; an e-mail address for accounts that have one. */
  readonly name: string;
  readonly maxJobs: number;
  /** `removing`: it is drained, and goes when no job needs it any more. `removed` rows are kept for their attempts, and not found. */
  readonly state: 'enabled' | 'paused' | 'draining' | 'removing' | 'removed';
  /** Sealed JSON (std/crypto.ts), context `account:<name>`; empty once it is removed. */
  readonly secret: string;
  readonly settings: AccountSettings;
  /** The group whose cap it shares; null for none. */
  readonly limitGroup: string | null;
  /** What its credits are; balances of different units are never added. */
  readonly unit: string;
  /** Null where it is well. */
  readonly health: Health | null;
  readonly learnedCap: LearnedCap | null;
  /** What the plan says about itself (names, dates, features), as its dialects show it. */
  readonly plan: Json;
  readonly creditDaily: Credits;
  readonly creditMonthly: Credits;
  readonly creditPackage: Credits;
  /** Costs of attempts that may still be charged. */
  readonly reserved: Credits;
  /** Leases held now. */
  readonly inUse: number;
  readonly lastUsedAt: number;
  /** Days since 1970 (UTC) of its last job, and what was started on that day. */
  readonly day: number;
  readonly dayJobs: number;
  readonly dayCredits: Credits;
  /** When its upstream last said what it has; 0 for never. */
  readonly refreshedAt: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Accounts that share a cap. */
export interface AccountGroupRow {
  /** Unique. */
  readonly name: string;
  readonly maxJobs: number;
  /** Leases held now by its accounts together. */
  readonly inUse: number;
}

/** What an upstream said an account has, where it was not what we expected. */
export interface DriftRow {
  readonly id: number;
  readonly accountId: number;
  readonly at: number;
  /** What we had counted, and what the upstream said. */
  readonly expected: Credits;
  readonly observed: Credits;
  /** Most likely why. */
  readonly explanation: string;
}

/** Statements about accounts; leases are counted by `AttemptStatements`. */
export interface AccountStatements {
  /**
   * Creates the account, or replaces everything the row names of the one with this name. What it may say about the account's
   * use is left out by those who have no say in it; either way the account counts as well again.
   */
  upsert(
    row: Pick<AccountRow, 'upstream' | 'name' | 'maxJobs' | 'state' | 'secret' | 'plan'> &
      Partial<Pick<AccountRow, 'settings' | 'limitGroup' | 'unit'>> & {
        /** Balance of a newly created account; an existing one keeps its own. */
        creditDaily: Credits;
        creditMonthly: Credits;
        creditPackage: Credits;
        at: number;
      },
  ): Op<{ account: AccountRow; created: boolean }>;
  get(id: number): Op<AccountRow | undefined>;
  byName(name: string): Op<AccountRow | undefined>;
  /** By id, all of them or a page: at most `limit` with ids above `after`. */
  list(page?: { after: number; limit: number }): Op<AccountRow[]>;
  /** Locks and reads one account until the unit ends, so that its slots can be counted. */
  lock(id: number): Op<AccountRow | undefined>;
  /** Changes what is given; the row afterwards, or undefined where there is no such account. */
  change(
    id: number,
    change: Partial<
      Pick<
        AccountRow,
        | 'maxJobs'
        | 'state'
        | 'secret'
        | 'plan'
        | 'settings'
        | 'limitGroup'
        | 'unit'
        | 'health'
        | 'learnedCap'
        | 'refreshedAt'
      >
    >,
    at: number,
  ): Op<AccountRow | undefined>;
  /**
   * Adds to `reserved` and to the three credits; negative numbers take away. Does not go below zero. `started` counts jobs
   * of a day (days since 1970) and what they cost; what is taken back of an earlier day than the last changes nothing.
   */
  adjust(
    id: number,
    by: {
      reserved?: Credits;
      daily?: Credits;
      monthly?: Credits;
      package?: Credits;
      started?: { day: number; jobs: number; credits: Credits };
    },
    at: number,
  ): Op<void>;
  /** Is there an unfinished job, or one watched for a late result, whose last attempt went to this account? */
  needed(id: number): Op<boolean>;
  groups(): Op<AccountGroupRow[]>;
  /** One group, locked until the unit ends. */
  group(name: string): Op<AccountGroupRow | undefined>;
  /** Makes the group, or sets its cap. */
  putGroup(name: string, maxJobs: number): Op<void>;
  addDrift(row: Omit<DriftRow, 'id'>): Op<void>;
  /** Newest first; of one account, or of all. */
  drifts(filter: { accountId?: number; limit: number }): Op<DriftRow[]>;
  /** What the enabled accounts that count in this unit have together. */
  total(unit: string): Op<Credits>;
  /** Sets the credits an upstream or a refill gave. */
  setCredits(id: number, to: { daily: Credits; monthly: Credits; package: Credits }, plan: Json, at: number): Op<void>;
}

// ── Money ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Names of books. Owners: `tenant:<id>`, `account:<id>` or `operator`. */
export type BookName = 'available' | 'held' | 'revenue' | 'grants' | 'adjustments' | 'writeoff' | 'cost' | 'upstream';

/** A ledger account: the sum of its entries. */
export interface BookRow {
  readonly id: number;
  readonly owner: string;
  readonly name: BookName;
  readonly balance: Credits;
}

/** One immutable move of credits from one book to another; its two sides sum to zero by construction. */
export interface EntryRow {
  readonly id: number;
  readonly at: number;
  /** Book that gives. */
  readonly fromBook: number;
  /** Book that receives. */
  readonly toBook: number;
  /** More than zero. */
  readonly amount: Credits;
  readonly reason:
    | 'grant'
    | 'expiry'
    | 'hold'
    | 'capture'
    | 'release'
    | 'late-capture'
    | 'writeoff'
    | 'cost'
    | 'adjustment';
  readonly jobId: number | null;
  readonly grantId: number | null;
}

/** Credits given to a tenant, with what is left of them. */
export interface GrantRow {
  readonly id: number;
  readonly tenantId: number;
  readonly kind: 'daily' | 'monthly' | 'package' | 'promo';
  readonly amount: Credits;
  /** Not yet held, spent or expired. */
  readonly remaining: Credits;
  /** Null for never. */
  readonly expiresAt: number | null;
  /** Among grants that expire together the higher is spent first. */
  readonly priority: number;
  /** Period of a refill, e.g. `2026-11`; null for others. Unique with tenant and kind. */
  readonly period: string | null;
  readonly createdAt: number;
}

/** Part of a hold taken from one grant. */
export interface Slice {
  readonly grantId: number;
  readonly amount: Credits;
}

/** Credits set aside for one job; ended exactly once. */
export interface HoldRow {
  readonly jobId: number;
  readonly tenantId: number;
  readonly keyId: number;
  readonly amount: Credits;
  readonly slices: readonly Slice[];
  /** Budget windows of its key that it counts in: 1 the day's, 2 the month's, 3 both, 0 none. */
  readonly windows: number;
  readonly state: 'open' | 'captured' | 'released';
  readonly captured: Credits;
  readonly openedAt: number;
  readonly closedAt: number | null;
}

/** Statements about books, entries, grants and holds; core/ledger.ts says in which order they are used. */
export interface BookStatements {
  /** The book of an owner, created with zero where it is missing. */
  ensure(owner: string, name: BookName): Op<BookRow>;
  /** Books of an owner (no lock). */
  of(owner: string): Op<BookRow[]>;
  all(): Op<BookRow[]>;
  /**
   * Appends an entry and moves both balances. Returns false, having done nothing, when `fromBook` is an `available` or
   * `held` book that would fall below zero; other books may.
   */
  move(entry: Omit<EntryRow, 'id'>): Op<boolean>;
  /** Unspent, unexpired grants in the order they are spent: soonest expiry, then priority, then age. Locked until the unit ends. */
  spendable(tenantId: number, now: number): Op<Pick<GrantRow, 'id' | 'remaining'>[]>;
  /** Null when the period's refill was posted before. */
  insertGrant(row: Omit<GrantRow, 'id' | 'remaining'> & { remaining: Credits }): Op<GrantRow | null>;
  grant(id: number): Op<GrantRow | undefined>;
  grantsOf(tenantId: number): Op<GrantRow[]>;
  /** Adds to what remains of a grant (negative: spends). False, having done nothing, when it would fall below zero. */
  adjustGrant(id: number, by: Credits): Op<boolean>;
  /** Makes a grant larger or smaller, and what remains of it. False, having done nothing, when less remains. */
  resizeGrant(id: number, by: Credits): Op<boolean>;
  /** Expired grants with something left, oldest first. Locked until the unit ends. */
  expired(now: number, limit: number): Op<GrantRow[]>;
  insertHold(row: Omit<HoldRow, 'state' | 'captured' | 'closedAt'>): Op<void>;
  hold(jobId: number): Op<HoldRow | undefined>;
  /** Ends an open hold. False when it was ended before: then nothing else of the settlement may happen. */
  closeHold(jobId: number, state: 'captured' | 'released', captured: Credits, at: number): Op<boolean>;
  /** Adds to a key's spending of a UTC period (`2026-11-20` or `2026-11`); the sum afterwards. */
  spend(keyId: number, period: string, by: Credits): Op<Credits>;
  /**
   * Lines of the ledger, newest first: at most `limit` of those older than `before`, among the `span` entries before it.
   * `books`: only those that touch one of these.
   */
  entries(filter: { books?: readonly number[]; before: number; span: number; limit: number }): Op<EntryRow[]>;
  /** The id that the next entry is greater than. */
  lastEntry(): Op<number>;
  /** Lines of one job, oldest first, but for its hold, which is told by the hold's own row. */
  entriesOfJob(jobId: number): Op<EntryRow[]>;
  /** What `ledger verify` needs, computed by the database over all rows. */
  audit(): Op<LedgerAudit>;
}

/** Facts that must agree; see engine/books/verify.ts. */
export interface LedgerAudit {
  readonly entries: number;
  /** Books whose balance is not the sum of their entries. */
  readonly booksOff: { bookId: number; owner: string; name: string; balance: Credits; entries: Credits }[];
  /** Sum of all balances; must be zero. */
  readonly total: Credits;
  /** Tenants whose `available` is not what remains of their grants, or whose `held` is not the sum of their open holds. */
  readonly tenantsOff: { tenantId: number; available: Credits; grants: Credits; held: Credits; holds: Credits }[];
  /** Open holds whose job is finished, and unfinished jobs without an open hold (priced ones). */
  readonly holdsOff: number[];
  readonly negative: { bookId: number; balance: Credits }[];
}

// ── Jobs ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** One accepted request. */
export interface JobRow {
  readonly id: number;
  readonly tenantId: number;
  readonly keyId: number;
  /** Name of the dialect it came through. */
  readonly dialect: string;
  readonly operation: string;
  readonly model: string;
  /** The pool it is placed in: that of its key when it was accepted. */
  readonly poolId: number;
  /** It may go to the stand-in that only draws, whatever else the pool has. */
  readonly sandbox: boolean;
  /** The neutral request (core/request.ts) as JSON. */
  readonly request: Json;
  readonly state: JobState;
  /** Jobs of one tenant that need the same; the unit of queueing (core/placement.ts). */
  readonly lane: string;
  /** Order within the lane: arrival in ms, less what priority is worth; lower is sooner. */
  readonly rank: number;
  /** What the tenant pays. */
  readonly price: Credits;
  /** Slot time expected when it was admitted, ms. */
  readonly expectedSlotMs: number;
  /** When the next step is due, ms; null for queued (the lane decides) and finished jobs. */
  readonly nextAt: number | null;
  /** Process that follows it; null when free. */
  readonly owner: string | null;
  /** Fencing number: every claim raises it, every write must name it. */
  readonly fence: number;
  readonly attempts: number;
  /** Current or last attempt. */
  readonly attemptId: string | null;
  /** Thousandths done, where known. */
  readonly progress: number | null;
  /** Error code of the registry and message, for a job that did not succeed. */
  readonly error: { code: string; message: string } | null;
  /** Sources the upstream named, while storing and after; where there are several, with the `assetId` each became. */
  readonly sources: Json;
  /** Result asset; null until succeeded. */
  readonly resultAssetId: number | null;
  readonly coverAssetId: number | null;
  /** Trace or idempotency id the client sent. */
  readonly traceId: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly finishedAt: number | null;
  readonly deletedAt: number | null;
}

/** What a step may change besides the state. `undefined` leaves a column as it is. */
export interface JobChange {
  readonly state?: JobState;
  readonly nextAt?: number | null;
  readonly owner?: string | null;
  readonly attempts?: number;
  readonly attemptId?: string;
  readonly progress?: number | null;
  readonly error?: { code: string; message: string } | null;
  readonly sources?: Json;
  readonly resultAssetId?: number;
  readonly coverAssetId?: number;
  readonly lane?: string;
  readonly rank?: number;
  readonly finishedAt?: number;
}

/** One line of a job's timeline. */
export interface EventRow {
  readonly id: number;
  readonly jobId: number;
  readonly at: number;
  readonly kind: string;
  readonly data: Json;
}

/** Jobs of one lane that wait. */
export interface LaneRow {
  readonly tenantId: number;
  readonly lane: string;
  /** Rank and id of the job at its head. */
  readonly rank: number;
  readonly headId: number;
  /** Of its tenant, as in `TenantRow`. */
  readonly weight: number;
  readonly servedMs: number;
}

/** What is read of a job to see that its step is due; the step reads the rest when it begins. */
export type DueRow = Pick<JobRow, 'id' | 'state' | 'nextAt' | 'attemptId'>;

/** Statements about jobs and their timelines. */
export interface JobStatements {
  /** Inserts a `queued` job. False, having done nothing, where its key already has `waitingMax` jobs waiting. */
  insert(
    row: Pick<
      JobRow,
      | 'id'
      | 'tenantId'
      | 'keyId'
      | 'dialect'
      | 'operation'
      | 'model'
      | 'poolId'
      | 'sandbox'
      | 'request'
      | 'lane'
      | 'rank'
      | 'price'
      | 'expectedSlotMs'
      | 'traceId'
      | 'createdAt'
    >,
    waitingMax?: number,
  ): Op<boolean>;
  get(id: number): Op<JobRow | undefined>;
  /** Newest first; `before` is an id. */
  list(filter: { tenantId?: number; state?: JobState; before?: number; limit: number }): Op<JobRow[]>;
  /** The one setter: changes the job if its fence is `fence`, else returns undefined and changes nothing. Raises no fence. */
  move(id: number, fence: number, change: JobChange, at: number): Op<JobRow | undefined>;
  /** Lanes in which jobs wait; cost grows with the number of lanes, not of jobs. */
  lanes(): Op<LaneRow[]>;
  /** The first waiting job of a lane, locked until the unit ends (rows locked by others are skipped). */
  head(tenantId: number, lane: string): Op<JobRow | undefined>;
  /** Takes a job for a process: sets the owner and raises the fence, if the fence still is `fence`. */
  claim(id: number, fence: number, owner: string, at: number): Op<JobRow | undefined>;
  /** In-flight (and late-watched) jobs of this owner, or of nobody, whose `nextAt` has come; soonest first. */
  due(owner: string, now: number, limit: number): Op<DueRow[]>;
  /** Makes the next step of a job due at `at`, where it has one and that is later; its fence stays. */
  hasten(id: number, at: number): Op<void>;
  /** When the next step of this owner's (or nobody's) jobs is due that was not due at `after`. */
  nextDue(owner: string, after: number): Op<number | null>;
  /** Frees the jobs of processes that are gone, raises their fences and makes their next step due. The number freed. */
  orphan(aliveSince: number, at: number): Op<number>;
  /** Queued jobs of the same tenant and lane before this one. At most `limit` are counted. */
  ahead(job: Pick<JobRow, 'tenantId' | 'lane' | 'rank' | 'id'>, limit: number): Op<number>;
  countByState(): Op<{ state: JobState; count: number }[]>;
  /** Marks the results of a finished job deleted, once. False where they were, where it has none or is not finished. */
  removeResults(id: number, at: number): Op<boolean>;
  /** Has the tenant a job accepted at or before `until` whose inputs may still be read? */
  anyUnended(tenantId: number, until: number): Op<boolean>;
  addEvent(row: Omit<EventRow, 'id'>): Op<void>;
  events(jobId: number): Op<EventRow[]>;
  /** Events of all jobs with ids above `after`, in the order of ids, with the tenants of their jobs. */
  eventsAfter(after: number, limit: number): Op<(EventRow & { tenantId: number })[]>;
  /** The greatest id of an event; 0 where there is none. */
  lastEvent(): Op<number>;
  /** Finished jobs older than `before` without their timelines: deletes events of at most `limit` jobs. The number of jobs swept. */
  sweepEvents(before: number, limit: number): Op<number>;
}

// ── Attempts and leases ───────────────────────────────────────────────────────────────────────────────────────────

/** One submission of a job to one account. */
export interface AttemptRow {
  /** UUID; the idempotency id at the upstream. */
  readonly id: string;
  readonly jobId: number;
  readonly accountId: number;
  /** 1 for a job's first. */
  readonly number: number;
  /**
   * `sending`: the call may be out. `accepted`: the upstream has it. `unknown`: sent, answer never learned.
   * `refused`, `unsent`: nothing was created. `ended`: the upstream finished it, or its job is over.
   */
  readonly state: 'sending' | 'accepted' | 'unknown' | 'refused' | 'unsent' | 'ended';
  /** The driver's reference; null until accepted. */
  readonly ref: Json;
  /** What the account is expected to pay. */
  readonly cost: Credits;
  readonly costState: 'reserved' | 'paid' | 'freed';
  /** Why it was refused, a code of the registry; null for others. */
  readonly code: string | null;
  /** How the account was chosen: runners-up and counts of the rest by reason (promise P10). */
  readonly placement: Json;
  readonly polls: number;
  readonly sentAt: number;
  readonly acceptedAt: number | null;
  readonly slotHorizonAt: number;
  readonly creditHorizonAt: number;
  readonly endedAt: number | null;
}

/** "This attempt occupies one slot of that account until …". */
export interface LeaseRow {
  readonly accountId: number;
  /** 1 … maxJobs. */
  readonly slot: number;
  readonly attemptId: string;
  readonly takenAt: number;
  /** The slot horizon. */
  readonly until: number;
}

/** A slot that is occupied, and by what kind of job. */
export interface OccupiedRow extends Pick<LeaseRow, 'accountId' | 'takenAt'> {
  readonly keyId: number;
  readonly operation: string;
  readonly model: string;
  readonly expectedSlotMs: number;
}

/** Statements about attempts and slot leases. */
export interface AttemptStatements {
  insert(
    row: Pick<
      AttemptRow,
      'id' | 'jobId' | 'accountId' | 'number' | 'cost' | 'placement' | 'sentAt' | 'slotHorizonAt' | 'creditHorizonAt'
    >,
  ): Op<void>;
  get(id: string): Op<AttemptRow | undefined>;
  ofJob(jobId: number): Op<AttemptRow[]>;
  change(
    id: string,
    change: {
      state?: AttemptRow['state'];
      ref?: Json;
      costState?: AttemptRow['costState'];
      code?: string;
      polls?: number;
      acceptedAt?: number;
      endedAt?: number;
    },
  ): Op<void>;
  /**
   * Takes the lowest free slot of an account, up to `cap`, and counts it in `accounts.inUse`. Undefined where none is
   * free, here or in the group. The unique key (account, slot) and the group's row decide between processes.
   */
  takeLease(row: {
    accountId: number;
    /** The group whose cap the account shares; then that must have room too. */
    group?: string | null;
    attemptId: string;
    cap: number;
    takenAt: number;
    until: number;
  }): Op<LeaseRow | undefined>;
  /** Ends an attempt's lease, if it still has one. */
  endLease(attemptId: string): Op<boolean>;
  leases(): Op<LeaseRow[]>;
  /** Every lease with what its job was expected to take; cost grows with their number. */
  occupied(): Op<OccupiedRow[]>;
  /** The attempt of an account that its upstream knows by this reference, while it holds a slot. */
  leased(accountId: number, ref: Json): Op<AttemptRow | undefined>;
  /** How long finished attempts of an operation and model took from acceptance to end, beside what was expected, newest first. */
  durations(operation: string, model: string, limit: number): Op<{ tookMs: number; expectedMs: number }[]>;
}

// ── Assets ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Bytes we keep. */
export interface AssetRow {
  readonly id: number;
  readonly tenantId: number;
  /**
   * `mask`: what a mask-selection made beside its result, the picture of the keyframe. `voice`: a speaker made of an
   * uploaded sound, whose blob it shares; `former-voice` once it was removed.
   */
  readonly kind: 'upload' | 'result' | 'cover' | 'mask' | 'voice' | 'former-voice';
  readonly blobKey: string;
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /** What the prober found (contracts/media.ts MediaInfo) as JSON. */
  readonly info: Json;
  readonly jobId: number | null;
  /** File name or address it came from, where there was one; of a mask, what it shows; of a voice, its name. */
  readonly source: string | null;
  readonly createdAt: number;
  /** When its owner deleted it: shown and served no more; the row and its bytes go once no job needs them. */
  readonly deletedAt: number | null;
}

/** Statements about kept bytes; the bytes themselves are in `Blobs`. */
export interface AssetStatements {
  insert(row: AssetRow): Op<void>;
  /** Deleted ones too: jobs that were accepted before may still need them. */
  get(id: number): Op<AssetRow | undefined>;
  /** What is neither deleted nor a former voice, newest first; `before` is an id. */
  list(filter: {
    readonly tenantId?: number | undefined;
    readonly kind?: AssetRow['kind'] | undefined;
    readonly before?: number | undefined;
    readonly limit: number;
  }): Op<AssetRow[]>;
  /** Marks it deleted, once. False where it was or is not there. */
  remove(id: number, at: number): Op<boolean>;
  /** Rows deleted at or before `until`, with ids above `after`, in their order. */
  removed(until: number, after: number, limit: number): Op<AssetRow[]>;
  /** Deletes the row. */
  forget(id: number): Op<void>;
  /** Which of these blob keys are named by an asset. */
  known(blobKeys: readonly string[]): Op<string[]>;
  /** Voices of a tenant, oldest first. */
  voices(tenantId: number, page: { readonly offset: number; readonly limit: number }): Op<AssetRow[]>;
  countVoices(tenantId: number): Op<number>;
  /** A voice is a voice no more. */
  endVoice(id: number): Op<void>;
}

// ── Idempotency ───────────────────────────────────────────────────────────────────────────────────────────────────

/** An answered request that may be repeated. */
export interface ReplayRow {
  /** Hash of key, method, path and the client's id. */
  readonly scope: string;
  /** Hash of the body. */
  readonly fingerprint: string;
  /** Job or asset the first answer named. */
  readonly subject: number;
  readonly createdAt: number;
}

/** Statements about answers that may be repeated. */
export interface ReplayStatements {
  get(scope: string): Op<ReplayRow | undefined>;
  /** Records the answer. Undefined when recorded; else the row that was there first (waiting for a twin to end). */
  insert(row: ReplayRow): Op<ReplayRow | undefined>;
  sweep(before: number, limit: number): Op<number>;
}

// ── Administration ────────────────────────────────────────────────────────────────────────────────────────────────

/** The answer to a change an admin asked for under an idempotency id. */
export interface AnswerRow {
  /** Hash of key, method, path and the client's id. */
  readonly scope: string;
  /** Hash of the body. */
  readonly fingerprint: string;
  /** The answer as sealed JSON: it may hold a secret that is shown once. */
  readonly answer: string;
  readonly createdAt: number;
}

/** Statements about answers of administration that may be repeated. */
export interface AnswerStatements {
  get(scope: string): Op<AnswerRow | undefined>;
  /** Undefined when recorded; else the row that was there first (waiting for a twin to end). */
  insert(row: AnswerRow): Op<AnswerRow | undefined>;
  sweep(before: number, limit: number): Op<number>;
}

/** One change an admin made. */
export interface AuditLogRow {
  readonly id: number;
  readonly at: number;
  /** Who. */
  readonly keyId: number;
  readonly tenantId: number;
  /** What was done, e.g. `key.change`. */
  readonly action: string;
  /** To what, e.g. `key:7`. */
  readonly subject: string;
  /** What it was and what it became, secrets masked; null where there was nothing. */
  readonly before: Json;
  readonly after: Json;
}

/** Statements about the audit log. Rows are only added. */
export interface AuditLogStatements {
  add(row: Omit<AuditLogRow, 'id'>): Op<void>;
  /** Newest first; `before` is an id. */
  list(filter: { action?: string; subject?: string; before?: number; limit: number }): Op<AuditLogRow[]>;
}

// ── Inputs at upstreams ───────────────────────────────────────────────────────────────────────────────────────────

/** An input that an account's upstream has: it need not be carried there again. */
export interface CarriedRow {
  readonly accountId: number;
  readonly assetId: number;
  /** What the driver names it by; only the driver that wrote it reads it. */
  readonly ref: Json;
  readonly carriedAt: number;
}

/** Statements about inputs that were carried to accounts. */
export interface CarriedStatements {
  get(accountId: number, assetId: number): Op<CarriedRow | undefined>;
  /** Writes the row unless there is one; the one that stands afterwards. */
  putOnce(row: CarriedRow): Op<CarriedRow>;
  remove(accountId: number, assetId: number): Op<void>;
  /** Forgets rows written before, at most so many; the number forgotten. */
  sweep(before: number, limit: number): Op<number>;
}

// ── Processes ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** A running gateway process. */
export interface ProcessRow {
  /** UUID. */
  readonly id: string;
  /** Unique among the living; part of every id the process mints. */
  readonly node: number;
  readonly startedAt: number;
  readonly heartbeatAt: number;
  /** Ids of the encryption keys it has. */
  readonly keyIds: readonly string[];
}

/** Statements about the gateway processes that share this database. */
export interface ProcessStatements {
  /**
   * Registers under the lowest node number that is free; where none is, under that of a process whose heartbeat is older
   * than `deadBefore`, which is gone with that.
   */
  register(id: string, at: number, deadBefore: number): Op<ProcessRow>;
  /** Writes down which encryption keys a process has. False when its row is gone. */
  knows(id: string, keyIds: readonly string[]): Op<boolean>;
  /** False when the row is gone: another process has declared this one dead, and it must stop. */
  heartbeat(id: string, at: number): Op<boolean>;
  /** Removes processes whose heartbeat is older; their ids. */
  bury(deadBefore: number): Op<string[]>;
  remove(id: string): Op<void>;
  list(): Op<ProcessRow[]>;
  /** The greatest id that any process has given a job or an asset; 0 where there is none. */
  lastId(): Op<number>;
  /** How many processes there are, how many jobs they have taken together, and how many of those are this one's. */
  shares(id: string): Op<{ processes: number; taken: number; mine: number }>;
}
