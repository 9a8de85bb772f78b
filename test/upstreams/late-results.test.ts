/**
 * Results that come late, never, or as something else: what is paid, by whom, and who is told (promises P3, P5, P6). The
 * near gateway's time passes as the test lets it; the far one's does not.
 */
import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { entriesSchema } from '../../src/wire/native/schemas/ledger.ts';
import { testMedia } from '../media/fixtures.ts';
import { answer, CREATE, MEDIA, openScene, PRICE, RESULT, type Scene, standing } from '../support/faulty-row.ts';
import { nativeClient } from '../support/native.ts';
import { balanceOf, ended, pixverseClient } from '../support/pixverse-client.ts';
import { receiver } from '../support/receiver.ts';

/** Longer steps than elsewhere: hours pass. */
const STEP_MS = 10_000;
const ENDS = ['succeeded', 'failed', 'expired'] as const;

/** A clip that decodes and is not what anybody asked for; `pixels` false: with 0 × 0 in its headers. */
async function clip(t: TestContext, pixels: boolean): Promise<Buffer> {
  const source = ['-f', 'lavfi', '-i', `color=c=gray:s=${pixels ? '64x64' : '640x360'}:r=24:d=${pixels ? 0.25 : 1}`];
  const argv = ['-v', 'error', ...source, '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', 'a.mp4'];
  const { outputs } = await (await testMedia(t)).run({ argv, files: {}, outputs: ['a.mp4'], timeoutMs: 60_000 });
  const bytes = Buffer.from(outputs.get('a.mp4') ?? assert.fail());
  if (pixels) return bytes;
  // ISO 14496-12: the size of a visual sample entry begins 28 bytes after its type (before it the type stands among the
  // brands), that of a track ends its header.
  const entry = bytes.lastIndexOf('avc1');
  bytes.fill(0, entry + 28, entry + 32);
  const track = bytes.indexOf('tkhd');
  const end = track - 4 + bytes.readUInt32BE(track - 4);
  return bytes.fill(0, end - 8, end);
}

/** What moved for a job, in order: reason and credits. */
async function moves({ near }: Scene, id: number): Promise<[string, number][]> {
  const { entries } = await nativeClient(near).get(entriesSchema, 'GET', '/ledger/entries?limit=100');
  return entries
    .filter(({ jobId }) => jobId === id)
    .reverse()
    .map(({ reason, amount }) => [reason, amount]);
}

/** A webhook of the near gateway, and the statuses it was told. */
async function listening(t: TestContext, { near }: Scene): Promise<{ webhook_id: number; told: () => number[] }> {
  const { url, got } = await receiver(t);
  const { body } = await nativeClient(near).send('POST', '/webhooks', { body: { url, format: 'pixverse' } });
  const { webhook } = body as { webhook: { id: number } };
  return {
    webhook_id: webhook.id,
    told: () => got.map((call) => (JSON.parse(call.body) as { status: number }).status),
  };
}

/** A job that the account takes, and that is generating from then on, however long one asks. */
async function stuck(scene: Scene, more: Record<string, unknown> = {}): Promise<number> {
  void scene.wire.plan(RESULT, answer(standing(5)), 100_000);
  const id = await scene.create(more);
  await scene.until(id, ['running']);
  return id;
}

/** The newest job of the far gateway, when it has ended. */
async function farEnd({ far }: Scene): Promise<Record<string, unknown>> {
  const [job] = await far.app.gateway.jobs(far.app.operator, { limit: 1 });
  return ended(pixverseClient(far), job?.id);
}

/** Lets the watch over an expired job ask once more. What follows needs no time but the machine's. */
async function askOnce({ wire, pass }: Scene): Promise<void> {
  const asked = wire.count(RESULT);
  await pass(() => wire.count(RESULT) > asked, STEP_MS);
}

suite('a result that is not one', { concurrency: 1 }, () => {
  for (const [title, pixels, says] of [
    ['a placeholder clip', true, /64 × 64|0\.25|long/],
    ['a clip of 0 × 0 pixels', false, /pixels/],
  ] as const) {
    test(`${title}: the credits go back, the cost is written off, and nothing is sent again`, async (t) => {
      const scene = await openScene(t);
      const before = await balanceOf(scene.client);
      void scene.wire.plan(MEDIA, answer(await clip(t, pixels), 200, { 'content-type': 'video/mp4' }), 100);
      const id = await scene.create();
      await scene.until(id, ENDS);
      const { state, error } = await scene.job(id);
      assert.deepEqual([state, error?.code], ['failed', 'result_rejected']);
      assert.match(error?.message ?? '', says);
      assert.equal(scene.wire.count(CREATE), 1);
      assert.equal(await scene.health(), 'ok');
      await scene.settled(before, 0);
      assert.deepEqual(await moves(scene, id), [
        ['hold', PRICE],
        ['writeoff', PRICE],
        ['release', PRICE],
      ]);
    });
  }

  test('0 × 0 in what the vendor says of a whole clip: the clip counts', async (t) => {
    const scene = await openScene(t);
    const before = await balanceOf(scene.client);
    const id = await stuck(scene);
    const { url } = await farEnd(scene);
    scene.wire.clear();
    void scene.wire.plan(RESULT, answer(standing(1, String(url))));
    await scene.until(id, ENDS);
    assert.equal(await scene.state(id), 'succeeded');
    await scene.settled(before, PRICE);
  });
});

suite('a result after the horizon', { concurrency: 1 }, () => {
  test('is delivered, paid once at the price that was said, and told', async (t) => {
    const scene = await openScene(t);
    const before = await balanceOf(scene.client);
    const { webhook_id, told } = await listening(t, scene);
    const id = await stuck(scene, { webhook_id });
    await scene.until(id, ['expired'], STEP_MS);
    await scene.settled(before, 0);
    await scene.pass(() => told().length === 1);
    await farEnd(scene);
    scene.wire.clear();
    await askOnce(scene);
    await scene.until(id, ['succeeded'], 10);
    await scene.pass(() => told().length === 2);
    assert.deepEqual(told(), [8, 1]);
    assert.equal(scene.wire.count(CREATE), 1);
    await scene.settled(before, PRICE);
    assert.deepEqual(await moves(scene, id), [
      ['hold', PRICE],
      ['release', PRICE],
      ['cost', PRICE],
      ['late-capture', PRICE],
    ]);
    const { path } = (await scene.job(id)).result ?? assert.fail();
    assert.equal((await fetch(scene.near.url + path)).status, 200);
  });

  test('is paid by what is available at most, and the operator bears the rest', async (t) => {
    const scene = await openScene(t);
    const id = await stuck(scene);
    await scene.until(id, ['expired'], STEP_MS);
    const left = 3;
    await leaveAvailable(scene, left);
    await farEnd(scene);
    scene.wire.clear();
    await askOnce(scene);
    await scene.until(id, ['succeeded'], 10);
    assert.equal(await balanceOf(scene.client), 0);
    assert.deepEqual((await moves(scene, id)).slice(3), [
      ['late-capture', left],
      ['writeoff', PRICE - left],
    ]);
    await scene.settled(0, 0);
  });

  test('that is a failure changes nothing any more', async (t) => {
    const scene = await openScene(t);
    const before = await balanceOf(scene.client);
    const { webhook_id, told } = await listening(t, scene);
    const id = await stuck(scene, { webhook_id });
    await scene.until(id, ['expired'], STEP_MS);
    await scene.pass(() => told().length === 1);
    scene.wire.clear();
    void scene.wire.plan(RESULT, answer(standing(8)));
    const asked = scene.wire.count(RESULT);
    await askOnce(scene);
    const settledAt = scene.clock.monotonic() + 3_600_000;
    await scene.pass(() => scene.clock.monotonic() > settledAt, STEP_MS);
    assert.equal(scene.wire.count(RESULT), asked + 1, 'and is asked for no more');
    assert.deepEqual([await scene.state(id), told()], ['expired', [8]]);
    await scene.settled(before, 0);
  });

  test('that never comes: the slot is free at its horizon, and the questions end', async (t) => {
    const scene = await openScene(t, { maxJobs: 1 });
    const before = await balanceOf(scene.client);
    const id = await stuck(scene);
    const waiting = await scene.create();
    const sentAt = scene.clock.monotonic();
    await scene.until(waiting, ['running'], 2_000);
    const slotMs = scene.clock.monotonic() - sentAt;
    assert.ok(slotMs >= 590_000 && slotMs < 700_000, `after ${slotMs} ms`);
    for (const one of [id, waiting]) await scene.until(one, ['expired'], STEP_MS);
    const over = scene.clock.monotonic() + 3 * 3_600_000;
    await scene.pass(() => scene.clock.monotonic() > over, STEP_MS);
    const asked = scene.wire.count(RESULT);
    await scene.pass(() => scene.clock.monotonic() > over + 3_600_000, STEP_MS);
    assert.equal(scene.wire.count(RESULT), asked);
    assert.equal(scene.wire.count(CREATE), 2);
    assert.equal(await scene.health(), 'ok');
    await scene.settled(before, 0);
  });
});

/** Takes from the tenant what it has, but for so many credits. */
async function leaveAvailable({ near, client }: Scene, credits: number): Promise<void> {
  const native = nativeClient(near);
  const { body } = await native.send('GET', `/grants?tenant=${near.app.operator.tenantId}`);
  let surplus = (await balanceOf(client)) - credits;
  for (const { id, remaining } of (body as { grants: { id: number; remaining: number }[] }).grants) {
    const amount = -Math.min(surplus, remaining);
    if (amount === 0) continue;
    surplus += amount;
    const adjusted = await native.send('POST', `/grants/${id}/adjust`, { body: { by: amount } });
    assert.equal(adjusted.status, 200, JSON.stringify(adjusted.body));
  }
  assert.equal(await balanceOf(client), credits);
}
