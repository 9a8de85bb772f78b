/**
 * A simulated upstream: accounts with real slots and credits, work that takes time, and the lies of the plan. It
 * outlives the gateway's processes, like a real one, and keeps count of what really started.
 */
import type { AttemptOrder, StatusOutcome } from '../../src/contracts/upstream.ts';
import { frameSize } from '../../src/core/frame.ts';
import type { JobRequest } from '../../src/core/request.ts';
import { Refusal } from '../../src/std/errors.ts';
import type { CreateLie, JobElement, Lie, Manners, Plan } from './plan.ts';
import { Life, type World } from './world.ts';

/** Facts of every simulated upstream, ms. Short, so that a run of minutes sees every horizon. */
export const TIMES = {
  dedupeWindowMs: 60_000,
  slotHorizonMs: 120_000,
  creditHorizonMs: 240_000,
  startTimeoutMs: 20_000,
  statusTimeoutMs: 10_000,
} as const;

/** What an account pays for a second of video, whole credits. */
export const COST_PER_S = 2;

/** What a create call sent inside the window may still take to arrive, and how far clocks may be off. */
const WINDOW_MARGIN_MS = TIMES.startTimeoutMs + 10_000;

/** A piece of work that really started. */
export interface Run {
  readonly attemptId: string;
  readonly jobId: number;
  /** The plan's number of the job. */
  readonly job: number;
  readonly account: string;
  readonly startedAt: number;
  /** Infinity: never. */
  doneAt: number;
  /** It was stopped before it was done. */
  cancelled: boolean;
  readonly fate: 'good' | 'fails' | 'moderated';
  starts: number;
  fetches: number;
  asked: number;
}

/** An account as its upstream sees it. */
interface FarAccount {
  /** What the vendor's plan allows: the most that was ever configured. */
  slots: number;
  credits: number;
  refused: boolean;
}

/** What the file of a result says; the simulated prober reads it. */
export interface FakeFile {
  /** Is this what was asked for? Only the oracle may look. */
  readonly good: boolean;
  readonly job: number;
  readonly kind: 'video' | 'image';
  readonly width: number;
  readonly height: number;
  readonly durationMs: number;
  /** Why it cannot be read. */
  readonly broken?: 'damaged' | 'strange';
}

/** Who is told what an upstream sees of us. */
export interface FarWatcher {
  /** A create call arrived; nothing was done about it yet. */
  called(order: AttemptOrder): void;
  /** Work started. */
  started(run: Run): void;
  /** A process asks what an account has. */
  weighing(asker: Life, accountId: number): void;
  /** This is what it is told. */
  weighed(asker: Life, accountId: number, credits: number): void;
  /** A create call was refused because of what it asks for. */
  refused(attemptId: string): void;
  /** A create call was refused because the account's slots are taken. */
  full(account: string, far: FarSide): void;
}

/** The far side of one kind of upstream. */
export class FarSide {
  readonly manners: Manners;
  readonly runs = new Map<string, Run>();
  readonly accounts = new Map<string, FarAccount>();
  /** Jobs by the plan's number, and how they are lied to. */
  readonly jobs = new Map<number, JobElement>();
  readonly life: Life;
  /** Listeners of gateway processes. */
  readonly hear = new Set<{ life: Life; changed: (attemptId: string) => void }>();
  watcher: FarWatcher | null = null;
  readonly #world: World;
  readonly #lies = new Map<number, Lie[]>();

  constructor(world: World, manners: Manners, plan: Plan) {
    this.#world = world;
    this.manners = manners;
    this.life = new Life(manners.name);
    for (const element of plan.elements) {
      if (element.type === 'job') this.jobs.set(element.job, element);
      if (element.type !== 'lie') continue;
      this.#lies.set(element.job, [...(this.#lies.get(element.job) ?? []), element.lie]);
    }
  }

  /** The lies about a job that have this key. */
  lie<K extends string>(job: number, key: K): Extract<Lie, Record<K, unknown>> | undefined {
    return this.#lies.get(job)?.find((lie): lie is Extract<Lie, Record<K, unknown>> => key in lie);
  }

  /** What becomes of the next create call for a job, whichever account it comes to. */
  nextCreate(job: number, creates: Map<number, number>): CreateLie | undefined {
    const nth = (creates.get(job) ?? 0) + 1;
    creates.set(job, nth);
    const lies = this.#lies.get(job) ?? [];
    const lie = lies.find((one) => 'create' in one && one.nth === nth);
    return lie && 'create' in lie ? lie.create : undefined;
  }

  /** Does the account have a slot and the credits for one more? Else why not. */
  refusal(account: string, attemptId: string, cost: number): 'slots' | 'credits' | 'credentials' | null {
    if (this.#known(attemptId)) return null;
    const far = this.accounts.get(account);
    if (!far || far.refused) return 'credentials';
    if (far.credits < cost) return 'credits';
    return this.busy(account) >= far.slots ? 'slots' : null;
  }

  /** How many pieces of work the account carries now. */
  busy(account: string, youngerThanMs = Number.POSITIVE_INFINITY): number {
    const { now } = this.#world;
    let count = 0;
    for (const run of this.runs.values())
      if (run.account === account && run.doneAt > now && now - run.startedAt < youngerThanMs) count += 1;
    return count;
  }

  /** The work starts, unless this upstream knows the attempt and de-duplicates on it. */
  start(order: AttemptOrder, account: string, cost: number): void {
    const known = this.#known(order.id);
    if (known) return;
    const before = this.runs.get(order.id);
    if (before) {
      before.starts += 1;
      this.watcher?.started(before);
      return;
    }
    const job = order.request.seed;
    const work = this.lie(job, 'work')?.work;
    const tookMs = this.jobs.get(job)?.workMs ?? 1_000;
    const late = {
      'past-slot': TIMES.slotHorizonMs,
      'past-credit': TIMES.creditHorizonMs,
      stuck: Number.POSITIVE_INFINITY,
    };
    const extra = work !== undefined && work in late ? late[work as keyof typeof late] : 0;
    const run: Run = {
      attemptId: order.id,
      jobId: order.jobId,
      job,
      account,
      startedAt: this.#world.now,
      doneAt: this.#world.now + extra + tookMs,
      cancelled: false,
      fate: work === 'fails' || work === 'moderated' ? work : 'good',
      starts: 1,
      fetches: 0,
      asked: 0,
    };
    this.runs.set(order.id, run);
    const far = this.accounts.get(account);
    if (far) far.credits -= cost;
    this.watcher?.started(run);
    this.#callBack(run);
  }

  /** Stops work that is not done; what it cost is given back. False where there is nothing to stop. */
  cancel(run: Run, cost: number): boolean {
    if (run.cancelled) return true;
    if (this.#world.now >= run.doneAt) return false;
    run.cancelled = true;
    run.doneAt = this.#world.now;
    const far = this.accounts.get(run.account);
    if (far) far.credits += cost;
    return true;
  }

  /** What an account has now. One whose credentials are refused is told nothing. */
  balance(account: string): number {
    const far = this.accounts.get(account);
    if (!far || far.refused) throw new Refusal('account_refused', { message: 'credentials' });
    return far.credits;
  }

  /** An answer to "how does it stand?", lies apart. */
  status(run: Run): StatusOutcome {
    const { now } = this.#world;
    if (run.cancelled) return { type: 'failed', code: 'cancelled', message: 'stopped' };
    if (now < run.doneAt) {
      const whole = run.doneAt - run.startedAt;
      return { type: 'running', ...(Number.isFinite(whole) ? { progress: (now - run.startedAt) / whole } : {}) };
    }
    if (run.fate === 'fails') return { type: 'failed', code: 'generation_failed', message: 'out of memory' };
    if (run.fate === 'moderated') return { type: 'failed', code: 'moderated', message: 'not allowed' };
    if (this.#resultLie(run) === 'none-named') return { type: 'done', results: [] };
    return { type: 'done', results: [{ role: 'video', url: run.attemptId }] };
  }

  /** The result's bytes: JSON that the simulated prober reads. */
  file(run: Run, request: Pick<JobRequest, 'durationS'> & { picture: boolean }): FakeFile {
    const size = request.picture ? frameSize('360p', { width: 64, height: 64 }) : frameSize('360p', '16:9');
    const good: FakeFile = { good: true, job: run.job, kind: 'video', ...size, durationMs: request.durationS * 1000 };
    switch (this.#resultLie(run)) {
      case 'no-pixels':
        return { ...good, good: false, width: 0, height: 0 };
      case 'placeholder':
        return { ...good, good: false, durationMs: 200 };
      case 'damaged':
      case 'strange':
        return { ...good, good: false, broken: this.#resultLie(run) === 'damaged' ? 'damaged' : 'strange' };
      default:
        return good;
    }
  }

  #resultLie(run: Run): string | undefined {
    return this.lie(run.job, 'result')?.result;
  }

  /** The run of an attempt id that is still remembered for de-duplication. */
  #known(attemptId: string): Run | undefined {
    const run = this.runs.get(attemptId);
    if (!run || !this.manners.dedupes) return undefined;
    return this.#world.now - run.startedAt < TIMES.dedupeWindowMs + WINDOW_MARGIN_MS ? run : undefined;
  }

  /** Calls back about an attempt that it may never take: at once and again, or long after it can matter. */
  hint(job: number, attemptId: string): void {
    const hints = this.manners.callbacks ? this.lie(job, 'hints')?.hints : undefined;
    if (!hints) return;
    const { now } = this.#world;
    const times = hints === 'before-answer' ? [0, 0, 20] : [30_000, 30_000, 150_000, 400_000];
    for (const ms of times) this.#world.at(now + ms, this.life, () => this.#tell(attemptId));
  }

  /** Calls back as the plan says: duplicates, early and late ones, and some about nothing we sent. */
  #callBack(run: Run): void {
    if (!this.manners.callbacks) return;
    const lie = this.lie(run.job, 'callback')?.callback;
    const at = (ms: number, id: string) => {
      if (Number.isFinite(ms)) this.#world.at(ms, this.life, () => this.#tell(id));
    };
    if (lie === 'early') at(this.#world.now, run.attemptId);
    if (lie === 'wrong-job') at(this.#world.now + 5_000, 'an attempt that nobody made');
    at(run.doneAt + (lie === 'late' ? 30_000 : 0), run.attemptId);
    if (lie === 'twice') at(run.doneAt, run.attemptId);
  }

  /** Every process hears it, whoever follows the job; a callback reaches one and is passed on by none. */
  #tell(attemptId: string): void {
    for (const one of this.hear) {
      if (one.life.alive) void this.#world.gate(one.life, 'callback').then(() => one.changed(attemptId));
    }
  }
}
