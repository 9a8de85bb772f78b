/** Kept bytes as browsers and players ask for them, through a real gateway (doors/media.ts). */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { get as httpGet } from 'node:http';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { sha256Hex } from '../../src/std/crypto.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { accepted, pixverseClient } from '../support/pixverse-client.ts';
import { pngPicture } from '../support/png.ts';

const ends: (() => Promise<void>)[] = [];
let gateway: TestGateway;
let picture: Buffer;
let url: string;

before(async () => {
  gateway = await startGateway({ after: (end) => void ends.push(end) });
  picture = Buffer.from(pngPicture(64, 48));
  url = await upload(picture);
});

after(async () => {
  for (const end of ends) await end();
});

/** Uploads a picture; the address of the kept bytes. */
async function upload(bytes: Buffer): Promise<string> {
  const body = new FormData();
  body.append('image', new Blob([new Uint8Array(bytes)], { type: 'image/png' }), 'a.png');
  const kept = accepted(await pixverseClient(gateway).post('/image/upload', { body }));
  return String(kept['img_url']);
}

async function ask(headers: Record<string, string> = {}, method = 'GET', address = url) {
  const answer = await fetch(address, { method, headers });
  const body = Buffer.from(await answer.arrayBuffer());
  return { status: answer.status, body, header: (name: string) => answer.headers.get(name) };
}

describe('media', () => {
  test('the whole, with everything a browser page needs', async () => {
    const { status, body, header } = await ask({ origin: 'https://page.example.com' });
    assert.equal(status, 200);
    assert.deepEqual(body, picture);
    assert.equal(header('content-type'), 'image/png');
    assert.equal(header('content-length'), String(picture.length));
    assert.equal(header('accept-ranges'), 'bytes');
    assert.equal(header('etag'), `"${sha256Hex(picture)}"`);
    assert.ok(Number.isFinite(Date.parse(header('last-modified') ?? '')));
    assert.match(header('cache-control') ?? '', /private.*immutable/);
    assert.match(header('content-disposition') ?? '', /^inline; filename="\d+\.png"$/);
    assert.equal(header('x-content-type-options'), 'nosniff');
    assert.equal(header('access-control-allow-origin'), '*');
    // A tab that opens the address plays it (checked in Chromium), and runs nothing.
    const policy = header('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'.*media-src 'self'.*style-src 'unsafe-inline'/);
    assert.doesNotMatch(policy, /sandbox|script/);
  });

  test('HEAD has the headers of GET and no body', async () => {
    const head = await ask({ range: 'bytes=0-1' }, 'HEAD');
    assert.equal(head.status, 200, 'a Range on HEAD means nothing');
    assert.equal(head.body.length, 0);
    const whole = await ask();
    for (const name of ['content-type', 'content-length', 'etag', 'last-modified', 'accept-ranges', 'cache-control']) {
      assert.equal(head.header(name), whole.header(name), name);
    }
  });

  test('parts: from, to, open and suffix', async () => {
    const size = picture.length;
    const cases: [string, number, number][] = [
      ['bytes=0-0', 0, 0],
      ['bytes=8-15', 8, 15],
      ['bytes=10-', 10, size - 1],
      ['bytes=-5', size - 5, size - 1],
      [`bytes=0-${size * 2}`, 0, size - 1],
      [`bytes=-${size * 2}`, 0, size - 1],
    ];
    for (const [range, start, end] of cases) {
      const { status, body, header } = await ask({ range });
      assert.equal(status, 206, range);
      assert.equal(header('content-range'), `bytes ${start}-${end}/${size}`);
      assert.equal(header('content-length'), String(end - start + 1));
      assert.deepEqual(body, picture.subarray(start, end + 1));
    }
  });

  test('what is behind the end is 416 with the size; several ranges give the whole', async () => {
    for (const range of [`bytes=${picture.length}-`, 'bytes=-0']) {
      const { status, body, header } = await ask({ range });
      assert.deepEqual([status, body.length, header('content-range')], [416, 0, `bytes */${picture.length}`]);
      assert.equal(header('cache-control'), 'no-store');
    }
    for (const range of ['bytes=0-1,4-5', 'items=0-1', 'bytes=5-2']) {
      const { status, body } = await ask({ range });
      assert.deepEqual([status, body.length], [200, picture.length], range);
    }
  });

  test('If-Range sends the part only of exactly these bytes', async () => {
    const etag = (await ask()).header('etag') ?? '';
    const modified = (await ask()).header('last-modified') ?? '';
    for (const condition of [etag, modified]) {
      assert.equal((await ask({ range: 'bytes=0-1', 'if-range': condition })).status, 206, condition);
    }
    for (const condition of ['"other"', `W/${etag}`, new Date(0).toUTCString()]) {
      assert.equal((await ask({ range: 'bytes=0-1', 'if-range': condition })).status, 200, condition);
    }
  });

  test('a copy that is still good is 304 without a body, a precondition that fails 412', async () => {
    const etag = (await ask()).header('etag') ?? '';
    const modified = (await ask()).header('last-modified') ?? '';
    for (const headers of [
      { 'if-none-match': etag },
      { 'if-none-match': `W/${etag}` },
      { 'if-modified-since': modified },
    ]) {
      const { status, body, header } = await ask(headers);
      assert.deepEqual([status, body.length, header('etag')], [304, 0, etag]);
    }
    assert.equal((await ask({ 'if-none-match': etag }, 'HEAD')).status, 304);
    assert.equal((await ask({ 'if-none-match': '"other"' })).status, 200);
    assert.equal((await ask({ 'if-match': '"other"' })).status, 412);
  });

  test('nothing of the path can be changed', async () => {
    const { origin, pathname } = new URL(url);
    const [, , expires, signature, file] = pathname.split('/');
    const [id, extension] = (file ?? '').split('.');
    const forged = [
      `/media/${Number(expires) + 1}/${signature}/${file}`,
      `/media/${expires}/${signature}x/${file}`,
      `/media/${expires}/${signature?.slice(0, -1)}/${file}`,
      `/media/${expires}/${'A'.repeat(signature?.length ?? 0)}/${file}`,
      `/media/${expires}/${signature}/${Number(id) + 1}.${extension}`,
      `/media/${expires}/${signature}/${id}.mp4`,
      `/media/${expires}/${signature}/${id}`,
      `/media/0/${signature}/${file}`,
      '/media/',
      '/media/../healthz/x',
    ];
    for (const address of forged) {
      const { status, body } = await ask({}, 'GET', origin + address);
      assert.equal(status, 404, address);
      assert.ok(!body.includes(picture.subarray(0, 8)));
    }
    assert.equal((await ask({}, 'POST')).status, 405);
  });

  test('many readers at once each get their part of a large file', async () => {
    const large = largePicture(4_000_000);
    const address = await upload(large);
    const parts = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        ask({ range: `bytes=${i * 100_000}-${i * 100_000 + 99_999}` }, 'GET', address),
      ),
    );
    const together = Buffer.concat(parts.map(({ body }) => body));
    assert.ok(together.equals(large.subarray(0, 4_000_000)));
  });

  test('a reader that goes away closes the file', {
    skip: process.platform !== 'linux' && 'looks into /proc',
  }, async () => {
    const address = await upload(largePicture(15_000_000));
    const open = () => {
      const blobs = path.join(gateway.folder, 'blobs', 'data');
      return readdirSync('/proc/self/fd').filter((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`).startsWith(blobs);
        } catch {
          return false;
        }
      }).length;
    };
    assert.equal(open(), 0);
    const request = httpGet(address);
    const [response] = await once(request, 'response');
    await once(response, 'readable');
    assert.equal(open(), 1, 'back-pressure keeps the rest in the file');
    response.destroy();
    request.destroy();
    // The file closes a few turns after the socket did; each turn lets the event loop do its work.
    for (let turn = 0; open() > 0 && turn < 10_000; turn++) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(open(), 0);
  });
});

/** A valid picture of at least this size: the bulk is a private chunk that readers skip. */
function largePicture(bytes: number): Buffer {
  const small = Buffer.from(pngPicture(16, 16));
  const body = Buffer.concat([Buffer.from('prVt', 'latin1'), randomBytes(bytes)]);
  const chunk = Buffer.alloc(body.length + 8);
  chunk.writeUInt32BE(body.length - 4, 0);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), body.length + 4);
  const end = small.length - 12;
  return Buffer.concat([small.subarray(0, end), chunk, small.subarray(end)]);
}
