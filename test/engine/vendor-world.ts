/** The real engine with its loop on virtual time, over a vendor that does as it is told: what accounts do when they are turned away. */
import assert from 'node:assert/strict';
import { VirtualClock } from '../../bench/policies/clock.ts';
import { FarSide } from '../../bench/policies/far-side.ts';
import { openBench } from '../../bench/policies/gateway.ts';
import { drawWork } from '../../bench/policies/load.ts';
import type { DeclaredCredits } from '../../src/contracts/pool.ts';
import type { AccountBalance, StartOutcome, StatusOutcome, Upstream } from '../../src/contracts/upstream.ts';
import type { AccountView, JobView, Principal } from '../../src/contracts/views.ts';
import type { Engine } from '../../src/engine/context.ts';
import { createGateway, type Gateway } from '../../src/engine/gateway.ts';
import { startLoop } from '../../src/engine/loop.ts';
import { credits } from '../../src/std/credits.ts';
import { seededRandom } from '../../src/std/random.ts';
import type { Ending } from '../support/gateway.ts';

/** A create call as it came in. */
export interface StartCall {
  readonly account: string;
  readonly jobId: number;
  readonly at: number;
}

/** How a create call is answered: at once, or when the test says so. */
export type Answer = StartOutcome | Promise<StartOutcome>;

/** A balance as the vendor says it, whole credits of a package. */
export type Balance = number | Promise<number> | (() => never);

/** A gateway with accounts at a vendor that is told what to answer. */
export interface VendorWorld {
  readonly clock: VirtualClock;
  readonly engine: Engine;
  readonly gateway: Gateway;
  readonly admin: Principal;
  /** Create calls so far. */
  readonly calls: StartCall[];
  /** Questions for a balance so far. */
  readonly asked: { readonly account: string; readonly at: number }[];
  /** Answers for the next create calls to an account, before what it always says. */
  says(account: string, ...answers: Answer[]): void;
  /** What an account says to every create call from now on; null for what vendors say. */
  always(account: string, answer: StartOutcome | null): void;
  /** Lets the test answer every create call that nothing else was said for. */
  decides(answer: (call: StartCall) => Answer): void;
  /** What an account has; a promise is an answer that takes its time. */
  has(account: string, balance: Balance): void;
  addAccount(name: string, maxJobs: number, more?: { credits?: DeclaredCredits }): Promise<AccountView>;
  account(name: string): Promise<AccountView>;
  /** Asks for a job; one that goes on from another's result is made where that was made. */
  create(after?: JobView): Promise<number>;
  job(id: number): Promise<JobView>;
  /** The vendor is done with a job: the next question learns it. */
  finish(...jobIds: number[]): void;
  /** Lets so much time pass. */
  pass(ms: number): Promise<void>;
  /** Jobs of the create calls since a number of them, in their order. */
  startedSince(count: number): number[];
}

export const refusal = (code: Extract<StartOutcome, { type: 'refused' }>['code'], retryAfterMs?: number) =>
  ({
    type: 'refused',
    code,
    message: `vendor says ${code}`,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  }) as const;

/** What a job costs its account, whole credits. */
export const COST = 5;

/** Opens a world without accounts; it ends with the test. `balances`: the vendor can be asked what its accounts have. */
export async function openVendorWorld(
  t: Ending,
  options: { balances?: boolean; startMs?: number } = {},
): Promise<VendorWorld> {
  const clock = new VirtualClock(options.startMs);
  const random = seededRandom(1);
  const shape = { accounts: 0, slots: 1, webhooks: null };
  const far = new FarSide(clock, random, shape);
  const events = { started: () => undefined, ended: () => undefined };
  const bench = await openBench({ clock, random, far, events, ...shape, tenants: 1 });
  const client = bench.keys[0];
  assert.ok(client);
  const admin: Principal = { ...client, role: 'admin' };
  const vendor = new Vendor(clock, [...bench.engine.upstreams.values()][0] as Upstream, options.balances ?? false);
  const engine: Engine = { ...bench.engine, upstreams: new Map([['vendor', vendor.driver]]) };
  const gateway = createGateway(engine, () => null);
  const loop = startLoop(engine, () => undefined);
  t.after(async () => {
    engine.work.abort.abort();
    const stopped = loop.stop();
    await clock.run(clock.now() + 60_000);
    await stopped;
    await bench.close();
  });
  /** A promise that needs time to pass. */
  const settled = async <T>(promise: Promise<T>): Promise<T> => {
    let over = false;
    const mark = () => {
      over = true;
    };
    promise.then(mark, mark);
    for (let ms = 0; ms < 60_000 && !over; ms++) await clock.run(clock.now());
    assert.ok(over, 'it waits for time to pass');
    return promise;
  };
  const { request } = drawWork(random, 0);
  return {
    clock,
    engine,
    gateway,
    admin,
    calls: vendor.calls,
    asked: vendor.asked,
    says: (account, ...answers) => vendor.queueOf(account).push(...answers),
    always: (account, answer) => void vendor.standing.set(account, answer),
    decides: (answer) => {
      vendor.decide = answer;
    },
    has: (account, balance) => void vendor.balances.set(account, balance),
    async addAccount(name, maxJobs, more = {}) {
      const plenty = { daily: 0, monthly: 0, package: credits(1_000) };
      const declared = options.balances ? {} : { credits: more.credits ?? plenty };
      return settled(gateway.addAccount(admin, { kind: 'vendor', name, secret: {}, maxJobs, ...declared }));
    },
    account: (name) => settled(gateway.accountDetail(admin, name)),
    async create(after) {
      const field = 'source';
      const inputs = after ? [{ role: 'source', kind: 'video', from: { jobId: after.id }, field } as const] : [];
      const order = { dialect: 'test', request: { ...request, inputs }, idempotency: null };
      return (await settled(gateway.createJob(client, order))).job.id;
    },
    job: (id) => settled(gateway.job(admin, id, { detail: true })),
    finish: (...jobIds) => {
      for (const id of jobIds) vendor.done.add(id);
    },
    pass: (ms) => clock.run(clock.now() + ms),
    startedSince: (count) => vendor.calls.slice(count).map(({ jobId }) => jobId),
  };
}

/** The vendor: accepts what it was not told to turn away, and works on it until it is told that it is done. */
class Vendor {
  readonly calls: StartCall[] = [];
  readonly asked: { account: string; at: number }[] = [];
  readonly standing = new Map<string, StartOutcome | null>();
  readonly balances = new Map<string, Balance>();
  readonly done = new Set<number>();
  decide: (call: StartCall) => Answer | undefined = () => undefined;
  readonly driver: Upstream;
  readonly #queues = new Map<string, Answer[]>();

  constructor(clock: VirtualClock, like: Upstream, balances: boolean) {
    this.driver = {
      kind: 'vendor',
      traits: like.traits,
      cost: () => credits(COST),
      supports: () => true,
      // What it made it can only go on from at the same account.
      pinned: ({ jobId }) => jobId !== undefined,
      start: async (account, { jobId, request }) => {
        const call = { account: account.name, jobId, at: clock.now() };
        this.calls.push(call);
        const told = this.queueOf(account.name).shift() ?? this.standing.get(account.name) ?? this.decide(call);
        return (await told) ?? { type: 'accepted', ref: { jobId, durationS: request.durationS } };
      },
      status: async (_account, ref): Promise<StatusOutcome> => {
        const { jobId } = ref as { jobId: number };
        if (!this.done.has(jobId)) return { type: 'running' };
        return { type: 'done', results: [{ role: 'video', url: JSON.stringify(ref) }] };
      },
      fetch: like.fetch.bind(like),
      ...(balances ? { balance: (account) => this.#balance(clock, account.name) } : {}),
      close: async () => undefined,
    };
  }

  queueOf(account: string): Answer[] {
    const queue = this.#queues.get(account) ?? [];
    this.#queues.set(account, queue);
    return queue;
  }

  async #balance(clock: VirtualClock, account: string): Promise<AccountBalance> {
    this.asked.push({ account, at: clock.now() });
    const told = this.balances.get(account) ?? 0;
    const whole = await (typeof told === 'function' ? told() : told);
    return { daily: 0, monthly: 0, package: credits(whole) };
  }
}
