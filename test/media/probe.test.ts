/** What files are, judged by their bytes: every type we know, and every way a file can lie about itself. */
import assert from 'node:assert/strict';
import { readFile, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, suite, test } from 'node:test';
import type { MediaInfo } from '../../src/contracts/media.ts';
import { openMedia } from '../../src/media/media.ts';
import { openProber } from '../../src/media/probe.ts';
import { type Clock, systemClock } from '../../src/std/clock.ts';
import { Refusal } from '../../src/std/errors.ts';
import { pngPicture } from '../support/png.ts';
import { makeFiles, silent, tempFolder, testMedia } from './fixtures.ts';

const media = await testMedia({ after });
const folder = await tempFolder({ after });
const files = await makeFiles(media, folder);

const file = (name: string) => files.get(name) ?? assert.fail(name);

async function fileOf(name: string, bytes: Uint8Array): Promise<string> {
  const full = path.join(folder, name);
  await writeFile(full, bytes);
  return full;
}

/** Asserts a refusal with this code from both ways of looking, and returns its message. */
async function refused(full: string, code: string): Promise<string> {
  for (const look of [media.probe, media.check]) {
    await assert.rejects(look(full), (error: unknown) => error instanceof Refusal && error.code === code);
  }
  return media.probe(full).then(
    () => '',
    (error: Refusal) => error.message,
  );
}

const picture = { kind: 'image', width: 64, height: 48, durationMs: 0, hasAudio: false } as const;
const clip = { kind: 'video', width: 64, height: 48, durationMs: 1000, fps: 12, frames: 12 } as const;
const sound = { kind: 'audio', width: 0, height: 0, fps: null, frames: null, hasAudio: true } as const;

const TABLE: Readonly<Record<string, Partial<MediaInfo>>> = {
  'a.mp4': { ...clip, mime: 'video/mp4', hasAudio: true, videoCodec: 'avc', audioCodec: 'aac' },
  'fragmented.mp4': { kind: 'video', mime: 'video/mp4', frames: 12, hasAudio: true },
  'a.mov': { ...clip, mime: 'video/quicktime', extension: 'mov', hasAudio: true },
  'a.mkv': { kind: 'video', mime: 'video/x-matroska', width: 64, height: 48, frames: 12, videoCodec: 'avc' },
  'a.webm': { ...clip, mime: 'video/webm', extension: 'webm', hasAudio: false, videoCodec: 'vp8', audioCodec: null },
  'a.m4a': { ...sound, mime: 'audio/mp4', extension: 'm4a', durationMs: 1000, audioCodec: 'aac' },
  'a.mp3': { ...sound, mime: 'audio/mpeg', extension: 'mp3', audioCodec: 'mp3' },
  'a.wav': { ...sound, mime: 'audio/wav', extension: 'wav', durationMs: 1000 },
  'a.ogg': { ...sound, mime: 'audio/ogg', extension: 'ogg', audioCodec: 'vorbis' },
  'a.flac': { ...sound, mime: 'audio/flac', extension: 'flac', durationMs: 1000, audioCodec: 'flac' },
  'a.aac': { ...sound, mime: 'audio/aac', extension: 'aac', audioCodec: 'aac' },
  'a.png': { ...picture, mime: 'image/png', extension: 'png' },
  'a.jpg': { ...picture, mime: 'image/jpeg', extension: 'jpg' },
  'a.gif': { ...picture, mime: 'image/gif', extension: 'gif' },
  'a.webp': { ...picture, mime: 'image/webp', extension: 'webp' },
  'lossless.webp': { ...picture, mime: 'image/webp' },
};

suite('types', { concurrency: 2 }, () => {
  for (const [name, expected] of Object.entries(TABLE)) {
    test(`${name} is what it is`, async () => {
      const info = await media.probe(file(name));
      assert.ok(info);
      const found = Object.fromEntries(Object.keys(expected).map((key) => [key, info[key as keyof MediaInfo]]));
      assert.deepEqual(found, expected);
      assert.deepEqual(await media.check(file(name)), info);
    });
  }
});

suite('files that lie', { concurrency: 2 }, () => {
  test('the name of a file means nothing', async () => {
    const full = await fileOf('picture.mp4', pngPicture(10, 20));
    assert.deepEqual([(await media.probe(full))?.mime, (await media.probe(full))?.height], ['image/png', 20]);
  });

  const NOTHING: Readonly<Record<string, string | Uint8Array>> = {
    'empty.png': '',
    'text.jpg': 'this is not a picture',
    'playlist.mp4': '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n/etc/passwd\n#EXT-X-ENDLIST\n',
    'manifest.mp4': '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"></MPD>',
    'concat.mp4': "ffconcat version 1.0\nfile '/etc/passwd'\n",
    'page.svg': '<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
    'photo.avif': Buffer.from('0000001c667479706176696600000000617669666d696631', 'hex'),
    'photo.heic': Buffer.from('000000186674797068656963000000006d69663168656963', 'hex'),
    'two.jpg': new Uint8Array([0xff, 0xd8]),
  };
  for (const [name, content] of Object.entries(NOTHING)) {
    test(`${name} is no media type we know`, async () => {
      const full = await fileOf(name, Buffer.from(content));
      assert.equal(await media.probe(full), undefined);
      assert.equal(await media.check(full), undefined);
    });
  }

  test('a file that is not there is an error of ours, not a refusal', async () => {
    await assert.rejects(media.probe(path.join(folder, 'missing')), { code: 'ENOENT' });
  });
});

suite('damage', { concurrency: 2 }, () => {
  const CUTS: Readonly<Record<string, readonly number[]>> = {
    'a.png': [0.05, 0.5, 0.95],
    'a.jpg': [0.05, 0.5, 0.95],
    'a.webp': [0.02, 0.5, 0.95],
    'a.gif': [0.002],
    'a.mp4': [0.01, 0.5, 0.95],
    'a.mov': [0.5],
  };
  for (const [name, shares] of Object.entries(CUTS)) {
    for (const share of shares) {
      test(`${name} cut to ${share * 100} % is refused`, async () => {
        const full = await makeCopy(name, `cut-${share}-${name}`);
        const { size } = await stat(full);
        await truncate(full, Math.max(12, Math.floor(size * share)));
        assert.match(await refused(full, 'image_unreadable'), /damaged|cut short|holds neither|no header/);
      });
    }
  }

  test('a file that leads a reader in circles is refused, and this thread is free meanwhile', async () => {
    const full = await makeCopy('a.flac', 'cut.flac');
    await truncate(full, 7627);
    const prober = openProber(systemClock, 2_000);
    let turns = 0;
    const count = () => {
      turns++;
      waiting = setImmediate(count);
    };
    let waiting = setImmediate(count);
    await assert.rejects(prober.probe(full), { name: 'EngineFailure', reason: 'timeout' });
    clearImmediate(waiting);
    assert.ok(turns > 1_000, `the event loop turned ${turns} times`);
    await prober.close();
  });

  test('a deadline that goes by is no verdict on a result, and ends an upload', async (t) => {
    const hasty: Clock = { ...systemClock, setTimer: (_ms, run) => systemClock.setTimer(0, run) };
    const options = { engine: 'wasm', workers: 1, tempFolder: folder, log: silent, clock: hasty } as const;
    const late = await openMedia(options);
    t.after(() => late.close());
    for (const name of ['a.mp4', 'a.wav']) {
      await assert.rejects(late.probe(file(name)), (error: unknown) => error instanceof Refusal);
      await assert.rejects(late.check(file(name)), { name: 'EngineFailure', reason: 'timeout' });
    }
    await assert.rejects(late.check(file('a.png')), { name: 'EngineFailure', reason: 'timeout' });
  });

  test('pixels that do not decode are noticed by the check, not by the probe', async () => {
    const bytes = Buffer.from(pngPicture(64, 64));
    bytes.fill(0x55, 50, 70);
    const full = await fileOf('pixels.png', bytes);
    assert.equal((await media.probe(full))?.width, 64);
    await assert.rejects(media.check(full), { code: 'image_unreadable' });
  });

  test('a video whose frames are noise does not pass the check', async () => {
    const bytes = await readFile(file('a.mp4'));
    const data = bytes.indexOf('mdat');
    bytes.fill(0, data + 4, Math.min(bytes.length, data + 6000));
    await assert.rejects(media.check(await fileOf('noise.mp4', bytes)), { code: 'image_unreadable' });
  });

  async function makeCopy(name: string, copy: string): Promise<string> {
    return fileOf(copy, await readFile(file(name)));
  }
});

suite('sizes', { concurrency: 2 }, () => {
  test('a picture that claims more pixels than can be is probed as it claims, and refused when checked', async () => {
    const bytes = Buffer.from(pngPicture(8, 8));
    bytes.writeUInt32BE(200_000, 16);
    bytes.writeUInt32BE(200_000, 20);
    const full = await fileOf('huge.png', bytes);
    assert.equal((await media.probe(full))?.width, 200_000);
    await assert.rejects(media.check(full), { code: 'image_unreadable' });
  });

  test('a picture without pixels is refused', async () => {
    const bytes = Buffer.from(pngPicture(8, 8));
    bytes.writeUInt32BE(0, 16);
    assert.match(await refused(await fileOf('flat.png', bytes), 'image_size_invalid'), /0 × 8/);
  });

  test('an animated WebP is refused with the way out', async () => {
    const head = Buffer.from('524946461600000057454250565038580a0000000200000007000007000000', 'hex');
    assert.match(await refused(await fileOf('animated.webp', head), 'image_format_invalid'), /still picture/);
  });

  test('a PNG of endless tiny chunks is refused', async () => {
    const start = Buffer.from(pngPicture(8, 8)).subarray(0, 33);
    const chunk = Buffer.from('00000000744558740a0a0a0a', 'hex');
    const bytes = Buffer.concat([start, Buffer.alloc(chunk.length * 60_000, chunk)]);
    assert.match(await refused(await fileOf('chunks.png', bytes), 'image_unreadable'), /more chunks/);
  });
});
