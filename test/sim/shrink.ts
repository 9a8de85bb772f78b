/**
 * Makes a failing plan small: takes out elements, processes, accounts and quirks as long as the same invariant still
 * breaks. Every change moves the schedule, so a smaller plan is tried under a few schedules before it is given up.
 */
import type { Element, JobElement, Plan } from './plan.ts';
import type { Plant } from './plant.ts';
import { simulate } from './simulate.ts';
import type { Invariant } from './violation.ts';

/** How a shrink is bounded. */
export interface ShrinkOptions {
  readonly plant?: Plant;
  /** Runs at most. */
  readonly runsMax: number;
  /** False when there is no time left; asked before every run. */
  readonly goOn: () => boolean;
  /** When the plan broke, ms from its start: what was to come later had no part in it. */
  readonly brokeAtMs?: number;
}

/** Schedules under which a smaller plan is tried. */
const SCHEDULES = 3;

class Shrinker {
  best: Plan;
  runs = 0;
  readonly #invariant: Invariant;
  readonly #options: ShrinkOptions;

  constructor(plan: Plan, invariant: Invariant, options: ShrinkOptions) {
    this.best = plan;
    this.#invariant = invariant;
    this.#options = options;
  }

  get spent(): boolean {
    return this.runs >= this.#options.runsMax || !this.#options.goOn();
  }

  /** Takes the smaller plan if it still breaks the same invariant. */
  async try(smaller: Plan): Promise<boolean> {
    for (let schedule = 0; schedule < SCHEDULES && !this.spent; schedule++) {
      this.runs += 1;
      const candidate = { ...smaller, seed: smaller.seed + schedule };
      const { violation } = await simulate(candidate, this.#options.plant ? { plant: this.#options.plant } : {});
      if (violation?.invariant !== this.#invariant) continue;
      this.best = candidate;
      return true;
    }
    return false;
  }

  /** Without these elements (and the lies about jobs that are gone). */
  without(gone: ReadonlySet<Element>): Plan {
    const jobs = new Set<number>();
    for (const element of this.best.elements) if (gone.has(element) && element.type === 'job') jobs.add(element.job);
    const elements = this.best.elements.filter(
      (element) => !gone.has(element) && !(element.type === 'lie' && jobs.has(element.job)),
    );
    return { ...this.best, elements };
  }

  /** Without what was to come after the moment at which it broke. */
  async past(brokeAtMs: number): Promise<void> {
    const gone = new Set(this.best.elements.filter((element) => 'at' in element && element.at > brokeAtMs));
    if (gone.size > 0) await this.try({ ...this.without(gone), lengthMs: Math.min(this.best.lengthMs, brokeAtMs) });
  }

  /** Whole kinds of trouble first: most failures need one or two. */
  async kinds(): Promise<void> {
    for (const type of ['fault', 'clock', 'account', 'revoke', 'stall', 'crash', 'lie'] as const) {
      const gone = new Set(this.best.elements.filter((element) => element.type === type));
      if (gone.size > 0) await this.try(this.without(gone));
    }
  }

  /** Ever smaller pieces of the list of elements, as long as that helps. */
  async elements(): Promise<void> {
    let size = Math.ceil(this.best.elements.length / 2);
    while (size >= 1 && !this.spent) {
      let at = 0;
      let helped = false;
      while (at < this.best.elements.length && !this.spent) {
        if (await this.try(this.without(new Set(this.best.elements.slice(at, at + size))))) helped = true;
        else at += size;
      }
      if (size === 1 && !helped) return;
      size = size === 1 ? 1 : Math.ceil(size / 2);
    }
  }

  /** Fewer processes, accounts and tenants. */
  async cast(): Promise<void> {
    while (this.best.processes.length > 1) {
      const last = this.best.processes.length - 1;
      const elements = this.best.elements.filter((element) => !('process' in element) || element.process !== last);
      if (!(await this.try({ ...this.best, processes: this.best.processes.slice(0, last), elements }))) break;
    }
    for (let at = this.best.accounts.length - 1; at >= 0 && this.best.accounts.length > 1; at--)
      await this.try(withoutAccount(this.best, at));
    const used = Math.max(0, ...this.best.elements.map((element) => ('tenant' in element ? element.tenant : 0)));
    await this.try({ ...this.best, tenants: this.best.tenants.slice(0, used + 1) });
  }

  /** Everything as plain as it can be. */
  async plain(): Promise<void> {
    const { best } = this;
    await this.try({ ...best, signalLoss: 0, processes: best.processes.map(() => ({ skewMs: 0 })) });
    const tenants = this.best.tenants.map((tenant) => ({
      ...tenant,
      expiring: { credits: 0, atMs: 0 },
      keys: tenant.keys.map(() => ({ depth: 10_000, budget: null })),
    }));
    await this.try({ ...this.best, tenants });
    const accounts = this.best.accounts.map((account) => ({ ...account, credits: 1_000_000 }));
    await this.try({ ...this.best, accounts });
    for (const change of PLAIN)
      await this.try({
        ...this.best,
        elements: this.best.elements.map((element) => (element.type === 'job' ? { ...element, ...change } : element)),
      });
    const lengthMs = Math.max(
      1_000,
      ...this.best.elements.map((element) => ('at' in element ? element.at + 1_000 : 0)),
    );
    await this.try({ ...this.best, lengthMs });
  }
}

const PLAIN: readonly Partial<JobElement>[] = [
  { picture: false },
  { looks: 0 },
  { cancelAfterMs: undefined },
  { id: 'once' },
  { model: 'a' },
  { durationS: 1 },
  { workMs: 1_000 },
  { key: 0 },
];

function withoutAccount(plan: Plan, gone: number): Plan {
  const elements = plan.elements.flatMap((element): Element[] => {
    if (element.type !== 'account') return [element];
    if (element.account === gone) return [];
    return [element.account > gone ? { ...element, account: element.account - 1 } : element];
  });
  return { ...plan, accounts: plan.accounts.filter((_, at) => at !== gone), elements };
}

/** The smallest plan found that still breaks the invariant, and how many runs it took. */
export async function shrink(
  plan: Plan,
  invariant: Invariant,
  options: ShrinkOptions,
): Promise<{ plan: Plan; runs: number }> {
  const shrinker = new Shrinker(plan, invariant, options);
  if (options.brokeAtMs !== undefined) await shrinker.past(options.brokeAtMs);
  for (;;) {
    const before = JSON.stringify(shrinker.best).length;
    await shrinker.kinds();
    await shrinker.elements();
    await shrinker.cast();
    await shrinker.plain();
    if (shrinker.spent || JSON.stringify(shrinker.best).length >= before) break;
  }
  return { plan: shrinker.best, runs: shrinker.runs };
}
