import type { KnownInput } from '../../contracts/views.ts';
import { refuse } from '../../std/errors.ts';

/** Limits of what operations take as inputs. Section numbers are places in reference/pixverse-platform.md. */

/** What a video or a sound may be. */
export interface InputLimits {
  /** By their types, for uploads; what a job made is taken as it is. */
  readonly mimes: readonly string[];
  readonly maxBytes: number;
  readonly minS: number;
  readonly maxS: number;
  /** Pixels a side, for uploads. */
  readonly minSidePx: number;
  readonly maxSidePx: number;
  readonly codecs: readonly string[] | null;
}

const MB = 1024 * 1024;
/** Encoders fill their last frame: a file is taken up to so many milliseconds over its limit. Ours. */
const SLACK_MS = 100;

/** §4.5, §4.12: the video of lip sync, restyle, swap and sound effects. */
export const SOURCE_VIDEO: InputLimits = {
  mimes: ['video/mp4', 'video/quicktime'],
  maxBytes: 50 * MB,
  minS: 0,
  maxS: 30,
  minSidePx: 1,
  maxSidePx: 1920,
  codecs: null,
};

/** §4.7, §4.14: extend and fusion also take WebM. */
export const SOURCE_VIDEO_OR_WEBM: InputLimits = { ...SOURCE_VIDEO, mimes: [...SOURCE_VIDEO.mimes, 'video/webm'] };

/** §4.11: masks are looked for in H.264 and H.265 only. */
export const MASK_VIDEO: InputLimits = { ...SOURCE_VIDEO, codecs: ['avc', 'hevc'] };

/** §4.15. */
export const MOTION_VIDEO: InputLimits = { ...SOURCE_VIDEO, maxBytes: 100 * MB };

/** §4.20, viral recreation. */
export const AGENT_VIDEO: InputLimits = {
  ...SOURCE_VIDEO_OR_WEBM,
  maxBytes: 100 * MB,
  minS: 2,
  minSidePx: 640,
};

/** §4.5. */
export const SPOKEN_SOUND: InputLimits = {
  mimes: ['audio/mpeg', 'audio/wav'],
  maxBytes: 50 * MB,
  minS: 0,
  maxS: 30,
  minSidePx: 0,
  maxSidePx: 0,
  codecs: null,
};

/** §4.20, Music MV. */
export const SUNG_SOUND: InputLimits = {
  ...SPOKEN_SOUND,
  mimes: ['audio/mpeg', 'audio/wav', 'audio/mp4', 'audio/aac'],
  maxBytes: 15 * MB,
  minS: 10,
  maxS: 360,
};

/** Refuses with `parameter_invalid` (§4.5: 400017) what breaks a limit; the message says which and what was found. */
export function checkInput({ ref, info, bytes, field }: KnownInput, limits: InputLimits): void {
  const seconds = info.durationMs / 1000;
  const refusal = (is: string, rule: string) =>
    refuse('parameter_invalid', { field, message: `${field}: The ${ref.kind} ${is}. ${rule}` });
  if (info.durationMs > limits.maxS * 1000 + SLACK_MS || seconds <= 0 || seconds < limits.minS) {
    const least = limits.minS === 0 ? 'At' : `At least ${limits.minS} s and at`;
    refusal(`is ${seconds} s long`, `${least} most ${limits.maxS} s are taken.`);
  }
  if (ref.jobId !== undefined) return;
  if (!limits.mimes.includes(info.mime)) refusal(`is ${info.mime}`, `It must be one of: ${limits.mimes.join(', ')}.`);
  if (bytes > limits.maxBytes) refusal(`has ${bytes} bytes`, `At most ${limits.maxBytes} are taken.`);
  if (ref.kind === 'video') {
    const { width, height, videoCodec } = info;
    if (Math.max(width, height) > limits.maxSidePx || Math.min(width, height) < limits.minSidePx) {
      refusal(`has ${width}×${height} pixels`, `A side may have ${limits.minSidePx} to ${limits.maxSidePx}.`);
    }
    if (limits.codecs !== null && !limits.codecs.includes(videoCodec ?? '')) {
      refusal(`is coded as ${videoCodec ?? 'something unknown'}`, 'It must be H.264 or H.265.');
    }
  }
}

/** Refuses a frame the video does not have (§4.11: 1 … last frame). Where the container does not say, its length does. */
export function checkKeyframe(field: string, keyframe: number, { info }: KnownInput): void {
  const last = info.frames ?? (info.fps === null ? null : Math.floor((info.durationMs / 1000) * info.fps));
  if (last !== null && keyframe > last) {
    refuse('parameter_invalid', { field, message: `${field} is not valid. The video has the frames 1 to ${last}.` });
  }
}

/** The frames a mask was made of. */
export function keyframesOf({ madeBy }: KnownInput): readonly number[] {
  return madeBy?.options?.keyframes ?? [];
}

/**
 * Refuses a mask of another video, or of none of the frames named (§4.12).
 * @param frames null where none were named.
 */
export function checkMask(
  mask: KnownInput,
  source: KnownInput,
  frames: readonly number[] | null,
  frameField: string,
): void {
  const { field, madeBy } = mask;
  const own = madeBy?.inputs.find(({ role }) => role === 'source')?.assetId;
  if (own !== source.ref.assetId) {
    const message = `${field} is a mask of another video. Ask for the masks of this one and use an id of that answer.`;
    refuse('parameter_invalid', { field, message });
  }
  const made = keyframesOf(mask);
  if (frames !== null && !made.some((frame) => frames.includes(frame))) {
    const message = `${frameField} is not the frame the mask was made of, which is ${made.join(', ')}.`;
    refuse('parameter_invalid', { field: frameField, message });
  }
}
