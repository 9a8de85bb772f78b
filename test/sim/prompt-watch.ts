/**
 * Watches that nobody waits for nothing: a job may not stay in the queue while an account that is well, has room and can
 * pay for it is given nothing to do.
 */
import { credits } from '../../src/std/credits.ts';
import { COST_PER_S } from './far-side.ts';
import type { JobFacts, Mirror } from './mirror.ts';
import type { Call } from './tap.ts';
import { hold } from './violation.ts';

/**
 * How long both may last together. A process leaves an account alone for 10 s after a call that may have taken 20 s, and a
 * picture of the accounts is renewed within 5 s.
 */
const PROMPT_MS = 60_000;

/** Accounts with nothing to do, and jobs with nowhere to be. */
export class PromptWatch {
  readonly #mirror: Mirror;
  readonly #models: ReadonlyMap<string, readonly string[]>;
  /** Account → since when it could take a job and was given none. */
  readonly #idle = new Map<number, number>();
  /** Job → since when it is seen waiting. */
  readonly #waiting = new Map<number, number>();

  /** @param models upstream → the models it carries out. */
  constructor(mirror: Mirror, models: ReadonlyMap<string, readonly string[]>) {
    this.#mirror = mirror;
    this.#models = models;
  }

  /** Takes in one call of a unit. */
  apply(call: Call): void {
    if (call.name === 'attempts.insert') this.#idle.delete(call.args[0].accountId);
    if (call.name === 'jobs.move') this.#waiting.delete(call.args[0]);
  }

  /** Looks now and then, while some process is awake. `calmSince`: the last time at which something was amiss on our side. */
  look(now: number, calmSince: number): void {
    const idle = this.#idleAccounts(now);
    for (const id of this.#mirror.unfinished) {
      const facts = this.#mirror.jobs.get(id);
      if (facts?.row.state !== 'queued') continue;
      const since = this.#waiting.get(id) ?? now;
      this.#waiting.set(id, since);
      for (const account of idle) {
        const forMs = now - Math.max(calmSince, since, this.#idle.get(account) ?? now);
        if (forMs <= PROMPT_MS || !this.#could(facts, account)) continue;
        hold(
          false,
          'prompt',
          () =>
            `${this.#mirror.name(id)} has waited ${forMs} ms for account ${this.#mirror.accounts.get(account)?.name}, which has nothing to do`,
        );
      }
    }
  }

  /** Accounts that could take one more job now. */
  #idleAccounts(now: number): number[] {
    const found: number[] = [];
    for (const row of this.#mirror.accounts.values()) {
      const cap = Math.min(row.maxJobs, row.learnedCap?.maxJobs ?? row.maxJobs);
      const can = row.state === 'enabled' && row.health === null && this.#mirror.leasesOf(row.id) < cap;
      if (!can) this.#idle.delete(row.id);
      else {
        if (!this.#idle.has(row.id)) this.#idle.set(row.id, now);
        found.push(row.id);
      }
    }
    return found;
  }

  /** Does the account carry out the job, could it pay for it, and has the job not been there? */
  #could({ row: job, attempts }: JobFacts, accountId: number): boolean {
    const account = this.#mirror.accounts.get(accountId);
    if (!account || attempts.length > 0 || !this.#models.get(account.upstream)?.includes(job.model)) return false;
    const { durationS } = job.request as unknown as { durationS: number };
    const spendable = account.creditDaily + account.creditMonthly + account.creditPackage - account.reserved;
    return spendable >= credits(COST_PER_S * durationS);
  }
}
