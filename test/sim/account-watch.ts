/** Watches the accounts: who is given work, and that one that was removed goes. */
import type { AccountRow } from '../../src/contracts/store.ts';
import type { Mirror } from './mirror.ts';
import type { Call, Committed } from './tap.ts';
import { hold } from './violation.ts';
import type { Life, World } from './world.ts';

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
  /** Account → how often something was written about its jobs or its credits. */
  readonly #versions = new Map<number, number>();
  /** Process and account → what its upstream told, and how often the account was written when it was asked. */
  readonly #told = new Map<string, { version: number; credits: number | null }>();
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

  /** A process asks what an account has. */
  weighing(asker: Life, accountId: number): void {
    this.#told.set(`${asker.name} ${accountId}`, { version: this.#versions.get(accountId) ?? 0, credits: null });
  }

  /** This is what it is told. */
  weighed(asker: Life, accountId: number, has: number): void {
    const told = this.#told.get(`${asker.name} ${accountId}`);
    if (told) told.credits = has;
  }

  /** A unit is over that wrote to these accounts. */
  endUnit({ life, label, calls }: Committed, accounts: ReadonlySet<number>): void {
    for (const call of calls) {
      if (label !== 'balance' || call.name !== 'accounts.change' || !call.result) continue;
      const row = call.result;
      const told = this.#told.get(`${life.name} ${row.id}`);
      // What ended meanwhile is between the question and what is written: the next answer sees it.
      if (!told || told.credits === null || told.version !== (this.#versions.get(row.id) ?? 0)) continue;
      const { credits } = told;
      hold(
        spendable(row) <= credits,
        'balance',
        () => `${row.name} has ${credits} at its upstream, and may spend ${spendable(row)}`,
      );
    }
    for (const id of accounts) this.#versions.set(id, (this.#versions.get(id) ?? 0) + 1);
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

/** What an account could pay for one more job. */
export function spendable({ creditDaily, creditMonthly, creditPackage, reserved }: AccountRow): number {
  return creditDaily + creditMonthly + creditPackage - reserved;
}
