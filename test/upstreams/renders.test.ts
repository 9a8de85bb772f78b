/** What the renderer draws, in real renders: exact size, frames, length and sound; the same seed, the same bytes. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, suite, test } from 'node:test';
import type { MediaInfo } from '../../src/contracts/media.ts';
import { checkResult, expectationOf } from '../../src/core/expectation.ts';
import type { JobRequest } from '../../src/core/request.ts';
import { FILTERS_NEEDED } from '../../src/media/cli.ts';
import { sha256Hex } from '../../src/std/crypto.ts';
import { readFont } from '../../src/upstreams/local/font.ts';
import { PICTURE_FILE, planRender, RESULT_FILE } from '../../src/upstreams/local/graphs.ts';
import { FONT_FILE } from '../../src/upstreams/local/scene.ts';
import { decodeRgb, meanColour, tempFolder, testMedia } from '../media/fixtures.ts';
import { pngPicture } from '../support/png.ts';
import { assertFilters, difference } from './workshop.ts';
import { IMAGE, PICTURE, TEXT } from './world.ts';

const media = await testMedia({ after });
const folder = await tempFolder({ after });
const fontPath = media.fontPath ?? assert.fail('a font is there');
const font = readFont(await readFile(fontPath));

async function render(request: JobRequest, picture?: { bytes: Uint8Array; info: MediaInfo }): Promise<Buffer> {
  const plan = planRender(request, picture ? [picture.info] : [], font);
  const files = {
    ...plan.files,
    [FONT_FILE]: { path: fontPath },
    ...(picture ? { [PICTURE_FILE]: picture.bytes } : {}),
  };
  const { outputs } = await media.run({ argv: plan.argv, outputs: plan.outputs, files, timeoutMs: 120_000 });
  return Buffer.from(outputs.get(RESULT_FILE) ?? []);
}

/** Keeps a render and checks it to the pixel and the frame. */
async function kept(
  name: string,
  bytes: Buffer,
  request: JobRequest,
  inputs: MediaInfo[] = [],
): Promise<{ file: string; info: MediaInfo }> {
  const file = path.join(folder, name);
  await writeFile(file, bytes);
  const info = await media.check(file);
  assert.ok(info);
  assert.equal(checkResult(info, expectationOf(request, inputs), 'exact'), null);
  return { file, info };
}

/** First and last frame, shrunk to a height of 90 pixels. */
async function bothEnds(file: string, info: MediaInfo): Promise<[Buffer, Buffer]> {
  const last = (info.frames ?? 0) - 1;
  const rgb = await decodeRgb(media, file, info, `select='eq(n,0)+eq(n,${last})',scale=160:90`);
  assert.equal(rgb.length, 2 * 160 * 90 * 3);
  return [rgb.subarray(0, rgb.length / 2), rgb.subarray(rgb.length / 2)];
}

suite('text to video', { concurrency: 2 }, () => {
  test('is an MP4 that browsers start at once, of exactly the frames asked for, and silent', async () => {
    const bytes = await render(TEXT);
    const { info } = await kept('text.mp4', bytes, TEXT);
    const { width, height, durationMs, fps, frames, hasAudio, videoCodec } = info;
    assert.deepEqual(
      { width, height, durationMs, fps, frames, hasAudio, videoCodec },
      { width: 640, height: 360, durationMs: 1000, fps: 24, frames: 24, hasAudio: false, videoCodec: 'avc' },
    );
    assert.equal(bytes.toString('latin1', 4, 8), 'ftyp');
    assert.ok(bytes.indexOf('moov') < bytes.indexOf('mdat'), 'the index comes before the pictures');
    assert.equal(bytes.includes('Lavf'), false, 'nothing in it depends on the engine that made it');
  });

  test('moves, and says what it is in every frame', async () => {
    const { file, info } = await kept('moving.mp4', await render(TEXT), TEXT);
    const [first, last] = await bothEnds(file, info);
    assert.ok(difference(first, last) > 1.5, String(difference(first, last)));
    // The line along the lower edge has grown from the left to the whole width.
    const edge = (frame: Buffer, x: number) => meanColour(frame, 160, { x, y: 89, width: 8, height: 1 })[1];
    assert.ok(edge(first, 140) < 150 && edge(last, 140) > 200, `${edge(first, 140)} ${edge(last, 140)}`);
  });

  test('carries sound of exactly its length when asked', async () => {
    const request = { ...TEXT, audio: true };
    const { info } = await kept('sound.mp4', await render(request), request);
    assert.deepEqual([info.hasAudio, info.audioCodec, info.durationMs], [true, 'aac', 1000]);
    const loud = { ...TEXT, soundEffect: '' };
    assert.equal((await kept('effect.mp4', await render(loud), loud)).info.hasAudio, true);
  });

  test('the sound is heard and is not loud', async () => {
    const request = { ...TEXT, audio: true };
    const { file } = await kept('heard.mp4', await render(request), request);
    const { outputs } = await media.run({
      argv: ['-v', 'error', '-f', 'mov', '-i', 'input', '-map', '0:a', '-ac', '1', '-f', 's16le', 'pcm'],
      files: { input: { path: file } },
      outputs: ['pcm'],
      timeoutMs: 30_000,
    });
    const pcm = Buffer.from(outputs.get('pcm') ?? []);
    let peak = 0;
    for (let at = 0; at + 1 < pcm.length; at += 2) peak = Math.max(peak, Math.abs(pcm.readInt16LE(at)));
    assert.ok(peak > 1_500 && peak < 20_000, String(peak));
  });

  test('the same request gives the same bytes; another seed gives others', async () => {
    const request = { ...TEXT, audio: true };
    const [one, two, other] = await Promise.all([render(request), render(request), render({ ...request, seed: 8 })]);
    assert.equal(sha256Hex(one), sha256Hex(two));
    assert.notEqual(sha256Hex(one), sha256Hex(other));
  });

  test('other ratios and lengths are exact too', async () => {
    for (const change of [{ aspectRatio: '9:16' }, { aspectRatio: '21:9', durationS: 2 }] as const) {
      const request = { ...TEXT, ...change };
      await kept(`ratio-${change.aspectRatio.replace(':', 'x')}.mp4`, await render(request), request);
    }
  });

  const PROMPTS: Readonly<Record<string, string>> = {
    quotes: `it's "quoted" 'twice' and \`ticked\``,
    graph: '[0:v]drawtext=text=x,null;[out]:\\:,\\\\ %{pts} %{metadata:x} %',
    paths: '../../etc/passwd /etc/passwd file:///etc/passwd $(id) $HOME',
    lines: 'one\ntwo\r\nthree\ttab\u2028four\u0000\u0007five',
    scripts: '日本語の漢字 한국어 العربية עברית ไทย 🎬🚀👩‍👩‍👧 é e\u0301 ﷽',
    broken: 'half a pair \ud83c and \udfac alone, \ufffd \uffff \u202e turned',
    word: 'a'.repeat(2_000),
    long: 'lorem ipsum dolor '.repeat(120),
    none: '',
    blank: ' \n\t ',
  };
  for (const [name, prompt] of Object.entries(PROMPTS)) {
    test(`draws any prompt: ${name}`, async () => {
      const request = { ...TEXT, prompt };
      const plan = planRender(request, [], font);
      const graph = plan.argv.join('\n');
      for (const piece of prompt.match(/[^\s]{4,}/g) ?? []) assert.equal(graph.includes(piece), false, piece);
      await kept(`prompt-${name}.mp4`, await render(request), request);
    });
  }
});

suite('image to video', { concurrency: 2 }, () => {
  const orange: [number, number, number] = [200, 60, 40];
  const blue: [number, number, number] = [30, 90, 200];
  const close = (a: readonly number[], b: readonly number[]) =>
    a.every((value, at) => Math.abs(value - (b[at] ?? 0)) < 14);

  test('the picture fills the frame, in its own colours, under a slow move', async () => {
    const picture = { bytes: pngPicture(160, 90, orange, blue), info: PICTURE };
    const { file, info } = await kept('image.mp4', await render(IMAGE, picture), IMAGE, [PICTURE]);
    assert.deepEqual([info.width, info.height], [640, 360]);
    const [first, last] = await bothEnds(file, info);
    for (const frame of [first, last]) {
      const left = meanColour(frame, 160, { x: 8, y: 16, width: 48, height: 30 });
      const right = meanColour(frame, 160, { x: 104, y: 16, width: 48, height: 30 });
      assert.ok(close(left, orange), `left ${left}`);
      assert.ok(close(right, blue), `right ${right}`);
    }
    assert.ok(difference(first, last) > 1, String(difference(first, last)));
  });

  test('the frame follows the picture, within 21:9 and 9:21', async () => {
    const sizes: [number, number, [number, number]][] = [
      [90, 160, [360, 640]],
      [33, 33, [360, 360]],
      [600, 40, [840, 360]],
      [1, 1, [360, 360]],
    ];
    for (const [width, height, expected] of sizes) {
      const info = { ...PICTURE, width, height };
      const bytes = await render(IMAGE, { bytes: pngPicture(width, height), info });
      const made = await kept(`shape-${width}x${height}.mp4`, bytes, IMAGE, [info]);
      assert.deepEqual([made.info.width, made.info.height], expected);
    }
  });

  test('transparent pixels, palettes, grey, JPEG, WebP and GIF all become frames', async () => {
    const kinds: [string, string, string[]][] = [
      ['rgba.png', 'format=rgba,colorchannelmixer=aa=0.3', []],
      ['pal8.png', 'format=rgb8,format=pal8', []],
      ['gray16.png', 'format=gray16be', []],
      ['full.jpg', 'format=yuvj444p', ['-huffman', 'default']],
      ['lossy.webp', 'format=yuva420p', ['-c:v', 'libwebp']],
      ['moving.gif', 'format=rgb8', []],
    ];
    for (const [name, format, codec] of kinds) {
      const source = ['-f', 'lavfi', '-i', `testsrc2=s=96x64:r=5:d=${name.endsWith('gif') ? 1 : 0.2}`];
      const frames = name.endsWith('gif') ? [] : ['-frames:v', '1'];
      const { outputs } = await media.run({
        argv: ['-v', 'error', ...source, '-vf', format, ...frames, ...codec, name],
        files: {},
        outputs: [name],
        timeoutMs: 30_000,
      });
      const bytes = Buffer.from(outputs.get(name) ?? []);
      await writeFile(path.join(folder, name), bytes);
      const info = await media.check(path.join(folder, name));
      assert.ok(info, name);
      await kept(`${name}.mp4`, await render(IMAGE, { bytes, info }), IMAGE, [info]);
    }
  });

  test('a picture that is stored turned is shown upright', async () => {
    // Stored 90 × 160 with orange on the left; turned clockwise it is 160 × 90 with orange on top.
    const info = { ...PICTURE, orientation: 6 };
    const bytes = await render(IMAGE, { bytes: pngPicture(90, 160, orange, blue), info });
    const made = await kept('turned.mp4', bytes, IMAGE, [info]);
    const [first] = await bothEnds(made.file, made.info);
    assert.ok(close(meanColour(first, 160, { x: 60, y: 14, width: 60, height: 20 }), orange));
  });

  test('the same seed moves the same way, another one otherwise', async () => {
    const picture = { bytes: pngPicture(160, 90), info: PICTURE };
    const [one, two, other] = await Promise.all([
      render(IMAGE, picture),
      render(IMAGE, picture),
      render({ ...IMAGE, seed: 9 }, picture),
    ]);
    assert.equal(sha256Hex(one), sha256Hex(two));
    assert.notEqual(sha256Hex(one), sha256Hex(other));
  });
});

test('plans name only filters that a system ffmpeg is asked for before it takes over', () => {
  const turned = [1, 2, 3, 4, 5, 6, 7, 8].map((orientation) => ({ ...PICTURE, orientation }));
  const plans = [
    planRender({ ...TEXT, audio: true }, [], font),
    ...turned.map((info) => planRender(IMAGE, [info], font)),
  ];
  assertFilters(
    plans.map(({ argv }) => argv[argv.indexOf('-filter_complex') + 1] ?? ''),
    FILTERS_NEEDED,
  );
});

/**
 * The bytes of the WebAssembly engine, pinned. A red line here means that the same request no longer makes the same
 * video: fine when the drawing or the engine was changed on purpose, then put the new values in.
 */
const PINNED: Readonly<Record<string, [Partial<JobRequest>, string]>> = {
  silent: [{}, 'dd30fb95a57fd1be3413a8d93fc28a4a1460cf86d992c3ac5a54750a2b8e6fcc'],
  'with sound': [{ audio: true, seed: 1_234_567 }, 'bf1af4a3702aba801cfc951e69204264c764fb9319040be520d16dae6c2e313b'],
};

for (const [name, [change, sha256]] of Object.entries(PINNED)) {
  test(`the same request makes the same video on every machine: ${name}`, async () => {
    assert.equal(sha256Hex(await render({ ...TEXT, ...change })), sha256);
  });
}
