/**
 * Accounts that only differ in how they stand, not in what they may be used for: of one upstream, with the same
 * permissions, in the same pools and the same limit group. Kept in order, so that the first that can pay is found in
 * logarithmic time, and in as many orders as strategies ask for.
 */
import type { Credits } from '../std/credits.ts';
import { type AccountSnapshot, busy, type Reason, type Rest } from './account.ts';
import { openAt } from './hours.ts';
import { type Order, OrderedSet } from './ordered.ts';
import type { PoolStrategy } from './pools.ts';

const spendableOf = (account: AccountSnapshot): Credits => account.spendable;
const none = (): number => 0;

/** The poorest first. */
const CREDITS: Order<AccountSnapshot> = { key: spendableOf, second: none, weigh: none };

/** An account for which something changes at a time. */
interface Timed {
  readonly id: number;
  readonly at: number;
  readonly why: Rest;
  readonly account: AccountSnapshot;
}
const TIMED: Order<Timed> = { key: (timed) => timed.at, second: none, weigh: none };

/** The accounts of one shelf. */
export class Shelf {
  readonly upstream: string;
  readonly group: string | null;
  /** What its accounts may be used for. */
  readonly takes: Pick<AccountSnapshot, 'models' | 'operations'>;
  readonly #order: (strategy: PoolStrategy) => Order<AccountSnapshot>;
  /** Those with a free slot, in every order that was asked for. */
  readonly #ready = new Map<PoolStrategy, OrderedSet<AccountSnapshot>>();
  /** The same, the poorest first: tells how many cannot pay a cost. */
  readonly #byCredits = new OrderedSet(CREDITS);
  /** Those with a free slot that are left alone for a while, the next to come back first. */
  readonly #resting = new OrderedSet(TIMED);
  /** Those among the ready ones whose working hours end, the next to go first. */
  readonly #closing = new OrderedSet(TIMED);
  readonly #timers = new Map<number, { resting?: Timed; closing?: Timed }>();
  readonly #counts = new Map<Reason, number>();
  size = 0;

  constructor(of: AccountSnapshot, order: (strategy: PoolStrategy) => Order<AccountSnapshot>) {
    this.upstream = of.upstream;
    this.group = of.group;
    this.takes = { models: of.models, operations: of.operations };
    this.#order = order;
  }

  /** Accounts with a free slot, resting ones too. */
  get withRoom(): number {
    return this.#byCredits.size + this.#resting.size;
  }

  /** Accounts that may be chosen now. */
  get ready(): number {
    return this.#byCredits.size;
  }

  /** When the next account comes back; infinite where none rests. */
  get nextAt(): number {
    return this.#resting.first(0, 1)[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  /** Counts why the accounts that are not ready are not, and how many of the ready cannot pay. */
  reasons(cost: Credits, count: (reason: Reason, by: number) => void): void {
    for (const [reason, by] of this.#counts) count(reason, by);
    count('credits', this.#byCredits.countBelow(cost));
  }

  /** Brings back the accounts whose rest is over, and sends home those whose hours are. */
  turn(now: number, wall: number): void {
    for (let next = this.#due(this.#resting, now); next; next = this.#due(this.#resting, now)) {
      this.#unrest(next);
      this.#settle(next.account, now, wall);
    }
    for (let next = this.#due(this.#closing, now); next; next = this.#due(this.#closing, now)) {
      this.#unready(next.account);
      this.#settle(next.account, now, wall);
    }
  }

  #due(set: OrderedSet<Timed>, now: number): Timed | undefined {
    const next = set.size === 0 ? undefined : set.first(0, 1)[0];
    return next !== undefined && next.at <= now ? next : undefined;
  }

  /** The first accounts in the strategy's order that can pay. */
  first(strategy: PoolStrategy, cost: Credits, limit: number): AccountSnapshot[] {
    return this.#inOrder(strategy).first(cost, limit);
  }

  add(account: AccountSnapshot): void {
    this.size += 1;
    const why = busy(account);
    if (why !== null) this.#count(why, 1);
    else if (account.hours !== null) this.#rest(account, 0, 'closed');
    else {
      const rest = restOf(account);
      if (rest.at > 0) this.#rest(account, rest.at, rest.why);
      else this.#welcome(account);
    }
  }

  delete(account: AccountSnapshot): void {
    this.size -= 1;
    const why = busy(account);
    if (why !== null) {
      this.#count(why, -1);
      return;
    }
    const resting = this.#timers.get(account.id)?.resting;
    if (resting) this.#unrest(resting);
    else this.#unready(account);
  }

  /** Puts an account that is not full where it belongs at this moment. */
  #settle(account: AccountSnapshot, now: number, wall: number): void {
    const rest = restOf(account);
    if (rest.at > now) {
      this.#rest(account, rest.at, rest.why);
      return;
    }
    if (account.hours === null) {
      this.#welcome(account);
      return;
    }
    const { open, forMs } = openAt(account.hours, wall);
    if (!open) this.#rest(account, now + Math.max(1, forMs), 'closed');
    else {
      this.#welcome(account);
      const closing: Timed = { id: account.id, at: now + Math.max(1, forMs), why: 'closed', account };
      this.#closing.add(closing);
      this.#timers.set(account.id, { closing });
    }
  }

  #welcome(account: AccountSnapshot): void {
    for (const order of this.#ready.values()) order.add(account);
    this.#byCredits.add(account);
  }

  #unready(account: AccountSnapshot): void {
    for (const order of this.#ready.values()) order.delete(account);
    this.#byCredits.delete(account);
    const closing = this.#timers.get(account.id)?.closing;
    if (!closing) return;
    this.#closing.delete(closing);
    this.#timers.delete(account.id);
  }

  #rest(account: AccountSnapshot, at: number, why: Rest): void {
    const resting: Timed = { id: account.id, at, why, account };
    this.#resting.add(resting);
    this.#timers.set(account.id, { resting });
    this.#count(why, 1);
  }

  #unrest(resting: Timed): void {
    this.#resting.delete(resting);
    this.#timers.delete(resting.id);
    this.#count(resting.why, -1);
  }

  #inOrder(strategy: PoolStrategy): OrderedSet<AccountSnapshot> {
    let order = this.#ready.get(strategy);
    if (!order) {
      order = new OrderedSet(this.#order(strategy));
      for (const account of this.#byCredits.first(0, Number.POSITIVE_INFINITY)) order.add(account);
      this.#ready.set(strategy, order);
    }
    return order;
  }

  #count(reason: Reason, by: number): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + by);
  }
}

/** Until when an account rests for reasons of its own, hours apart. */
export function restOf(account: AccountSnapshot): { at: number; why: Rest } {
  const { restsUntil, restsFor, coolingUntil } = account;
  return coolingUntil > restsUntil ? { at: coolingUntil, why: 'cooling' } : { at: restsUntil, why: restsFor };
}
