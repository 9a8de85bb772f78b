/**
 * Which account takes a job: among those that may, the first in the order of the pool's strategy.
 *
 * `AccountPool` is this process's picture of the accounts, kept in order (shelf.ts, ordered.ts) so that a choice costs
 * nearly the same with ten accounts or a hundred thousand, and finds an account that can pay wherever it is, behind
 * however many that cannot. The picture is a hint. The database decides: a lease row carries a slot number with a unique
 * key, so a choice made on an old picture fails there and the next candidate is tried (promise P4).
 *
 * `verdict` says the same of one account, slowly and with its reason; tests hold the two together.
 */
import type { Credits } from '../std/credits.ts';
import { type AccountSnapshot, allows, busy, type GroupSnapshot, type Reason, type Requirement } from './account.ts';
import { openAt } from './hours.ts';
import { DEFAULT_POOL_ID, isMember, type PoolMembers, type PoolStrategy } from './pools.ts';
import { restOf, Shelf } from './shelf.ts';
import { type ChanceOptions, inOrder, Strategies } from './strategy.ts';

/** Why accounts were not chosen, by number. */
export type Reasons = Partial<Record<Reason, number>>;

/** A choice with its explanation. */
export interface Choice {
  /** Best first: the one to take, then the runners-up. */
  readonly candidates: readonly AccountSnapshot[];
  readonly reasons: Reasons;
}

/** A pool as placement sees it. */
export interface PoolSnapshot {
  readonly id: number;
  readonly strategy: PoolStrategy;
  readonly members: PoolMembers;
}

/** The chosen account and the runners-up a placement remembers (DESIGN P10). */
const CANDIDATES_MAX = 11;
const EVERYONE: PoolSnapshot = {
  id: DEFAULT_POOL_ID,
  strategy: 'spread',
  members: { all: true, accountIds: [], tags: [] },
};

/** The accounts this process may place jobs on. */
export class AccountPool {
  readonly #byId = new Map<number, AccountSnapshot>();
  readonly #shelfOf = new Map<number, Shelf>();
  readonly #shelves = new Map<string, Shelf>();
  /** The shelves of each pool. */
  readonly #inPool = new Map<number, Set<Shelf>>();
  readonly #poolsOf = new Map<Shelf, readonly number[]>();
  readonly #groups = new Map<string, GroupSnapshot>();
  readonly #strategies: Strategies;
  #pools = new Map<number, PoolSnapshot>([[EVERYONE.id, EVERYONE]]);
  #members = new Memberships([EVERYONE]);

  constructor(chance: ChanceOptions = {}) {
    this.#strategies = new Strategies(chance);
  }

  get size(): number {
    return this.#byId.size;
  }

  get(id: number): AccountSnapshot | undefined {
    return this.#byId.get(id);
  }

  /** Ids of all accounts. */
  ids(): Iterable<number> {
    return this.#byId.keys();
  }

  /** May any account have a free slot? */
  hasRoom(): boolean {
    for (const shelf of this.#shelves.values()) if (shelf.withRoom > 0) return true;
    return false;
  }

  /** When the next resting account comes back; infinite where none rests. */
  nextAt(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const shelf of this.#shelves.values()) next = Math.min(next, shelf.nextAt);
    return next;
  }

  /** Upstreams that have at least one account in the pool. */
  upstreams(pool: number = DEFAULT_POOL_ID): Iterable<string> {
    const found = new Set<string>();
    for (const shelf of this.#inPool.get(pool) ?? []) found.add(shelf.upstream);
    return found;
  }

  pool(id: number): PoolSnapshot | undefined {
    return this.#pools.get(id);
  }

  group(name: string): GroupSnapshot | undefined {
    return this.#groups.get(name);
  }

  /** Replaces what is known of the pools. Everyone's own stays where it is not named. */
  setPools(pools: readonly PoolSnapshot[]): void {
    const next = new Map<number, PoolSnapshot>([
      [EVERYONE.id, EVERYONE],
      ...pools.map((one) => [one.id, one] as const),
    ]);
    if (same(this.#pools, next)) return;
    const accounts = [...this.#byId.values()];
    for (const { id } of accounts) this.remove(id);
    this.#pools = next;
    this.#members = new Memberships(next.values());
    for (const account of accounts) this.put(account);
  }

  putGroup(group: GroupSnapshot): void {
    this.#groups.set(group.name, group);
  }

  /** Adds the account or replaces what is known of it. */
  put(account: AccountSnapshot): void {
    const before = this.#byId.get(account.id);
    this.remove(account.id);
    this.#strategies.note(account, before);
    this.#byId.set(account.id, account);
    const pools = this.#members.of(account);
    const key = shelfKey(account, pools);
    let shelf = this.#shelves.get(key);
    if (!shelf) {
      shelf = new Shelf(account, (strategy) => this.#strategies.order(strategy));
      this.#shelves.set(key, shelf);
      this.#poolsOf.set(shelf, pools);
      for (const pool of pools) this.#shelvesIn(pool).add(shelf);
    }
    this.#shelfOf.set(account.id, shelf);
    shelf.add(account);
  }

  remove(id: number): void {
    const account = this.#byId.get(id);
    const shelf = this.#shelfOf.get(id);
    if (!account || !shelf) return;
    this.#byId.delete(id);
    this.#shelfOf.delete(id);
    shelf.delete(account);
    if (shelf.size > 0) return;
    const pools = this.#poolsOf.get(shelf) ?? [];
    this.#shelves.delete(shelfKey(account, pools));
    this.#poolsOf.delete(shelf);
    for (const pool of pools) this.#shelvesIn(pool).delete(shelf);
  }

  /** The accounts that may take the job, the best first, at most eleven, and why others may not. */
  choose(requirement: Requirement): Choice {
    const reasons: Reasons = {};
    const count = (reason: Reason, by: number) => {
      if (by > 0) reasons[reason] = (reasons[reason] ?? 0) + by;
    };
    if (requirement.only !== null) return this.#among(requirement.only, requirement, count, reasons);
    const strategy = this.#pools.get(requirement.pool)?.strategy ?? 'spread';
    const { excluded } = requirement;
    const found: AccountSnapshot[] = [];
    let members = 0;
    for (const shelf of this.#inPool.get(requirement.pool) ?? []) {
      members += shelf.size;
      this.#gather(shelf, requirement, strategy, found, count);
    }
    count('other-pool', this.size - members);
    // Each shelf came in order.
    if (this.#shelves.size > 1) found.sort(inOrder(this.#strategies.order(strategy)));
    const candidates: AccountSnapshot[] = [];
    for (const account of found) {
      // Also behind the last that is named: why it was not chosen is not that others come first.
      if (excluded.has(account.id)) count('tried', 1);
      else if (candidates.length < CANDIDATES_MAX) candidates.push(account);
    }
    return { candidates, reasons };
  }

  /** Why this account may not take the job, or null where it may. */
  verdict(account: AccountSnapshot, requirement: Requirement): Reason | null {
    const pool = this.#pools.get(requirement.pool);
    if (pool === undefined || !isMember(pool.members, account)) return 'other-pool';
    return verdict(account, this.#groups.get(account.group ?? ''), requirement);
  }

  /** A choice among few: each is looked at. */
  #among(
    ids: ReadonlySet<number>,
    requirement: Requirement,
    count: (reason: Reason, by: number) => void,
    reasons: Reasons,
  ): Choice {
    const candidates: AccountSnapshot[] = [];
    for (const id of ids) {
      const account = this.#byId.get(id);
      if (!account) continue;
      const why = this.verdict(account, requirement);
      if (why === null) candidates.push(account);
      else count(why, 1);
    }
    count('pinned-elsewhere', this.size - ids.size);
    candidates.sort(inOrder(this.#strategies.order(this.#pools.get(requirement.pool)?.strategy ?? 'spread')));
    return { candidates: candidates.slice(0, CANDIDATES_MAX), reasons };
  }

  #gather(
    shelf: Shelf,
    requirement: Requirement,
    strategy: PoolStrategy,
    found: AccountSnapshot[],
    count: (reason: Reason, by: number) => void,
  ): void {
    const { costs, sandboxes, excluded, now, wall } = requirement;
    const cost = costs.get(shelf.upstream);
    if (sandboxes?.has(shelf.upstream)) count('sandbox-only', shelf.size);
    else if (cost === undefined) count('unsupported', shelf.size);
    else if (!allows(shelf.takes, requirement)) count('not-allowed', shelf.size);
    else {
      shelf.turn(now, wall);
      const full = groupFull(this.#groups.get(shelf.group ?? ''));
      shelf.reasons(full ? Number.NEGATIVE_INFINITY : cost, count);
      if (full) count('group-full', shelf.ready);
      else found.push(...shelf.first(strategy, cost, CANDIDATES_MAX + excluded.size));
    }
  }

  #shelvesIn(pool: number): Set<Shelf> {
    let shelves = this.#inPool.get(pool);
    if (!shelves) {
      shelves = new Set();
      this.#inPool.set(pool, shelves);
    }
    return shelves;
  }
}

/** Why the account may not take the job, its pool apart, or null where it may. Reasons are named in one order. */
export function verdict(
  account: AccountSnapshot,
  group: GroupSnapshot | undefined,
  requirement: Requirement,
): Reason | null {
  const { costs, sandboxes, only, excluded, now, wall } = requirement;
  const cost = costs.get(account.upstream);
  if (sandboxes?.has(account.upstream)) return 'sandbox-only';
  if (cost === undefined) return 'unsupported';
  if (!allows(account, requirement)) return 'not-allowed';
  if (only !== null && !only.has(account.id)) return 'pinned-elsewhere';
  if (excluded.has(account.id)) return 'tried';
  const why = busy(account);
  if (why !== null) return why;
  const rest = restOf(account);
  if (rest.at > now) return rest.why;
  if (account.hours !== null && !openAt(account.hours, wall).open) return 'closed';
  if (groupFull(group)) return 'group-full';
  return account.spendable < cost ? 'credits' : null;
}

function groupFull(group: GroupSnapshot | undefined): boolean {
  return group !== undefined && group.inUse >= group.maxJobs;
}

const same = (a: ReadonlyMap<number, PoolSnapshot>, b: ReadonlyMap<number, PoolSnapshot>): boolean =>
  JSON.stringify([...a.values()].map(facts)) === JSON.stringify([...b.values()].map(facts));
const facts = ({ id, strategy, members }: PoolSnapshot) => ({ id, strategy, members });

/** Which pools an account is in, without looking at every pool. */
class Memberships {
  readonly #all: number[] = [];
  readonly #byAccount = new Map<number, number[]>();
  readonly #byTag = new Map<string, number[]>();

  constructor(pools: Iterable<PoolSnapshot>) {
    const note = <K>(map: Map<K, number[]>, key: K, id: number) => {
      const list = map.get(key);
      if (list) list.push(id);
      else map.set(key, [id]);
    };
    for (const { id, members } of pools) {
      if (members.all) this.#all.push(id);
      for (const account of members.accountIds) note(this.#byAccount, account, id);
      for (const tag of members.tags) note(this.#byTag, tag, id);
    }
    this.#all.sort((a, b) => a - b);
  }

  /** Ids of its pools, the smallest first. */
  of({ id, tags }: AccountSnapshot): readonly number[] {
    const named = this.#byAccount.get(id);
    if (named === undefined && tags.length === 0) return this.#all;
    const found = new Set([...this.#all, ...(named ?? []), ...tags.flatMap((tag) => this.#byTag.get(tag) ?? [])]);
    return [...found].sort((a, b) => a - b);
  }
}

/** What accounts of one shelf have in common. */
function shelfKey(account: AccountSnapshot, pools: readonly number[]): string {
  const { upstream, models, operations, group } = account;
  // Most have nothing of their own, and this is asked with every placement.
  if (models === null && operations === null && group === null) return `${upstream}\n${pools.join()}`;
  return JSON.stringify([upstream, pools, models, operations, group]);
}

/**
 * The lane of a request: jobs of one tenant that can be carried out by the same accounts for the same cost wait in
 * one line, so that a job whose model or pin is full never blocks those behind it.
 */
export function laneOf(request: { operation: string; model: string }, price: Credits): string {
  return `${request.operation}/${request.model}/${price}`;
}

/** The lane of a job that an account has turned away: the others of its lane can still go there. */
export function laneWithout(lane: string, accountId: number): string {
  return withWord(lane, `not ${accountId}`);
}

/** The lane of a job that only one account can take: the others of its lane need not wait for that one. */
export function laneAt(lane: string, accountId: number): string {
  return withWord(lane, `at ${accountId}`);
}

function withWord(lane: string, word: string): string {
  return `${lane} `.includes(` ${word} `) ? lane : `${lane} ${word}`;
}
