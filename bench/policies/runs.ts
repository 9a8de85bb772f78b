/** One simulated stretch of time under one policy. */
import type { AskPlan } from '../../src/core/polling.ts';
import { startLoop } from '../../src/engine/loop.ts';
import { randomInt, seededRandom } from '../../src/std/random.ts';
import { VirtualClock } from './clock.ts';
import { type Counts, FarSide, type Shape } from './far-side.ts';
import { openBench } from './gateway.ts';
import { drawWork } from './load.ts';

/** How long a run lasts and how much is asked for. */
export interface Span {
  readonly seed: number;
  /** Not counted: the slots fill, durations are learned. */
  readonly warmUpMs: number;
  readonly countedMs: number;
  /** Each wants one job after the other, without a pause: more than there are slots. */
  readonly clients: number;
  readonly spread: number;
}

/** What a run found. */
export interface Found {
  readonly counts: Counts;
  /** From wanting a job until its create call had come all the way, ms. */
  readonly waitedMs: readonly number[];
  /** Utilisation of each tenth of the counted time. */
  readonly tenths: readonly number[];
}

const TENTHS = 10;
const TENANTS = 3;
/** A client that was refused tries again after this long, ms; one that was not asks this often how its job stands. */
const RETRY_MS = 10_000;
export const POLL_MS = 5_000;

/** Questions at a fixed distance. */
export const fixedPlan = (): AskPlan => ({ delayMs: () => POLL_MS });

/** Our gateway: `plan` absent for its own way of asking. */
export async function runGateway(shape: Shape, span: Span, plan?: () => AskPlan): Promise<Found> {
  const clock = new VirtualClock();
  const far = new FarSide(clock, seededRandom(span.seed), shape);
  const waits = new Waits(clock);
  const endings = new Map<number, () => void>();
  const bench = await openBench({
    clock,
    far,
    random: seededRandom(span.seed ^ 0x6a7e),
    accounts: shape.accounts,
    slots: shape.slots,
    tenants: TENANTS,
    events: {
      started: (jobId) => waits.started(jobId),
      ended: (jobId) => endings.get(jobId)?.(),
    },
    ...(plan ? { plan } : {}),
  });
  const draws = seededRandom(span.seed ^ 0x10ad);
  const client = async (number: number): Promise<never> => {
    const who = bench.keys[number % TENANTS];
    if (!who) throw new Error('no tenant');
    for (;;) {
      const { request, takesMs } = drawWork(draws, span.spread);
      const order = { dialect: 'bench', request: { ...request, seed: takesMs, inputs: [] }, idempotency: null };
      const { job } = await bench.gateway.createJob(who, order);
      waits.wanted(job.id);
      await new Promise<void>((resolve) => endings.set(job.id, resolve));
      endings.delete(job.id);
    }
  };
  let broken: unknown;
  for (let number = 0; number < span.clients; number++) {
    client(number).catch((error: unknown) => {
      broken ??= error;
    });
  }
  const loop = startLoop(bench.engine, () => {
    broken ??= new Error('the process was declared dead');
  });
  const found = await count(clock, far, waits, span);
  if (broken) throw broken;
  const stopped = loop.stop();
  bench.engine.work.abort.abort();
  await clock.run(clock.now() + 60_000);
  await stopped;
  await bench.close();
  return found;
}

/** Clients with the accounts' keys and no queue: refused with 429 they try again after a while, at a random account. */
export async function runClients(shape: Shape, span: Span): Promise<Found> {
  const clock = new VirtualClock();
  const far = new FarSide(clock, seededRandom(span.seed), shape);
  const waits = new Waits(clock);
  const dice = seededRandom(span.seed ^ 0xd1ce);
  const draws = seededRandom(span.seed ^ 0x10ad);
  let jobs = 0;
  const client = async (): Promise<never> => {
    for (;;) {
      const { takesMs } = drawWork(draws, span.spread);
      const job = jobs++;
      waits.wanted(job);
      for (;;) {
        await far.way();
        const created = far.start(randomInt(dice, shape.accounts), String(job), takesMs);
        if (created) waits.started(job);
        await far.way();
        if (created) break;
        await clock.sleep(RETRY_MS);
      }
      for (let done = false; !done; ) {
        await clock.sleep(POLL_MS);
        await far.way();
        done = far.isDone(String(job)) === true;
        await far.way();
      }
      far.told(String(job));
      far.forget(String(job));
    }
  };
  for (let number = 0; number < span.clients; number++) void client();
  return count(clock, far, waits, span);
}

/** When jobs were wanted, and how long they waited. */
class Waits {
  waitedMs: number[] = [];
  readonly #clock: VirtualClock;
  readonly #wantedAt = new Map<number, number>();

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  wanted(job: number): void {
    this.#wantedAt.set(job, this.#clock.now());
  }

  started(job: number): void {
    const at = this.#wantedAt.get(job);
    this.#wantedAt.delete(job);
    if (at !== undefined) this.waitedMs.push(this.#clock.now() - at);
  }
}

async function count(clock: VirtualClock, far: FarSide, waits: Waits, span: Span): Promise<Found> {
  const from = clock.now() + span.warmUpMs;
  await clock.run(from);
  far.reset();
  waits.waitedMs = [];
  const tenths: number[] = [];
  let busyBefore = 0;
  for (let tenth = 1; tenth <= TENTHS; tenth++) {
    await clock.run(from + (span.countedMs * tenth) / TENTHS);
    const { busyMs, slotMs } = far.counts();
    tenths.push((busyMs - busyBefore) / (slotMs / tenth));
    busyBefore = busyMs;
  }
  return { counts: far.counts(), waitedMs: waits.waitedMs, tenths };
}
