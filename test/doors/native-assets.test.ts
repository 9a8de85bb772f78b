/** Uploads, kept files and their end over `/pool/v1`. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { accountsSchema } from '../../src/wire/native/schemas/accounts.ts';
import { assetSchema, assetsSchema } from '../../src/wire/native/schemas/assets.ts';
import { jobSchema, timelineSchema } from '../../src/wire/native/schemas/jobs.ts';
import { newKeySchema } from '../../src/wire/native/schemas/keys.ts';
import { tenantSchema } from '../../src/wire/native/schemas/tenants.ts';
import { startAlone, type TestGateway } from '../support/gateway.ts';
import { nativeClient } from '../support/native.ts';
import { servePicture } from '../support/picture-server.ts';
import { accepted, ended, pixverseClient, SMALL_TEXT } from '../support/pixverse-client.ts';
import { silence } from '../support/pixverse-uploads.ts';
import { pngPicture } from '../support/png.ts';
import { SettableClock } from '../support/settable-clock.ts';

/** Time passes in steps that no heartbeat is missed in. */
const STEP_MS = 4_000;

/** Uploads a file in a form. */
async function send(
  gateway: Pick<TestGateway, 'url' | 'key'>,
  bytes: Uint8Array,
  headers: Record<string, string> = {},
  field = 'file',
) {
  const form = new FormData();
  form.append(field, new Blob([new Uint8Array(bytes)]), 'shore.png');
  const authorization = `Bearer ${gateway.key}`;
  const answer = await fetch(`${gateway.url}/pool/v1/uploads`, {
    method: 'POST',
    headers: { authorization, ...headers },
    body: form,
  });
  return { status: answer.status, body: (await answer.json()) as { code?: string; field?: string } };
}

async function upload(
  gateway: Pick<TestGateway, 'url' | 'key'>,
  bytes: Uint8Array,
  headers: Record<string, string> = {},
) {
  const { status, body } = await send(gateway, bytes, headers);
  assert.equal(status, 201, JSON.stringify(body));
  return assetSchema.strict().parse(body);
}

test('a file is uploaded, found, fetched and deleted', async (t) => {
  const gateway = await startAlone(t);
  const api = nativeClient(gateway);
  const bytes = pngPicture(30, 20);
  const made = await upload(gateway, bytes, { 'idempotency-key': 'one' });
  assert.deepEqual(
    [made.kind, made.name, made.jobId, made.mime, made.width, made.height, made.bytes],
    ['upload', 'shore.png', null, 'image/png', 30, 20, bytes.length],
  );
  assert.equal(
    (await upload(gateway, bytes, { 'idempotency-key': 'one' })).id,
    made.id,
    'a repetition keeps nothing more',
  );
  const other = await send(gateway, pngPicture(9, 9), { 'idempotency-key': 'one' });
  assert.equal(other.body.code, 'idempotency_mismatch');
  assert.deepEqual(Buffer.from(await (await fetch(made.url)).arrayBuffer()), Buffer.from(bytes));

  const sound = await upload(gateway, silence(1));
  const list = async (query: string) =>
    (await api.get(assetsSchema, 'GET', `/assets${query}`)).assets.map(({ id }) => id);
  assert.deepEqual(await list(''), [sound.id, made.id]);
  assert.deepEqual(await list('?kind=upload&limit=1'), [sound.id]);
  assert.deepEqual(await list(`?before=${sound.id}`), [made.id]);
  assert.deepEqual(await list('?kind=result'), []);
  assert.equal((await api.get(assetsSchema, 'GET', '/assets?limit=1')).nextBefore, sound.id);
  await api.refused('parameter_invalid', 'GET', '/assets?kind=thing');

  const gone = await api.get(assetSchema, 'DELETE', `/assets/${made.id}`, { headers: { 'idempotency-key': 'two' } });
  assert.equal(gone.id, made.id);
  await api.get(assetSchema, 'DELETE', `/assets/${made.id}`, { headers: { 'idempotency-key': 'two' } });
  await api.refused('not_found', 'DELETE', `/assets/${made.id}`);
  await api.refused('not_found', 'GET', `/assets/${made.id}`);
  assert.equal((await fetch(made.url)).status, 404, 'its address opens nothing any more');
  assert.deepEqual(await list(''), [sound.id]);
});

test('an address is fetched and kept; what is wrong with an upload is refused by name', async (t) => {
  const gateway = await startAlone(t);
  const api = nativeClient(gateway);
  const { url, asked } = await servePicture(t);
  const made = await api.get(assetSchema, 'POST', '/uploads', { body: { url } }, 201);
  assert.deepEqual([made.name, made.width, made.height], [url, 12, 10]);
  assert.equal(asked(), 1);
  const refusals: [unknown, string, string][] = [
    [{}, 'parameter_missing', 'file'],
    [{ url: 7 }, 'parameter_type', 'url'],
    [{ url, colour: 'red' }, 'parameter_invalid', 'colour'],
    [{ url: 'ftp://example.com/a.png' }, 'address_refused', 'url'],
  ];
  for (const [body, code, field] of refusals) {
    assert.equal((await api.refused(code, 'POST', '/uploads', { body })).field, field);
  }
  const text = await send(gateway, new TextEncoder().encode('no picture at all'));
  assert.deepEqual([text.status, text.body.code, text.body.field], [400, 'parameter_invalid', 'file']);
  const misnamed = await send(gateway, pngPicture(9, 9), {}, 'picture');
  assert.deepEqual([misnamed.body.code, misnamed.body.field], ['parameter_missing', 'file']);
  const { assets } = await api.get(assetsSchema, 'GET', '/assets');
  assert.equal(assets.length, 1, 'nothing that was refused is kept');
});

test('the results of a job are deleted with their addresses; the job stays, marked at every door', async (t) => {
  const gateway = await startAlone(t);
  const api = nativeClient(gateway);
  const client = pixverseClient(gateway);
  const { video_id: id } = accepted(await client.post('/video/text/generate', { body: SMALL_TEXT }));
  await api.refused('result_pending', 'DELETE', `/jobs/${id}/results`);
  const made = await ended(client, id);
  const job = await api.get(jobSchema, 'GET', `/jobs/${id}`);
  assert.ok(job.result && job.cover);
  const { assets } = await api.get(assetsSchema, 'GET', '/assets');
  assert.deepEqual(assets.map(({ kind, jobId }) => [kind, jobId]).sort(), [
    ['cover', id],
    ['result', id],
  ]);
  const problem = await api.refused('parameter_invalid', 'DELETE', `/assets/${job.result.id}`);
  assert.match(problem.detail, new RegExp(`job ${id}`));

  const deleted = await api.get(jobSchema, 'DELETE', `/jobs/${id}/results`);
  assert.deepEqual([deleted.deleted, deleted.result, deleted.state], [true, null, 'succeeded']);
  assert.equal((await api.get(jobSchema, 'DELETE', `/jobs/${id}/results`)).deleted, true, 'again is no error');
  for (const url of [job.result.url, job.cover.url, String(made['url'])]) assert.equal((await fetch(url)).status, 404);
  assert.deepEqual((await api.get(assetsSchema, 'GET', '/assets')).assets, []);
  assert.equal((await api.get(jobSchema, 'GET', `/jobs/${id}`)).deleted, true);
  const { events } = await api.get(timelineSchema, 'GET', `/jobs/${id}/timeline`);
  assert.equal(events.filter(({ kind }) => kind === 'results-deleted').length, 1);
  const wire = accepted(await client.get(`/video/result/${id}`));
  assert.equal(wire['status'], 6);
  const extended = await client.post('/video/extend/generate', { body: { ...SMALL_TEXT, source_video_id: id } });
  assert.notEqual(extended.body.ErrCode, 0);
  await api.refused('not_found', 'DELETE', '/jobs/999999/results');
});

test('a deleted file stays on disk until the last job that uses it has ended', async (t) => {
  const clock = new SettableClock();
  const gateway = await startAlone(t, {}, { clock });
  const api = nativeClient(gateway);
  const client = pixverseClient(gateway);
  const [account] = (await api.get(accountsSchema, 'GET', '/accounts')).accounts;
  assert.ok(account);
  await api.send('POST', `/accounts/${account.id}/pause`);
  const used = await upload(gateway, pngPicture(64, 36));
  const { id: tenantId } = await api.get(tenantSchema, 'POST', '/tenants', { body: { name: 'other' } }, 201);
  const { secret: key } = await api.get(newKeySchema, 'POST', '/keys', { body: { name: 'other', tenantId } }, 201);
  const unused = await upload({ url: gateway.url, key }, pngPicture(64, 36));
  const body = { ...SMALL_TEXT, img_id: used.id };
  const { video_id: id } = accepted(await client.post('/video/img/generate', { body }));
  for (const one of [used, unused]) await api.get(assetSchema, 'DELETE', `/assets/${one.id}`);
  const refused = await client.post('/video/img/generate', { body });
  assert.equal(refused.body.ErrCode, 400032, 'no later job can use it');

  const onDisk = ({ id: asset }: { id: number }) => {
    const shards = readdirSync(path.join(gateway.config.data, 'blobs', 'data'));
    return shards.some((shard) =>
      existsSync(path.join(gateway.config.data, 'blobs', 'data', shard, `uploads/${asset}`)),
    );
  };
  assert.ok(onDisk(used) && onDisk(unused));
  const gone = async (asset: { id: number }) => {
    while (onDisk(asset)) {
      clock.pass(STEP_MS);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  // Both were deleted together, but no job of the other tenant waits: when its file has gone, the sweep has seen both.
  await gone(unused);
  assert.ok(onDisk(used), 'the job that waits still needs it');
  await api.send('POST', `/accounts/${account.id}/resume`);
  assert.equal((await ended(client, id))['status'], 1);
  await gone(used);
});
