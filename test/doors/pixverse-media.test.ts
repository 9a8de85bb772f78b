import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { makeFile, testMedia } from '../media/fixtures.ts';
import { startGateway } from '../support/gateway.ts';
import { padIso } from '../support/iso.ts';
import { accepted, pixverseClient, type Reply, refusedWith } from '../support/pixverse-client.ts';
import { pngPicture } from '../support/png.ts';

const gateway = await startGateway({ after });
const client = pixverseClient(gateway);
const files = new Map<string, Buffer>();
const made = (name: string) => files.get(name) ?? assert.fail(name);

/** What the site serves each file as, by path. */
const SERVED: Readonly<Record<string, readonly [type: string, file: string]>> = {
  '/a.mp4': ['video/mp4', 'a.mp4'],
  '/a.wav': ['audio/vnd.wave', 'a.wav'],
  '/octets': ['application/octet-stream', 'a.mp4'],
};
const site = createServer((request, response) => {
  const [type, file] = SERVED[request.url ?? ''] ?? [];
  if (type === undefined || file === undefined) response.writeHead(404).end('nothing');
  else response.writeHead(200, { 'content-type': type }).end(made(file));
});
await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
const address = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
after(() => site.close());

const NAMES = ['a.mp4', 'a.mov', 'a.webm', 'a.mkv', 'a.mp3', 'a.wav', 'a.m4a', 'a.aac', 'a.ogg', 'a.gif', 'a.png'];
const media = await testMedia({ after });

before(async () => {
  for (const name of NAMES) files.set(name, await makeFile(media, name));
});

type Part = readonly [name: string, value: string | Uint8Array, filename?: string];

const upload = (...parts: Part[]): Promise<Reply> => {
  const form = new FormData();
  for (const [name, value, filename] of parts) {
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, new Blob([new Uint8Array(value)]), filename);
  }
  return client.post('/media/upload', { body: form });
};

/** Asserts an accepted upload whose address serves the same bytes. */
async function kept(reply: Reply, kind: 'video' | 'audio', file: Buffer): Promise<void> {
  const resp = accepted(reply);
  assert.deepEqual(Object.keys(resp), ['media_id', 'media_type', 'url']);
  assert.ok(Number.isSafeInteger(resp['media_id']) && Number(resp['media_id']) > 0);
  assert.equal(resp['media_type'], kind);
  const served = await fetch(String(resp['url']));
  assert.equal(served.status, 200);
  assert.deepEqual(Buffer.from(await served.arrayBuffer()), file);
}

describe('PixVerse uploads of videos and sounds', () => {
  test('every listed type, whatever its name and declared type say [pixverse.media.types] [pixverse.media.answer]', async () => {
    for (const name of ['a.mp4', 'a.mov', 'a.webm'])
      await kept(await upload(['file', made(name), 'x']), 'video', made(name));
    for (const name of ['a.mp3', 'a.wav', 'a.m4a', 'a.aac']) {
      await kept(await upload(['file', made(name), 'x.mp4']), 'audio', made(name));
    }
  });

  test('a file, an address as text, an address urlencoded, other parts [pixverse.media.encodings]', async () => {
    await kept(await upload(['media_type', 'video'], ['file', made('a.mp4'), 'a.mp4']), 'video', made('a.mp4'));
    await kept(await upload(['file_url', `${address}/a.mp4`]), 'video', made('a.mp4'));
    const body = new URLSearchParams({ file_url: `${address}/a.wav`, media_type: 'audio' });
    await kept(await client.post('/media/upload', { body }), 'audio', made('a.wav'));
  });

  test('one of the two, not none and not both [pixverse.media.one]', async () => {
    refusedWith(await upload(), 400011, /file.*file_url/);
    refusedWith(await upload(['image', made('a.mp4'), 'a.mp4']), 400011, /file.*image/);
    const url = ['file_url', `${address}/a.mp4`] as const;
    refusedWith(await upload(['file', made('a.mp4'), 'a.mp4'], url), 400017, /file_url/);
    await kept(await upload(['file_url', ''], ['file', made('a.mp4'), 'a.mp4']), 'video', made('a.mp4'));
  });

  test('a used trace id gets the first answer [pixverse.media.trace]', async () => {
    const form = () => {
      const body = new FormData();
      body.append('file', new Blob([new Uint8Array(made('a.wav'))]), 'a.wav');
      return client.post('/media/upload', { body, trace: 'the same' });
    };
    assert.deepEqual(accepted(await form())['media_id'], accepted(await form())['media_id']);
  });

  test('other kinds of files are refused, by their bytes [pixverse.media.refusals]', async () => {
    for (const name of ['a.mkv', 'a.ogg', 'a.gif', 'a.png']) {
      refusedWith(await upload(['file', made(name), 'a.mp4']), 400017, /file.*video\/mp4/);
    }
    const playlist = Buffer.from('#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n/etc/passwd\n#EXT-X-ENDLIST\n');
    const concat = Buffer.from("ffconcat version 1.0\nfile '/etc/passwd'\n");
    for (const text of [playlist, concat, Buffer.from('no media'), Buffer.alloc(0)]) {
      refusedWith(await upload(['file', text, 'a.mp4']), 400017, /file/);
    }
    refusedWith(await upload(['file_url', `${address}/octets`]), 400017, /file_url.*octet-stream/);
    refusedWith(await upload(['file_url', `${address}/none.mp4`]), 500041, /file_url/);
    refusedWith(await upload(['file_url', 'http://169.254.169.254/a.mp4']), 500042, /file_url/);
  });

  test('damaged files are refused quickly [pixverse.media.hostile]', async () => {
    for (const name of ['a.mp4', 'a.mov', 'a.wav', 'a.webm']) {
      const head = made(name).subarray(0, 60);
      refusedWith(await upload(['file', head, name]), 400017, /file/);
    }
    const noise = Buffer.from(made('a.mp4'));
    noise.fill(0xa5, 64);
    refusedWith(await upload(['file', noise, 'a.mp4']), 400017, /file/);
    // A picture at the front and a video behind it is the picture it begins as, and no video.
    const both = Buffer.concat([pngPicture(8, 8), made('a.mp4')]);
    refusedWith(await upload(['file', both, 'a.mp4']), 400017, /file.*image\/png/);
  });

  test('too long, too wide and too large is refused [pixverse.media.limits]', async () => {
    const { outputs } = await media.run({
      argv: [
        ...['-v', 'error', '-f', 'lavfi', '-i', 'color=s=1922x16:r=1:d=1'],
        ...['-f', 'lavfi', '-i', 'color=s=16x1920:r=1:d=30'],
        ...['-f', 'lavfi', '-i', 'color=s=16x16:r=1:d=31'],
        ...['wide.mp4', 'tall.mp4', 'long.mp4'].flatMap((name, n) => ['-map', `${n}:v`, '-c:v', 'libx264', name]),
      ],
      files: {},
      outputs: ['wide.mp4', 'tall.mp4', 'long.mp4'],
      timeoutMs: 60_000,
    });
    const of = (name: string) => outputs.get(name) ?? assert.fail(name);
    refusedWith(await upload(['file', of('wide.mp4'), 'a.mp4']), 400017, /file.*1922.*1920/);
    refusedWith(await upload(['file', of('long.mp4'), 'a.mp4']), 400017, /file.*31 s.*30 s/);
    accepted(await upload(['file', of('tall.mp4'), 'a.mp4']));
    refusedWith(await upload(['file', padIso(made('a.mp4'), 100 * 1024 * 1024 + 1), 'a.mp4']), 400017, /file.*104 MB/);
    refusedWith(await upload(['file', padIso(made('a.m4a'), 50 * 1024 * 1024 + 1), 'a.m4a']), 400017, /file.*52 MB/);
  });
});
