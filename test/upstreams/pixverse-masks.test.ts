/**
 * Masks at accounts of a vendor: found within the call that asks for them, and known to the account that found them alone.
 * The vendor is another gateway, with a tenant for each account.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { suite, type TestContext, test } from 'node:test';
import { newKeySchema } from '../../src/wire/native/schemas/keys.ts';
import { tenantSchema } from '../../src/wire/native/schemas/tenants.ts';
import { addFarAccount, startRow } from '../support/in-a-row.ts';
import { nativeClient } from '../support/native.ts';
import {
  accepted,
  balanceOf,
  ended,
  type PixverseClient,
  pixverseClient,
  refusedWith,
  SMALL_TEXT,
} from '../support/pixverse-client.ts';
import { media, picture } from '../support/pixverse-uploads.ts';
import { startWireFaults } from '../support/wire-faults.ts';

const SELECT = '/video/mask/selection';

/** A near gateway with two accounts, each of a tenant of its own at the far one, and a video that it keeps as an upload. */
async function open(t: TestContext) {
  const row = await startRow(t);
  const { near, far } = row;
  const there = nativeClient(far);
  const tenant = await there.get(tenantSchema, 'POST', '/tenants', { body: { name: 'second' } }, 201);
  const grant = { tenantId: tenant.id, amount: 1000 };
  assert.equal((await there.send('POST', '/grants', { body: grant })).status, 201);
  const made = await there.get(newKeySchema, 'POST', '/keys', { body: { name: 'second', tenantId: tenant.id } }, 201);
  const secondId = await addFarAccount(near, far, {
    name: 'second@example.com',
    secret: async () => ({ apiKey: made.secret }),
  });
  const client = pixverseClient(near);
  const native = nativeClient(near);
  const tell = async (account: number, what: 'pause' | 'resume') =>
    assert.equal((await native.send('POST', `/accounts/${account}/${what}`)).status, 200);
  return {
    ...row,
    ...{ secondId, client, native, tell, video: await videoOf(client), image: await picture(client) },
    /** Finds masks without one of the accounts. */
    async masksBut(other: number, body: Record<string, unknown>): Promise<string[]> {
      await tell(other, 'pause');
      const found = accepted(await client.post(SELECT, { body }));
      await tell(other, 'resume');
      return (found['mask_info'] as { mask_id: string }[]).map(({ mask_id: id }) => id);
    },
    /** The account that a finished job ran at. */
    async ranAt(job: unknown): Promise<string> {
      const { body } = await native.send('GET', `/jobs/${job}/why`);
      const { placements } = body as { placements: { account: string }[] };
      return placements.map(({ account }) => account).join(', ');
    },
  };
}

async function videoOf(client: PixverseClient): Promise<number> {
  const { video_id: id } = accepted(await client.post('/video/text/generate', { body: SMALL_TEXT }));
  const { url } = await ended(client, id);
  return media(client, new Uint8Array(await (await fetch(String(url))).arrayBuffer()));
}

suite('masks of a vendor', { concurrency: 1, timeout: 300_000 }, () => {
  test('a job with a mask goes to the account that found it, and to no other', async (t) => {
    const { accountId, secondId, client, tell, video, image, masksBut, ranAt } = await open(t);
    const [mask] = await masksBut(accountId, { video_media_id: video, keyframe_id: 2 });
    for (const [route, body] of [
      ['/video/swap/generate', { keyframe_id: 2, mask_id: mask, img_id: image }],
      ['/video/modify/generate', { prompt: '@selection0 in red', mask_ids: [mask] }],
    ] as const) {
      const whole = { ...body, video_media_id: video, quality: '360p' };
      const { video_id: id } = accepted(await client.post(route, { body: whole }));
      assert.equal((await ended(client, id))['status'], 1);
      assert.equal(await ranAt(id), 'second@example.com');
    }
    await tell(secondId, 'pause');
    const body = { video_media_id: video, keyframe_id: 2, mask_id: mask, img_id: image, quality: '360p' };
    const { video_id: waiting } = accepted(await client.post('/video/swap/generate', { body }));
    const { video_id: passes } = accepted(await client.post('/video/text/generate', { body: SMALL_TEXT }));
    assert.equal((await ended(client, passes))['status'], 1, 'what waits for one account holds up nobody');
    assert.equal(accepted(await client.get(`/video/result/${waiting}`))['status'], 5);
    await tell(secondId, 'resume');
    assert.equal((await ended(client, waiting))['status'], 1);
  });

  test('masks of several accounts, or of one that is gone, are refused with what to do', async (t) => {
    const { accountId, secondId, client, native, video, image, masksBut } = await open(t);
    const [one] = await masksBut(secondId, { video_media_id: video, keyframe_id: 1 });
    const [other] = await masksBut(accountId, { video_media_id: video, keyframe_id: 2 });
    const before = await balanceOf(client);
    const both = { video_media_id: video, prompt: 'night', mask_ids: [one, other], quality: '360p' };
    refusedWith(await client.post('/video/modify/generate', { body: both }), 400017, /mask_ids\[0\].*Make it again/);
    assert.equal((await native.send('DELETE', `/accounts/${secondId}`)).status, 200);
    const swap = { video_media_id: video, keyframe_id: 2, mask_id: other, img_id: image, quality: '360p' };
    refusedWith(await client.post('/video/swap/generate', { body: swap }), 400017, /mask_id.*Make it again/);
    assert.equal(await balanceOf(client), before);
  });

  test('masks that were drawn here are of no use to a vendor, which is said at once', async (t) => {
    const { near, accountId, secondId, client, native, video, image } = await open(t);
    for (const id of [accountId, secondId]) await native.send('DELETE', `/accounts/${id}`);
    const found = accepted(await client.post(SELECT, { body: { video_media_id: video } }));
    const [mask] = found['mask_info'] as { mask_id: string }[];
    await addFarAccount(near, (await startRow(t)).far, { name: 'third@example.com' });
    const swap = { video_media_id: video, keyframe_id: 1, mask_id: mask?.mask_id, img_id: image, quality: '360p' };
    refusedWith(await client.post('/video/swap/generate', { body: swap }), 400017, /No account carries this out/);
  });

  test('an answer that was lost, or is late, is asked for again under the same id: one selection, paid once', async (t) => {
    let wire: Awaited<ReturnType<typeof startWireFaults>> | undefined;
    const { near, far } = await startRow(t, {
      async through(far) {
        wire = await startWireFaults(t, far.url);
        return wire.url;
      },
    });
    const client = pixverseClient(near);
    const video = await videoOf(client);
    const late = JSON.stringify({ ErrCode: 99999, ErrMsg: 'The masks are not ready yet.', Resp: null });
    for (const fault of [
      { type: 'reset-after-body' },
      { type: 'truncated' },
      { type: 'answer', status: 200, body: late, reached: true },
      { type: 'answer', status: 200, body: '{"ErrCode":0,"ErrMsg":"","Resp":{}}', reached: true },
    ] as const) {
      const before = [await balanceOf(client), await balanceOf(pixverseClient(far))];
      void wire?.plan(SELECT, fault);
      const options = { body: { video_media_id: video, keyframe_id: 3 }, trace: randomUUID() };
      const found = accepted(await client.post(SELECT, options));
      assert.ok((found['mask_info'] as unknown[]).length > 0);
      assert.deepEqual(accepted(await client.post(SELECT, options)), found);
      const after = [await balanceOf(client), await balanceOf(pixverseClient(far))];
      assert.deepEqual(
        after,
        before.map((credits) => credits - 2),
      );
    }
  });
});
