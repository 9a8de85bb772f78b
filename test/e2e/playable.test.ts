/**
 * The files are what they say to programs that are not ours: ffprobe reads them, Chromium plays them to the end.
 * Both are found on Debian; on a machine without them the test is skipped, in CI (`CI=true`) it fails.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Browser, chromium } from 'playwright-core';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { pngPicture } from '../support/png.ts';

const CHROMIUM = '/usr/bin/chromium';
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--autoplay-policy=no-user-gesture-required',
  // Nothing but the gateway under test can be reached.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];
const IN_CI = process.env['CI'] === 'true';
const POLL_MS = 100;

const run = promisify(execFile);
const hasFfprobe = await run('ffprobe', ['-version']).then(
  () => true,
  () => false,
);
/** The reason to skip, or false: in CI nothing is skipped. */
const without = (there: boolean, what: string) => (there || IN_CI ? false : `${what} is not installed here`);

interface Video {
  readonly name: string;
  readonly url: string;
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly audio: boolean;
}

let gateway: TestGateway;
const videos: Video[] = [];

async function ask<T>(method: string, route: string, body?: string | FormData): Promise<T> {
  const response = await fetch(`${gateway.url}/openapi/v2${route}`, {
    method,
    headers: {
      'API-KEY': gateway.key,
      'Ai-trace-id': randomUUID(),
      ...(typeof body === 'string' ? { 'content-type': 'application/json' } : {}),
    },
    ...(body === undefined ? {} : { body }),
  });
  const envelope = (await response.json()) as { ErrCode: number; ErrMsg: string; Resp: T };
  assert.equal(envelope.ErrCode, 0, envelope.ErrMsg);
  return envelope.Resp;
}

/** Creates a clip through the door, polls as a client does, and keeps the file beside the gateway's folder. */
async function make(name: string, route: string, fields: Record<string, unknown>, audio: boolean): Promise<Video> {
  const request = {
    prompt: `${name}: a lighthouse at dusk`,
    model: 'v6',
    duration: 1,
    quality: '360p',
    seed: 11,
    ...fields,
  };
  const created = await ask<{ video_id: number }>('POST', route, JSON.stringify(request));
  for (;;) {
    const found = await ask<{ status: number; url: string; outputWidth: number; outputHeight: number }>(
      'GET',
      `/video/result/${created.video_id}`,
    );
    if (found.status === 5) {
      await pause(POLL_MS);
      continue;
    }
    assert.equal(found.status, 1);
    const file = path.join(gateway.folder, `${name}.mp4`);
    await writeFile(file, Buffer.from(await (await fetch(found.url)).arrayBuffer()));
    return { name, url: found.url, file, width: found.outputWidth, height: found.outputHeight, audio };
  }
}

/** What must end when the file has: a hook inside `before` would end with it. */
const ends: (() => Promise<void>)[] = [];
after(async () => {
  for (const end of ends.reverse()) await end();
});

before(async () => {
  gateway = await startGateway({ after: (end) => void ends.push(end) });
  const form = new FormData();
  form.append('image', new Blob([pngPicture(300, 400)], { type: 'image/png' }), 'picture.png');
  const { img_id } = await ask<{ img_id: number }>('POST', '/image/upload', form);
  videos.push(
    await make('text', '/video/text/generate', { aspect_ratio: '16:9', generate_audio_switch: true }, true),
    await make('picture', '/video/img/generate', { img_id }, false),
  );
});

test('ffprobe finds the codecs, size, length and frames that were asked for', {
  skip: without(hasFfprobe, 'ffprobe'),
}, async () => {
  for (const video of videos) {
    const { stdout } = await run('ffprobe', [
      ...['-v', 'error', '-count_frames', '-print_format', 'json', '-show_streams', '-show_format', video.file],
    ]);
    const { streams, format } = JSON.parse(stdout) as {
      streams: Record<string, unknown>[];
      format: Record<string, string>;
    };
    const picture = streams.find((stream) => stream['codec_type'] === 'video');
    assert.ok(picture, video.name);
    assert.equal(picture['codec_name'], 'h264');
    assert.equal(picture['pix_fmt'], 'yuv420p');
    assert.deepEqual([picture['width'], picture['height']], [video.width, video.height]);
    assert.equal(picture['avg_frame_rate'], '24/1');
    assert.equal(picture['nb_read_frames'], '24');
    assert.equal(Math.round(Number(picture['duration']) * 1000), 1000);
    assert.ok(Math.abs(Number(format['duration']) - 1) < 0.05, format['duration']);
    assert.deepEqual(
      streams.filter((stream) => stream['codec_type'] === 'audio').map((stream) => stream['codec_name']),
      video.audio ? ['aac'] : [],
    );
  }
  assert.deepEqual(
    videos.map(({ width, height }) => [width, height]),
    [
      [640, 360],
      [360, 480],
    ],
  );
});

test('every frame decodes without a complaint', { skip: without(hasFfprobe, 'ffmpeg') }, async () => {
  for (const video of videos) {
    const { stderr } = await run('ffmpeg', ['-v', 'warning', '-i', video.file, '-f', 'null', '-']);
    assert.equal(stderr, '', video.name);
  }
});

test('Chromium plays both to the end from the address the gateway gave', {
  skip: without(existsSync(CHROMIUM), CHROMIUM),
}, async (t) => {
  const browser: Browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  t.after(() => browser.close());
  const page = await browser.newPage();
  await page.setContent('<video muted playsinline></video>');
  for (const video of videos) {
    const seen = await page.evaluate<Seen>(playing(video.url));
    assert.deepEqual(
      { ...seen, duration: Math.round(seen.duration * 10) / 10 },
      { end: 'ended', error: null, width: video.width, height: video.height, duration: 1 },
      video.name,
    );
  }
});

interface Seen {
  end: string;
  error: string | null;
  width: number;
  height: number;
  duration: number;
}

/**
 * What the page evaluates: resolves with what the player saw once the clip has ended or failed. As text, because it is
 * the page's code: this program has no DOM types.
 */
const playing = (url: string) => `new Promise((resolve) => {
  const video = document.querySelector('video');
  const done = (end) => resolve({
    end,
    error: video.error && video.error.message,
    width: video.videoWidth,
    height: video.videoHeight,
    duration: video.duration,
  });
  video.onended = () => done('ended');
  video.onerror = () => done('error');
  video.src = ${JSON.stringify(url)};
  video.play().catch((error) => done(String(error)));
})`;
