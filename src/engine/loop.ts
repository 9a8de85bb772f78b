/**
 * The heartbeat of a process: what is due is done, one step per job at a time, each step short. Wake-ups make it
 * prompt; a slow tick is the net under lost ones, so nothing depends on a signal arriving.
 *
 *     queue, slots ──► place ──► submit
 *     due jobs ──────► submitting, unknown: reconcile · running: observe · storing: ingest · expired: watch
 *     every 5 s ─────► heartbeat            every minute ─► refresh            every hour ─► sweep
 */
import type { DueRow, JobRow } from '../contracts/store.ts';
import { sleep } from '../std/clock.ts';
import { messageOf } from '../std/errors.ts';

import { type Engine, Fenced, isFenced, must } from './context.ts';
import { sweepDeleted } from './assets/kept.ts';
import { Courier } from './deliver.ts';
import { type Placed, place, submit } from './dispatch.ts';
import { ingest } from './ingest.ts';
import { observe } from './observe.ts';
import { loadPool, PoolReader } from './accounts/picture.ts';
import { followKeys } from './admin/rotation.ts';
import { beat, HEARTBEAT_MS, hasMoreThanItsShare } from './processes.ts';
import { reconcile, sweepBlobs, sweepRows } from './reconcile.ts';
import { refresh } from './refresh.ts';
import { Trigger } from './trigger.ts';

/** The net under lost wake-ups. */
const TICK_MS = 1_000;
/** Due jobs taken at a time. */
const DUE_MAX = 256;
const REFRESH_MS = 60_000;
/** Accounts that something was paid from are looked for this often. */
const PAID_MS = 5_000;
const SWEEP_MS = 3_600_000;
/** Between two pages of the accounts' picture. */
const POOL_PAGE_MS = 5_000;
/** The wall clock was set, and did not only drift, when it is this far from where it was a tick ago. */
const CLOCK_SET_MS = 5_000;
/** After a step failed by a defect or a fault of ours, before it is tried again. */
const STEP_RETRY_MS = 5_000;

/** The running loop. */
export interface Loop {
  /** Looks for work now. */
  wake(what: 'queue' | 'jobs'): void;
  /** Makes a job's next step due at once: something was heard of it. */
  hurry(jobId: number): void;
  /** Claims nothing new; resolves when the steps under way have ended. */
  stop(): Promise<void>;
}

/** Starts the loop of one process. `onBuried` is called when another process has declared this one dead. */
export function startLoop(engine: Engine, onBuried: () => void): Loop {
  return new EngineLoop(engine, onBuried);
}

class EngineLoop implements Loop {
  readonly #engine: Engine;
  readonly #onBuried: () => void;
  readonly #tasks = new Set<Promise<void>>();
  readonly #cancels: (() => void)[] = [];
  readonly #stopped = new AbortController();
  readonly #dispatch = new Trigger(() => this.#guard('dispatch', () => this.#placeAll()));
  readonly #due = new Trigger(() => this.#guard('due', () => this.#runDue()));
  readonly #accounts = new Trigger(async () => {
    await this.#guard('accounts', () => loadPool(this.#engine));
    this.#dispatch.fire();
  });
  readonly #courier: Courier;
  readonly #look: Trigger;
  readonly #weigh = new Trigger(() =>
    this.#guard('share', async () => {
      this.#sated = await hasMoreThanItsShare(this.#engine);
    }),
  );
  #cancelDue: () => void = () => undefined;
  #cancelRest: () => void = () => undefined;
  /** What becomes free is left to the other processes, until the next tick. */
  #sated = false;
  /** Where the day's time stood when the loop's own had its origin. */
  #wall: number;

  constructor(engine: Engine, onBuried: () => void) {
    this.#engine = engine;
    this.#onBuried = onBuried;
    this.#wall = engine.effects.clock.now() - engine.effects.clock.monotonic();
    this.#courier = new Courier(engine);
    this.#cancels.push(
      engine.store.onNotify((channel) => {
        if (channel === 'accounts') this.#accounts.fire();
        else if (channel === 'slots') this.#slotFreed();
        else if (channel === 'queue') this.wake('queue');
        else if (channel === 'jobs') this.#due.fire();
        // Jobs may have ended.
        if (channel === 'slots' || channel === 'jobs') this.#courier.fire();
      }),
    );
    for (const upstream of engine.upstreams.values()) {
      const stop = upstream.watch?.((attemptId) => {
        const jobId = engine.work.attempts.get(attemptId);
        if (jobId !== undefined) this.hurry(jobId);
      });
      if (stop) this.#cancels.push(stop);
    }
    this.#every(TICK_MS, 'tick', async () => {
      this.#watchClock();
      this.#dispatch.fire();
      this.#due.fire();
      this.#weigh.fire();
      this.#courier.fire();
    });
    this.#every(HEARTBEAT_MS, 'heartbeat', () => this.#beat());
    // The first look at the others: the silence of one that died before we came counts from now.
    void this.#guard('heartbeat', () => this.#beat());
    const reader = new PoolReader(engine);
    this.#look = new Trigger(async () => {
      await this.#guard('accounts', () => reader.page());
      this.#dispatch.fire();
    });
    this.#every(POOL_PAGE_MS, 'accounts', async () => this.#look.fire());
    this.#every(REFRESH_MS, 'refresh', () => refresh(engine));
    this.#every(REFRESH_MS, 'balances', () => engine.work.balances.askStale(engine));
    this.#every(PAID_MS, 'paid', () => engine.work.balances.askPaid(engine));
    this.#every(SWEEP_MS, 'sweep', async () => {
      await sweepRows(engine);
      await sweepDeleted(engine);
      await sweepBlobs(engine);
    });
    this.#dispatch.fire();
    this.#due.fire();
  }

  /** A slot has become free, here or in another process: where our picture has none free, it is looked for. */
  #slotFreed(): void {
    if (this.#sated) return;
    if (this.#engine.pool.hasRoom()) this.#dispatch.fire();
    else if (!this.#engine.store.exclusive) this.#look.fire();
  }

  wake(what: 'queue' | 'jobs'): void {
    // With every slot taken a new job changes nothing; the end of a lease, or the tick, looks again.
    if (what === 'queue' && !this.#sated && this.#engine.pool.hasRoom()) this.#dispatch.fire();
    if (what === 'jobs') this.#due.fire();
  }

  hurry(jobId: number): void {
    this.#engine.work.hurried.add(jobId);
    this.#due.fire();
  }

  async stop(): Promise<void> {
    this.#engine.work.stopping = true;
    this.#stopped.abort();
    this.#cancelDue();
    this.#cancelRest();
    for (const cancel of this.#cancels) cancel();
    await this.#accounts.settled();
    await this.#look.settled();
    await this.#dispatch.settled();
    await this.#due.settled();
    await this.#courier.stop();
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
  }

  /** Repeats a chore on the engine's clock; each run starts after the one before has ended. */
  #every(ms: number, name: string, chore: () => Promise<void>): void {
    const { clock } = this.#engine.effects;
    let cancel: () => void = () => undefined;
    const arm = () => {
      cancel = clock.setTimer(ms, () => {
        if (this.#engine.work.stopping) return;
        void this.#guard(name, chore).then(arm);
      });
    };
    arm();
    this.#cancels.push(() => cancel());
  }

  /** A chore that fails is logged and comes again with the next wake-up or tick. True where it did not fail. */
  async #guard(name: string, chore: () => Promise<void>): Promise<boolean> {
    try {
      await chore();
      return true;
    } catch (error) {
      this.#engine.effects.log.error({ chore: name, cause: messageOf(error) }, 'a chore failed; it comes again');
      return false;
    }
  }

  async #placeAll(): Promise<void> {
    while (!this.#engine.work.stopping) {
      try {
        const placed = await place(this.#engine);
        if (placed.length === 0) break;
        for (const one of placed) this.#step(one.job, () => this.#submit(one));
      } finally {
        this.#engine.work.placing.clear();
      }
    }
    this.#armRest();
  }

  /** Looks again when the next account's rest is over, where that is before the tick: a short pause is no longer than asked. */
  #armRest(): void {
    const { clock } = this.#engine.effects;
    this.#cancelRest();
    const wait = this.#engine.pool.nextAt() - clock.monotonic();
    if (this.#engine.work.stopping || !(wait > 0 && wait < TICK_MS)) return;
    this.#cancelRest = clock.setTimer(wait, () => this.#dispatch.fire());
  }

  async #submit(placed: Placed): Promise<void> {
    this.#engine.work.attempts.set(placed.attempt.id, placed.job.id);
    await submit(this.#engine, placed);
  }

  async #runDue(): Promise<void> {
    const engine = this.#engine;
    if (engine.work.stopping) return;
    const now = engine.effects.clock.now();
    // Jobs whose step is under way are still due, and must not take the places of others.
    const underWay = engine.work.active.size;
    const hurried = [...engine.work.hurried].filter((id) => !engine.work.active.has(id));
    const jobs = await engine.store.read(function* (q) {
      const rows = yield* q.jobs.due(engine.processId, now, DUE_MAX + underWay);
      for (const id of hurried) {
        const row = yield* q.jobs.get(id);
        if (row && row.nextAt !== null && row.owner === engine.processId) rows.push(row);
      }
      return rows;
    });
    for (const id of hurried) engine.work.hurried.delete(id);
    for (const job of jobs) {
      // What is being placed belongs to the step that will send it, however long the store takes to say so.
      const busy = engine.work.active.has(job.id) || engine.work.placing.has(job.id);
      if (!busy) this.#step(job, () => this.#advance(job.id));
    }
    await this.#armDue(now);
  }

  /**
   * Times of next steps are times of the day. Where the clock was set back, none would come for as long; so then every
   * job of this process is looked at now.
   */
  #watchClock(): void {
    const { effects, work } = this.#engine;
    const wall = effects.clock.now() - effects.clock.monotonic();
    const jump = wall - this.#wall;
    this.#wall = wall;
    if (Math.abs(jump) < CLOCK_SET_MS) return;
    effects.log.warn({ by_ms: Math.round(jump) }, 'the clock of this machine was set');
    if (jump >= 0) return;
    for (const jobId of work.attempts.values()) work.hurried.add(jobId);
    void this.#guard('deliveries', () => this.#courier.clockSetBack());
  }

  /** Says that we live. Where that cannot be written, no job can be either: readiness says so. */
  async #beat(): Promise<void> {
    const { work } = this.#engine;
    try {
      await followKeys(this.#engine);
      if (!(await beat(this.#engine))) this.#onBuried();
      work.fault = null;
    } catch (error) {
      work.fault = messageOf(error);
      throw error;
    }
  }

  /** Sets the timer for the next due job, where it is sooner than the tick. */
  async #armDue(dueAt: number): Promise<void> {
    const { clock } = this.#engine.effects;
    // What is due now has been taken up; it stays due as long as its step is under way, and must not hide what follows.
    const nextAt = await this.#engine.store.read((q) => q.jobs.nextDue(this.#engine.processId, dueAt));
    this.#cancelDue();
    if (nextAt === null) return;
    const wait = Math.max(0, nextAt - clock.now());
    if (wait < TICK_MS) this.#cancelDue = clock.setTimer(wait, () => this.#due.fire());
  }

  /**
   * Runs one step of a job, never two at once: a job that was turned away may be placed again while the step that wrote
   * this down has nothing left to do but to end, and then only the mark of the new one counts.
   */
  #step(job: DueRow, step: () => Promise<void>): void {
    const { work, effects } = this.#engine;
    const mark = Symbol(job.state);
    work.active.set(job.id, mark);
    const task = step()
      .catch(async (error: unknown) => {
        if (isFenced(error)) {
          work.answers.delete(job.attemptId ?? '');
          effects.log.info({ job: job.id }, 'the job was taken over by another process');
          return;
        }
        effects.log.error({ job: job.id, state: job.state, cause: messageOf(error) }, 'a step failed; it comes again');
        await this.#postpone(job);
      })
      .finally(() => {
        if (work.active.get(job.id) === mark) work.active.delete(job.id);
        this.#tasks.delete(task);
        if (!work.stopping) this.#due.fire();
      });
    this.#tasks.add(task);
  }

  /**
   * A step that failed on our side comes again a little later, so that a standing fault does not spin. Where that
   * cannot be written down either, the step ends later instead: no other step of the job begins before.
   */
  async #postpone(job: DueRow): Promise<void> {
    const engine = this.#engine;
    const { clock } = engine.effects;
    const at = clock.now();
    const written = await this.#guard('postpone', async () => {
      await engine.store.write('postpone', function* (q) {
        const row = yield* q.jobs.get(job.id);
        if (row?.owner === engine.processId && row.nextAt !== null) {
          yield* q.jobs.move(row.id, row.fence, { nextAt: at + STEP_RETRY_MS }, at);
        }
      });
    });
    if (!written) await sleep(clock, STEP_RETRY_MS, this.#stopped.signal);
  }

  async #advance(id: number): Promise<void> {
    const engine = this.#engine;
    const job = await this.#own(id);
    if (job.nextAt === null) return;
    if (job.attemptId !== null) engine.work.attempts.set(job.attemptId, job.id);
    switch (job.state) {
      case 'submitting':
      case 'unknown':
        return reconcile(engine, job);
      case 'running':
        return observe(engine, job);
      case 'storing':
        return ingest(engine, job);
      case 'expired':
        return job.sources === null ? observe(engine, job) : ingest(engine, job);
      default:
        return;
    }
  }

  /**
   * The job as it is now that no other step of this process can change it, taken for this process if it is free: the
   * raised fence shuts out whoever had it before. One that another process took since we saw it free stays with that one.
   */
  async #own(id: number): Promise<JobRow> {
    const engine = this.#engine;
    const seen = must(await engine.store.read((q) => q.jobs.get(id)), `job ${id}`);
    if (seen.owner === engine.processId || seen.nextAt === null) return seen;
    if (seen.owner !== null) throw new Fenced(`job ${seen.id} was taken by another process first`);
    const claimed = await engine.store.write('claim', (q) =>
      q.jobs.claim(seen.id, seen.fence, engine.processId, engine.effects.clock.now()),
    );
    if (!claimed) throw new Fenced(`job ${seen.id} was taken by another process`);
    return claimed;
  }
}
