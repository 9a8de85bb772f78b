/** What an account may be asked: its own budget, whatever its jobs would like, and at nobody else's expense. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../bench/policies/clock.ts';
import { FarSide } from '../../bench/policies/far-side.ts';
import { openBench } from '../../bench/policies/gateway.ts';
import { drawWork } from '../../bench/policies/load.ts';
import type { Upstream } from '../../src/contracts/upstream.ts';
import { startLoop } from '../../src/engine/loop.ts';
import { HEARTBEAT_MS } from '../../src/engine/processes.ts';
import { seededRandom } from '../../src/std/random.ts';

/** Status calls one account may be sent: so many a second, and a second's worth at once (engine/accounts/asking.ts). */
const ASKS_PER_S = 5;
/** Every job would be asked about this often. */
const WISHED_MS = 1_000;
const JOBS = 60;
const WATCHED_MS = 120_000;

/** One status call. */
interface Asked {
  readonly at: number;
  readonly account: number;
  readonly attempt: string;
}

/** How the calls come about. */
interface Scene {
  /** False: the first account is silent. */
  readonly answers?: boolean;
  /** Processes beside this one, which do nothing but live. */
  readonly others?: number;
}

/** Status calls with `JOBS` jobs at the first of two accounts and one at the second. */
async function callsOf({ answers = true, others = 0 }: Scene): Promise<{ first: Asked[]; second: Asked[] }> {
  const clock = new VirtualClock();
  const random = seededRandom(1);
  const shape = { accounts: 2, slots: JOBS, webhooks: null };
  const far = new FarSide(clock, random, shape);
  const events = { started: () => undefined, ended: () => undefined };
  const plan = () => ({ delayMs: () => WISHED_MS });
  const bench = await openBench({ clock, random, far, events, ...shape, tenants: 1, plan });
  const driver = [...bench.engine.upstreams.values()][0] ?? assert.fail();
  const who = bench.keys[0] ?? assert.fail();
  const asked: Asked[] = [];
  const watched: Upstream = {
    ...driver,
    status(account, ref, signal) {
      asked.push({ at: clock.monotonic(), account: account.id, attempt: JSON.stringify(ref) });
      return answers || account.id !== 1 ? driver.status(account, ref, signal) : new Promise(() => undefined);
    },
  };
  const loop = startLoop({ ...bench.engine, upstreams: new Map([[driver.kind, watched]]) }, () => undefined);
  const live = (at: number) =>
    bench.engine.store.write('others', function* (q) {
      for (let n = 0; n < others; n++) {
        if (!(yield* q.processes.heartbeat(`other ${n}`, at))) yield* q.processes.register(`other ${n}`, at, at - 1);
      }
    });
  const beat = () => void live(clock.now()).then(() => clock.setTimer(HEARTBEAT_MS, beat));
  beat();
  await clock.run(clock.now() + 2 * HEARTBEAT_MS);
  const { request } = drawWork(random, 0);
  const order = { dialect: 'test', request: { ...request, seed: 600_000, inputs: [] }, idempotency: null };
  const admin = { ...who, role: 'admin' } as const;
  const only = (account: number) =>
    Promise.all([1, 2].map((id) => bench.gateway.setAccountState(admin, id, id === account ? 'enabled' : 'paused')));
  await only(1);
  for (let n = 0; n < JOBS; n++) await bench.gateway.createJob(who, order);
  await clock.run(clock.now() + 1_000);
  await only(2);
  await bench.gateway.createJob(who, order);
  await clock.run(clock.now() + WATCHED_MS);
  bench.engine.work.abort.abort();
  const stopped = loop.stop();
  await clock.run(clock.now() + 60_000);
  await stopped;
  await bench.close();
  return { first: asked.filter(({ account }) => account === 1), second: asked.filter(({ account }) => account === 2) };
}

/** The most calls within any window of so many milliseconds. */
function densest(calls: readonly Asked[], windowMs: number): number {
  return Math.max(
    ...calls
      .map(({ at }, index) => calls.slice(index).findIndex((one) => one.at >= at + windowMs))
      .map((n, index) => (n < 0 ? calls.length - index : n)),
  );
}

/** The pauses between the calls about each attempt, the longest first. */
function pausesOf(calls: readonly Asked[]): number[] {
  const byAttempt = Map.groupBy(calls, ({ attempt }) => attempt);
  return [...byAttempt.values()]
    .flatMap((own) => own.slice(1).map(({ at }, index) => at - (own[index]?.at ?? 0)))
    .sort((a, b) => b - a);
}

test('an account is never asked more than its budget, and each of its jobs has its share of that', async () => {
  const { first } = await callsOf({});
  for (const windowS of [1, 2, 10, 60]) {
    const most = densest(first, windowS * 1000);
    assert.ok(most <= ASKS_PER_S * (windowS + 1), `${most} calls within ${windowS} s`);
  }
  assert.ok(first.length > 0.8 * ASKS_PER_S * (WATCHED_MS / 1000), `${first.length} calls: the budget is used`);
  assert.equal(new Set(first.map(({ attempt }) => attempt)).size, JOBS, 'every job is asked about');
  const [longest = 0] = pausesOf(first);
  assert.ok(longest <= WISHED_MS + 1.2 * (JOBS / ASKS_PER_S) * 1000, `one was not asked about for ${longest} ms`);
});

for (const answers of [true, false]) {
  test(`an account whose jobs wait for questions${answers ? '' : ' that hang'} delays no other's`, async () => {
    const { second } = await callsOf({ answers });
    const pauses = pausesOf(second);
    assert.ok(pauses.length > 100, `${pauses.length} questions`);
    assert.ok((pauses[0] ?? 0) <= WISHED_MS + 300, `a pause of ${pauses[0]} ms`);
  });
}

test('several processes share the budget of an account', async () => {
  const { first } = await callsOf({ others: 2 });
  const most = densest(first, 60_000);
  assert.ok(most <= (ASKS_PER_S / 3) * 61 + 1, `${most} calls within a minute`);
  assert.ok(most >= (ASKS_PER_S / 3) * 40, `${most} calls within a minute: its part is used`);
});
