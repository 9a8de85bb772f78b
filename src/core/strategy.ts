/**
 * In which order a pool's eligible accounts are chosen.
 *
 * - `spread`: first those whose credits are lost if they are not used, then those with the most room for their weight, then
 *   those used longest ago.
 * - `random`: any of them, by weight.
 * - `drain`: one account as far as it goes, then the next; heavier ones first, then in the order they were added.
 * - `priority`: the heaviest with a free slot; among equals the one with the most room.
 */
import type { AccountSnapshot } from './account.ts';
import type { Order } from './ordered.ts';
import type { PoolStrategy } from './pools.ts';

/** What chance is made of. */
export interface ChanceOptions {
  /** Where it begins: two processes should differ. */
  readonly seed?: number;
  /** Accounts used within so many ms of each other come in any order. */
  readonly jitterMs?: number;
}

const room = (account: AccountSnapshot): number => account.inUse / account.maxJobs;
const weigh = (account: AccountSnapshot): number => account.spendable;

/** The orders of all strategies, and the chance that is in them. */
export class Strategies {
  readonly #orders: Readonly<Record<PoolStrategy, Order<AccountSnapshot>>>;
  readonly #lots: Lots;

  constructor({ seed = 1, jitterMs = 0 }: ChanceOptions) {
    const lots = new Lots(seed);
    this.#lots = lots;
    // Blurred: otherwise processes that see the same choose the same.
    const lastUsed = ({ id, lastUsedAt }: AccountSnapshot) =>
      jitterMs === 0 ? lastUsedAt : lastUsedAt + chance(seed ^ id, lastUsedAt) * jitterMs;
    this.#orders = {
      spread: { key: (account) => account.perishing * 2 + room(account) / account.weight, second: lastUsed, weigh },
      random: { key: (account) => lots.of(account.id), second: () => 0, weigh },
      drain: { key: (account) => -account.weight, second: () => 0, weigh },
      priority: { key: (account) => -account.weight, second: room, weigh },
    };
  }

  order(strategy: PoolStrategy): Order<AccountSnapshot> {
    return this.#orders[strategy];
  }

  /** Takes note of an account that is new or has changed. Called while it is in no order. */
  note(account: AccountSnapshot, before: AccountSnapshot | undefined): void {
    this.#lots.draw(account, before);
  }
}

/** The order as a comparison; ids decide between equals. */
export function inOrder({ key, second }: Order<AccountSnapshot>): (a: AccountSnapshot, b: AccountSnapshot) => number {
  return (a, b) => key(a) - key(b) || second(a) - second(b) || a.id - b.id;
}

/**
 * Lots for the strategy `random`: each account holds the time of its next turn, and the earliest is next. Pauses between
 * turns are drawn from the exponential distribution with the account's weight as its rate, so that, whoever was chosen
 * before, every choice falls on an account with a chance in proportion to its weight.
 */
class Lots {
  readonly #lots = new Map<number, number>();
  readonly #seed: number;
  #level = 0;
  #drawn = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  of(id: number): number {
    return this.#lots.get(id) ?? 0;
  }

  /** Draws for an account that is new, was used, or has become able to take a job. Called while it is in no order. */
  draw(account: AccountSnapshot, before: AccountSnapshot | undefined): void {
    const lot = this.#lots.get(account.id);
    const used = before !== undefined && before.lastUsedAt !== account.lastUsedAt;
    if (used && lot !== undefined) this.#level = Math.max(this.#level, lot);
    if (lot !== undefined && !used && lot >= this.#level) return;
    const pause = -Math.log(1 - chance(this.#seed, ++this.#drawn)) / account.weight;
    this.#lots.set(account.id, this.#level + pause);
  }
}

/** A number in [0, 1) that looks like chance and is the same every time. */
function chance(seed: number, n: number): number {
  let z = Math.imul((seed | 0) ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul((n | 0) + 0x7f4a7c15, 0xc2b2ae35);
  z ^= Math.floor(n / 4294967296);
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return ((z ^ (z >>> 16)) >>> 0) / 4294967296;
}
