/** Every code of the PixVerse door arises from the situation it stands for: code → request, over HTTP. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { ERRORS_ON_WIRE } from '../../src/wire/pixverse/errors.ts';
import { startAlone } from '../support/gateway.ts';
import { nativeClient } from '../support/native.ts';
import {
  accepted,
  balanceOf,
  ended,
  type PixverseClient,
  pixverseClient,
  type Reply,
  refusedWith,
  SMALL,
  SMALL_TEXT,
} from '../support/pixverse-client.ts';
import { media, picture, silence } from '../support/pixverse-uploads.ts';
import { waitingClient } from '../support/pixverse-waiting.ts';
import { pngPicture } from '../support/png.ts';

const root = path.join(import.meta.dirname, '../..');
const gateway = await startAlone({ after });
const client = pixverseClient(gateway);
const admin = nativeClient(gateway);
const waiting = await waitingClient(gateway);
const image = await picture(client);
const { video_id: source } = accepted(await client.post('/video/text/generate', { body: SMALL_TEXT }));
const { video_id: gone } = accepted(await client.post('/video/text/generate', { body: SMALL_TEXT }));

const TEXT = '/video/text/generate';
const create = (change: object, by: PixverseClient = client) => by.post(TEXT, { body: { ...SMALL_TEXT, ...change } });
const upload = (route: 'image' | 'media', bytes: Uint8Array, name: string): Promise<Reply> => {
  const form = new FormData();
  form.append(route === 'image' ? 'image' : 'file', new Blob([new Uint8Array(bytes)]), name);
  return client.post(`/${route}/upload`, { body: form });
};
const fetched = (url: string) => client.post('/image/upload', { body: new URLSearchParams({ image_url: url }) });
/** A client with a key of its own. */
async function keyWith(settings: object): Promise<PixverseClient> {
  const { body } = await admin.send('POST', '/keys', { body: { name: 'k', ...settings } });
  return pixverseClient({ url: gateway.url, key: (body as { secret: string }).secret });
}
async function poorTenant(): Promise<number> {
  return ((await admin.send('POST', '/tenants', { body: { name: 'poor' } })).body as { id: number }).id;
}
const idOf = async (reply: Promise<Reply>) => accepted(await reply)['img_id'];
/** A PNG whose header claims a size. */
function claims(width: number, height: number): Buffer {
  const png = Buffer.from(pngPicture(8, 8));
  png.writeUInt32BE(width, 16);
  png.writeUInt32BE(height, 20);
  return png;
}
const mimic = async (name: string) =>
  client.post('/video/mimic/generate', {
    body: { source_video_id: source, img_id: await idOf(upload('image', pngPicture(8, 8), name)), quality: '360p' },
  });
const music = (more: object = {}) => ({
  body: { mv_agent_type: 'vibe_mv', audio_media_id: 1, aspect_ratio: '1:1', quality: '720p', ...more },
});

/** Code → how it is met; or the test that meets it; or why nothing here does. */
const SITUATIONS: Readonly<Record<number, (() => Promise<Reply>) | { met: string } | { never: string }>> = {
  10001: { never: 'what it means is not known; a key that is missing is 10004, one that opens nothing 10005' },
  10002: { never: 'as 10001' },
  10003: { never: 'as 10001' },
  10004: () => client.get('/account/balance', { key: null }),
  10005: () => client.get('/account/balance', { key: 'ak_ffffffffffffffffffffffffffffffff' }),
  99999: { never: 'a defect, or masks that are not found within a minute: nobody can ask for them' },
  400011: () => create({ prompt: '' }),
  400012: { never: 'no request of this door names an account' },
  400013: () => create({ duration: '5' }),
  400017: () => create({ quality: '4k' }),
  400018: () => create({ prompt: 'x'.repeat(5001) }),
  400019: () => create({ negative_prompt: 'x'.repeat(2049) }),
  400032: () => client.post('/video/img/generate', { body: { ...SMALL, img_id: 1 } }),
  400080: () => client.post('/video/music_mv_agent/generate', music({ lyric_text: 'x'.repeat(5000) })),
  500008: () => client.get('/video/result/123456789'),
  500020: async () => create({}, await keyWith({ models: ['v5'] })),
  500030: () => upload('image', claims(20_000, 20_000), 'a.png'),
  500031: () => upload('image', pngPicture(64, 36).slice(0, 40), 'a.png'),
  500032: () => upload('image', silence(1), 'a.png'),
  500033: () => upload('image', claims(0, 10), 'a.png'),
  500041: () => fetched(`${gateway.url}/nothing-here.png`),
  500042: () => fetched('http://10.0.0.1/a.png'),
  500044: async () => create({}, await keyWith({ overflow: 'reject', poolId: await emptyPool() })),
  500052: () => upload('image', pngPicture(8, 8), 'reelpool-moderated.png'),
  500054: async () => {
    const refused = await idOf(upload('image', pngPicture(8, 8), 'reelpool-not-compliant.png'));
    return client.post('/video/img/generate', { body: { ...SMALL, img_id: refused } });
  },
  500060: async () => {
    const activate = (id: number) => admin.send('POST', `/templates/${id}/activate`);
    for (const id of [2002, 2003, 2004]) assert.equal((await activate(id)).status, 200);
    // Templates are activated beside this door, where codes have names.
    const { code } = await admin.refused('template_quota', 'POST', '/templates/2005/activate');
    const body = { ErrCode: ERRORS_ON_WIRE[code as 'template_quota'].code, ErrMsg: code, Resp: null };
    return { status: 200, headers: new Headers(), body };
  },
  500063: () => upload('media', silence(1), 'reelpool-moderated.wav'),
  500064: async () => {
    await ended(client, gone);
    assert.equal((await admin.send('DELETE', `/jobs/${gone}/results`)).status, 200);
    return client.post('/video/upscale/generate', { body: { source_video_id: gone } });
  },
  500069: async () => {
    const hurried = await keyWith({ requestsPerSecond: 1 });
    const replies = await Promise.all(Array.from({ length: 5 }, () => hurried.get('/account/balance')));
    return replies.find(({ status }) => status === 429) ?? assert.fail('five requests at once are too many');
  },
  500070: () => client.post('/video/img/generate', { body: { template_id: 2007, img_id: image, quality: '360p' } }),
  500071: () => client.post('/video/img/generate', { body: { template_id: 2008, img_id: image, quality: '1080p' } }),
  500090: async () => create({}, await keyWith({ tenantId: await poorTenant() })),
  500100: { met: 'test/machine/disk-full.test.ts' },
  701002: () => mimic('reelpool-no-subject.png'),
  701003: () => mimic('reelpool-no-person.png'),
  701020: async () => client.post('/video/music_mv_agent/generate', music({ audio_media_id: await song() })),
};

const song = () => media(client, silence(10));
async function emptyPool(): Promise<number> {
  const pool = { name: 'empty', members: { tags: ['none'] } };
  return ((await admin.send('POST', '/pools', { body: pool })).body as { id: number }).id;
}

describe('PixVerse codes', () => {
  test('each is met over HTTP, and those that cannot be say why [pixverse.errors.table] [pixverse.refused.free]', async () => {
    await ended(client, source);
    for (const [code, situation] of Object.entries(SITUATIONS)) {
      if (typeof situation !== 'function') continue;
      const before = await balanceOf(client);
      const { body } = await situation();
      // One of them comes in lower case: reference/pixverse-platform.md §1.
      const { err_code: lower, err_msg: text } = body as unknown as { err_code?: number; err_msg?: string };
      assert.equal(body.ErrCode ?? lower, Number(code), JSON.stringify(body));
      assert.ok((body.ErrMsg ?? text ?? '').length > 0);
      assert.equal(await balanceOf(client), before, `${code} costs nothing`);
    }
  });

  test('no code is without its situation, and all are in the documentation [pixverse.errors.table]', () => {
    const ours = new Set(Object.values(ERRORS_ON_WIRE).map(({ code }) => code));
    const listed = Object.keys(SITUATIONS).map(Number);
    assert.deepEqual(
      [...ours].filter((code) => !listed.includes(code)),
      [],
    );
    const never = listed.filter((code) => 'never' in (SITUATIONS[code] ?? {}));
    assert.deepEqual(
      listed.filter((code) => !ours.has(code)),
      never.filter((code) => code < 10_004),
    );
    const document = readFileSync(path.join(root, 'docs/pixverse-api.md'), 'utf8');
    for (const code of ours) assert.match(document, new RegExp(`^\\| ${code} \\| \\d{3} \\| .+ \\|$`, 'm'));
    for (const [code, situation] of Object.entries(SITUATIONS)) {
      if (!('met' in situation)) continue;
      assert.ok(existsSync(path.join(root, situation.met)));
      assert.ok(readFileSync(path.join(root, situation.met), 'utf8').includes(code), `${situation.met} meets ${code}`);
    }
  });
});

describe('PixVerse answers over HTTP', () => {
  test('a success has its envelope [pixverse.envelope.success]', async () => {
    for (const reply of [await client.get('/account/balance'), await create({})]) {
      assert.deepEqual(Object.keys(reply.body), ['ErrCode', 'ErrMsg', 'Resp']);
      assert.deepEqual([reply.status, reply.body.ErrCode, typeof reply.body.ErrMsg], [200, 0, 'string']);
      assert.ok(reply.body.Resp !== null);
      assert.match(reply.headers.get('content-type') ?? '', /^application\/json/);
    }
  });

  test('every status [pixverse.status.codes]', async () => {
    const started = async (prompt: string, by = client) => accepted(await create({ prompt }, by))['video_id'];
    const statusOf = async (id: unknown) => accepted(await client.get(`/video/result/${id}`))['status'];
    const id = await started('a tram');
    assert.equal((await ended(client, id))['status'], 1);
    assert.equal(await statusOf(await started('a tram', waiting.client)), 5);
    assert.equal((await ended(client, await started('[reelpool:moderated]')))['status'], 7);
    assert.equal((await ended(client, await started('[reelpool:failed]')))['status'], 8);
    assert.equal((await admin.send('DELETE', `/jobs/${id}/results`)).status, 200);
    const deleted = accepted(await client.get(`/video/result/${id}`));
    assert.deepEqual([deleted['status'], deleted['url']], [6, '']);
  });

  test('monthly and package are what can be spent [pixverse.balance.sum]', async () => {
    const tenantId = await poorTenant();
    const poor = await keyWith({ tenantId });
    const give = { daily: 1, monthly: 2, package: 4, promo: 8 };
    for (const [kind, amount] of Object.entries(give)) {
      assert.equal((await admin.send('POST', '/grants', { body: { tenantId, kind, amount } })).status, 201);
    }
    const balance = accepted(await poor.get('/account/balance'));
    assert.deepEqual([balance['credit_monthly'], balance['credit_package']], [3, 12]);
    accepted(await create({}, poor));
    assert.equal(await balanceOf(poor), 10, 'what is held cannot be spent');
    refusedWith(await create({ duration: 5 }, poor), 500090, /credits/);
  });
});
