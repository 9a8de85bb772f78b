/** Watches the accounts: who is given work, and that one that was removed goes. */
import type { AccountRow } from '../../src/contracts/store.ts';
import type { Mirror } from './mirror.ts';
import type { Call } from './tap.ts';
import { hold } from './violation.ts';
import type { World } from './world.ts';

/** Clocks of processes differ by so much, and a gate takes its time. */
const SLACK_MS = 8_000;
/** Accounts that are to go are looked for every minute. */
const GOING_MS = 120_000;

/** The accounts as they must be. */
export class AccountWatch {
  readonly #world: World;
  readonly #mirror: Mirror;
  /** Does some clock jump in this run? Then rests are not what they say. */
  readonly #jumps: boolean;
  /** Account → since when nothing is seen to keep it from going. */
  readonly #going = new Map<number, number>();

  constructor(world: World, mirror: Mirror, jumps: boolean) {
    this.#world = world;
    this.#mirror = mirror;
    this.#jumps = jumps;
  }

  /** Takes in one call of a unit, before the mirror's own rows change with it. */
  apply(call: Call): void {
    if (call.name !== 'attempts.insert') return;
    const { accountId, jobId } = call.args[0];
    const row = this.#mirror.accounts.get(accountId);
    hold(
      row?.state === 'enabled' && this.#rested(row),
      'well',
      () =>
        `${this.#mirror.name(jobId)} was placed on ${row?.name}, which is ${row?.state} (${JSON.stringify(row?.health)})`,
    );
  }

  /** Has the account no fault of its own, or rested for it? */
  #rested({ health }: AccountRow): boolean {
    if (health === null) return true;
    return health.until !== null && (this.#jumps || health.until <= this.#world.now + SLACK_MS);
  }

  /** Looks now and then, while some process is awake. */
  look(now: number, calmSince: number): void {
    const needed = new Set<number>();
    for (const id of this.#mirror.unfinished) {
      const facts = this.#mirror.jobs.get(id);
      const last = facts?.attempts.find((one) => one.id === facts.row.attemptId);
      if (last) needed.add(last.accountId);
    }
    for (const row of this.#mirror.accounts.values()) {
      if (row.state !== 'removing' || needed.has(row.id) || this.#mirror.leasesOf(row.id) > 0) {
        this.#going.delete(row.id);
        continue;
      }
      const since = this.#going.get(row.id) ?? now;
      this.#going.set(row.id, since);
      hold(
        now - Math.max(since, calmSince) <= GOING_MS,
        'removed',
        () => `${row.name} was removed, nothing needs it, and it is still there`,
      );
    }
  }
}
