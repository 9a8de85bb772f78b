/** What an account has, asked of a far gateway that others spend at too: expected against observed, and when it is asked. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { accountSchema, driftsSchema } from '../../src/wire/native/schemas/accounts.ts';
import { CREATE, answer, envelope, openScene, PRICE, RESULT, type Scene, standing } from '../support/faulty-row.ts';
import { nativeClient } from '../support/native.ts';
import { accepted, balanceOf, ended, pixverseClient, SMALL_TEXT } from '../support/pixverse-client.ts';

const BALANCE = '/account/balance';
const MINUTE_MS = 60_000;

/** What the near gateway counts for its account, whole credits. */
async function counted({ near, accountId }: Scene): Promise<number> {
  const { credits } = await nativeClient(near).get(accountSchema, 'GET', `/accounts/${accountId}`);
  return credits.daily + credits.monthly + credits.package;
}

async function refresh({ near, accountId }: Scene): Promise<void> {
  assert.equal((await nativeClient(near).send('POST', `/accounts/${accountId}/refresh`)).status, 200);
}

/** Drifts after the account's first answer: expected, observed and what is said of it, oldest first. */
async function drifts({ near }: Scene): Promise<[number, number, string][]> {
  const { drifts } = await nativeClient(near).get(driftsSchema, 'GET', '/drift?limit=100');
  return drifts
    .map(({ expected, observed, explanation }): [number, number, string] => [expected, observed, explanation])
    .filter(([, , explanation]) => !explanation.startsWith('The first answer'))
    .reverse();
}

suite('the balance of an account in a row', { concurrency: 1 }, () => {
  test('what others spend and add at the far side is a drift, with an explanation, and is counted from then on', async (t) => {
    const scene = await openScene(t);
    const other = pixverseClient(scene.far);
    const before = await balanceOf(other);
    assert.equal(await counted(scene), before);
    const { video_id: id } = accepted(await other.post(CREATE, { body: SMALL_TEXT }));
    assert.equal((await ended(other, id))['status'], 1);
    await refresh(scene);
    const [[expected, observed, why] = [0, 0, '']] = await drifts(scene);
    assert.deepEqual([expected, observed], [before, before - PRICE]);
    assert.match(why, /used by something else/);
    assert.equal(await counted(scene), before - PRICE);
    const grant = { tenantId: scene.far.app.operator.tenantId, amount: 40 };
    assert.equal((await nativeClient(scene.far).send('POST', '/grants', { body: grant })).status, 201);
    await refresh(scene);
    const [, [low, high, added] = [0, 0, '']] = await drifts(scene);
    assert.deepEqual([low, high], [before - PRICE, before - PRICE + 40]);
    assert.match(added, /were added/);
    assert.equal(await counted(scene), await balanceOf(other));
    const own = await balanceOf(scene.client);
    await scene.settled(own, 0);
  });

  test('what its own jobs cost is expected, while they run and after', async (t) => {
    const scene = await openScene(t);
    const before = await counted(scene);
    void scene.wire.plan(RESULT, answer(standing(5)), 100_000);
    const id = await scene.create();
    await scene.until(id, ['running']);
    assert.equal(await balanceOf(pixverseClient(scene.far)), before - PRICE, 'held there');
    await refresh(scene);
    scene.wire.clear();
    await scene.until(id, ['succeeded']);
    const asked = scene.wire.count(BALANCE);
    await scene.pass(() => scene.wire.count(BALANCE) > asked, 1_000);
    await scene.pass(async () => (await counted(scene)) === before - PRICE);
    assert.deepEqual(await drifts(scene), []);
  });

  test('it is asked on a schedule and by one question at a time; a wrong key is not asked with again', async (t) => {
    const scene = await openScene(t);
    const { wire, clock } = scene;
    const asked = () => wire.count(BALANCE);
    const first = asked();
    clock.pass(11 * MINUTE_MS);
    await scene.pass(() => asked() > first, MINUTE_MS);
    const met = wire.plan(BALANCE, { type: 'half-open', reached: false });
    const [before, both] = [asked(), [refresh(scene), refresh(scene)]];
    await met;
    assert.equal(asked() - before, 1, 'two that ask share one question');
    clock.pass(MINUTE_MS);
    await Promise.allSettled(both);
    assert.equal(await scene.health(), 'ok', 'silence says nothing about an account');
    void wire.plan(BALANCE, answer(envelope(10005)));
    await nativeClient(scene.near).send('POST', `/accounts/${scene.accountId}/refresh`);
    assert.equal(await scene.health(), 'refused');
    const last = asked();
    const over = clock.monotonic() + 60 * MINUTE_MS;
    await scene.pass(() => clock.monotonic() > over, MINUTE_MS);
    assert.equal(asked(), last);
    assert.equal(wire.count(CREATE), 0);
  });
});
