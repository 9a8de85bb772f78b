/** `reelpool assets` against a gateway, and without one. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { startAlone } from '../support/gateway.ts';
import { accepted, ended, pixverseClient, SMALL_TEXT } from '../support/pixverse-client.ts';
import { pngPicture } from '../support/png.ts';
import { folder, inProcess } from './run.ts';

test('files are uploaded, listed, fetched and deleted', async (t) => {
  const gateway = await startAlone(t);
  const cwd = await folder(t);
  const ask = async (...args: string[]) => {
    const env = { REELPOOL_URL: gateway.url, REELPOOL_KEY: gateway.key };
    return await inProcess(['assets', ...args], { cwd, env });
  };
  const json = async (...args: string[]) => {
    const { code, out, err } = await ask(...args, '--json');
    assert.equal(code, 0, err);
    return JSON.parse(out);
  };
  const picture = pngPicture(40, 30);
  await writeFile(path.join(cwd, 'shore.png'), picture);
  const { id, name, mime } = await json('upload', 'shore.png');
  assert.deepEqual([name, mime], ['shore.png', 'image/png']);
  assert.match((await ask('list')).out, new RegExp(`${id} +upload +image/png +40×30 .*shore.png`));
  assert.match((await ask('show', String(id))).out, /URL +http:/);

  const fetched = await ask('fetch', String(id));
  assert.equal(fetched.code, 0, fetched.err);
  assert.deepEqual(await readFile(path.join(cwd, `${id}.png`)), Buffer.from(picture));
  const again = await ask('fetch', String(id));
  assert.deepEqual([again.code, /is there already/.test(again.err)], [2, true]);

  const copy = await json('upload', (await json('show', String(id))).url);
  assert.equal((await json('list', '--kind', 'upload')).assets.length, 2);
  for (const asset of [id, copy.id]) assert.match((await ask('delete', String(asset))).out, /Deleted: upload/);
  assert.equal((await ask('show', String(id))).code, 3);

  const client = pixverseClient(gateway);
  const { video_id: job } = accepted(await client.post('/video/text/generate', { body: SMALL_TEXT }));
  await ended(client, job);
  assert.match((await ask('delete', '--job', String(job))).out, /the results of job/);
  assert.deepEqual((await json('list')).assets, []);
});

test('without a gateway files are listed and deleted, but neither sent nor fetched', async (t) => {
  const gateway = await startAlone(t);
  const cwd = await folder(t);
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(pngPicture(9, 9))]), 'a.png');
  const headers = { authorization: `Bearer ${gateway.key}` };
  await fetch(`${gateway.url}/pool/v1/uploads`, { method: 'POST', headers, body: form });
  await gateway.stop();
  const ask = (...args: string[]) => inProcess(['assets', ...args, '--data', gateway.folder], { cwd });
  const { assets } = JSON.parse((await ask('list', '--json')).out) as { assets: { id: number }[] };
  const id = String(assets[0]?.id);
  await writeFile(path.join(cwd, 'b.png'), pngPicture(9, 9));
  for (const refused of [await ask('upload', 'b.png'), await ask('fetch', id)]) {
    assert.deepEqual(
      [refused.code, /needs a running gateway|Fetching needs/.test(refused.err)],
      [4, true],
      refused.err,
    );
  }
  assert.equal((await ask('delete', id)).code, 0);
});
