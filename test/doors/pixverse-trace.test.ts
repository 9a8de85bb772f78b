import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { after, describe, test } from 'node:test';
import { startGateway } from '../support/gateway.ts';
import {
  accepted,
  balanceOf,
  ended,
  pixverseClient,
  type Reply,
  refusedWith,
  SMALL,
  SMALL_TEXT,
} from '../support/pixverse-client.ts';
import { pngPicture } from '../support/png.ts';

const gateway = await startGateway({ after });
const client = pixverseClient(gateway);

const create = (trace: string | null, change: object = {}, key: string = gateway.key): Promise<Reply> =>
  client.post('/video/text/generate', { trace, key, body: { ...SMALL_TEXT, ...change } });

const upload = (trace: string, picture: Uint8Array<ArrayBuffer>, name = 'a.png') => {
  const form = new FormData();
  form.append('image', new Blob([picture]), name);
  return client.post('/image/upload', { trace, body: form });
};

const idOf = (reply: Reply) => accepted(reply)['video_id'];
const jobCount = async () => (await gateway.app.gateway.jobs(gateway.app.operator, { limit: 500 })).length;

describe('PixVerse trace ids', () => {
  test('a POST without one is refused [pixverse.trace.missing]', async () => {
    refusedWith(await create(null), 400011, /Ai-trace-id/);
    refusedWith(await create(''), 400011, /Ai-trace-id/);
    refusedWith(await client.post('/video/img/generate', { trace: null, body: SMALL }), 400011, /Ai-trace-id/);
    refusedWith(await client.post('/image/upload', { trace: null, body: new FormData() }), 400011, /Ai-trace-id/);
  });

  test('anything of 1 to 128 characters, in any casing of the header [pixverse.trace.any]', async () => {
    for (const trace of ['1', '123123', 'not a uuid: {}', 'x'.repeat(128)]) idOf(await create(trace));
    refusedWith(await create('x'.repeat(129)), 400017, /Ai-trace-id/);
    const trace = randomUUID();
    const first = idOf(await create(trace));
    for (const name of ['Ai-Trace-Id', 'ai-trace-id', 'AI-trace-ID']) {
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      const headers = { 'API-KEY': gateway.key, [name]: trace, 'content-type': 'application/json' };
      const sent = httpRequest(`${gateway.url}/openapi/v2/video/text/generate`, { method: 'POST', headers });
      sent.on('error', reject);
      sent.on('response', (response) => response.setEncoding('utf8').on('data', resolve));
      sent.end(JSON.stringify(SMALL_TEXT));
      assert.equal(JSON.parse(await promise).Resp.video_id, first, name);
    }
  });

  test('a repetition gets the first answer and starts nothing [pixverse.trace.replay]', async () => {
    const trace = randomUUID();
    const first = await create(trace);
    const [jobs, balance] = [await jobCount(), await balanceOf(client)];
    const { aspect_ratio, ...rest } = SMALL_TEXT;
    const reordered = { aspect_ratio, ...rest };
    for (const body of [SMALL_TEXT, reordered]) {
      const again = await client.post('/video/text/generate', { trace, body });
      assert.deepEqual(again.body, first.body);
    }
    const slash = await client.post('/video/text/generate/', { trace, body: SMALL_TEXT });
    assert.deepEqual(slash.body, first.body);
    assert.equal(await jobCount(), jobs);
    // Credits may come back only by a failed job; none may go.
    assert.ok((await balanceOf(client)) >= balance);
  });

  test('another body is refused, naming the header [pixverse.trace.mismatch]', async () => {
    const trace = randomUUID();
    idOf(await create(trace));
    refusedWith(await create(trace, { prompt: 'a dog' }), 400017, /Ai-trace-id/);
    refusedWith(await create(trace, { seed: 5 }), 400017, /Ai-trace-id/);
  });

  test('keys and paths have ids of their own [pixverse.trace.scope]', async () => {
    const trace = randomUUID();
    const first = idOf(await create(trace));
    const order = { name: 'another', role: 'client' } as const;
    const { secret } = await gateway.app.gateway.createKey(gateway.app.operator, order);
    assert.notEqual(idOf(await create(trace, {}, secret)), first);
    const picture = accepted(await upload(trace, pngPicture(64, 36)));
    const body = { ...SMALL, img_id: picture['img_id'] };
    assert.notEqual(idOf(await client.post('/video/img/generate', { trace, body })), first);
  });

  test('a refusal leaves its id free [pixverse.trace.refusal]', async () => {
    const trace = randomUUID();
    refusedWith(await create(trace, { duration: 99 }), 400017, /duration/);
    const image = await client.post('/video/img/generate', { trace, body: { ...SMALL, img_id: 1 } });
    refusedWith(image, 400032, /img_id/);
    idOf(await create(trace));
    refusedWith(await upload(trace, new Uint8Array([1, 2, 3])), 500032, /image/);
    accepted(await upload(trace, pngPicture(64, 36)));
  });

  test('twins get one answer [pixverse.trace.twin]', async () => {
    const trace = randomUUID();
    const before = await jobCount();
    const twins = await Promise.all(Array.from({ length: 8 }, () => create(trace)));
    assert.equal(new Set(twins.map(idOf)).size, 1);
    assert.equal(await jobCount(), before + 1);
  });

  test('a repeated upload gets the first picture [pixverse.trace.upload]', async () => {
    const trace = randomUUID();
    const first = accepted(await upload(trace, pngPicture(64, 36)));
    assert.deepEqual(accepted(await upload(trace, pngPicture(64, 36), 'another-name.png')), first);
    const twins = await Promise.all(Array.from({ length: 4 }, () => upload(trace, pngPicture(64, 36))));
    for (const twin of twins) assert.deepEqual(accepted(twin), first);
    refusedWith(await upload(trace, pngPicture(36, 64)), 400017, /Ai-trace-id/);
  });

  test('GETs need no id and are always fresh [pixverse.trace.get]', async () => {
    const trace = randomUUID();
    const before = await balanceOf(client);
    const read = async (id: string | null) => accepted(await client.get('/account/balance', { trace: id }));
    const first = await read(trace);
    const { secret } = await gateway.app.gateway.createKey(gateway.app.operator, { name: 'reader', role: 'client' });
    idOf(await create(trace, {}, secret));
    const spent = (resp: Record<string, unknown>) => Number(resp['credit_monthly']) + Number(resp['credit_package']);
    assert.equal(spent(first), before);
    assert.ok(spent(await read(trace)) < before);
    assert.ok(spent(await read(null)) < before);
  });

  test('polls with one id see the video end [pixverse.trace.get]', async (t) => {
    const alone = pixverseClient(await startGateway(t));
    const trace = randomUUID();
    const id = idOf(await alone.post('/video/text/generate', { trace, body: SMALL_TEXT }));
    assert.equal((await ended(alone, id, trace))['status'], 1);
  });
});
