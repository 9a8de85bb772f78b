import type { AspectRatio, Operation } from '../../core/request.ts';
import { OURS } from './ours.ts';

/** Limits of each model as data. Section numbers are places in reference/pixverse-platform.md. */

/** §4.1 `model`. */
export const MODELS = ['v3.5', 'v4', 'v4.5', 'v5', 'v5.5', 'v5.6', 'v6', 'c1'] as const;

export type Model = (typeof MODELS)[number];

/** §4.1 `quality`. */
export const MODEL_QUALITIES = ['360p', '540p', '720p', '1080p'] as const;

/** A quality that models make. */
export type ModelQuality = (typeof MODEL_QUALITIES)[number];

/** What one model takes. */
export interface ModelLimits {
  /** Seconds a clip may have. §4.1 `duration`, §11 "durations". */
  readonly durationsS: readonly number[];
  /** Longest clip at 1080p, seconds. §4.1 `duration`, §11 "1080p limit". */
  readonly longest1080pS: number;
  /** §4.1 `aspect_ratio`, §11 "ratios". */
  readonly ratios: readonly AspectRatio[];
  /** Does `motion_mode` mean anything? Where it does not it is ignored. §4.1 `motion_mode`, §11. */
  readonly motionMode: boolean;
  /** Operations in which `camera_movement` is taken. §4.1 `camera_movement`, §11. */
  readonly cameraMovement: readonly Operation[];
  /** §4.1 `style`, §11. */
  readonly style: boolean;
  /** `sound_effect_*` and `lip_sync_*` as parameters. §4.1, §11. */
  readonly inlineSound: boolean;
  /** `generate_audio_switch`; ignored where false (reference/what-clients-send.md). §4.1, §11. */
  readonly audioSwitch: boolean;
  /** `generate_multi_clip_switch`. §4.1, §11. */
  readonly multiClip: 'yes' | 'no' | 'ignored';
  /** Characters of `prompt`. §4.1: 2048 until the launch of v6, 5000 on the newest pages, which list every model; §17. */
  readonly promptMax: number;
}

/** §4.1 `aspect_ratio`: every model. */
const FIVE_RATIOS = ['16:9', '4:3', '1:1', '3:4', '9:16'] as const;
/** §4.1 `aspect_ratio`: added by v6 and c1. */
const EIGHT_RATIOS = [...FIVE_RATIOS, '2:3', '3:2', '21:9'] as const;
/** §4.1 `duration`: v6 and c1 take any whole number of seconds from 1 to 15. */
const ONE_TO_FIFTEEN = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15] as const;
const BOTH: readonly Operation[] = ['text-to-video', 'image-to-video'];
const PROMPT_MAX = 5000;

/** §11, with the limits of §4.1. */
export const LIMITS: Readonly<Record<Model, ModelLimits>> = {
  'v3.5': {
    durationsS: [5, 8],
    longest1080pS: 5,
    ratios: FIVE_RATIOS,
    motionMode: true,
    cameraMovement: [],
    style: true,
    inlineSound: true,
    audioSwitch: false,
    multiClip: 'no',
    promptMax: PROMPT_MAX,
  },
  v4: {
    durationsS: [5, 8],
    longest1080pS: OURS.v4Longest1080pS,
    ratios: FIVE_RATIOS,
    motionMode: true,
    cameraMovement: BOTH,
    style: false,
    inlineSound: true,
    audioSwitch: false,
    multiClip: 'no',
    promptMax: PROMPT_MAX,
  },
  'v4.5': {
    durationsS: [5, 8],
    longest1080pS: OURS.v4Longest1080pS,
    ratios: FIVE_RATIOS,
    motionMode: true,
    cameraMovement: BOTH,
    style: false,
    inlineSound: true,
    audioSwitch: false,
    multiClip: 'no',
    promptMax: PROMPT_MAX,
  },
  v5: {
    durationsS: [5, 8],
    longest1080pS: 8,
    ratios: FIVE_RATIOS,
    motionMode: false,
    cameraMovement: ['image-to-video'],
    style: false,
    inlineSound: true,
    audioSwitch: false,
    multiClip: 'no',
    promptMax: PROMPT_MAX,
  },
  'v5.5': {
    durationsS: [5, 8, 10],
    longest1080pS: 8,
    ratios: FIVE_RATIOS,
    motionMode: false,
    cameraMovement: [],
    style: false,
    inlineSound: false,
    audioSwitch: true,
    multiClip: 'yes',
    promptMax: PROMPT_MAX,
  },
  'v5.6': {
    durationsS: [5, 8, 10],
    longest1080pS: 8,
    ratios: FIVE_RATIOS,
    motionMode: false,
    cameraMovement: [],
    style: false,
    inlineSound: false,
    audioSwitch: true,
    multiClip: 'no',
    promptMax: PROMPT_MAX,
  },
  v6: {
    durationsS: ONE_TO_FIFTEEN,
    longest1080pS: 15,
    ratios: EIGHT_RATIOS,
    motionMode: false,
    cameraMovement: [],
    style: false,
    inlineSound: false,
    audioSwitch: true,
    multiClip: 'yes',
    promptMax: PROMPT_MAX,
  },
  c1: {
    durationsS: ONE_TO_FIFTEEN,
    longest1080pS: 15,
    ratios: EIGHT_RATIOS,
    motionMode: false,
    cameraMovement: [],
    style: false,
    inlineSound: false,
    audioSwitch: true,
    multiClip: 'ignored',
    promptMax: PROMPT_MAX,
  },
};

/** §4.1 `negative_prompt`. Characters. */
export const NEGATIVE_PROMPT_MAX = 2048;
/** §4.1 `seed`. */
export const SEED_MAX = 2_147_483_647;
/** §4.1 `motion_mode`. */
export const MOTION_MODES = ['normal', 'fast'] as const;
/** §4.1 `motion_mode`: the only clip length, in seconds, that `fast` goes with; never at 1080p. */
export const FAST_DURATION_S = 5;
/** §4.1 `style`. */
export const STYLES = ['anime', '3d_animation', 'clay', 'comic', 'cyberpunk'] as const;
/** §4.1 `thinking_type`. */
export const THINKING_TYPES = ['enabled', 'disabled', 'auto'] as const;

/** §4.1.1. */
export const CAMERA_MOVEMENTS = [
  'horizontal_left',
  'horizontal_right',
  'vertical_up',
  'vertical_down',
  'zoom_in',
  'zoom_out',
  'crane_up',
  'quickly_zoom_in',
  'quickly_zoom_out',
  'smooth_zoom_in',
  'camera_rotation',
  'robo_arm',
  'super_dolly_out',
  'whip_pan',
  'hitchcock',
  'left_follow',
  'right_follow',
  'pan_left',
  'pan_right',
  'fix_bg',
] as const;

/** §4.6: the system's voices in the order of the list, by id. Requests spell the last one in lower case. */
export const SPEAKERS = [
  ['7', 'Harper'],
  ['8', 'Ava'],
  ['3', 'Isabella'],
  ['9', 'Sophia'],
  ['1', 'Emily'],
  ['5', 'Chloe'],
  ['10', 'Julia'],
  ['11', 'Mason'],
  ['12', 'Jack'],
  ['4', 'Liam'],
  ['2', 'James'],
  ['13', 'Oliver'],
  ['6', 'Adrian'],
  ['14', 'Ethan'],
  ['Auto', 'Auto'],
] as const;

/** The limits of a model, or undefined where the name is none. */
export function limitsOf(model: string): ModelLimits | undefined {
  return isModel(model) ? LIMITS[model] : undefined;
}

/** True for a name of §4.1 `model`. */
export function isModel(name: string): name is Model {
  return Object.hasOwn(LIMITS, name);
}

/** True for a quality of §4.1 `quality`. */
export function isModelQuality(quality: string | null): quality is ModelQuality {
  return (MODEL_QUALITIES as readonly (string | null)[]).includes(quality);
}

/** The clip lengths a model makes at a quality, seconds. */
export function durationsAt(limits: ModelLimits, quality: ModelQuality): readonly number[] {
  return quality === '1080p' ? limits.durationsS.filter((s) => s <= limits.longest1080pS) : limits.durationsS;
}
