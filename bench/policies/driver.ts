/** The gateway's way to the simulated vendor: a driver like any other, its files notes in memory. */
import type { Blobs } from '../../src/contracts/blobs.ts';
import type { Media, MediaInfo } from '../../src/contracts/media.ts';
import type { Upstream, UpstreamTraits } from '../../src/contracts/upstream.ts';
import type { Json } from '../../src/std/json.ts';
import type { FarSide } from './far-side.ts';

/** What a job costs at its account, in thousandths. */
const COST = 5_000;

const TRAITS: UpstreamTraits = {
  dedupeWindowMs: null,
  slotHorizonMs: 30 * 60_000,
  creditHorizonMs: 24 * 3_600_000,
  startTimeoutMs: 30_000,
  statusTimeoutMs: 15_000,
  tolerance: 'upstream',
  sandbox: false,
};

/** What the run wants to know of single jobs. */
export interface JobEvents {
  /** The job's create call has come all the way. */
  started(jobId: number): void;
  /** Its result is kept and paid. */
  ended(jobId: number): void;
}

const idIn = (ref: Json): string => (ref as { id: string }).id;

/** A driver; the seed of a request says how long its work takes, ms. */
export function vendorDriver(far: FarSide, events: JobEvents): Upstream {
  const jobOf = new Map<string, number>();
  return {
    kind: 'vendor',
    traits: TRAITS,
    cost: () => COST,
    supports: () => true,
    async start(account, attempt) {
      await far.way();
      const created = far.start(account.id, attempt.id, attempt.request.seed);
      if (created) {
        jobOf.set(attempt.id, attempt.jobId);
        events.started(attempt.jobId);
      }
      await far.way();
      if (created) return { type: 'accepted', ref: { id: attempt.id, durationS: attempt.request.durationS } };
      return { type: 'refused', code: 'rate_limited', message: 'every slot is taken' };
    },
    async status(_account, ref) {
      await far.way();
      const done = far.isDone(idIn(ref));
      await far.way();
      if (done === undefined) return { type: 'absent' };
      if (!done) return { type: 'running' };
      far.told(idIn(ref));
      return { type: 'done', results: [{ role: 'video', url: JSON.stringify(ref) }] };
    },
    async fetch(_account, source) {
      return note(source.url);
    },
    watch(changed) {
      far.onWebhook = changed;
      return () => {
        far.onWebhook = () => undefined;
      };
    },
    async forget(_account, ref) {
      const id = idIn(ref);
      far.forget(id);
      const jobId = jobOf.get(id);
      jobOf.delete(id);
      if (jobId !== undefined) events.ended(jobId);
    },
    close: async () => undefined,
  };
}

async function* note(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

/** Keeps the notes; a path is a note's text. */
export function noteBlobs(): Blobs {
  const kept = new Map<string, string>();
  return {
    async put(key, source) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of source) chunks.push(chunk);
      const whole = Buffer.concat(chunks);
      kept.set(key, whole.toString());
      return { key, bytes: whole.length, sha256: '0'.repeat(64) };
    },
    size: async (key) => kept.get(key)?.length,
    read: () => Promise.reject(new Error('nothing is read here')),
    withFile: (key, use) => use(kept.get(key) ?? ''),
    async remove(key) {
      kept.delete(key);
    },
    async *list() {
      // Nothing here is ever an orphan.
    },
  };
}

/** Reads the notes as the videos they stand for. */
export const noteMedia: Pick<Media, 'probe' | 'check' | 'cover'> = {
  probe: async () => ({ ...VIDEO, kind: 'image', mime: 'image/jpeg', extension: 'jpg', durationMs: 0 }),
  check: async (text) => ({ ...VIDEO, durationMs: (JSON.parse(text) as { durationS: number }).durationS * 1000 }),
  cover: async () => Buffer.from('{}'),
};

const VIDEO: MediaInfo = {
  kind: 'video',
  mime: 'video/mp4',
  extension: 'mp4',
  width: 960,
  height: 540,
  durationMs: 0,
  fps: 24,
  frames: null,
  hasAudio: false,
  videoCodec: 'avc',
  audioCodec: null,
};
