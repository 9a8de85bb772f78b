import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { startGateway, TEST_KEY } from '../support/gateway.ts';
import { accepted, ended, pixverseClient, refusedWith, SMALL_TEXT } from '../support/pixverse-client.ts';
import { media, silence } from '../support/pixverse-uploads.ts';

const gateway = await startGateway({ after });
const client = pixverseClient(gateway);
const PATH = '/account/billing/usage-detail';

const time = (ms: number) => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
const span = () => ({ start_time: time(Date.now() - 86_400_000), end_time: time(Date.now() + 3_600_000) });
const ask = async (change: object = {}) =>
  accepted(await client.post(PATH, { body: { ...span(), ...change } })) as {
    items: { id: number; creation_type: string; credits: number; credits_status: string; create_time: string }[];
    next_cursor: string;
    has_more: boolean;
  };
const make = async (change: object = {}) =>
  Number(accepted(await client.post('/video/text/generate', { body: { ...SMALL_TEXT, ...change } }))['video_id']);

describe('PixVerse usage detail', () => {
  test('consume and refund, by type [pixverse-lists.usage.items]', async () => {
    assert.deepEqual(await ask(), { items: [], next_cursor: '', has_more: false });
    const paid = await make();
    assert.equal((await ended(client, paid))['status'], 1);
    const held = await make({ duration: 15 });
    const { items } = await ask();
    const shown = items.map(({ id, creation_type, credits, credits_status }) => [
      id,
      creation_type,
      credits,
      credits_status,
    ]);
    assert.deepEqual(shown, [
      [held, 'text_to_video', 75, 'consume'],
      [paid, 'text_to_video', 5, 'consume'],
    ]);
    for (const { create_time } of items) assert.match(create_time, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    const { create_time } = items[0] ?? assert.fail();
    const second = { start_time: create_time, end_time: create_time };
    assert.ok((await ask(second)).items.some(({ id }) => id === held));
    assert.deepEqual((await ask({ credits_status: 'refund' })).items, []);
    assert.equal((await ask({ credits_status: 'consume' })).items.length, 2);
    assert.equal((await ask({ creation_type: ['text_to_video', 'swap_mask'] })).items.length, 2);
    assert.deepEqual((await ask({ creation_type: ['extend', 'agent'] })).items, []);
    assert.equal((await ask({ creation_type: [] })).items.length, 2);
    const source = await media(client, silence(1));
    refusedWith(
      await client.post('/video/lip_sync/generate', { body: { video_media_id: source, audio_media_id: source } }),
      400017,
      /video/,
    );
    assert.equal((await ask()).items.length, 2);
  });

  test('what went back is a refund of as much, at the time it was taken [pixverse-lists.usage.items]', async () => {
    const before = (await ask({ credits_status: 'consume' })).items.length;
    const moderated = await make({ prompt: '[reelpool:moderated]' });
    const failed = await make({ prompt: '[reelpool:failed]', generate_audio_switch: true });
    assert.equal((await ended(client, moderated))['status'], 7);
    assert.equal((await ended(client, failed))['status'], 8);
    const { items } = await ask({ credits_status: 'refund' });
    assert.deepEqual(
      items.map(({ id, creation_type, credits, credits_status }) => [id, creation_type, credits, credits_status]),
      [
        [failed, 'text_to_video', 7, 'refund'],
        [moderated, 'text_to_video', 5, 'refund'],
      ],
    );
    assert.equal((await ask({ credits_status: 'consume' })).items.length, before, 'it is not listed as spent too');
  });

  test('pages have everything once [pixverse-lists.usage.pages]', async () => {
    const before = (await ask({ limit: 100 })).items.map(({ id }) => id);
    const made = [];
    for (let i = 0; i < 5; i++) made.unshift(await make());
    const seen: number[] = [];
    let cursor = '';
    do {
      const page = await ask({ limit: 2, cursor });
      assert.ok(page.items.length === 2 || !page.has_more);
      seen.push(...page.items.map(({ id }) => id));
      assert.equal(page.has_more, page.next_cursor !== '');
      cursor = page.next_cursor;
      await make();
    } while (cursor !== '');
    assert.deepEqual(seen, [...made, ...before]);
  });

  test('what is no question [pixverse-lists.usage.rules]', async () => {
    const refuse = async (change: object, code: number, says: RegExp) =>
      refusedWith(await client.post(PATH, { body: { ...span(), ...change } }), code, says);
    await refuse({ start_time: undefined }, 400011, /start_time/);
    await refuse({ end_time: '' }, 400011, /end_time/);
    for (const text of ['2026-13-01 00:00:00', '2026-02-30 00:00:00', 'today', '2026-11-21T00:00:00Z', '9999-99-99']) {
      await refuse({ start_time: text }, 400017, /start_time/);
    }
    await refuse({ start_time: 5 }, 400013, /start_time/);
    await refuse({ end_time: '2001-01-01 00:00:00' }, 400017, /end_time/);
    await refuse({ start_time: '2026-01-01 00:00:00', end_time: '2026-01-31 00:00:01' }, 400017, /30 days/);
    await ask({ start_time: '2026-01-01 00:00:00', end_time: '2026-01-31 00:00:00' });
    await ask({ start_time: '1999-12-31 23:59:59', end_time: '2000-01-01 00:00:00' });
    for (const limit of [0, -1, 101]) await refuse({ limit }, 400017, /limit/);
    await refuse({ limit: '5' }, 400013, /limit/);
    await refuse({ cursor: 'x' }, 400017, /cursor/);
    await refuse({ credits_status: 'lost' }, 400017, /consume, refund/);
    await refuse({ creation_type: ['films'] }, 400017, /creation_type/);
    await refuse({ creation_type: 'extend' }, 400013, /creation_type/);
    refusedWith(await client.post(PATH, { body: span(), trace: null }), 400011, /Ai-trace-id/);
  });
});

describe('PixVerse lists', () => {
  test('styles [pixverse-lists.restyles]', async () => {
    const list = async (query = '') => {
      const resp: unknown = accepted(await client.get(`/video/restyle/list${query}`));
      return resp as { restyle_id: number; restyle_name: string; restyle_prompt: string; cover_url: string }[];
    };
    const all = await list();
    assert.ok(all.length >= 12);
    assert.deepEqual(Object.keys(all[0] ?? {}), ['restyle_id', 'restyle_name', 'restyle_prompt', 'cover_url']);
    assert.deepEqual(await list('?page_num=2&page_size=5'), all.slice(5, 10));
    refusedWith(await client.get('/video/restyle/list?page_num=-1'), 400017, /page_num/);
  });

  test('templates, and what they cost [pixverse-lists.templates]', async () => {
    const path = '/video/effects/templates/list';
    const list = async (query: string) =>
      accepted(await client.get(`${path}${query}`))['effect_items'] as Record<string, unknown>[];
    const videos = await list('');
    assert.deepEqual(await list('?type=1&page=1&pageSize=50'), videos);
    assert.ok(videos.some((item) => item['template_id'] === 302325299692608));
    const [first] = videos;
    assert.deepEqual(first?.['qualities'], [
      { quality: '360p', credits: 45 },
      { quality: '540p', credits: 45 },
      { quality: '720p', credits: 60 },
      { quality: '1080p', credits: 120 },
    ]);
    assert.equal(first?.['credits'], 45);
    const images = await list('?type=2');
    assert.ok(images.length > 0 && images.every((item) => item['type'] === 2 && item['credits'] === 10));
    assert.deepEqual(await list('?page=99'), []);
    refusedWith(await client.get(`${path}?type=3`), 400017, /type/);
    refusedWith(await client.get(`${path}?pageSize=7`), 400017, /pageSize/);
    refusedWith(await client.get(path, { key: `${TEST_KEY.slice(0, -1)}x` }), 10005, /key/i, 401);
  });
});
