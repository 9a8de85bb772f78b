/** Media for the tests of media/ and upstreams/: a runner over the WebAssembly engine, and small files that it makes. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Log } from '../../src/contracts/effects.ts';
import type { Media, MediaInfo } from '../../src/contracts/media.ts';
import { inputArgs } from '../../src/media/check.ts';
import { openMedia } from '../../src/media/media.ts';
import { systemClock } from '../../src/std/clock.ts';

/** Anything with an end to hook on: a test's context, or the runner's `{ after }` for a whole file. */
export type Ending = { after(end: () => Promise<void>): void };

export const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** A folder that is gone when the test ends. */
export async function tempFolder(t: Ending): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'reelpool-media-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A media runner over WebAssembly that is closed when the test ends. */
export async function testMedia(t: Ending, workers = 2): Promise<Media> {
  const media = await openMedia({ engine: 'wasm', workers, tempFolder: tmpdir(), log: silent, clock: systemClock });
  t.after(() => media.close());
  return media;
}

const PICTURE = ['-f', 'lavfi', '-i', 'testsrc2=s=64x48:r=12:d=1'];
const SOUND = ['-f', 'lavfi', '-i', 'sine=r=48000:d=1'];
const AVC_AAC = [...PICTURE, ...SOUND, '-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac'];
const STILL = [...PICTURE, '-frames:v', '1'];

/** How a file of each kind is made: one second, or one frame, of 64 × 48. */
export const RECIPES: Readonly<Record<string, readonly string[]>> = {
  'a.mp4': AVC_AAC,
  'fragmented.mp4': [...AVC_AAC, '-movflags', 'frag_keyframe+empty_moov'],
  'a.mov': AVC_AAC,
  'a.mkv': AVC_AAC,
  'a.webm': [...PICTURE, '-c:v', 'libvpx'],
  'a.m4a': [...SOUND, '-c:a', 'aac'],
  'a.mp3': [...SOUND, '-c:a', 'libmp3lame'],
  'a.wav': SOUND,
  'a.ogg': [...SOUND, '-c:a', 'libvorbis'],
  'a.flac': SOUND,
  'a.aac': [...SOUND, '-c:a', 'aac'],
  'a.png': STILL,
  'a.jpg': [...STILL, '-huffman', 'default'],
  'a.gif': PICTURE,
  'a.webp': [...STILL, '-c:v', 'libwebp'],
  'lossless.webp': [...STILL, '-c:v', 'libwebp', '-lossless', '1'],
};

/** Makes a file by its recipe. */
export async function makeFile(media: Media, name: string): Promise<Buffer> {
  const recipe = RECIPES[name];
  assert.ok(recipe, name);
  const { outputs } = await media.run({
    argv: ['-v', 'error', ...recipe, name],
    files: {},
    outputs: [name],
    timeoutMs: 60_000,
  });
  return Buffer.from(outputs.get(name) ?? []);
}

/** Makes every file by its recipe, in a folder; their paths by name. */
export async function makeFiles(media: Media, folder: string): Promise<Map<string, string>> {
  const paths = new Map<string, string>();
  const made = Object.keys(RECIPES).map(async (name) => {
    paths.set(name, path.join(folder, name));
    await writeFile(path.join(folder, name), await makeFile(media, name));
  });
  await Promise.all(made);
  return paths;
}

/** Frames of a video as RGB pixels, 3 bytes each; `filters` chooses and shapes them. */
export async function decodeRgb(media: Media, file: string, info: MediaInfo, filters: string): Promise<Buffer> {
  const { outputs } = await media.run({
    argv: [
      ...['-v', 'error', ...inputArgs(info, 'input'), '-vf', filters],
      ...['-fps_mode', 'passthrough', '-pix_fmt', 'rgb24', '-f', 'rawvideo', 'frames.rgb'],
    ],
    files: { input: { path: file } },
    outputs: ['frames.rgb'],
    timeoutMs: 60_000,
  });
  return Buffer.from(outputs.get('frames.rgb') ?? []);
}

/** The mean colour of a rectangle of one frame in raw RGB. */
export function meanColour(
  rgb: Buffer,
  width: number,
  area: { x: number; y: number; width: number; height: number },
): [number, number, number] {
  const sum: [number, number, number] = [0, 0, 0];
  for (let y = area.y; y < area.y + area.height; y++) {
    for (let x = area.x; x < area.x + area.width; x++) {
      const at = (y * width + x) * 3;
      sum[0] += rgb.readUInt8(at);
      sum[1] += rgb.readUInt8(at + 1);
      sum[2] += rgb.readUInt8(at + 2);
    }
  }
  const pixels = area.width * area.height;
  return [sum[0] / pixels, sum[1] / pixels, sum[2] / pixels];
}
