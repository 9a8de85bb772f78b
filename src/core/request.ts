/**
 * What is asked for, independent of any dialect. Doors decode their dialect into a `JobRequest`; drivers encode it
 * for their upstream; pricing, placement and the renderer read nothing else. It is stored as JSON with the job, and
 * what is priced is exactly what is sent (promise P8).
 */

/** The operations of Reelpool (GLOSSARY.md). Each names what is made, not who makes it. */
export const OPERATIONS = [
  'text-to-video',
  'image-to-video',
  'template',
  'transition',
  'multi-transition',
  'extend',
  'lip-sync',
  'sound-effect',
  'fusion',
  'restyle',
  'mask-selection',
  'swap',
  'motion-control',
  'modify',
  'upscale',
  'avatar',
  'agent',
  'music-video',
  'image-template',
] as const;

export type Operation = (typeof OPERATIONS)[number];

/** Qualities name the short side of the picture in pixels. */
export const QUALITIES = ['360p', '480p', '540p', '720p', '1080p'] as const;

export type Quality = (typeof QUALITIES)[number];

/** Width to height. */
export const ASPECT_RATIOS = ['16:9', '4:3', '1:1', '3:4', '9:16', '2:3', '3:2', '21:9'] as const;

export type AspectRatio = (typeof ASPECT_RATIOS)[number];

/** What an input is to its operation. */
export type InputRole =
  /** The picture that is animated, or put into a video. */
  | 'image'
  /** First and last picture of a transition. */
  | 'first-frame'
  | 'last-frame'
  /** One of the pictures a multi-transition passes, in order. */
  | 'frame'
  /** The video that is extended, restyled, given a sound. */
  | 'source'
  /** The sound that is spoken, sung or laid under. */
  | 'sound'
  /** What a prompt refers to by name, or a picture or video that only guides. */
  | 'reference'
  /** Like a reference, of the place instead of the subject. */
  | 'background'
  /** The part of a picture that is changed: white where it is. */
  | 'mask'
  /** A speaker of the tenant's own. Only drafts name it: a request says who speaks in `speech`. */
  | 'voice';

export type InputKind = 'image' | 'video' | 'audio';

/** Kept bytes that the job uses. */
export interface InputRef {
  readonly role: InputRole;
  readonly kind: InputKind;
  /** Id of an asset of the same tenant. */
  readonly assetId: number;
  /** The job that made it; absent for uploads. */
  readonly jobId?: number;
  /** What the prompt calls it, where it has a name. */
  readonly name?: string;
}

/** One request for one operation. Plain JSON. */
export interface JobRequest {
  readonly operation: Operation;
  /** A model of the catalog, e.g. `v6`; empty for operations that have none. */
  readonly model: string;
  readonly prompt: string;
  readonly negativePrompt: string;
  /** 0 … 2147483647. Chosen at admission when the caller gave none, so that a repeated attempt makes the same frames. */
  readonly seed: number;
  /** Null where the source decides. */
  readonly quality: Quality | null;
  /**
   * Seconds of the result; 0 for pictures. Of extend, the seconds that are added: whether a result holds the source too
   * (`options.sourceS`) differs between upstreams; our renderer puts the source before them. Where a source or a sound
   * decides, its length to the millisecond.
   */
  readonly durationS: number;
  /** Null where the first input that has pixels decides. */
  readonly aspectRatio: AspectRatio | null;
  /** True when sound is made for it, or given to it; the source's own is `options.keepSound`. */
  readonly audio: boolean;
  readonly motionMode: 'normal' | 'fast';
  readonly style: string;
  readonly cameraMovement: string | null;
  readonly multiClip: boolean;
  /** Null: none asked for. An empty string: derived from the picture. */
  readonly soundEffect: string | null;
  /** Null: none asked for. `voiceId`: the asset of the speaker, where that is a voice of the tenant's own. */
  readonly speech: { readonly text: string; readonly speakerId: string; readonly voiceId?: number } | null;
  readonly inputs: readonly InputRef[];
  /** What only some operations have; absent for those that have nothing of their own. */
  readonly options?: OperationOptions;
}

/** What only some operations have. Plain JSON; each field says for which. */
export interface OperationOptions {
  /** template, image-template: id in the list of templates. */
  readonly templateId?: number;
  /** multi-transition: what lies between a frame and the next, one less than there are frames. */
  readonly segments?: readonly { readonly durationS: number; readonly prompt: string }[];
  /** restyle: id in the list of styles; null where the prompt says the style. */
  readonly restyleId?: number | null;
  /** True where the source has a sound and it stays in the result. */
  readonly keepSound?: boolean;
  /** mask-selection, swap, modify: frames of the source that are looked at, counted from 1. */
  readonly keyframes?: readonly number[];
  /** lip-sync, avatar, music-video: seconds of the given sound. */
  readonly soundS?: number;
  /** Seconds of the source, where there is one. */
  readonly sourceS?: number;
  /** fusion: the prompt calls pictures and videos by their names, and videos are among them. */
  readonly omni?: boolean;
  /** agent, music-video: which one, and what it was told beyond the prompt, by the names of the dialect's own fields. */
  readonly agent?: { readonly name: string; readonly settings: Readonly<Record<string, string | number | boolean>> };
}

/** An input as a door names it: what was uploaded, or the result of a job. Admission finds the bytes. */
export interface InputDraft {
  readonly role: InputRole;
  readonly kind: InputKind;
  /** An address is fetched and kept by the door, as an upload; admission takes none. */
  readonly from: { readonly assetId: number } | { readonly jobId: number } | { readonly url: string };
  readonly name?: string;
  /** The dialect's field that named it, for messages. */
  readonly field: string;
  /** True where the sound has to be verified before it is used. */
  readonly verified?: boolean;
}

/** A request before its inputs were looked at. */
export type JobDraft = Omit<JobRequest, 'inputs' | 'durationS'> & {
  readonly inputs: readonly InputDraft[];
  /** Seconds; null where the inputs decide, which is then settled at admission. */
  readonly durationS: number | null;
};

/** The request a draft comes to where its inputs decide nothing but themselves; undefined where they decide its length. */
export function settledDraft(draft: JobDraft, inputs: readonly InputRef[]): JobRequest | undefined {
  const { durationS } = draft;
  return durationS === null ? undefined : { ...draft, durationS, inputs };
}
