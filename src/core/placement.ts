/**
 * Which account takes a job: the one with the lowest utilisation, and among equals the one used longest ago.
 *
 * `AccountPool` is this process's picture of the accounts, kept in order (ordered.ts) so that a choice costs nearly the
 * same with ten accounts or a hundred thousand, and finds an account that can pay wherever it is, behind however many
 * that cannot. The picture is a hint. The database decides: a lease row carries a slot number with a unique key, so a
 * choice made on an old picture fails there and the next candidate is tried (promise P4).
 */
import type { Credits } from '../std/credits.ts';
import { type Order, OrderedSet } from './ordered.ts';

/** An account as placement sees it. */
export interface AccountSnapshot {
  readonly id: number;
  readonly name: string;
  readonly upstream: string;
  readonly state: 'enabled' | 'paused' | 'draining';
  readonly maxJobs: number;
  readonly inUse: number;
  /** What it could pay: its credits less what running attempts may still cost. */
  readonly spendable: Credits;
  readonly lastUsedAt: number;
  /** Not chosen before this time of the monotonic clock, ms; 0 for one that is not cooling. */
  readonly coolingUntil: number;
}

/** What a job asks of an account. */
export interface Requirement {
  /** Upstreams that carry the request out, with what each would cost its account. */
  readonly costs: ReadonlyMap<string, Credits>;
  /** Accounts that were tried before. */
  readonly excluded: ReadonlySet<number>;
  /** Of the monotonic clock. */
  readonly now: number;
}

/** Why accounts were not chosen, by number. */
export type Reasons = Partial<
  Record<'full' | 'paused' | 'draining' | 'cooling' | 'credits' | 'tried' | 'unsupported', number>
>;

/** A choice with its explanation. */
export interface Choice {
  /** Best first: the one to take, then the runners-up. */
  readonly candidates: readonly AccountSnapshot[];
  readonly reasons: Reasons;
}

/** The chosen account and the runners-up a placement remembers (DESIGN P10). */
const CANDIDATES_MAX = 11;

const utilisation = (account: AccountSnapshot): number => account.inUse / account.maxJobs;
const spendableOf = (account: AccountSnapshot): Credits => account.spendable;
const none = (): number => 0;

/** The order of choice, and by whom a cost can be paid. */
const CHOICE: Order<AccountSnapshot> = {
  key: utilisation,
  second: (account) => account.lastUsedAt,
  weigh: spendableOf,
};
/** The poorest first. */
const CREDITS: Order<AccountSnapshot> = { key: spendableOf, second: none, weigh: none };
/** The next to come back first. */
const COOLING: Order<AccountSnapshot> = { key: (account) => account.coolingUntil, second: none, weigh: none };

/** The order of choice, for accounts of several upstreams. */
function before(a: AccountSnapshot, b: AccountSnapshot): boolean {
  const used = utilisation(a) - utilisation(b);
  if (used !== 0) return used < 0;
  return a.lastUsedAt === b.lastUsedAt ? a.id < b.id : a.lastUsedAt < b.lastUsedAt;
}

/** The accounts of one upstream. */
class Shelf {
  /** Those with a free slot, in the order of choice. */
  readonly #ready = new OrderedSet(CHOICE);
  /** The same, the poorest first: tells how many cannot pay a cost. */
  readonly #byCredits = new OrderedSet(CREDITS);
  /** Those with a free slot that are left alone for a while, the next to come back first. */
  readonly #cooling = new OrderedSet(COOLING);
  readonly #others = { full: 0, paused: 0, draining: 0 };
  size = 0;

  /** Accounts with a free slot, cooling ones too. */
  get withRoom(): number {
    return this.#ready.size + this.#cooling.size;
  }

  /** Counts why the accounts that are not ready are not, and how many of the ready cannot pay. */
  reasons(cost: Credits, count: (reason: keyof Reasons, by: number) => void): void {
    count('full', this.#others.full);
    count('paused', this.#others.paused);
    count('draining', this.#others.draining);
    count('cooling', this.#cooling.size);
    count('credits', this.#byCredits.countBelow(cost));
  }

  /** Brings back the accounts that have cooled down. */
  thaw(now: number): void {
    while (this.#cooling.size > 0) {
      const next = this.#cooling.first(0, 1)[0];
      if (!next || next.coolingUntil > now) return;
      this.#cooling.delete(next);
      this.#ready.add(next);
      this.#byCredits.add(next);
    }
  }

  /** The first accounts in the order of choice that can pay. */
  first(cost: Credits, limit: number): AccountSnapshot[] {
    return this.#ready.first(cost, limit);
  }

  add(account: AccountSnapshot): void {
    this.size += 1;
    const why = busy(account);
    if (why !== null) this.#others[why] += 1;
    else if (account.coolingUntil > 0) this.#cooling.add(account);
    else {
      this.#ready.add(account);
      this.#byCredits.add(account);
    }
  }

  delete(account: AccountSnapshot): void {
    this.size -= 1;
    const why = busy(account);
    if (why !== null) {
      this.#others[why] -= 1;
      return;
    }
    // It may have cooled down since it was added.
    if (account.coolingUntil > 0) this.#cooling.delete(account);
    this.#ready.delete(account);
    this.#byCredits.delete(account);
  }
}

function busy(account: AccountSnapshot): 'full' | 'paused' | 'draining' | null {
  if (account.state !== 'enabled') return account.state;
  return account.inUse >= account.maxJobs ? 'full' : null;
}

/** The accounts this process may place jobs on. */
export class AccountPool {
  readonly #byId = new Map<number, AccountSnapshot>();
  readonly #shelves = new Map<string, Shelf>();

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

  /** Upstreams that have at least one account. */
  upstreams(): Iterable<string> {
    return this.#shelves.keys();
  }

  /** Adds the account or replaces what is known of it. */
  put(account: AccountSnapshot): void {
    this.remove(account.id);
    this.#byId.set(account.id, account);
    let shelf = this.#shelves.get(account.upstream);
    if (!shelf) {
      shelf = new Shelf();
      this.#shelves.set(account.upstream, shelf);
    }
    shelf.add(account);
  }

  remove(id: number): void {
    const account = this.#byId.get(id);
    if (!account) return;
    this.#byId.delete(id);
    const shelf = this.#shelves.get(account.upstream);
    shelf?.delete(account);
    if (shelf?.size === 0) this.#shelves.delete(account.upstream);
  }

  /** The accounts that may take the job, the best first, at most eleven, and why others may not. */
  choose(requirement: Requirement): Choice {
    const reasons: Reasons = {};
    const count = (reason: keyof Reasons, by: number) => {
      if (by > 0) reasons[reason] = (reasons[reason] ?? 0) + by;
    };
    const { costs, excluded, now } = requirement;
    const found: AccountSnapshot[] = [];
    for (const [upstream, shelf] of this.#shelves) {
      const cost = costs.get(upstream);
      if (cost === undefined) {
        count('unsupported', shelf.size);
        continue;
      }
      shelf.thaw(now);
      shelf.reasons(cost, count);
      found.push(...shelf.first(cost, CANDIDATES_MAX + excluded.size));
    }
    // Each shelf came in order.
    if (this.#shelves.size > 1) found.sort((a, b) => (before(a, b) ? -1 : 1));
    const candidates: AccountSnapshot[] = [];
    for (const account of found) {
      if (candidates.length === CANDIDATES_MAX) break;
      if (excluded.has(account.id)) count('tried', 1);
      else candidates.push(account);
    }
    return { candidates, reasons };
  }
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
  return `${lane} not ${accountId}`;
}
