import { even, type FrameSize, frameSize } from './frame.ts';
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
  /** What only our own renderer is held to: no vendor says it of its results. */
  readonly oursAlone?: readonly ('size' | 'durationMs')[];
}

/** What a result follows from in an input: the part of contracts/media.ts MediaInfo that is read. 0 × 0 for sound. */
export interface InputFacts extends FrameSize {
  readonly durationMs?: number;
  readonly hasAudio?: boolean;
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

/** Operations that keep the sound of their source where `options.keepSound` says nothing. */
const KEEPS_SOUND: ReadonlySet<Operation> = new Set([
  ...(['extend', 'restyle', 'swap', 'motion-control', 'modify', 'upscale'] as const),
]);

/** Operations that always sound. */
const SOUNDS: ReadonlySet<Operation> = new Set(['lip-sync', 'sound-effect', 'avatar', 'music-video']);

/** Operations whose length the caller chose, or whose result is the source over again. */
const LENGTH_IS_SAID: ReadonlySet<Operation> = new Set([
  ...(['text-to-video', 'image-to-video', 'transition', 'multi-transition', 'fusion'] as const),
  ...(['sound-effect', 'upscale'] as const),
]);

/** Operations of which it is not said which input, or what else, decides the ratio. */
const RATIO_IS_OPEN: ReadonlySet<Operation> = new Set([
  ...(['template', 'image-template', 'motion-control', 'avatar', 'agent', 'music-video'] as const),
]);

/** Longest side of a result that has the size of its source. */
const SIDE_MAX = 1920;
/** Shortest side that an encoder of ours takes. */
const SIDE_MIN = 16;
/** An upscaled source has twice its sides, up to this many pixels. */
const UPSCALE = 2;
const UPSCALE_PIXELS_MAX = 3840 * 2160;

/** What the result of a request has to be. `inputs`: what is known of what it uses, in its order. */
export function expectationOf(request: JobRequest, inputs: readonly InputFacts[]): Expectation {
  const { operation } = request;
  const kind = resultKind(operation);
  const size = sizeOf(request, inputs);
  const sized = RATIO_IS_OPEN.has(operation) && request.aspectRatio === null;
  if (kind === 'image') {
    return { kind, size, durationMs: null, fps: null, audio: null, oursAlone: sized ? ['size'] : [] };
  }
  const frames = framesOf(request, inputs);
  const durationMs = frames === null ? null : Math.round((frames * 1000) / RENDER_FPS);
  const timed = !(LENGTH_IS_SAID.has(operation) && request.durationS > 0);
  const oursAlone = [...(sized ? (['size'] as const) : []), ...(timed ? (['durationMs'] as const) : [])];
  return { kind, size, durationMs, fps: RENDER_FPS, audio: soundOf(request, inputs), oursAlone };
}

function sizeOf(request: JobRequest, inputs: readonly InputFacts[]): FrameSize | null {
  const { operation, quality, aspectRatio } = request;
  const source = inputs.find(({ width, height }) => width > 0 && height > 0);
  if (quality !== null) {
    const shape = aspectRatio ?? source;
    return shape === undefined ? null : frameSize(quality, shape);
  }
  if (source === undefined) return null;
  const { width, height } = source;
  const factor =
    operation === 'upscale'
      ? Math.max(1, Math.min(UPSCALE, Math.sqrt(UPSCALE_PIXELS_MAX / (width * height))))
      : Math.min(1, SIDE_MAX / Math.max(width, height));
  const side = (pixels: number) => Math.max(SIDE_MIN, even(pixels * factor));
  return { width: side(width), height: side(height) };
}

/** Frames of the result at our rate. An extended video is its source with the seconds asked for after it. */
function framesOf({ operation, durationS, inputs: refs }: JobRequest, inputs: readonly InputFacts[]): number | null {
  const lengthOf = (kind: 'video' | 'audio') => inputs[refs.findIndex((ref) => ref.kind === kind)]?.durationMs;
  const frames = (ms: number) => Math.max(1, Math.round((ms * RENDER_FPS) / 1000));
  if (operation === 'extend') {
    const sourceMs = lengthOf('video');
    return sourceMs === undefined ? null : frames(sourceMs) + frames(durationS * 1000);
  }
  const ms = durationS > 0 ? durationS * 1000 : (lengthOf('video') ?? lengthOf('audio'));
  return ms === undefined ? null : frames(ms);
}

/** Does the result sound? Null where an input decides of which too little is known. */
function soundOf(request: JobRequest, inputs: readonly InputFacts[]): boolean | null {
  const { operation } = request;
  if (wantsAudio(request) || SOUNDS.has(operation)) return true;
  if (operation === 'agent') return request.inputs.some(({ kind }) => kind === 'audio');
  if (!KEEPS_SOUND.has(operation) || request.options?.keepSound !== undefined) return false;
  return inputs[request.inputs.findIndex(({ role }) => role === 'source')]?.hasAudio ?? null;
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

function compareLoosely(found: ResultFacts, { size, durationMs, oursAlone = [] }: Expectation): string | null {
  if (durationMs !== null && !oursAlone.includes('durationMs')) {
    const slack = Math.max(DURATION_SLACK_MS, durationMs * DURATION_SLACK);
    if (Math.abs(found.durationMs - durationMs) > slack) return lengthReason(found, durationMs);
  }
  if (size !== null && !oursAlone.includes('size')) {
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
