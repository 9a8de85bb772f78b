/**
 * What is asked for, independent of any dialect. Doors decode their dialect into a `JobRequest`; drivers encode it
 * for their upstream; pricing, placement and the renderer read nothing else. It is stored as JSON with the job, and
 * what is priced is exactly what is sent (promise P8).
 */

/** The operations of Reelpool (DESIGN §2). Each names what is made, not who makes it. */
export const OPERATIONS = ['text-to-video', 'image-to-video'] as const;

export type Operation = (typeof OPERATIONS)[number];

/** Qualities name the short side of the picture in pixels. */
export const QUALITIES = ['360p', '540p', '720p', '1080p'] as const;

export type Quality = (typeof QUALITIES)[number];

/** Width to height. */
export const ASPECT_RATIOS = ['16:9', '4:3', '1:1', '3:4', '9:16', '2:3', '3:2', '21:9'] as const;

export type AspectRatio = (typeof ASPECT_RATIOS)[number];

/** Something uploaded earlier that the job uses. */
export interface InputRef {
  readonly role: 'image';
  /** Id of an asset of the same tenant. */
  readonly assetId: number;
}

/** One request for one operation. Plain JSON. */
export interface JobRequest {
  readonly operation: Operation;
  /** A model of the catalog, e.g. `v6`. */
  readonly model: string;
  readonly prompt: string;
  readonly negativePrompt: string;
  /** 0 … 2147483647. Chosen at admission when the caller gave none, so that a repeated attempt makes the same frames. */
  readonly seed: number;
  readonly quality: Quality;
  /** Seconds. */
  readonly durationS: number;
  /** Null where the picture decides (image to video). */
  readonly aspectRatio: AspectRatio | null;
  /** True when the result carries sound. */
  readonly audio: boolean;
  readonly motionMode: 'normal' | 'fast';
  readonly style: string;
  readonly cameraMovement: string | null;
  readonly multiClip: boolean;
  /** Null: none asked for. An empty string: derived from the picture. */
  readonly soundEffect: string | null;
  /** Null: none asked for. */
  readonly speech: { readonly text: string; readonly speakerId: string } | null;
  readonly inputs: readonly InputRef[];
}
