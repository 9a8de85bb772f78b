/** What a client of the PixVerse door sees of the trigger words (docs/local-upstream.md), and that nothing is charged for a failure. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { JobView } from '../../src/contracts/views.ts';
import { startAlone, startGateway } from '../support/gateway.ts';
import { nativeClient } from '../support/native.ts';
import {
  accepted,
  balanceOf,
  type PixverseClient,
  pixverseClient,
  type Reply,
  refusedWith,
  SMALL,
  SMALL_TEXT,
} from '../support/pixverse-client.ts';
import { silence } from '../support/pixverse-uploads.ts';
import { pngPicture } from '../support/png.ts';
import { SettableClock } from '../support/settable-clock.ts';

test('triggers end jobs as they say, and what failed costs nothing', async (t) => {
  const client = pixverseClient(await startGateway(t));
  const balance = async () => {
    const { credit_monthly: monthly, credit_package: pack } = accepted(await client.get('/account/balance'));
    return Number(monthly) + Number(pack);
  };
  const before = await balance();
  const ends = {
    ...{ moderated: 7, failed: 8, placeholder: 8, 'no-pixels': 8 },
    ...{ 'slow=1': 1, overload: 1, full: 1, 'missing=1': 1, 'lost-answer': 1 },
  };
  const jobs = await Promise.all(
    Object.entries(ends).map(async ([name, status]) => {
      const body = { ...SMALL_TEXT, prompt: `a tram [reelpool:${name}]` };
      const created = accepted(await client.post('/video/text/generate', { body }));
      return { name, status, id: Number(created['video_id']) };
    }),
  );
  for (const { name, status, id } of jobs) {
    const resultOf = async () => accepted(await client.get(`/video/result/${id}`));
    let result = await resultOf();
    for (; result['status'] === 5; result = await resultOf()) await pause(100);
    assert.equal(result['status'], status, name);
  }
  const paid = Object.values(ends).filter((status) => status === 1).length;
  assert.equal(await balance(), before - 5 * paid);
});

test('what never ends gives its credits back at the horizon, and a late result is delivered and paid', {
  timeout: 90_000,
}, async (t) => {
  const clock = new SettableClock();
  const gateway = await startAlone(t, {}, { clock });
  const client = pixverseClient(gateway);
  const { gateway: facade, operator } = gateway.app;
  const before = await balanceOf(client);
  const create = async (name: string) => {
    const body = { ...SMALL_TEXT, prompt: `a tram [reelpool:${name}]` };
    return accepted(await client.post('/video/text/generate', { body }))['video_id'];
  };
  const statusOf = async (id: unknown) => accepted(await client.get(`/video/result/${id}`))['status'];
  /** Lets minutes pass until it stands so, with time in between for what they set off. */
  const until = async (id: unknown, status: number) => {
    for (let looks = 1; (await statusOf(id)) !== status; looks++) {
      if (looks % 40 === 0) clock.pass(5 * 60_000);
      await pause(50);
    }
  };
  const [stuck, missing, late] = [await create('stuck'), await create('missing'), await create('late')];
  assert.equal(await balanceOf(client), before - 15);
  // Renders have time limits of their own: the hours pass when they are done.
  const drawn = async (id: unknown, is: (job: JobView) => boolean) => {
    while (!is(await facade.job(operator, Number(id)))) await pause(50);
  };
  await drawn(missing, ({ state }) => state === 'storing');
  await drawn(late, ({ progress }) => (progress ?? 0) >= 0.9);
  for (const id of [stuck, missing, late]) assert.equal(await statusOf(id), 5);
  clock.pass(24 * 3_600_000);
  for (const id of [stuck, missing]) await until(id, 8);
  await until(late, 1);
  assert.equal(await balanceOf(client), before - 5, 'only what came is paid');
});

const upload = (client: PixverseClient, route: 'image' | 'media', name: string): Promise<Reply> => {
  const form = new FormData();
  const bytes = route === 'image' ? pngPicture(64, 36) : new Uint8Array(silence(1));
  form.append(route === 'image' ? 'image' : 'file', new Blob([bytes]), name);
  return client.post(`/${route}/upload`, { body: form });
};

test('[pixverse.upload.moderated] words in the names of files refuse the upload, or what uses it, and nothing is charged', async (t) => {
  const gateway = await startAlone(t);
  const client = pixverseClient(gateway);
  const before = await balanceOf(client);

  const { status, body } = await upload(client, 'image', 'cat.reelpool-moderated.png');
  const moderated = body as unknown as Record<string, unknown>;
  assert.deepEqual([status, Object.keys(moderated)], [500, ['err_code', 'err_msg', 'resp']]);
  assert.deepEqual([moderated['err_code'], moderated['resp']], [500052, '']);
  assert.match(String(moderated['err_msg']), /^image was refused/);
  refusedWith(await upload(client, 'media', 'reelpool-moderated.wav'), 500063, /file/);
  refusedWith(await upload(client, 'image', 'reelpool-failed.png'), 500041, /image/);
  refusedWith(await upload(client, 'media', 'reelpool-overload.wav'), 500069, /file/);
  accepted(await upload(client, 'image', 'reelpool-nonsense.png'));

  const image = async (name: string) => accepted(await upload(client, 'image', name))['img_id'];
  const refused = await image('reelpool-not-compliant.png');
  refusedWith(await client.post('/video/img/generate', { body: { ...SMALL, img_id: refused } }), 500054, /img_id/);
  const { video_id: source } = accepted(await client.post('/video/text/generate', { body: SMALL_TEXT }));
  while (accepted(await client.get(`/video/result/${source}`))['status'] === 5) await pause(50);
  const mimic = async (name: string) =>
    client.post('/video/mimic/generate', {
      body: { source_video_id: source, img_id: await image(name), quality: '360p' },
    });
  refusedWith(await mimic('reelpool-no-subject.png'), 701002, /img_id/);
  refusedWith(await mimic('reelpool-no-person.png'), 701003, /img_id/);
  accepted(
    await client.post('/video/img/generate', { body: { ...SMALL, img_id: await image('reelpool-no-person.png') } }),
  );
  assert.equal(await balanceOf(client), before - 10);
});

test('words in the address of a file do the same', async (t) => {
  const gateway = await startAlone(t);
  const client = pixverseClient(gateway);
  const { img_url: url } = accepted(await upload(client, 'image', 'a.png'));
  for (const [query, ok] of [
    ['?a', true],
    ['?reelpool-moderated', false],
  ] as const) {
    const reply = await client.post('/image/upload', { body: new URLSearchParams({ image_url: `${url}${query}` }) });
    assert.equal(reply.status, ok ? 200 : 500, JSON.stringify(reply.body));
  }
});

test('where an account of another kind may take the jobs, names are names', async (t) => {
  const gateway = await startAlone(t);
  const admin = nativeClient(gateway);
  const secret = { apiKey: 'a-key', host: 'http://127.0.0.1:1' };
  const account = { kind: 'pixverse', name: 'far@example.com', maxJobs: 1, secret };
  assert.equal((await admin.send('POST', '/accounts', { body: account })).status, 201);
  const client = pixverseClient(gateway);
  const { img_id: image } = accepted(await upload(client, 'image', 'reelpool-moderated.png'));
  assert.ok(Number(image) > 0);
  // A key that asks for the stand-in meets them, whatever else the pool has.
  const { body } = await admin.send('POST', '/keys', { body: { name: 'ci', sandbox: true } });
  const sandbox = pixverseClient({ url: gateway.url, key: (body as { secret: string }).secret });
  assert.equal((await upload(sandbox, 'image', 'reelpool-moderated.png')).status, 500);
});
