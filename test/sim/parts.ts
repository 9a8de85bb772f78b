/** The parts of the world around the engine that hold no decisions: effects, kept bytes, a prober. */
import type { Blobs } from '../../src/contracts/blobs.ts';
import type { Effects, Log } from '../../src/contracts/effects.ts';
import type { Media, MediaInfo } from '../../src/contracts/media.ts';
import { sha256Hex } from '../../src/std/crypto.ts';
import { Refusal } from '../../src/std/errors.ts';
import type { Random } from '../../src/std/random.ts';
import type { FakeFile } from './far-side.ts';
import type { FaultElement } from './plan.ts';
import type { Life, World } from './world.ts';

/** A log that says nothing. */
export const silent: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Does a part of ours fail now? */
export type Failing = (what: FaultElement['what']) => boolean;

/** Effects of one process. */
export function simEffects(world: World, life: Life, random: Random, log: Log = silent): Effects {
  return { clock: world.clock(life), random, log, fault: (point) => world.gate(life, point) };
}

/** Bytes that are kept, with the time they were written. */
export type Kept = Map<string, { readonly text: string; readonly at: number }>;

/** Kept bytes: what was put is there for every later process. */
export function simBlobs(world: World, life: Life, kept: Kept, failing: Failing): Blobs {
  return {
    async put(key, source, limit) {
      const chunks: Uint8Array[] = [];
      let bytes = 0;
      for await (const chunk of source) {
        bytes += chunk.length;
        if (bytes > limit) throw new Refusal('body_too_large');
        chunks.push(chunk);
      }
      await world.gate(life, 'blobs.put');
      if (failing('disk')) throw new Error('ENOSPC: no space left on device');
      const whole = Buffer.concat(chunks);
      kept.set(key, { text: whole.toString(), at: world.now + life.skewMs });
      await world.gate(life, 'blobs.put done');
      return { key, bytes: whole.length, sha256: sha256Hex(whole) };
    },
    size: async (key) => kept.get(key)?.text.length,
    read: () => Promise.reject(new Error('nothing is read in a simulation')),
    async withFile(key, use) {
      await world.gate(life, 'blobs.open');
      const file = kept.get(key);
      if (!file) throw new Error(`nothing kept under ${key}`);
      return use(file.text);
    },
    async remove(key) {
      await world.gate(life, 'blobs.remove');
      kept.delete(key);
    },
    async *list() {
      for (const [key, { at }] of [...kept]) yield { key, modifiedAt: at };
    },
  };
}

/** Reads the files of simulated upstreams and clients; in this world a path is its content. */
export function simMedia(failing: Failing): Pick<Media, 'probe' | 'check' | 'cover'> {
  const examine = async (content: string): Promise<MediaInfo | undefined> => {
    if (failing('media')) throw new Error('the engine died twice');
    const file = JSON.parse(content) as FakeFile;
    if (file.broken === 'damaged') throw new Refusal('image_unreadable');
    return file.broken === 'strange' ? undefined : infoOf(file);
  };
  return {
    probe: examine,
    check: examine,
    cover: async (content) => {
      const { job } = JSON.parse(content) as FakeFile;
      return Buffer.from(JSON.stringify(pictureOf(job)));
    },
  };
}

/** What a client uploads, and what a cover is. */
export function pictureOf(job: number): FakeFile {
  return { good: true, job, kind: 'image', width: 64, height: 64, durationMs: 0 };
}

function infoOf(file: FakeFile): MediaInfo {
  const video = file.kind === 'video';
  return {
    kind: file.kind,
    mime: video ? 'video/mp4' : 'image/png',
    extension: video ? 'mp4' : 'png',
    width: file.width,
    height: file.height,
    durationMs: file.durationMs,
    fps: video ? 24 : null,
    frames: video ? Math.round((file.durationMs * 24) / 1000) : null,
    hasAudio: false,
    videoCodec: video ? 'avc' : null,
    audioCodec: null,
  };
}
