/**
 * What one placement costs, from few accounts and waiting jobs to very many: the choice of an account alone
 * (core/placement.ts), and the whole of it (engine/dispatch.ts `place`: whose turn it is, the account, its slot, the
 * attempt, all written down) over the real store, in memory, so that no disk hides how it grows. All sizes are open at
 * once and take turns, so that what else the machine does falls on each.
 */
import type { Statements } from '../../src/contracts/store.ts';
import { laneOf } from '../../src/core/placement.ts';
import { DEFAULT_POOL_ID } from '../../src/core/pools.ts';
import { type Placed, place } from '../../src/engine/dispatch.ts';
import { systemClock } from '../../src/std/clock.ts';
import type { Json } from '../../src/std/json.ts';
import { seededRandom } from '../../src/std/random.ts';
import type { Effort } from '../compare.ts';
import { VirtualClock } from '../policies/clock.ts';
import { FarSide } from '../policies/far-side.ts';
import { type Bench, openBench } from '../policies/gateway.ts';
import { drawWork, expectedSlotMs } from '../policies/load.ts';
import type { Finding, Row } from '../row.ts';

interface Size {
  readonly accounts: number;
  readonly waiting: number;
}

const USUAL: readonly Size[] = [
  { accounts: 10, waiting: 100 },
  { accounts: 100, waiting: 1_000 },
  { accounts: 1_000, waiting: 10_000 },
  { accounts: 10_000, waiting: 100_000 },
];
const HUGE: readonly Size[] = [
  { accounts: 10, waiting: 100 },
  { accounts: 1_000, waiting: 10_000 },
  { accounts: 100_000, waiting: 1_000_000 },
];

const SLOTS = 5;
const TENANTS = 8;
/** The lanes are as many at every size: a lane is a kind of job, not a job. */
const MODELS = ['v5', 'v6', 'c1'];
const PRICE = 5_000;
/** Choices timed together: one is too short for the clock. */
const CHOICES = 200;
const WRITTEN_TOGETHER = 5_000;
/** Rounds for each of a row's rounds elsewhere: these are short. */
const ROUNDS_FACTOR = 12;

export const placement: Row = {
  name: 'placement',
  run: (effort) => measure(effort.rounds > 1 ? USUAL : USUAL.slice(0, 2), effort),
};

/** Takes a minute to fill, and two gigabytes of memory. */
export const hugePlacement: Row = {
  name: 'placement-huge',
  onDemand: true,
  run: (effort) => measure(HUGE, effort),
};

/** Microseconds of each round, one list for each site. The first round only warms up. */
async function times(
  sites: readonly Site[],
  rounds: number,
  measured: (site: Site) => number | Promise<number>,
): Promise<number[][]> {
  const lists: number[][] = sites.map(() => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [index, site] of sites.entries()) {
      const us = await measured(site);
      if (round > 0) lists[index]?.push(us);
    }
  }
  return lists;
}

async function measure(sizes: readonly Size[], effort: Effort): Promise<Finding[]> {
  const sites: Site[] = [];
  for (const size of sizes) sites.push(await openSite(size));
  const rounds = effort.rounds * ROUNDS_FACTOR;
  const choices = await times(sites, rounds, (site) => site.choose());
  const many = await times(sites, rounds, (site) => site.place());
  for (const site of sites) site.fillBut(1);
  const single = await times(sites, rounds, (site) => site.place());
  for (const site of sites) await site.bench.close();
  return [
    growth('choosing an account', choices, sizes),
    growth('placing into an empty pool', many, sizes),
    growth('placing into the one free slot', single, sizes),
  ];
}

function growth(what: string, lists: readonly (readonly number[])[], sizes: readonly Size[]): Finding {
  const costs = lists.map(lowerQuartile);
  const last = sizes.at(-1);
  const detail = costs.map((us) => us.toFixed(us < 10 ? 1 : 0)).join(', ');
  const from = `${sizes[0]?.accounts} accounts / ${sizes[0]?.waiting} jobs`;
  return {
    what,
    goal: { atMost: 3, unit: '×' },
    value: (costs.at(-1) ?? 0) / (costs[0] ?? 1),
    detail: `${detail} µs each, from ${from} to ${last?.accounts} / ${last?.waiting}`,
  };
}

/** What else the machine does only ever adds to a time, so the lower ones tell more. */
function lowerQuartile(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 4)] ?? 0;
}

async function openSite({ accounts, waiting }: Size): Promise<Site> {
  const shape = { accounts, slots: SLOTS, webhooks: null };
  const far = new FarSide(new VirtualClock(), seededRandom(1), shape);
  const events = { started: () => undefined, ended: () => undefined };
  const order = { clock: systemClock, random: seededRandom(2), far, events, ...shape, tenants: TENANTS };
  const site = new Site(await openBench(order));
  await site.add(waiting);
  return site;
}

/** A pool and a queue of one size. */
class Site {
  readonly bench: Bench;
  readonly #random = seededRandom(3);
  #added = 0;
  #slots = SLOTS;

  constructor(bench: Bench) {
    this.bench = bench;
  }

  /** Microseconds a choice, with the change of the picture that follows one. */
  choose(): number {
    const { pool } = this.bench.engine;
    const requirement = {
      costs: new Map([['vendor', PRICE]]),
      operation: 'text-to-video',
      model: 'v6',
      pool: DEFAULT_POOL_ID,
      only: null,
      excluded: new Set<number>(),
      now: systemClock.monotonic(),
      wall: systemClock.now(),
    };
    const began = performance.now();
    for (let n = 0; n < CHOICES; n++) {
      const account = pool.choose(requirement).candidates[0];
      if (!account) throw new Error('no account to choose');
      pool.put({ ...account, lastUsedAt: account.lastUsedAt + 1, spendable: account.spendable - 1 });
    }
    return ((performance.now() - began) * 1000) / CHOICES;
  }

  /** Leaves slots free at so many accounts in the picture, one at each. */
  fillBut(accounts: number): void {
    const { pool } = this.bench.engine;
    this.#slots = 1;
    for (const id of [...pool.ids()]) {
      const account = pool.get(id);
      if (account)
        pool.put({
          ...account,
          inUse: id <= accounts ? 0 : account.maxJobs,
          maxJobs: id <= accounts ? 1 : account.maxJobs,
        });
    }
  }

  /** Microseconds a placement; what was placed is ended again. */
  async place(): Promise<number> {
    const { engine } = this.bench;
    const began = performance.now();
    const placed = await place(engine);
    const us = ((performance.now() - began) * 1000) / placed.length;
    await this.#undo(placed);
    return us;
  }

  /** Ends what was placed and puts as many new jobs in line. */
  async #undo(placed: readonly Placed[]): Promise<void> {
    const { engine } = this.bench;
    const at = systemClock.now();
    await engine.store.write('undo', function* (q) {
      for (const { job, attempt } of placed) {
        yield* q.attempts.endLease(attempt.id);
        yield* q.accounts.adjust(attempt.accountId, { reserved: -attempt.cost }, at);
        yield* q.jobs.move(job.id, job.fence, { state: 'failed', nextAt: null, owner: null, finishedAt: at }, at);
      }
    });
    for (const { attempt } of placed) {
      const account = engine.pool.get(attempt.accountId);
      if (account)
        engine.pool.put({ ...account, inUse: 0, maxJobs: this.#slots, spendable: account.spendable + attempt.cost });
    }
    await this.add(placed.length);
  }

  /** Puts jobs in line, spread over all lanes. */
  async add(count: number): Promise<void> {
    for (let done = 0; done < count; done += WRITTEN_TOGETHER) {
      const some = Math.min(WRITTEN_TOGETHER, count - done);
      const made = Array.from({ length: some }, () => this.#job());
      await this.bench.engine.store.write('add', function* (q) {
        for (const job of made) yield* q.jobs.insert(job);
      });
    }
  }

  #job(): Parameters<Statements['jobs']['insert']>[0] {
    const { engine, keys } = this.bench;
    const n = this.#added++;
    const who = keys[n % TENANTS];
    const model = MODELS[Math.floor(n / TENANTS) % MODELS.length];
    if (!who || !model) throw new Error('no lane');
    const request = { ...drawWork(this.#random, 0).request, model };
    return {
      id: engine.ids.next(),
      tenantId: who.tenantId,
      keyId: who.keyId,
      dialect: 'bench',
      operation: request.operation,
      model,
      poolId: DEFAULT_POOL_ID,
      sandbox: false,
      request: request as unknown as Json,
      lane: laneOf(request, PRICE),
      rank: n,
      price: PRICE,
      expectedSlotMs: expectedSlotMs(request),
      traceId: null,
      createdAt: systemClock.now(),
    };
  }
}
