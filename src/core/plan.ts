/**
 * When and where jobs would run that are not placed yet: time is played forward over a picture of the accounts. Whose turn
 * it is and which account takes a job is decided as it is for real (fairness.ts, placement.ts); a slot is free again when
 * its job is expected to have ended, and what an account paid for one job is not there for the next.
 *
 * What it says is an expectation, not a promise: jobs that others send meanwhile, refusals, refills and accounts that
 * recover or fail are not in the picture.
 */
import type { AccountSnapshot, GroupSnapshot, Requirement } from './account.ts';
import { nextDay } from './calendar.ts';
import { lift, next, serve, type Waiting } from './fairness.ts';
import { openAt } from './hours.ts';
import { keyOfLane } from './limits.ts';
import { type Order, OrderedSet } from './ordered.ts';
import { AccountPool, type PoolSnapshot, type Reasons } from './placement.ts';
import { restOf } from './shelf.ts';

/** A job that waits, or would. */
export interface PlanJob {
  readonly id: number;
  readonly tenantId: number;
  readonly lane: string;
  readonly rank: number;
  /** What it asks of an account; the times in it are set as time is played. */
  readonly requirement: Omit<Requirement, 'now' | 'wall'>;
  /** What it counts for in the fair order, ms. */
  readonly slotMs: number;
  /** How long it is expected to have its slot, ms. */
  readonly lastsMs: number;
}

/** An account with what a plan has to know beside its snapshot. */
export interface PlanAccount {
  readonly account: AccountSnapshot;
  readonly paceMs: number;
  /** Jobs and credits that a UTC day allows, and what is left of them today; null where there is no cap. */
  readonly daily: { readonly jobs: number | null; readonly jobsLeft: number };
}

/** A slot that is occupied now. */
export interface Occupied {
  readonly accountId: number;
  readonly keyId: number;
  /** When it is expected to be free, ms from now. */
  readonly freeInMs: number;
}

/** How everything stands now. */
export interface PlanPicture {
  readonly accounts: readonly PlanAccount[];
  readonly groups: readonly GroupSnapshot[];
  readonly pools: readonly PoolSnapshot[];
  readonly occupied: readonly Occupied[];
  /** Every tenant that has a job in the plan. */
  readonly tenants: readonly Waiting[];
  /** Of the fair order. */
  readonly levelMs: number;
  /** Most jobs in flight of the keys that have such a limit. */
  readonly runningMax: ReadonlyMap<number, number>;
  /** Of the monotonic clock, and of the day's at the same moment, ms. */
  readonly now: number;
  readonly wall: number;
}

/** What is expected of a job. */
export interface Expected {
  /** Null where no account ever takes it, as far as can be seen. */
  readonly at: { readonly account: AccountSnapshot; readonly startsInMs: number; readonly endsInMs: number } | null;
  /** Why accounts do not take it: now, or where none ever does, in the end. */
  readonly reasons: Reasons;
}

/** Time is played this far. */
const HORIZON_MS = 31 * 24 * 3600 * 1000;

/** What is expected of each job, by its id. The same picture and jobs give the same, in whatever order they come. */
export function planJobs(picture: PlanPicture, jobs: readonly PlanJob[]): ReadonlyMap<number, Expected> {
  const play = new Play(picture, jobs);
  play.run();
  return play.expected;
}

/** Something that happens at a time. */
interface Moment {
  readonly id: number;
  readonly at: number;
  readonly happens: () => void;
}
const IN_TIME: Order<Moment> = { key: (moment) => moment.at, second: () => 0, weigh: () => 0 };

/** The jobs of one lane, the first last. */
interface Line {
  readonly lane: string;
  readonly jobs: PlanJob[];
}

class Play {
  readonly expected = new Map<number, Expected>();
  readonly #picture: PlanPicture;
  readonly #pool = new AccountPool();
  readonly #moments = new OrderedSet(IN_TIME);
  readonly #lines = new Map<number, Line[]>();
  readonly #turns: Map<number, Waiting>;
  readonly #particulars = new Map<number, { paceMs: number; jobs: number | null; jobsLeft: number; day: number }>();
  readonly #running = new Map<number, number>();
  /** Why accounts do not take a job at the beginning. */
  readonly #present = new Map<number, Reasons>();
  #level: number;
  /** Ms from the beginning. */
  #time = 0;
  #lastMoment = 0;
  #waiting: number;

  constructor(picture: PlanPicture, jobs: readonly PlanJob[]) {
    this.#picture = picture;
    this.#waiting = jobs.length;
    this.#level = picture.levelMs;
    this.#turns = new Map(lift(picture.tenants, picture.levelMs).map((tenant) => [tenant.tenantId, tenant]));
    this.#pool.setPools(picture.pools);
    for (const group of picture.groups) this.#pool.putGroup(group);
    const accounts = [...picture.accounts].sort((a, b) => a.account.id - b.account.id);
    for (const one of accounts) this.#admit(one);
    for (const { accountId, keyId, freeInMs } of picture.occupied) {
      this.#running.set(keyId, (this.#running.get(keyId) ?? 0) + 1);
      this.#when(freeInMs, () => this.#free(accountId, keyId));
    }
    this.#lineUp(jobs);
    this.#notePresent(jobs);
  }

  #notePresent(jobs: readonly PlanJob[]): void {
    for (const job of jobs) this.#present.set(job.id, this.#choose(job).reasons);
  }

  /** Plays until every job is placed, or nothing more happens that could let one be. */
  run(): void {
    while (this.#waiting > 0) {
      this.#place();
      const [moment] = this.#moments.first(0, 1);
      if (moment === undefined || moment.at > HORIZON_MS) break;
      this.#time = moment.at;
      for (let due: Moment | undefined = moment; due !== undefined && due.at <= this.#time; ) {
        this.#moments.delete(due);
        due.happens();
        [due] = this.#moments.first(0, 1);
      }
    }
    for (const lines of this.#lines.values()) {
      for (const { jobs } of lines) {
        for (const job of jobs) this.expected.set(job.id, { at: null, reasons: this.#choose(job).reasons });
      }
    }
  }

  #admit({ account, paceMs, daily }: PlanAccount): void {
    const { wall, now } = this.#picture;
    this.#particulars.set(account.id, { paceMs, ...daily, day: nextDay(wall) });
    this.#pool.put(account);
    const rest = restOf(account).at - now;
    if (rest > 0) this.#when(rest, () => undefined);
    this.#watchHours(account);
  }

  /** An account that is closed opens some time; then jobs are looked at anew. */
  #watchHours(account: AccountSnapshot): void {
    if (account.hours === null) return;
    const { forMs } = openAt(account.hours, this.#picture.wall + this.#time);
    this.#when(this.#time + Math.max(1, forMs), () => this.#watchHours(account));
  }

  #lineUp(jobs: readonly PlanJob[]): void {
    const sooner = (a: PlanJob, b: PlanJob) => a.rank - b.rank || a.id - b.id;
    for (const job of [...jobs].sort((a, b) => sooner(b, a))) {
      const lines = this.#lines.get(job.tenantId) ?? [];
      this.#lines.set(job.tenantId, lines);
      const line = lines.find(({ lane }) => lane === job.lane);
      if (line) line.jobs.push(job);
      else lines.push({ lane: job.lane, jobs: [job] });
    }
  }

  /** Places what can be placed at this moment, as engine/dispatch.ts does. */
  #place(): void {
    const turns = new Map([...this.#turns].filter(([tenantId]) => (this.#lines.get(tenantId)?.length ?? 0) > 0));
    for (const tenant of lift([...turns.values()], this.#level)) turns.set(tenant.tenantId, tenant);
    const blocked = new Set<Line>();
    while (turns.size > 0 && this.#pool.hasRoom()) {
      const tenant = next(turns.values());
      if (tenant === undefined) return;
      const line = this.#firstLine(tenant.tenantId, blocked);
      if (line === undefined) {
        turns.delete(tenant.tenantId);
        continue;
      }
      const job = this.#placeHead(line);
      if (job === undefined) {
        blocked.add(line);
        continue;
      }
      this.#level = Math.max(this.#level, tenant.servedMs);
      const served = { ...tenant, servedMs: serve(tenant, job.slotMs) };
      turns.set(tenant.tenantId, served);
      this.#turns.set(tenant.tenantId, served);
    }
  }

  /** Of the tenant's lanes that are not known to be stuck, the one whose head comes soonest. */
  #firstLine(tenantId: number, blocked: ReadonlySet<Line>): Line | undefined {
    let first: Line | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const line of this.#lines.get(tenantId) ?? []) {
      const head = line.jobs.at(-1);
      if (head === undefined || blocked.has(line) || head.rank >= least) continue;
      first = line;
      least = head.rank;
    }
    return first;
  }

  #placeHead(line: Line): PlanJob | undefined {
    const job = line.jobs.at(-1);
    if (job === undefined || this.#runsAll(line.lane)) return undefined;
    const [account] = this.#choose(job).candidates;
    if (account === undefined) return undefined;
    line.jobs.pop();
    this.#waiting -= 1;
    if (line.jobs.length === 0) {
      const lines = this.#lines.get(job.tenantId) ?? [];
      lines.splice(lines.indexOf(line), 1);
    }
    this.#use(account, job);
    const endsInMs = this.#time + job.lastsMs;
    const at = { account, startsInMs: this.#time, endsInMs };
    this.expected.set(job.id, { at, reasons: this.#present.get(job.id) ?? {} });
    const keyId = keyOfLane(line.lane);
    if (keyId !== undefined) this.#running.set(keyId, (this.#running.get(keyId) ?? 0) + 1);
    this.#when(endsInMs, () => this.#free(account.id, keyId));
    return job;
  }

  #runsAll(lane: string): boolean {
    const keyId = keyOfLane(lane);
    const limit = keyId === undefined ? undefined : this.#picture.runningMax.get(keyId);
    return limit !== undefined && (this.#running.get(keyId ?? 0) ?? 0) >= limit;
  }

  #choose(job: PlanJob) {
    const { now, wall } = this.#picture;
    return this.#pool.choose({ ...job.requirement, now: now + this.#time, wall: wall + this.#time });
  }

  /** The account has one job more. */
  #use(account: AccountSnapshot, { requirement }: PlanJob): void {
    const { now, wall } = this.#picture;
    const cost = requirement.costs.get(account.upstream) ?? 0;
    const rest = this.#restAfter(account.id);
    if (rest > 0) this.#when(this.#time + rest, () => undefined);
    const restsUntil = rest > 0 ? now + this.#time + rest : account.restsUntil;
    this.#pool.put({
      ...account,
      inUse: account.inUse + 1,
      spendable: account.spendable - cost,
      lastUsedAt: wall + this.#time,
      restsUntil,
      ...(rest > 0 ? { restsFor: 'pacing' } : {}),
    });
    this.#countInGroup(account.group, 1);
  }

  /** How long an account makes a pause after a job that starts now, ms. */
  #restAfter(accountId: number): number {
    const of = this.#particulars.get(accountId);
    if (of === undefined) return 0;
    const wall = this.#picture.wall + this.#time;
    if (wall >= of.day) {
      of.day = nextDay(wall);
      of.jobsLeft = of.jobs ?? 0;
    }
    of.jobsLeft -= 1;
    return of.jobs !== null && of.jobsLeft <= 0 ? of.day - wall : of.paceMs;
  }

  #free(accountId: number, keyId: number | undefined): void {
    const account = this.#pool.get(accountId);
    if (account) {
      this.#pool.put({ ...account, inUse: Math.max(0, account.inUse - 1) });
      this.#countInGroup(account.group, -1);
    }
    if (keyId !== undefined) this.#running.set(keyId, Math.max(0, (this.#running.get(keyId) ?? 0) - 1));
  }

  #countInGroup(name: string | null, by: number): void {
    const group = name === null ? undefined : this.#pool.group(name);
    if (group) this.#pool.putGroup({ ...group, inUse: Math.max(0, group.inUse + by) });
  }

  #when(at: number, happens: () => void): void {
    this.#moments.add({ id: ++this.#lastMoment, at, happens });
  }
}
