/**
 * What every upstream driver must do, whatever it calls (contracts/upstream.ts). A driver's own test runs this suite
 * over it and adds what is its own. A driver that cannot show something says why in `skips`.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { suite, type TestContext, test } from 'node:test';
import type { AccountAccess, AttemptOrder, StatusOutcome, Upstream } from '../../src/contracts/upstream.ts';
import type { JobRequest } from '../../src/core/request.ts';
import type { Json } from '../../src/std/json.ts';

/** A driver with something to call, ready for one test. */
export interface Subject {
  readonly upstream: Upstream;
  readonly account: AccountAccess;
  /** An order that the upstream carries out as quickly as it can, with its inputs in place. */
  order(id: string): AttemptOrder;
  /** How often the far side really began work for an attempt id. */
  starts(attemptId: string): Promise<number>;
  /** Closes the driver, as a restart does, and opens it on the same far side. */
  reopen(): Promise<Upstream>;
  /** Is a result what the order asked for? Null, or what is wrong. */
  judge(order: AttemptOrder, bytes: Uint8Array): Promise<string | null>;
}

/** The cases, by name: a skip names one of them. */
export type Case =
  | 'its traits make sense'
  | 'a job is started, followed to its end and fetched'
  | 'a repeated start finds the first'
  | 'twin starts are one'
  | 'a start that is stopped before it is sent starts nothing'
  | 'what it does not support it refuses'
  | 'what has no price has no cost'
  | 'unknown references are absent'
  | 'a restart goes on'
  | 'a lost answer is looked up'
  | 'what is cancelled is over, and stays so'
  | 'watchers are told'
  | 'what is forgotten is gone, and is no second order when it is sent again';

const never = new AbortController().signal;

/** Runs the suite. */
export function upstreamContract(
  name: string,
  open: (t: TestContext) => Promise<Subject>,
  skips: Partial<Record<Case, string>> = {},
): void {
  const it = (title: Case, run: (subject: Subject) => Promise<void>) =>
    test(title, { skip: skips[title] ?? false, timeout: 120_000 }, async (t) => run(await open(t)));

  suite(`upstream contract: ${name}`, { concurrency: 2 }, () => {
    basics(it);
    starts(it);
    endings(it);
  });
}

type It = (title: Case, run: (subject: Subject) => Promise<void>) => void;

function basics(it: It): void {
  it('its traits make sense', async ({ upstream }) => {
    const { dedupeWindowMs, slotHorizonMs, creditHorizonMs, startTimeoutMs, statusTimeoutMs } = upstream.traits;
    for (const ms of [slotHorizonMs, creditHorizonMs, startTimeoutMs, statusTimeoutMs, dedupeWindowMs ?? 1]) {
      assert.ok(Number.isSafeInteger(ms) && ms > 0, String(ms));
    }
    assert.ok(creditHorizonMs >= slotHorizonMs, 'credits are held at least as long as the slot');
    assert.ok(startTimeoutMs < slotHorizonMs);
    assert.match(upstream.kind, /^[a-z]+$/);
  });

  it('what it does not support it refuses', async ({ upstream, account, order, starts }) => {
    const good = order(randomUUID());
    assert.equal(upstream.supports(good.request), true);
    const odd = { ...good, request: { ...good.request, operation: 'tea-making' } as unknown as JobRequest };
    assert.equal(upstream.supports(odd.request), false);
    assert.equal((await upstream.start(account, odd, never)).type, 'refused');
    assert.equal(await starts(odd.id), 0);
  });

  it('what has no price has no cost', async ({ upstream, order }) => {
    const { request } = order(randomUUID());
    const cost = upstream.cost(request);
    assert.ok(cost !== undefined && Number.isSafeInteger(cost) && cost > 0, String(cost));
    assert.equal(upstream.cost({ ...request, model: 'no-such-model' }), undefined);
  });

  it('unknown references are absent', async ({ upstream, account, order }) => {
    const ref = await accepted(upstream, account, order(randomUUID()));
    const strangers: Json[] = [null, {}, 'text', 7, { attemptId: '../../etc' }, { attemptId: randomUUID() }];
    for (const stranger of strangers) {
      assert.deepEqual(await upstream.status(account, stranger, never), { type: 'absent' }, JSON.stringify(stranger));
    }
    assert.notEqual((await upstream.status(account, ref, never)).type, 'absent');
  });
}

function starts(it: It): void {
  it('a repeated start finds the first', async ({ upstream, account, order, starts }) => {
    assert.notEqual(upstream.traits.dedupeWindowMs, null, 'a driver without de-duplication skips this');
    const wanted = order(randomUUID());
    const ref = await accepted(upstream, account, wanted);
    assert.deepEqual(await accepted(upstream, account, wanted), ref);
    await followed(upstream, account, ref);
    assert.deepEqual(await accepted(upstream, account, wanted), ref);
    assert.equal(await starts(wanted.id), 1);
  });

  it('twin starts are one', async ({ upstream, account, order, starts }) => {
    const wanted = order(randomUUID());
    const refs = await Promise.all([1, 2, 3, 4].map(() => accepted(upstream, account, wanted)));
    for (const ref of refs) assert.deepEqual(ref, refs[0]);
    assert.equal(await starts(wanted.id), 1);
  });

  it('a start that is stopped before it is sent starts nothing', async ({ upstream, account, order, starts }) => {
    const wanted = order(randomUUID());
    const outcome = await upstream.start(account, wanted, AbortSignal.abort());
    assert.equal(outcome.type, 'unsent');
    assert.equal(await starts(wanted.id), 0);
  });

  it('a lost answer is looked up', async ({ upstream, account, order }) => {
    assert.ok(upstream.lookup, 'a driver that cannot ask skips this');
    const wanted = order(randomUUID());
    assert.deepEqual(await upstream.lookup(account, wanted.id, never), { type: 'absent' });
    const ref = await accepted(upstream, account, wanted);
    assert.deepEqual(await upstream.lookup(account, wanted.id, never), { type: 'accepted', ref });
  });
}

function endings(it: It): void {
  it('a job is started, followed to its end and fetched', async ({ upstream, account, order, judge }) => {
    const wanted = order(randomUUID());
    const ref = await accepted(upstream, account, wanted);
    const bytes = await fetched(upstream, account, await followed(upstream, account, ref));
    assert.equal(await judge(wanted, bytes), null);
  });

  it('a restart goes on', async ({ upstream, account, order, reopen, starts, judge }) => {
    const wanted = order(randomUUID());
    const ref = await accepted(upstream, account, wanted);
    const again = await reopen();
    const outcome = await followed(again, account, ref);
    assert.equal(await judge(wanted, await fetched(again, account, outcome)), null);
    assert.equal(await starts(wanted.id), 1);
  });

  it('what is cancelled is over, and stays so', async ({ upstream, account, order, reopen, starts }) => {
    assert.ok(upstream.cancel, 'a driver whose upstream takes nothing back skips this');
    const wanted = order(randomUUID());
    const ref = await accepted(upstream, account, wanted);
    const answers = await Promise.all([1, 2].map(() => upstream.cancel?.(account, ref, never)));
    for (const answer of answers) assert.deepEqual(answer, { type: 'cancelled' });
    const stopped = async (asked: Upstream) => {
      const outcome = await asked.status(account, ref, never);
      assert.deepEqual([outcome.type, outcome.type === 'failed' && outcome.code], ['failed', 'cancelled']);
    };
    await stopped(upstream);
    const again = await reopen();
    await stopped(again);
    assert.deepEqual(await again.cancel?.(account, ref, never), { type: 'cancelled' });
    await accepted(again, account, wanted);
    await stopped(again);
    assert.equal(await starts(wanted.id), 1);

    const done = order(randomUUID());
    const made = await accepted(again, account, done);
    await followed(again, account, made);
    assert.equal((await again.cancel?.(account, made, never))?.type, 'refused', 'what is done is not taken back');
    await followed(again, account, made);
    for (const stranger of [null, {}, { attemptId: randomUUID() }]) {
      assert.equal((await again.cancel?.(account, stranger, never))?.type, 'refused');
    }
  });

  it('watchers are told', async ({ upstream, account, order }) => {
    assert.ok(upstream.watch, 'a driver that hears nothing by itself skips this');
    const [first, second] = [order(randomUUID()), order(randomUUID())];
    const told: string[] = [];
    let heard = Promise.withResolvers<void>();
    const stop = upstream.watch((id) => {
      told.push(id);
      heard.resolve();
      heard = Promise.withResolvers();
    });
    // Nothing but the watcher wakes this loop: it ends only if the end is told.
    let news = heard.promise;
    const ref = await accepted(upstream, account, first);
    do {
      await news;
      news = heard.promise;
    } while ((await upstream.status(account, ref, never)).type !== 'done');
    stop();
    await followed(upstream, account, await accepted(upstream, account, second));
    assert.deepEqual(new Set(told), new Set([first.id]));
  });

  it('what is forgotten is gone, and is no second order when it is sent again', async ({
    upstream,
    account,
    order,
    starts,
  }) => {
    assert.ok(upstream.forget, 'a driver that keeps nothing skips this');
    const wanted = order(randomUUID());
    const ref = await accepted(upstream, account, wanted);
    const outcome = await followed(upstream, account, ref);
    await upstream.forget(account, ref);
    await upstream.forget(account, ref);
    for (const source of outcome.results) assert.equal(await upstream.fetch(account, source, never), 'notYet');
    await accepted(upstream, account, wanted);
    assert.equal(await starts(wanted.id), 1);
  });
}

/** Starts, and returns the reference as it comes out of the store again. */
export async function accepted(upstream: Upstream, account: AccountAccess, order: AttemptOrder): Promise<Json> {
  const outcome = await upstream.start(account, order, never);
  assert.ok(outcome.type === 'accepted', JSON.stringify(outcome));
  const stored: Json = JSON.parse(JSON.stringify(outcome.ref));
  assert.deepEqual(stored, outcome.ref, 'a reference survives being stored as JSON');
  return stored;
}

/** Asks until the attempt has ended; every answer on the way must be one that the contract knows. */
export async function ended(upstream: Upstream, account: AccountAccess, ref: Json): Promise<StatusOutcome> {
  for (;;) {
    const outcome = await upstream.status(account, ref, never);
    if (outcome.type !== 'waiting' && outcome.type !== 'running') return outcome;
    if (outcome.type === 'running' && outcome.progress !== undefined) {
      assert.ok(outcome.progress >= 0 && outcome.progress <= 1, String(outcome.progress));
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Asks until the attempt is done. */
export async function followed(
  upstream: Upstream,
  account: AccountAccess,
  ref: Json,
): Promise<StatusOutcome & { type: 'done' }> {
  const outcome = await ended(upstream, account, ref);
  assert.ok(outcome.type === 'done', JSON.stringify(outcome));
  assert.ok(outcome.results.length > 0);
  return outcome;
}

/** The first result's bytes. */
export async function fetched(
  upstream: Upstream,
  account: AccountAccess,
  outcome: StatusOutcome & { type: 'done' },
): Promise<Buffer> {
  const [source] = outcome.results;
  assert.ok(source);
  const body = await upstream.fetch(account, JSON.parse(JSON.stringify(source)), never);
  assert.notEqual(body, 'notYet');
  const chunks: Uint8Array[] = [];
  if (body !== 'notYet') for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}
