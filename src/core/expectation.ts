import { type FrameSize, frameSize } from './frame.ts';
import type { JobRequest, Operation } from './request.ts';

/**
 * What a job's result has to be (promise P5). Upstreams answer "done" with a clip of another length, with 0 × 0
 * pixels, with a placeholder: a result is compared with what its request lets one expect, and what a request says
 * nothing about is null here and is not checked.
 */
export interface Expectation {
  readonly kind: 'video' | 'image' | 'audio';
  /** The frame our own renderer makes; other upstreams choose their own pixels and keep the ratio. */
  readonly size: FrameSize | null;
  readonly durationMs: number | null;
  /** Frames per second of our own renderer. */
  readonly fps: number | null;
  readonly audio: boolean | null;
}

/** What was found in a result: the part of contracts/media.ts MediaInfo that is compared. */
export interface ResultFacts {
  readonly kind: 'video' | 'image' | 'audio';
  readonly width: number;
  readonly height: number;
  readonly durationMs: number;
  readonly frames: number | null;
  readonly hasAudio: boolean;
}

/** Frames per second of every video that we render ourselves. */
export const RENDER_FPS = 24;

/** How far a real upstream's result may be off: the larger of the two for durations, a fraction for ratios (DESIGN P5). */
const DURATION_SLACK_MS = 500;
const DURATION_SLACK = 0.1;
const RATIO_SLACK = 0.03;

/** Containers round times to their own units; our own durations are exact to this. */
const EXACT_SLACK_MS = 2;

/** True where the request asks for sound in any of the ways a request can. */
export function wantsAudio(request: JobRequest): boolean {
  return (
    request.audio || request.soundEffect !== null || request.speech !== null || request.options?.keepSound === true
  );
}

/** What the operation makes. */
export function resultKind(operation: Operation): Expectation['kind'] {
  return operation === 'image-template' || operation === 'mask-selection' ? 'image' : 'video';
}

/** What the result of a request has to be. `inputs`: the frames of what it uses, in its order; 0 × 0 for sound. */
export function expectationOf(request: JobRequest, inputs: readonly FrameSize[]): Expectation {
  const kind = resultKind(request.operation);
  const shape = request.aspectRatio ?? inputs.find(({ width, height }) => width > 0 && height > 0);
  const size = shape === undefined || request.quality === null ? null : frameSize(request.quality, shape);
  if (kind === 'image') return { kind, size, durationMs: null, fps: null, audio: null };
  return { kind, size, durationMs: lengthMs(request), fps: RENDER_FPS, audio: wantsAudio(request) };
}

/** To the nearest frame of ours, since a source may end between two. Of extend it is not known what it counts from. */
function lengthMs({ operation, durationS }: JobRequest): number | null {
  return operation === 'extend' ? null : Math.round((Math.round(durationS * RENDER_FPS) / RENDER_FPS) * 1000);
}

/**
 * Compares a result with what was expected. Null where it passes, else the reason in a phrase that completes
 * "did not pass its check: …". `exact`: our own renderer, to the pixel and the frame. `upstream`: kind, pixels at all,
 * duration ± max(0.5 s, 10 %), ratio ± 3 %.
 */
export function checkResult(found: ResultFacts, expected: Expectation, tolerance: 'exact' | 'upstream'): string | null {
  if (found.kind !== expected.kind) return `it is ${found.kind}, not ${expected.kind}`;
  if (found.kind !== 'audio' && !(found.width > 0 && found.height > 0)) return 'it has no pixels';
  if (found.kind !== 'image' && !(found.durationMs > 0)) return 'it has no length';
  return tolerance === 'exact' ? compareExactly(found, expected) : compareLoosely(found, expected);
}

function compareExactly(found: ResultFacts, { size, durationMs, fps, audio }: Expectation): string | null {
  if (size !== null && (found.width !== size.width || found.height !== size.height)) {
    return `it has ${found.width} × ${found.height} pixels, not ${size.width} × ${size.height}`;
  }
  if (durationMs !== null) {
    if (Math.abs(found.durationMs - durationMs) > EXACT_SLACK_MS) return lengthReason(found, durationMs);
    const frames = fps === null ? null : Math.round((durationMs * fps) / 1000);
    if (frames !== null && found.frames !== null && found.frames !== frames) {
      return `it has ${found.frames} frames, not ${frames}`;
    }
  }
  if (audio !== null && found.hasAudio !== audio) return audio ? 'it has no sound' : 'it has sound nobody asked for';
  return null;
}

function compareLoosely(found: ResultFacts, { size, durationMs }: Expectation): string | null {
  if (durationMs !== null) {
    const slack = Math.max(DURATION_SLACK_MS, durationMs * DURATION_SLACK);
    if (Math.abs(found.durationMs - durationMs) > slack) return lengthReason(found, durationMs);
  }
  if (size !== null) {
    const ratio = found.width / found.height / (size.width / size.height);
    if (Math.abs(ratio - 1) > RATIO_SLACK) {
      return `its ratio is ${found.width}:${found.height}, not that of ${size.width}:${size.height}`;
    }
  }
  return null;
}

function lengthReason(found: ResultFacts, durationMs: number): string {
  return `it is ${found.durationMs / 1000} s long, not ${durationMs / 1000} s`;
}
