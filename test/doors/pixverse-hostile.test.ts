/** Files that want to do harm, through the upload routes: the documented error, and nothing kept. */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { crc32, deflateSync } from 'node:zlib';
import { startGateway } from '../support/gateway.ts';
import { accepted, pixverseClient, type Reply, refusedWith } from '../support/pixverse-client.ts';
import { silence } from '../support/pixverse-uploads.ts';
import { pngPicture } from '../support/png.ts';

const gateway = await startGateway({ after });
const client = pixverseClient(gateway);

const upload = (route: 'image' | 'media', bytes: Uint8Array, name: string, type = ''): Promise<Reply> => {
  const form = new FormData();
  form.append(route === 'image' ? 'image' : 'file', new Blob([new Uint8Array(bytes)], { type }), name);
  return client.post(`/${route}/upload`, { body: form });
};

/** How many files are kept below the data folder's blobs. */
async function keptFiles(): Promise<number> {
  const all = await readdir(gateway.folder, { recursive: true, withFileTypes: true });
  return all.filter((entry) => entry.isFile() && path.join(entry.parentPath, entry.name).includes('uploads')).length;
}

/** Uploads that were taken so far. */
let taken = 0;

/** Uploads a picture that is taken; its address. */
async function takenFile(bytes: Uint8Array, name: string, type = ''): Promise<string> {
  const { img_url } = accepted(await upload('image', bytes, name, type));
  taken += 1;
  return String(img_url);
}

/** Waits until nothing is kept but what was taken: the last of a refused file may go after its answer. */
async function nothingElseKept(): Promise<void> {
  while ((await keptFiles()) !== taken) await pause(20);
}

/** Asserts the refusal, and that nothing is kept of the file. */
async function refusedFile(reply: Promise<Reply>, code: number, says: RegExp): Promise<void> {
  refusedWith(await reply, code, says);
  await nothingElseKept();
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

/** A PNG of any claimed size whose pixels are so many bytes of nothing. */
function png(width: number, height: number, pixels: number, ...more: Buffer[]): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  const data = chunk('IDAT', deflateSync(Buffer.alloc(pixels)));
  return Buffer.concat([signature, chunk('IHDR', header), ...more, data, chunk('IEND', Buffer.alloc(0))]);
}

/** A JPEG that claims a size and has no more. */
function jpeg(width: number, height: number): Buffer {
  const frame = Buffer.from('ffc0001108000000000301220002110103110100', 'hex').subarray(0, 19);
  frame.writeUInt16BE(height, 5);
  frame.writeUInt16BE(width, 7);
  return Buffer.concat([Buffer.from('ffd8', 'hex'), frame, Buffer.from('ffda0008010100003f0000ffd9', 'hex')]);
}

/** A lossless WebP that claims a size of at most 16,384. */
function webp(width: number, height: number): Buffer {
  const body = Buffer.alloc(14);
  body.writeUInt8(0x2f, 0);
  body.writeUInt32LE((width - 1) | ((height - 1) << 14), 1);
  const out = Buffer.alloc(20 + body.length);
  out.write('RIFF', 0, 'latin1');
  out.writeUInt32LE(out.length - 8, 4);
  out.write('WEBPVP8L', 8, 'latin1');
  out.writeUInt32LE(body.length, 16);
  body.copy(out, 20);
  return out;
}

/** An extended WebP, whose canvas may be larger. */
function webpCanvas(width: number, height: number): Buffer {
  const out = Buffer.alloc(38);
  out.write('RIFF', 0, 'latin1');
  out.writeUInt32LE(30, 4);
  out.write('WEBPVP8X', 8, 'latin1');
  out.writeUInt32LE(10, 16);
  out.writeUIntLE(width - 1, 24, 3);
  out.writeUIntLE(height - 1, 27, 3);
  out.write('VP8L', 30, 'latin1');
  return out;
}

const MB = 1024 * 1024;
const text = (content: string) => Buffer.from(content);

describe('hostile uploads through the PixVerse door', () => {
  test('pictures that claim more than they may, and bombs [pixverse.upload.refusals]', async () => {
    await refusedFile(upload('image', png(20_000, 20_000, 100), 'a.png'), 500030, /image/);
    await refusedFile(upload('image', png(2 ** 31 - 1, 2 ** 31 - 1, 100), 'a.png'), 500030, /image/);
    await refusedFile(upload('image', png(0, 10, 100), 'a.png'), 500033, /image/);
    await refusedFile(upload('image', jpeg(20_000, 20_000), 'a.jpg'), 500030, /image/);
    await refusedFile(upload('image', webp(16_000, 16_000), 'a.webp'), 500030, /image/);
    await refusedFile(upload('image', webpCanvas(20_000, 20_000), 'a.webp'), 500030, /image/);
  });

  test('pixels are not unpacked to look at a picture', async () => {
    // 300 MB of pixels in 300 kB: within the documented size, so it is taken; unpacking it here would show.
    const bomb = png(10_000, 10_000, 300 * MB);
    const before = process.memoryUsage().rss;
    await takenFile(bomb, 'a.png');
    assert.ok(process.memoryUsage().rss - before < 200 * MB);
  });

  test('cut short, at any place [pixverse.upload.refusals]', async () => {
    const whole = Buffer.from(pngPicture(64, 36));
    for (const part of [1, 7, 8, 9, 16, 24, 33, 40, whole.length - 13, whole.length - 1]) {
      const { body } = await upload('image', whole.subarray(0, part), 'a.png');
      assert.ok([500031, 500032].includes(body.ErrCode), `${part} bytes: ${JSON.stringify(body)}`);
      await nothingElseKept();
    }
    const sound = Buffer.from(silence(1));
    for (const part of [4, 12, 20])
      await refusedFile(upload('media', sound.subarray(0, part), 'a.wav'), 400017, /file/);
  });

  test('what they are not: playlists, pages, archives, drawings, the other kind', async () => {
    const lists = [
      '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n',
      'ffconcat version 1.0\nfile /etc/passwd\n',
      '<?xml version="1.0"?><MPD><BaseURL>file:///etc/passwd</BaseURL></MPD>',
      '<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
      '%!PS-Adobe-3.0 EPSF-3.0\n',
      'push graphic-context\nfill "url(file:///etc/passwd)"\n',
    ];
    for (const list of lists) {
      await refusedFile(upload('media', text(list), 'a.mp4', 'video/mp4'), 400017, /file/);
      await refusedFile(upload('image', text(list), 'a.png', 'image/png'), 500032, /image/);
    }
    const zip = Buffer.concat([Buffer.from('504b0304', 'hex'), Buffer.alloc(200)]);
    await refusedFile(upload('image', zip, 'a.png', 'image/png'), 500032, /image/);
    await refusedFile(upload('image', silence(1), 'a.png', 'image/png'), 500032, /image/);
    await refusedFile(upload('media', pngPicture(64, 36), 'a.mp4', 'video/mp4'), 400017, /file/);
    await refusedFile(upload('image', new Uint8Array(0), 'a.png'), 500032, /image/);
    await refusedFile(upload('media', new Uint8Array(0), 'a.mp4'), 400017, /file/);
  });

  test('a file that is two things is what it begins with, and is served as that', async () => {
    const page = text('<html><script>alert(1)</script></html>');
    const both = Buffer.concat([pngPicture(8, 8), page]);
    const served = await fetch(await takenFile(both, 'a.html', 'text/html'));
    assert.equal(served.headers.get('content-type'), 'image/png');
    assert.equal(served.headers.get('x-content-type-options'), 'nosniff');
    await refusedFile(upload('image', Buffer.concat([page, pngPicture(8, 8)]), 'a.png'), 500032, /image/);
    const inside = png(8, 8, 200, chunk('tEXt', page));
    await takenFile(inside, 'a.png');
  });

  test('the smallest picture is taken, and names say nothing', async () => {
    for (const name of ['a', '../../../a.png', 'a.mp4', 'ä'.repeat(500), '\u0000', '"; drop', 'a.png/b']) {
      assert.equal((await fetch(await takenFile(pngPicture(1, 1), name))).status, 200);
    }
    await nothingElseKept();
  });

  test('more chunks than any picture needs are not walked to the end', async () => {
    const noise = Array.from({ length: 60_000 }, () => chunk('tEXt', Buffer.alloc(1)));
    await refusedFile(upload('image', png(8, 8, 200, ...noise), 'a.png'), 500031, /image/);
  });
});
