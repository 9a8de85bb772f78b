/**
 * Judges a run. It sees every committed unit, every call that reaches an upstream, every wake-up and every answer to a
 * client, and throws a Violation at the first thing that breaks a promise. Cheap checks run with every commit; a full
 * audit of the store runs now and then, and at the end.
 */
import type { WakeChannel } from '../../src/contracts/store.ts';
import type { AttemptOrder } from '../../src/contracts/upstream.ts';
import { isTerminal } from '../../src/core/job.ts';
import { AccountWatch } from './account-watch.ts';
import { audit } from './audit.ts';
import { FairWatch } from './fair-watch.ts';
import type { FarSide, FarWatcher, Run } from './far-side.ts';
import { TIMES } from './far-side.ts';
import { JobWatch, type Surroundings } from './job-watch.ts';
import type { Mirror } from './mirror.ts';
import { MoneyWatch } from './money-watch.ts';
import type { Kept } from './parts.ts';
import type { Plan } from './plan.ts';
import { PromptWatch } from './prompt-watch.ts';
import type { Call, Committed, Tap } from './tap.ts';
import { ToldWatch } from './told-watch.ts';
import { hold, Violation } from './violation.ts';
import type { Life, World } from './world.ts';

/** A full audit after so many steps; the more there is to read, the more rarely. */
const AUDIT_STEPS = 4_000;
/** A due step is taken within 30 s of a quiet moment; clocks are off by seconds and a step may take its time. */
const TAKEOVER_MS = 30_000 + 25_000;
const LEASE_OVERDUE_MS = 45_000;
const HORIZON_OVERDUE_MS = 60_000;

/** The judge of one run. */
export class Oracle implements FarWatcher {
  readonly mirror: Mirror;
  readonly money: MoneyWatch;
  readonly jobs: JobWatch;
  readonly fair: FairWatch;
  readonly told: ToldWatch;
  readonly prompt: PromptWatch;
  readonly accounts: AccountWatch;
  readonly depths = new Map<number, number>();
  readonly revoked = new Map<number, number>();
  readonly runs = new Map<number, Run>();
  /** Told of every commit, for a trace. */
  onUnit: ((unit: Committed) => void) | null = null;
  /** Units seen. */
  commits = 0;
  /** The last moment at which something was amiss on our side. */
  troubleAt = 0;
  readonly #world: World;
  readonly #far: readonly FarSide[];
  readonly #kept: Kept;
  /** Does some clock jump in this run? Then horizons are not what they say. */
  readonly #jumps: boolean;
  readonly #refusedForGood = new Set<string>();
  readonly #answered = new Set<number>();
  /** Commits of each process after which there was more to place, less the wake-ups it sent. */
  readonly #queued = new Map<Life, number>();
  #audited = 0;
  #looked = 0;

  constructor(parts: { world: World; tap: Tap; mirror: Mirror; far: readonly FarSide[]; kept: Kept; plan: Plan }) {
    const { world, tap, mirror, far, kept, plan } = parts;
    this.#world = world;
    this.#far = far;
    this.#kept = kept;
    this.mirror = mirror;
    this.#jumps = plan.elements.some((element) => element.type === 'clock');
    this.money = new MoneyWatch(mirror);
    this.fair = new FairWatch(mirror);
    this.told = new ToldWatch(world, plan.seed);
    this.accounts = new AccountWatch(world, mirror, this.#jumps);
    this.prompt = new PromptWatch(mirror, this.fair.models);
    const around: Surroundings = {
      world,
      mirror,
      kept,
      far,
      jumps: this.#jumps,
      runs: this.runs,
      refusedForGood: this.#refusedForGood,
      depths: this.depths,
      revoked: this.revoked,
    };
    this.jobs = new JobWatch(around);
    for (const one of far) one.watcher = this;
    tap.onCommit = (unit) => this.#guard(() => this.#committed(unit));
  }

  /** A violation ends the run; it must not look like a failed call to the engine. */
  #guard(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.#world.fail(error);
    }
  }

  #committed(unit: Committed): void {
    this.onUnit?.(unit);
    this.commits += 1;
    const jobs = new Set<number>();
    const accounts = new Set<number>();
    for (const call of unit.calls) {
      this.money.apply(call);
      this.accounts.apply(call);
      this.jobs.apply(unit, call, jobs, accounts);
      this.prompt.apply(call);
    }
    this.money.endUnit(unit.calls, unit.label);
    this.told.apply(unit.calls);
    const { life } = unit;
    if (unit.calls.some(feedsQueue)) this.#queued.set(life, (this.#queued.get(life) ?? 0) + 1);
    const fresh = jobs.size > 0 ? this.mirror.refresh(jobs) : [];
    for (const facts of fresh) this.jobs.check(facts);
    if (accounts.size > 0) this.#checkAccounts(accounts);
    this.accounts.endUnit(unit, accounts);
    if (fresh.length > 0) this.fair.apply(unit.calls);
  }

  #checkAccounts(ids: Set<number>): void {
    for (const row of this.mirror.refreshAccounts(ids)) {
      const leases = this.mirror.leasesOf(row.id);
      hold(row.inUse === leases, 'cap', () => `account ${row.name} counts ${row.inUse} leases and has ${leases}`);
      const reserved = this.mirror.reserved.get(row.id) ?? 0;
      hold(
        row.reserved === reserved,
        'reserved',
        () => `account ${row.name} reserves ${row.reserved}, and its attempts may cost ${reserved}`,
      );
      hold(row.reserved >= 0, 'reserved', () => `account ${row.name} reserves ${row.reserved}`);
      const total = row.creditDaily + row.creditMonthly + row.creditPackage;
      const book = this.money.upstreamBook(row.id);
      hold(book === total, 'account-book', () => `account ${row.name} has ${total}, and its book ${book}`);
    }
  }

  called(order: AttemptOrder): void {
    this.#guard(() => {
      hold(
        this.mirror.jobOf.has(order.id),
        'durable-before-call',
        () => `a create call left for job #${order.request.seed}, and attempt ${order.id} is not committed`,
      );
      const facts = this.mirror.jobs.get(order.jobId);
      const attempt = facts?.attempts.find((one) => one.id === order.id);
      hold(
        facts?.row.attemptId === order.id && attempt?.endedAt === null,
        'late-call',
        () =>
          `a create call left for job #${order.request.seed}, ${facts?.row.state}, as an attempt that is ${attempt?.state}`,
      );
    });
  }

  started(run: Run): void {
    this.#guard(() => {
      hold(run.starts <= 1, 'once-per-attempt', () => `attempt ${run.attemptId} of job #${run.job} started twice`);
      const before = this.runs.get(run.jobId);
      this.runs.set(run.jobId, run);
      hold(
        !before,
        'once-per-job',
        () => `job #${run.job} started as attempt ${before?.attemptId} and again as ${run.attemptId}`,
      );
    });
  }

  weighing(asker: Life, accountId: number): void {
    this.accounts.weighing(asker, accountId);
  }

  weighed(asker: Life, accountId: number, credits: number): void {
    this.accounts.weighed(asker, accountId, credits);
  }

  refused(attemptId: string): void {
    this.#refusedForGood.add(attemptId);
  }

  full(account: string, far: FarSide): void {
    if (this.#jumps) return;
    this.#guard(() => {
      const young = far.busy(account, TIMES.slotHorizonMs / 2);
      const slots = far.accounts.get(account)?.slots ?? 0;
      hold(
        young < slots,
        'real-cap',
        () => `account ${account} has ${young} fresh pieces of our work on ${slots} slots`,
      );
    });
  }

  /** A client was answered with a job. */
  answered(jobId: number, from: Life): void {
    this.#answered.add(jobId);
    hold(
      this.mirror.jobs.has(jobId),
      'answered-is-kept',
      () => `${from.name} answered with job ${jobId}, which is not committed`,
    );
  }

  /** A client was answered with an upload. */
  uploaded(assetId: number, from: Life): void {
    hold(
      this.mirror.assets.has(assetId),
      'answered-is-kept',
      () => `${from.name} answered with upload ${assetId}, which is not committed`,
    );
  }

  /** A wake-up left a process: of something to place it may speak only after there is. */
  notified(life: Life, channel: WakeChannel): void {
    if (channel !== 'queue') return;
    const left = (this.#queued.get(life) ?? 0) - 1;
    this.#queued.set(life, left);
    this.#guard(() => {
      hold(left >= 0, 'wake-after-commit', () => `${life.name} told of something to place that it had not committed`);
    });
  }

  /** Nothing more happens at this instant. */
  quiet(ready: readonly { life: Life; readyAt: number }[]): void {
    const { now, steps } = this.#world;
    if (steps - this.#audited > AUDIT_STEPS + this.mirror.jobs.size * 20) {
      this.#audited = steps;
      this.audit();
    }
    if (now - this.#looked < 5_000) return;
    this.#looked = now;
    const awake = ready.filter(({ life }) => !life.stalled);
    const calmSince = Math.max(this.troubleAt, Math.min(...awake.map((one) => one.readyAt)));
    if (awake.length === 0) return;
    this.#overdue(calmSince);
    this.prompt.look(now, calmSince);
    this.accounts.look(now, calmSince);
  }

  /** Nothing may lie about that somebody should long have taken up. */
  #overdue(calmSince: number): void {
    const { now } = this.#world;
    const lateBy = (due: number) => now - Math.max(due, calmSince);
    for (const id of this.mirror.unfinished) {
      const facts = this.mirror.jobs.get(id);
      if (!facts) continue;
      const { row, attempts } = facts;
      const name = () => `${this.mirror.name(id)}, ${row.state},`;
      if (row.nextAt !== null)
        hold(
          lateBy(row.nextAt) <= TAKEOVER_MS,
          'takeover',
          () => `${name()} has been due for ${lateBy(row.nextAt ?? 0)} ms, its owner is ${row.owner ?? 'nobody'}`,
        );
      const attempt = attempts.find((one) => one.id === row.attemptId);
      if (!attempt || isTerminal(row.state) || row.state === 'queued' || row.state === 'storing') continue;
      hold(
        lateBy(attempt.creditHorizonAt) <= HORIZON_OVERDUE_MS,
        'horizon',
        () => `${name()} still holds credits ${lateBy(attempt.creditHorizonAt)} ms after its horizon`,
      );
    }
    for (const lease of this.mirror.leases.values())
      hold(
        lateBy(lease.until) <= LEASE_OVERDUE_MS,
        'lease-freed',
        () => `a lease of account ${lease.accountId} is ${lateBy(lease.until)} ms past its horizon`,
      );
  }

  /** Everything in the store, at once. */
  audit(): void {
    for (const { invariant, problem } of this.mirror.look((q) => audit(q))) throw new Violation(invariant, problem);
    const { leases, books } = this.mirror.look(function* (q) {
      return { leases: yield* q.attempts.leases(), books: yield* q.books.all() };
    });
    const same =
      leases.length === this.mirror.leases.size && leases.every((lease) => this.mirror.leases.has(lease.attemptId));
    hold(same, 'mirror', () => 'the store has other leases than were written to it');
    for (const book of books)
      hold(
        book.balance === (this.money.balances.get(book.id) ?? 0),
        'mirror',
        () =>
          `book ${book.owner}/${book.name} holds ${book.balance}, and ${this.money.balances.get(book.id)} was written`,
      );
  }

  /** May the run end? Every job is over and nothing is watched any more. */
  atRest(): boolean {
    return this.mirror.unfinished.size === 0 && this.mirror.leases.size === 0 && this.told.atRest();
  }

  /** What must stand when all is quiet. */
  end(): void {
    this.audit();
    this.told.end();
    for (const id of this.mirror.unfinished) {
      const row = this.mirror.jobs.get(id)?.row;
      throw new Violation('ends', `${this.mirror.name(id)} is still ${row?.state}, next step at ${row?.nextAt}`);
    }
    hold(this.mirror.leases.size === 0, 'ends', () => `${this.mirror.leases.size} leases are left`);
    for (const [account, reserved] of this.mirror.reserved)
      hold(reserved === 0, 'ends', () => `account ${account} still reserves ${reserved}`);
    for (const id of this.#answered)
      hold(this.mirror.jobs.has(id), 'answered-is-kept', () => `job ${id} was answered with and is gone`);
    for (const asset of this.mirror.assets.values())
      hold(this.#kept.has(asset.blobKey), 'bytes-before-row', () => `the bytes of asset ${asset.id} are gone`);
    for (const facts of this.mirror.jobs.values()) {
      const owed = this.jobs.owedSuccess(facts);
      hold(
        !owed || facts.row.state === 'succeeded',
        'good-is-kept',
        () =>
          `${this.mirror.name(facts.row.id)} is ${facts.row.state} (${facts.row.error?.message ?? ''}), and its upstream delivered a good result in time`,
      );
    }
    for (const far of this.#far) for (const run of far.runs.values()) if (run.starts > 1) this.started(run);
  }

  /** Units of a call list, kept for traces. */
  static summary(calls: readonly Call[]): string[] {
    return calls.map((call) => call.name);
  }
}

/** May there be more to place after this: one more job, one attempt less, or others who may have what they could not? */
const feedsQueue = (call: Call): boolean =>
  call.name === 'jobs.insert' ||
  (call.name === 'attempts.change' && (call.args[1].state === 'refused' || call.args[1].state === 'unsent')) ||
  (/^(?:keys|tenants|pools)\./.test(call.name) && call.name !== 'tenants.setServed');
