import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { after, describe, test } from 'node:test';
import { SPEAKERS } from '../../src/wire/pixverse/models.ts';
import { startGateway, TEST_KEY } from '../support/gateway.ts';
import {
  accepted,
  balanceOf,
  pixverseClient,
  type Reply,
  refusedWith,
  SMALL_TEXT,
} from '../support/pixverse-client.ts';
import { media, picture, silence } from '../support/pixverse-uploads.ts';

const gateway = await startGateway({ after });
const client = pixverseClient(gateway);
const SYSTEM = SPEAKERS.map(([speaker_id, name]) => ({ speaker_id, name }));

/** A GET with a body, which `fetch` does not send. */
function getWithBody(path: string, body: string, key = TEST_KEY, agent?: Agent): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const headers = { 'API-KEY': key, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const sent = request(
    `${gateway.url}/openapi/v2${path}`,
    { method: 'GET', headers, ...(agent && { agent }) },
    async (answer) => {
      const text = Buffer.concat(await answer.toArray()).toString();
      resolve({ status: answer.statusCode ?? 0, headers: new Headers(), body: JSON.parse(text) as Reply['body'] });
    },
  );
  sent.on('error', reject);
  sent.end(body);
  return promise;
}

const listed = async (query: string) => accepted(await client.get(`/video/tts_speaker${query}`));
const namesOf = (resp: Record<string, unknown>) => (resp['data'] as { name: string }[]).map(({ name }) => name);

/** A client of another tenant. */
async function stranger() {
  const admin = await gateway.app.gateway.authenticate(TEST_KEY);
  const tenant = await gateway.app.gateway.addTenant(admin, {
    name: `t${randomUUID()}`,
    weight: 1,
    monthlyCredits: 0 as never,
    anchorDay: 1,
    mode: 'metered',
    unit: null,
  });
  const { secret } = await gateway.app.gateway.createKey(admin, { name: 'k', role: 'client', tenantId: tenant.id });
  return pixverseClient({ url: gateway.url, key: secret });
}

describe('PixVerse voices', () => {
  test('the system has fifteen, at both paths [pixverse-lists.voices.system]', async () => {
    assert.equal(SYSTEM.length, 15);
    assert.deepEqual(accepted(await client.get('/video/lip_sync/tts_list')), { total: 15, data: SYSTEM });
    assert.deepEqual(await listed('?speaker_type=system&page_size=20'), { total: 15, data: SYSTEM });
    const json = { headers: { 'content-type': 'application/json' } };
    assert.deepEqual(accepted(await client.get('/video/lip_sync/tts_list', json)), { total: 15, data: SYSTEM });
  });

  test('paging by query and by body [pixverse-lists.paging.from]', async () => {
    const list = '/video/lip_sync/tts_list';
    const second = { total: 15, data: SYSTEM.slice(4, 8) };
    assert.deepEqual(accepted(await client.get(`${list}?page_num=2&page_size=4`)), second);
    assert.deepEqual(accepted(await getWithBody(list, '{"page_num":2,"page_size":4}')), second);
    assert.deepEqual(accepted(await getWithBody(list, '{"page_num":"2","page_size":"4"}')), second);
    for (const body of ['{"page_num":0,"page_size":0}', '{"page_num":"","page_size":null}', '{}', '', ' ']) {
      assert.deepEqual(accepted(await getWithBody(list, body)), { total: 15, data: SYSTEM }, body);
    }
    assert.deepEqual(accepted(await client.get(`${list}?page_num=999999999999999`)), { total: 15, data: [] });
    refusedWith(await getWithBody(list, '{"page_num":'), 400013, /JSON/);
    refusedWith(await getWithBody(list, '[1]'), 400013, /object/);
    assert.deepEqual(
      accepted(await getWithBody('/account/balance', '{')),
      accepted(await client.get('/account/balance')),
    );
  });

  test('a body that is too large for a GET is refused, and its connection goes on', { timeout: 60_000 }, async (t) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    t.after(() => agent.destroy());
    const large = JSON.stringify({ page_num: 'x'.repeat(300_000) });
    for (let again = 0; again < 20; again++) {
      const refused = await getWithBody('/video/tts_speaker', large, TEST_KEY, agent);
      refusedWith(refused, 400017, /65536 bytes/, 413);
      accepted(await getWithBody('/video/tts_speaker', '{}', TEST_KEY, agent));
    }
  });

  test('what is no page [pixverse-lists.paging.sizes]', async () => {
    for (const path of ['/video/lip_sync/tts_list', '/video/tts_speaker']) {
      refusedWith(await client.get(`${path}?page_num=-1`), 400017, /page_num/);
      refusedWith(await client.get(`${path}?page_num=two`), 400013, /page_num/);
      refusedWith(await client.get(`${path}?page_num=1.5`), 400013, /page_num/);
      refusedWith(await client.get(`${path}?page_num=1&page_num=2`), 400013, /page_num/);
      refusedWith(await client.get(`${path}?page_size=101`), 400017, /page_size/);
      refusedWith(await client.get(`${path}`, { key: null }), 10004, /API-KEY/, 401);
    }
    refusedWith(await client.get('/video/tts_speaker?page_size=30'), 400017, /10, 20, 50, 100/);
    refusedWith(await client.get('/video/tts_speaker?speaker_type=mine'), 400017, /system, custom, all/);
  });

  test('voices of one’s own [pixverse-lists.voices.custom] [pixverse-lists.voices.remove]', async () => {
    const before = await balanceOf(client);
    const sound = await media(client, silence(2));
    const body = { name: 'Aunt Mia', audio_media_id: sound };
    const trace = randomUUID();
    const first = accepted(await client.post('/video/tts_speaker', { body, trace }));
    assert.deepEqual(accepted(await client.post('/video/tts_speaker', { body, trace })), first);
    assert.equal(typeof first['speaker_id'], 'string');
    const second = accepted(await client.post('/video/tts_speaker', { body: { ...body, name: 'Bo' } }));
    assert.deepEqual(await listed('?speaker_type=custom'), { total: 2, data: [first, second] });
    assert.deepEqual(await listed(''), { total: 17, data: [...SYSTEM, first, second] });
    assert.deepEqual(namesOf(await listed('?page_size=10&page_num=2')).slice(-2), ['Aunt Mia', 'Bo']);
    assert.equal(accepted(await client.get('/video/lip_sync/tts_list'))['total'], 15);
    for (let i = 0; i < 2; i++) {
      assert.deepEqual(accepted(await client.call('DELETE', `/video/tts_speaker/${first['speaker_id']}`)), {});
    }
    assert.deepEqual(await listed('?speaker_type=custom'), { total: 1, data: [second] });
    assert.equal(await balanceOf(client), before);
    const other = await stranger();
    assert.deepEqual(accepted(await other.get('/video/tts_speaker?speaker_type=custom')), { total: 0, data: [] });
    for (const id of ['7', 'auto', '99999999999999999999', String(sound), '%00']) {
      refusedWith(await client.call('DELETE', `/video/tts_speaker/${id}`), 500008, /voice/);
    }
    refusedWith(await other.call('DELETE', `/video/tts_speaker/${second['speaker_id']}`), 500008, /voice/);
    assert.deepEqual(await listed('?speaker_type=custom'), { total: 1, data: [second] });
  });

  test('what makes no voice [pixverse-lists.voices.rules]', async () => {
    const sound = await media(client, silence(1));
    const add = (body: unknown) => client.post('/video/tts_speaker', { body });
    refusedWith(await add({ audio_media_id: sound }), 400011, /name/);
    refusedWith(await add({ name: ' ', audio_media_id: sound }), 400011, /name/);
    refusedWith(await add({ name: 'a' }), 400011, /audio_media_id/);
    refusedWith(await add({ name: 7, audio_media_id: sound }), 400013, /name/);
    refusedWith(await add({ name: 'a'.repeat(101), audio_media_id: sound }), 400017, /name/);
    refusedWith(await add({ name: 'a', audio_media_id: sound + 1 }), 400017, /audio_media_id/);
    refusedWith(await add({ name: 'a', audio_media_id: await picture(client) }), 400017, /audio_media_id/);
    refusedWith(
      await add({ name: 'a', audio_media_id: await media(client, silence(31)) }),
      400017,
      /31 s|audio_media_id/,
    );
    const other = await stranger();
    refusedWith(
      await other.post('/video/tts_speaker', { body: { name: 'a', audio_media_id: sound } }),
      400017,
      /audio_media_id/,
    );
    refusedWith(await client.post('/video/tts_speaker', { body: { name: 'a' }, trace: null }), 400011, /Ai-trace-id/);
  });

  test('they speak for their tenant until they are removed [pixverse-lists.voices.use]', async () => {
    const body = { name: 'Cy', audio_media_id: await media(client, silence(1)) };
    const { speaker_id } = accepted(await client.post('/video/tts_speaker', { body }));
    const { video_id } = accepted(await client.post('/video/text/generate', { body: SMALL_TEXT }));
    const spoken = {
      ...SMALL_TEXT,
      ...{ model: 'v5', duration: 5, lip_sync_tts_switch: true, lip_sync_tts_content: 'Good morning.' },
      lip_sync_tts_speaker_id: speaker_id,
    };
    accepted(await client.post('/video/text/generate', { body: spoken }));
    const other = await stranger();
    refusedWith(await other.post('/video/text/generate', { body: spoken }), 400017, /lip_sync_tts_speaker_id/);
    while (accepted(await client.get(`/video/result/${video_id}`))['status'] === 5);
    const lips = {
      source_video_id: video_id,
      lip_sync_tts_content: 'Good morning.',
      lip_sync_tts_speaker_id: Number(speaker_id),
    };
    accepted(await client.post('/video/lip_sync/generate', { body: lips }));
    accepted(await client.call('DELETE', `/video/tts_speaker/${speaker_id}`));
    refusedWith(await client.post('/video/lip_sync/generate', { body: lips }), 400017, /lip_sync_tts_speaker_id/);
    refusedWith(await client.post('/video/text/generate', { body: spoken }), 400017, /lip_sync_tts_speaker_id/);
  });
});
