/** Jobs that only one account can take, accounts that go, and what accounts have (docs/pool.md). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { credits } from '../../src/std/credits.ts';
import { COST, openVendorWorld, refusal, type VendorWorld } from './vendor-world.ts';

const MINUTE = 60_000;
const TICK = 1_000;

/** Finishes a job and sees that it was paid. */
async function complete(world: VendorWorld, id: number): Promise<void> {
  world.finish(id);
  for (let left = 20; (await world.job(id)).state !== 'succeeded'; left--) {
    assert.ok(left > 0, 'it does not end');
    await world.pass(MINUTE);
  }
}

const callsOf = (world: VendorWorld, account: string) =>
  world.calls.filter((call) => call.account === account).map(({ jobId }) => jobId);

describe('a job that must go where its source was made', () => {
  test('waits for that account alone, and holds up nobody behind it', async (t) => {
    const world = await openVendorWorld(t);
    await world.addAccount('maker', 1);
    const source = await world.create();
    await world.pass(TICK);
    await complete(world, source);
    await world.addAccount('other', 3);
    await world.gateway.setAccountState(world.admin, 'maker', 'paused');
    const made = await world.job(source);
    const pinned = [await world.create(made), await world.create(made)];
    const others = [await world.create(), await world.create()];
    await world.pass(MINUTE);
    assert.deepEqual(callsOf(world, 'other'), others);
    assert.deepEqual(callsOf(world, 'maker'), [source]);
    const why = await world.gateway.why(world.admin, pinned[0] ?? 0);
    assert.deepEqual(
      why.accounts?.map(({ account, verdict }) => [account, verdict]),
      [
        ['maker', 'paused'],
        ['other', 'pinned-elsewhere'],
      ],
    );
    await world.gateway.setAccountState(world.admin, 'maker', 'enabled');
    await world.pass(TICK);
    assert.deepEqual(callsOf(world, 'maker'), [source, pinned[0]], 'one slot, so the second waits for the first');
    await complete(world, pinned[0] ?? 0);
    await world.pass(MINUTE);
    assert.deepEqual(callsOf(world, 'maker'), [source, ...pinned]);
    assert.deepEqual(callsOf(world, 'other'), others);
  });

  test('fails with its credits back when that account goes meanwhile; another is not taken on', async (t) => {
    const world = await openVendorWorld(t);
    await world.addAccount('maker', 1);
    const source = await world.create();
    await world.pass(TICK);
    await complete(world, source);
    await world.addAccount('other', 1);
    const made = await world.job(source);
    await world.gateway.setAccountState(world.admin, 'maker', 'paused');
    const orphan = await world.create(made);
    assert.equal((await world.gateway.removeAccount(world.admin, 'maker')).gone, true);
    await assert.rejects(world.create(made), { code: 'parameter_invalid', field: 'source' });
    await world.pass(MINUTE);
    const { state, error, credit } = await world.job(orphan);
    assert.deepEqual([state, error?.code, credit.state], ['failed', 'account_not_found', 'released']);
    assert.deepEqual(callsOf(world, 'other'), []);
  });
});

describe('an account that goes', () => {
  test('with live jobs it drains first: they end well, nothing new begins there, and then it is gone', async (t) => {
    const world = await openVendorWorld(t);
    await world.addAccount('leaving', 3);
    const live = [await world.create(), await world.create()];
    await world.pass(TICK);
    assert.deepEqual(await world.gateway.removeAccount(world.admin, 'leaving'), {
      id: 1,
      name: 'leaving',
      gone: false,
    });
    assert.equal((await world.account('leaving')).state, 'removing');
    const waiting = await world.create();
    await world.pass(5 * MINUTE);
    assert.deepEqual(callsOf(world, 'leaving'), live, 'a free slot of it is no free slot');
    assert.equal((await world.job(waiting)).state, 'queued');
    await complete(world, live[0] ?? 0);
    await world.pass(2 * MINUTE);
    assert.equal((await world.account('leaving')).state, 'removing', 'one still needs it');
    await complete(world, live[1] ?? 0);
    await world.pass(2 * MINUTE);
    await assert.rejects(world.account('leaving'), { code: 'account_not_found' });
    const row = await world.engine.store.read((q) => q.accounts.get(1));
    assert.deepEqual([row?.state, row?.secret, row?.inUse, row?.reserved], ['removed', '', 0, 0]);
    await world.addAccount('leaving', 1);
    await world.pass(MINUTE);
    assert.deepEqual(callsOf(world, 'leaving'), [...live, waiting], 'its name is free, and what waited goes there');
    assert.deepEqual((await world.gateway.verifyLedger(world.admin)).problems, []);
  });

  test('one that drains finishes what it has and begins nothing; resumed it goes on', async (t) => {
    const world = await openVendorWorld(t);
    await world.addAccount('one', 2);
    const first = await world.create();
    await world.pass(TICK);
    await world.gateway.setAccountState(world.admin, 'one', 'draining');
    const second = await world.create();
    await complete(world, first);
    await world.pass(5 * MINUTE);
    assert.deepEqual(callsOf(world, 'one'), [first]);
    await world.gateway.setAccountState(world.admin, 'one', 'enabled');
    await world.pass(TICK);
    assert.deepEqual(callsOf(world, 'one'), [first, second]);
  });
});

describe('what an account has', () => {
  test('is asked every ten minutes, and soon after something was paid', async (t) => {
    const world = await openVendorWorld(t, { balances: true });
    world.has('one', 100);
    await world.addAccount('one', 1);
    assert.equal(world.asked.length, 1, 'when it is added');
    await world.pass(61 * MINUTE);
    assert.ok(world.asked.length >= 6 && world.asked.length <= 7, `${world.asked.length} questions in an hour`);
    const id = await world.create();
    await world.pass(TICK);
    const before = world.asked.length;
    world.has('one', 100 - COST);
    await complete(world, id);
    await world.pass(MINUTE);
    assert.equal(world.asked.length, before + 1, 'once for one payment');
    const { credits: counted } = await world.account('one');
    assert.deepEqual([counted.package, counted.reserved], [credits(100 - COST), 0]);
    assert.deepEqual((await world.gateway.drifts(world.admin, { limit: 9 })).slice(0, -1), [], 'that was expected');
  });

  test('one question at a time, whoever asks, and no placement waits for its answer', async (t) => {
    const world = await openVendorWorld(t, { balances: true });
    world.has('one', 100);
    await world.addAccount('one', 1);
    await world.pass(TICK);
    const answer = Promise.withResolvers<number>();
    world.has('one', answer.promise);
    const asking = [1, 2, 3].map(() => world.gateway.refreshAccount(world.admin, 'one'));
    const id = await world.create();
    await world.pass(10_000);
    assert.equal(world.asked.length, 2);
    assert.deepEqual(callsOf(world, 'one'), [id], 'the job went out meanwhile');
    answer.resolve(100);
    await world.pass(0);
    for (const { credits: seen } of await Promise.all(asking)) assert.equal(seen.package, credits(100));
    assert.equal(world.asked.length, 2);
  });

  test('an upstream that does not answer is asked again later, and jobs go on with what was counted', async (t) => {
    const world = await openVendorWorld(t, { balances: true });
    world.has('one', 100);
    await world.addAccount('one', 2);
    world.has('one', () => {
      throw new Error('no answer');
    });
    const id = await world.create();
    await world.pass(30 * MINUTE);
    assert.deepEqual(callsOf(world, 'one'), [id]);
    assert.ok(world.asked.length >= 3);
    const { health, credits: counted } = await world.account('one');
    assert.deepEqual([health.state, counted.package], ['ok', credits(100)]);
  });

  test('credentials that were refused are not asked with either, until they are changed', async (t) => {
    const world = await openVendorWorld(t, { balances: true });
    world.has('one', 100);
    await world.addAccount('one', 1);
    world.says('one', refusal('account_refused'));
    await world.create();
    await world.pass(TICK);
    const before = world.asked.length;
    await world.pass(61 * MINUTE);
    assert.equal(world.asked.length, before);
    const changing = world.gateway.changeAccount(world.admin, 'one', { secret: { password: 'new' } });
    await world.pass(TICK);
    await changing;
    assert.equal(world.asked.length, before + 1);
  });

  test('what was not expected is told with what was: expected, observed, and the most likely why', async (t) => {
    const world = await openVendorWorld(t, { balances: true });
    world.has('one', 100);
    await world.addAccount('one', 1);
    const refresh = async (has: number) => {
      world.has('one', has);
      await world.pass(0);
      const asked = world.gateway.refreshAccount(world.admin, 'one');
      await world.pass(0);
      return (await asked).credits.package;
    };
    assert.equal(await refresh(100), credits(100));
    assert.equal(await refresh(80), credits(80));
    assert.equal(await refresh(400), credits(400));
    const told = (await world.gateway.drifts(world.admin, { account: 'one', limit: 9 })).map(
      ({ expected, observed, explanation }) => [expected, observed, explanation],
    );
    assert.equal(told.length, 3);
    const [more, less, first] = told;
    assert.deepEqual(more?.slice(0, 2), [credits(80), credits(400)]);
    assert.match(String(more?.[2]), /Credits were added/);
    assert.deepEqual(less?.slice(0, 2), [credits(100), credits(80)]);
    assert.match(String(less?.[2]), /used by something else/);
    assert.deepEqual(first?.slice(0, 2), [0, credits(100)]);
    assert.match(String(first?.[2]), /first answer/);
    assert.deepEqual((await world.gateway.verifyLedger(world.admin)).problems, []);
  });

  test('an account without enough credits is given no job, and one as soon as it has them', async (t) => {
    const world = await openVendorWorld(t, { balances: true });
    world.has('one', COST * 2 - 1);
    await world.addAccount('one', 5);
    const ids = [await world.create(), await world.create()];
    await world.pass(5 * MINUTE);
    assert.deepEqual(callsOf(world, 'one'), [ids[0]], 'what runs is reserved');
    assert.equal((await world.gateway.why(world.admin, ids[1] ?? 0)).accounts?.[0]?.verdict, 'credits');
    world.has('one', 100);
    await world.pass(11 * MINUTE);
    assert.deepEqual(callsOf(world, 'one'), ids);
  });
});
