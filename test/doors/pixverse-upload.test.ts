import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, describe, test } from 'node:test';
import { startGateway } from '../support/gateway.ts';
import { accepted, pixverseClient, type Reply, refusedWith, SMALL } from '../support/pixverse-client.ts';
import { pngPicture } from '../support/png.ts';

const PICTURE = pngPicture(64, 36);

const gateway = await startGateway({ after });
const client = pixverseClient(gateway);
const site = createServer((request, response) => {
  const types: Record<string, string> = { '/a.png': 'image/png', '/octets': 'application/octet-stream' };
  const type = types[request.url ?? ''];
  if (type === undefined) response.writeHead(404).end('nothing');
  else response.writeHead(200, { 'content-type': type }).end(PICTURE);
});
await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
const address = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
after(() => site.close());

type Part = readonly [name: string, value: string | Uint8Array<ArrayBuffer>, filename?: string];

const upload = (...parts: Part[]): Promise<Reply> => {
  const form = new FormData();
  for (const [name, value, filename] of parts) {
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, new Blob([value], { type: 'image/png' }), filename);
  }
  return client.post('/image/upload', { body: form });
};

/** A form written out, for what `FormData` does not send. */
const written = (...parts: (readonly [head: string, value: string])[]): Promise<Reply> => {
  const body = parts.map(([head, value]) => `--B\r\ncontent-disposition: form-data; ${head}\r\n\r\n${value}\r\n`);
  return client.post('/image/upload', {
    body: `${body.join('')}--B--\r\n`,
    headers: { 'content-type': 'multipart/form-data; boundary=B' },
  });
};

/** Asserts an accepted upload whose address serves the picture. */
async function kept(reply: Reply): Promise<void> {
  const resp = accepted(reply);
  assert.deepEqual(Object.keys(resp), ['img_id', 'img_url']);
  assert.ok(Number.isSafeInteger(resp['img_id']) && Number(resp['img_id']) > 0);
  const served = await fetch(String(resp['img_url']));
  assert.deepEqual([served.status, served.headers.get('content-type')], [200, 'image/png']);
  assert.deepEqual(new Uint8Array(await served.arrayBuffer()), PICTURE);
}

describe('PixVerse picture uploads', () => {
  test('a file, an address as text, an address urlencoded [pixverse.upload.encodings] [pixverse.upload.answer]', async () => {
    await kept(await upload(['image', PICTURE, 'a.png']));
    await kept(await upload(['image_url', `${address}/a.png`]));
    await kept(await client.post('/image/upload', { body: new URLSearchParams({ image_url: `${address}/a.png` }) }));
  });

  test('the id of an upload makes a video [pixverse.upload.answer]', async () => {
    const { img_id } = accepted(await upload(['image', PICTURE, 'a.png']));
    accepted(await client.post('/video/img/generate', { body: { ...SMALL, img_id } }));
  });

  test('other parts are tolerated, before and behind [pixverse.upload.extra]', async () => {
    await kept(await upload(['tag', 'x'], ['image', PICTURE, 'a.png'], ['media_type', 'image']));
    await kept(await upload(['image_url', `${address}/a.png`], ['tag', 'x']));
  });

  test('one of the two, not none and not both [pixverse.upload.one]', async () => {
    refusedWith(await upload(), 400011, /image.*image_url/);
    refusedWith(await client.post('/image/upload'), 400011, /image/);
    refusedWith(await upload(['tag', 'x']), 400011, /image/);
    refusedWith(await upload(['file', PICTURE, 'a.png']), 400011, /image/);
    refusedWith(await upload(['image', 'text, not a file']), 400011, /image/);
    refusedWith(await upload(['image_url', '']), 400011, /image_url/);
    const url = ['image_url', `${address}/a.png`] as const;
    refusedWith(await upload(['image', PICTURE, 'a.png'], url), 400017, /image_url/);
    refusedWith(await upload(url, ['image', PICTURE, 'a.png']), 400017, /image_url/);
  });

  test('the one that is left empty does not count [pixverse.upload.one]', async () => {
    await kept(await upload(['image', PICTURE, 'a.png'], ['image_url', '']));
    await kept(await upload(['image_url', ''], ['image', PICTURE, 'a.png']));
    const url = ['name="image_url"', `${address}/a.png`] as const;
    const nothing = ['name="image"; filename=""', ''] as const;
    await kept(await written(nothing, url));
    await kept(await written(url, nothing));
    refusedWith(await written(nothing), 400011, /image/);
  });

  test('what is no picture is refused [pixverse.upload.refusals] [pixverse.upload.policy]', async () => {
    const text = new TextEncoder().encode('no picture at all, whatever its name says');
    const gif = new Uint8Array(Buffer.from('R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs=', 'base64'));
    refusedWith(await upload(['image', text, 'a.png']), 500032, /image/);
    refusedWith(await upload(['image', gif, 'a.png']), 500032, /image/);
    refusedWith(await upload(['image', new Uint8Array(0), 'a.png']), 500032, /image/);
    refusedWith(await upload(['image', PICTURE.slice(0, 20), 'a.png']), 500031, /image/);
    refusedWith(await upload(['image', pngPicture(10_001, 2), 'a.png']), 500030, /image/);
    accepted(await upload(['image', pngPicture(10_000, 2), 'a.png']));
    const big = new Uint8Array(20 * 1024 * 1024);
    big.set(PICTURE);
    refusedWith(await upload(['image', big, 'a.png']), 500030, /image/);
  });

  test('addresses that fail or are forbidden [pixverse.upload.refusals]', async () => {
    refusedWith(await upload(['image_url', `${address}/missing.png`]), 500041, /image_url/);
    refusedWith(await upload(['image_url', `${address}/octets`]), 500032, /image_url/);
    for (const url of ['http://10.0.0.1/a.png', 'http://169.254.169.254/a.png', 'file:///etc/passwd', 'no address']) {
      refusedWith(await upload(['image_url', url]), 500042, /image_url/);
    }
  });

  test('a form that was cut short is refused', async () => {
    const reply = await client.post('/image/upload', {
      body: '--B\r\ncontent-disposition: form-data; name="image"; filename="a.png"\r\n\r\nabc',
      headers: { 'content-type': 'multipart/form-data; boundary=B' },
    });
    refusedWith(reply, 400013, /form/);
  });
});
