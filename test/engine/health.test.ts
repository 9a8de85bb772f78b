/** What becomes of accounts that their upstream turns away, and of the jobs that met it (docs/pool.md, "Health"). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { START_MS } from '../../bench/policies/clock.ts';
import { nextDay } from '../../src/core/calendar.ts';
import { credits } from '../../src/std/credits.ts';
import type { StartOutcome } from '../../src/contracts/upstream.ts';
import { openVendorWorld, refusal, type VendorWorld } from './vendor-world.ts';

const MINUTE = 60_000;
/** A due look may be as late as the tick. */
const TICK = 1_000;
/** No rest is shorter: an upstream that says "at once" is not asked without a pause. */
const LEAST_REST_MS = 500;

async function createMany(world: VendorWorld, count: number): Promise<number[]> {
  const ids: number[] = [];
  for (let n = 0; n < count; n++) ids.push(await world.create());
  return ids;
}

describe('a rest ends with one job', () => {
  test('accepted, it opens the account to all; until then nothing else goes there', async (t) => {
    const world = await openVendorWorld(t);
    await world.addAccount('one', 3);
    const probe = Promise.withResolvers<StartOutcome>();
    world.says('one', refusal('account_limited', 30_000), probe.promise);
    await createMany(world, 4);
    await world.pass(29_000);
    assert.equal(world.calls.length, 1, 'it rests as long as it was told');
    const { health } = await world.account('one');
    assert.deepEqual([health.state, health.reason], ['limited', 'vendor says account_limited']);
    await world.pass(1_000 + TICK);
    assert.equal(world.calls.length, 2, 'one job goes to see');
    assert.equal((await world.account('one')).health.state, 'probing');
    await world.pass(20_000);
    assert.equal(world.calls.length, 2, 'and no other before it has an answer');
    probe.resolve({ type: 'accepted', ref: { jobId: world.calls[1]?.jobId ?? 0, durationS: 5 } });
    await world.pass(TICK);
    assert.equal(world.calls.length, 4, 'then its other slots are filled');
    assert.equal((await world.account('one')).health.state, 'ok');
  });

  test('turned away again, it rests for twice as long, up to a quarter of an hour', async (t) => {
    const world = await openVendorWorld(t);
    await world.addAccount('one', 3);
    world.always('one', refusal('account_limited'));
    await createMany(world, 3);
    await world.pass(3_600_000);
    const pauses = world.calls.slice(1).map(({ at }, n) => at - (world.calls[n]?.at ?? 0));
    for (const [n, pause] of pauses.entries()) {
      const rest = Math.min(900_000, 10_000 * 2 ** n);
      assert.ok(pause >= rest && pause <= rest + TICK, `rest ${n} was ${pause} ms, not ${rest}`);
    }
    assert.ok(pauses.length >= 9);
    assert.ok(
      (await Promise.all(world.calls.map(({ jobId }) => world.job(jobId)))).every(({ state }) => state === 'queued'),
    );
  });

  test('a probe that is never answered keeps the account closed no longer than an answer may take', async (t) => {
    const world = await openVendorWorld(t);
    await world.addAccount('one', 2);
    world.says('one', refusal('account_limited', 10_000), new Promise(() => undefined));
    await createMany(world, 2);
    await world.pass(10_000 + TICK);
    assert.equal(world.calls.length, 2);
    const { startTimeoutMs } = world.engine.upstreams.get('vendor')?.traits ?? { startTimeoutMs: 0 };
    await world.pass(startTimeoutMs + 5_000);
    assert.equal(world.calls.length, 2);
    await world.pass(10_000);
    assert.equal(world.calls.length, 3, 'another goes to see');
    assert.notEqual(world.calls[2]?.jobId, world.calls[1]?.jobId, 'what may have been begun is not begun again');
  });
});

describe('too many jobs at a time', () => {
  test('with every slot taken its cap is lowered to what runs there, and grows back', async (t) => {
    const world = await openVendorWorld(t);
    await world.addAccount('one', 3);
    const ids = await createMany(world, 2);
    await world.pass(TICK);
    world.says('one', refusal('account_full'));
    const third = await world.create();
    await world.pass(TICK);
    assert.equal(world.calls.length, 3);
    const { maxJobs, maxJobsNow, health } = await world.account('one');
    assert.deepEqual([maxJobs, maxJobsNow, health.state], [3, 2, 'ok'], 'it learned; there is nothing to rest for');
    await world.pass(5 * MINUTE);
    assert.equal(world.calls.length, 3, 'no third beside two');
    world.finish(ids[0] ?? 0);
    await world.pass(5 * MINUTE);
    assert.deepEqual(world.startedSince(3), [third], 'two at a time go on');
    const fourth = await world.create();
    await world.pass(15 * MINUTE);
    assert.equal(world.calls.length, 4, 'still two at a time');
    await world.pass(10 * MINUTE);
    assert.deepEqual(world.startedSince(4), [fourth], 'after half an hour one more is tried');
    assert.equal((await world.account('one')).maxJobsNow, 3);
  });

  test('with slots free it says nothing about the cap: the account rests a moment', async (t) => {
    const world = await openVendorWorld(t);
    await world.addAccount('one', 3);
    await world.create();
    await world.pass(TICK);
    world.says('one', refusal('account_full'));
    await world.create();
    await world.pass(TICK);
    const { maxJobsNow, health } = await world.account('one');
    assert.deepEqual([maxJobsNow, health.state], [3, 'full']);
    await world.pass(5_000 + TICK);
    assert.equal(world.calls.length, 3);
    assert.equal((await world.account('one')).health.state, 'ok');
  });

  test('what an admin sets counts at once, whatever was learned', async (t) => {
    const world = await openVendorWorld(t);
    await world.addAccount('one', 2);
    await world.create();
    await world.pass(TICK);
    world.says('one', refusal('account_full'));
    await world.create();
    await world.pass(TICK);
    assert.equal((await world.account('one')).maxJobsNow, 1);
    await world.gateway.changeAccount(world.admin, 'one', { maxJobs: 2 });
    await world.pass(TICK);
    assert.equal((await world.account('one')).maxJobsNow, 2);
    await world.pass(15_000);
    assert.equal(world.calls.length, 3);
  });
});

describe('credentials, credits and rates', () => {
  test('credentials that were refused are not tried again until they are changed', async (t) => {
    const world = await openVendorWorld(t);
    await world.addAccount('one', 5);
    world.says('one', refusal('account_refused'));
    const ids = await createMany(world, 3);
    // Those that were on their way already may have met it too; nothing begins afterwards.
    await world.pass(TICK);
    assert.equal((await world.account('one')).health.state, 'refused');
    const met = world.calls.length;
    await world.pass(2 * 3_600_000);
    assert.equal(world.calls.length, met, 'for hours nothing');
    for (const change of [{ weight: 2 }, { tags: ['x'] }]) {
      await world.gateway.changeAccount(world.admin, 'one', { settings: change });
    }
    await world.pass(MINUTE);
    assert.equal(world.calls.length, met, 'other changes are no new credentials');
    await world.gateway.changeAccount(world.admin, 'one', { secret: { password: 'new' } });
    await world.pass(TICK);
    assert.equal((await world.account('one')).health.state, 'ok');
    await world.pass(MINUTE);
    const states = await Promise.all(ids.map((id) => world.job(id)));
    assert.deepEqual(
      states.map(({ state }) => state),
      ['running', 'running', 'running'],
    );
  });

  test('jobs go on at another account, and a resumed one is tried again', async (t) => {
    const world = await openVendorWorld(t);
    await world.addAccount('one', 1);
    world.always('one', refusal('account_refused'));
    const first = await world.create();
    await world.pass(TICK);
    await world.addAccount('two', 1);
    await world.pass(MINUTE);
    assert.deepEqual(
      world.calls.map(({ account, jobId }) => [account, jobId]),
      [
        ['one', first],
        ['two', first],
      ],
    );
    world.always('one', null);
    await world.gateway.setAccountState(world.admin, 'one', 'enabled');
    const second = await world.create();
    await world.pass(TICK);
    assert.deepEqual([world.calls[2]?.account, world.calls[2]?.jobId], ['one', second]);
  });

  test('without credits it rests until its plan fills them, and an hour where that is not known', async (t) => {
    const world = await openVendorWorld(t, { startMs: START_MS - 20 * MINUTE });
    await world.addAccount('one', 1);
    await world.gateway.changeAccount(world.admin, 'one', {
      plan: { dailyGift: 60 },
      credits: { daily: credits(60), monthly: 0, package: 0 },
    });
    world.says('one', refusal('account_exhausted'));
    await world.create();
    await world.pass(TICK);
    const refill = nextDay(world.clock.now());
    const { health } = await world.account('one');
    assert.deepEqual([health.state, health.until], ['exhausted', refill]);
    await world.pass(refill - world.clock.now() - TICK);
    assert.equal(world.calls.length, 1);
    await world.pass(2 * TICK + MINUTE);
    assert.equal(world.calls.length, 2, 'the new day begins with a job');

    const other = await openVendorWorld(t);
    await other.addAccount('one', 1);
    other.says('one', refusal('account_exhausted'));
    await other.create();
    await other.pass(59 * MINUTE);
    assert.equal(other.calls.length, 1);
    await other.pass(MINUTE + TICK);
    assert.equal(other.calls.length, 2);
  });

  test('more credits at the upstream end the rest early', async (t) => {
    const world = await openVendorWorld(t, { balances: true });
    world.has('one', 100);
    await world.addAccount('one', 1);
    world.says('one', refusal('account_exhausted'));
    await world.create();
    await world.pass(10 * MINUTE);
    assert.equal((await world.account('one')).health.state, 'exhausted', 'as many as before are no news');
    world.has('one', 500);
    await world.pass(11 * MINUTE);
    assert.equal(world.calls.length, 2, 'the next question finds more');
    assert.equal((await world.account('one')).health.state, 'ok');
  });

  for (const waitMs of [0, 1, 1_500, 123_456, 1_200_000]) {
    test(`a rate limit of ${waitMs} ms lasts as long as the upstream said, and a moment at least`, async (t) => {
      const world = await openVendorWorld(t);
      await world.addAccount('one', 1);
      world.says('one', refusal('account_limited', waitMs), refusal('account_limited', waitMs));
      await world.create();
      await world.pass(2 * waitMs + 10_000);
      const [first, second, third] = world.calls.map(({ at }) => at);
      assert.ok(first !== undefined && second !== undefined && third !== undefined);
      for (const pause of [second - first, third - second]) {
        assert.ok(pause >= Math.max(waitMs, LEAST_REST_MS) && pause <= waitMs + TICK, `${pause} ms`);
      }
    });
  }

  test('faults of requests, upstreams and ours touch nobody’s health', async (t) => {
    const world = await openVendorWorld(t);
    await world.addAccount('one', 1);
    for (const code of [
      'upstream_busy',
      'upstream_faulty',
      'account_unable',
      'moderated',
      'parameter_invalid',
    ] as const) {
      world.says('one', refusal(code));
      await world.create();
      await world.pass(TICK);
      assert.equal((await world.account('one')).health.state, 'ok', code);
      await world.pass(5 * MINUTE);
    }
  });
});

describe('answers to calls that were under way together', () => {
  const together = async (world: VendorWorld, ...codes: Parameters<typeof refusal>[]): Promise<void> => {
    const answers = codes.map(() => Promise.withResolvers<StartOutcome>());
    world.says('one', ...answers.map(({ promise }) => promise));
    await createMany(world, codes.length);
    await world.pass(TICK);
    assert.equal(world.calls.length, codes.length);
    for (const [n, code] of codes.entries()) {
      answers[n]?.resolve(refusal(...code));
      await world.pass(0);
    }
  };

  for (const later of ['account_limited', 'account_full', 'account_exhausted'] as const) {
    test(`credentials that were refused stay refused when ${later} comes after it`, async (t) => {
      const world = await openVendorWorld(t);
      await world.addAccount('one', 2);
      await together(world, ['account_refused'], [later]);
      assert.equal((await world.account('one')).health.state, 'refused');
      await world.pass(61 * MINUTE);
      assert.equal(world.calls.length, 2);
    });
  }

  test('a cap that is learned takes no rest away', async (t) => {
    const world = await openVendorWorld(t);
    await world.addAccount('one', 3);
    await world.create();
    await world.pass(TICK);
    const [limited, full] = [1, 2].map(() => Promise.withResolvers<StartOutcome>());
    assert.ok(limited && full);
    world.says('one', limited.promise, full.promise);
    await createMany(world, 2);
    await world.pass(TICK);
    limited.resolve(refusal('account_limited', 5 * MINUTE));
    await world.pass(0);
    await world.gateway.changeAccount(world.admin, 'one', { maxJobs: 2 });
    full.resolve(refusal('account_full'));
    await world.pass(4 * MINUTE);
    assert.equal(world.calls.length, 3, 'nobody goes there before the rest is over');
    const { health } = await world.account('one');
    assert.equal(health.state, 'limited');
  });

  test('the longer rest counts, in whatever order they were asked for', async (t) => {
    const limited = ['account_limited', 5 * MINUTE] as const;
    const full = ['account_full'] as const;
    for (const order of [
      [limited, full],
      [full, limited],
    ] as const) {
      const world = await openVendorWorld(t);
      await world.addAccount('one', 3);
      await together(world, [...order[0]], [...order[1]]);
      await world.pass(5 * MINUTE - 2 * TICK);
      assert.equal(world.calls.length, 2, String(order[0]));
      await world.pass(3 * TICK);
      assert.ok(world.calls.length > 2, String(order[0]));
    }
  });
});

test('a job that no account takes touches three of them, and its credits come back', async (t) => {
  const world = await openVendorWorld(t);
  for (let n = 0; n < 6; n++) {
    await world.addAccount(`a${n}`, 1);
    world.always(`a${n}`, refusal('account_unable'));
  }
  const id = await world.create();
  await world.pass(10 * MINUTE);
  assert.equal(new Set(world.calls.map(({ account }) => account)).size, 3);
  assert.equal(world.calls.length, 3);
  const job = await world.job(id);
  assert.deepEqual([job.state, job.error?.code, job.credit.state], ['failed', 'attempts_exhausted', 'released']);
});
