/** A renderer with real media, real blobs and a folder of its own, for tests. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { openFsBlobs } from '../../src/blobs/fs.ts';
import type { Blobs } from '../../src/contracts/blobs.ts';
import type { Effects, FaultPoint } from '../../src/contracts/effects.ts';
import type { Media, MediaInfo } from '../../src/contracts/media.ts';
import type { AccountAccess, AttemptOrder, Upstream } from '../../src/contracts/upstream.ts';
import { checkResult, expectationOf } from '../../src/core/expectation.ts';
import type { JobRequest } from '../../src/core/request.ts';
import { systemClock } from '../../src/std/clock.ts';
import { systemRandom } from '../../src/std/random.ts';
import { openLocal } from '../../src/upstreams/local/driver.ts';
import { startsOf } from '../../src/upstreams/local/shelf.ts';
import { pixverseCatalog } from '../../src/wire/pixverse/prices.ts';
import { type Ending, silent, tempFolder } from '../media/fixtures.ts';
import { pngPicture } from '../support/png.ts';

/** The smallest text to video: v6, 1 s, 360p. */
export const TEXT: JobRequest = {
  operation: 'text-to-video',
  model: 'v6',
  prompt: 'a tram in the fog',
  negativePrompt: '',
  seed: 7,
  quality: '360p',
  durationS: 1,
  aspectRatio: '16:9',
  audio: false,
  motionMode: 'normal',
  style: '',
  cameraMovement: null,
  multiClip: false,
  soundEffect: null,
  speech: null,
  inputs: [],
};

/** The same from a picture. */
export const IMAGE: JobRequest = {
  ...TEXT,
  operation: 'image-to-video',
  aspectRatio: null,
  inputs: [{ role: 'image', kind: 'image', assetId: 1 }],
};

export const ACCOUNT: AccountAccess = { id: 1, name: 'account', secret: null };

/** A renderer's surroundings, which outlive it. */
export interface World {
  readonly folder: string;
  readonly blobs: Blobs;
  readonly media: Media;
  /** Opens the renderer; every one that was opened is closed when the test ends. */
  open(more?: { effects?: Partial<Effects>; media?: Media; shared?: boolean }): Promise<Upstream>;
  /** An order over the request; pictures are kept as blobs first. */
  order(id: string, request: JobRequest): AttemptOrder;
  starts(attemptId: string): Promise<number>;
  /** Null, or why the bytes are not what the order asked for, to the pixel and the frame. */
  judge(order: AttemptOrder, bytes: Uint8Array): Promise<string | null>;
}

/** What is known of the picture that every image to video of a world uses: 160 × 90, orange and blue. */
export const PICTURE: MediaInfo = {
  kind: 'image',
  mime: 'image/png',
  extension: 'png',
  width: 160,
  height: 90,
  durationMs: 0,
  fps: null,
  frames: null,
  hasAudio: false,
  videoCodec: null,
  audioCodec: null,
};

export async function openWorld(t: Ending, media: Media): Promise<World> {
  const temp = await tempFolder(t);
  const folder = path.join(temp, 'renderer');
  const blobs = await openFsBlobs(path.join(temp, 'blobs'), systemClock);
  await blobs.put('picture', one(pngPicture(PICTURE.width, PICTURE.height)), 1_000_000);
  const opened: Upstream[] = [];
  t.after(async () => {
    for (const upstream of opened) await upstream.close();
  });
  return {
    folder,
    blobs,
    media,
    async open(more = {}) {
      const fault = (_point: FaultPoint) => undefined;
      const effects: Effects = { clock: systemClock, random: systemRandom, log: silent, fault, ...more.effects };
      const upstream = await openLocal({
        folder,
        media: more.media ?? media,
        blobs,
        effects,
        catalog: pixverseCatalog,
        shared: more.shared ?? false,
      });
      opened.push(upstream);
      return upstream;
    },
    order(id, request) {
      const inputs = request.inputs.map((input) => ({ ...input, blobKey: 'picture', info: PICTURE }));
      return { id, jobId: 1, request, inputs };
    },
    starts: (attemptId) => startsOf(folder, attemptId),
    async judge(order, bytes) {
      const file = path.join(temp, `${order.id}.mp4`);
      await writeFile(file, bytes);
      const info = await media.check(file);
      const inputs = order.inputs.map((input) => input.info);
      return info === undefined ? 'it is no media' : checkResult(info, expectationOf(order.request, inputs), 'exact');
    },
  };
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
