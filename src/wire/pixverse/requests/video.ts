import { z } from 'zod';
import type { InputDraft, JobRequest, Operation } from '../../../core/request.ts';
import {
  CAMERA_MOVEMENTS,
  durationsAt,
  FAST_DURATION_S,
  LIMITS,
  MODEL_QUALITIES,
  MODELS,
  MOTION_MODES,
  type Model,
  type ModelLimits,
  NEGATIVE_PROMPT_MAX,
  STYLES,
  THINKING_TYPES,
} from '../models.ts';
import { OURS } from '../ours.ts';
import { readSeed, type Reading } from './draft.ts';
import {
  flagField,
  idField,
  invalid,
  limitText,
  looseFlagField,
  oneOf,
  required,
  textField,
  wholeField,
} from './fields.ts';
import { type Spoken, sayIt } from './speech.ts';

/** The fields that text to video and image to video share: reference/pixverse-platform.md §4.1. */
export const videoFields = {
  prompt: textField,
  model: textField,
  duration: wholeField,
  quality: textField,
  motion_mode: textField,
  negative_prompt: textField,
  seed: wholeField,
  style: textField,
  template_id: idField,
  camera_movement: textField,
  sound_effect_switch: flagField,
  sound_effect_content: textField,
  lip_sync_switch: looseFlagField,
  lip_sync_tts_switch: looseFlagField,
  lip_sync_tts_content: textField,
  lip_sync_tts_speaker_id: idField,
  generate_audio_switch: flagField,
  generate_multi_clip_switch: flagField,
  thinking_type: textField,
};

const videoBody = z.object(videoFields);

/** The fields as they were read. */
export type VideoBody = z.infer<typeof videoBody>;

/** What the fields of §4.1 say, before an operation adds its ratio and its pictures. */
export interface VideoPart {
  readonly limits: ModelLimits;
  readonly model: Model;
  /** With what the speech needs as inputs; an operation adds its own. */
  readonly request: Omit<JobRequest, 'aspectRatio' | 'inputs'> & { readonly inputs: readonly InputDraft[] };
}

/** What an operation changes of the rules of §4.1. */
export interface VideoRules {
  readonly models: readonly Model[];
  /** Characters of the prompt; the model's own limit where absent. */
  readonly promptMax?: number;
}

/**
 * Applies the rules of §4.1. Required fields come first (400011), then the rules in the order of the table (400017, and
 * 400018 or 400019 for texts that are too long). `reading` gives the seed of a request without one; 0 is a seed like any other.
 */
export function readVideo(
  body: VideoBody,
  operation: Operation,
  reading: Reading,
  rules: VideoRules = { models: MODELS },
): VideoPart {
  const prompt = required('prompt', body.prompt);
  const modelName = required('model', body.model);
  const durationS = required('duration', body.duration);
  const qualityName = required('quality', body.quality);
  const model = oneOf('model', modelName, rules.models);
  const limits = LIMITS[model];
  limitText('prompt', prompt, rules.promptMax ?? limits.promptMax, 'prompt_too_long');
  const negativePrompt = body.negative_prompt ?? '';
  limitText('negative_prompt', negativePrompt, NEGATIVE_PROMPT_MAX, 'negative_prompt_too_long');
  const quality = oneOf('quality', qualityName, MODEL_QUALITIES);
  oneOf('duration', durationS, durationsAt(limits, quality), ` for ${model} at ${quality}, in seconds`);
  const motionMode = readMotionMode(body.motion_mode, limits, durationS, quality);
  const soundEffect = readSoundEffect(body, model, limits);
  const { speech, inputs } = readSpeech(body, model, limits);
  if (body.thinking_type && model === 'v5.5') oneOf('thinking_type', body.thinking_type, THINKING_TYPES);
  const request = {
    operation,
    model,
    prompt,
    negativePrompt,
    seed: readSeed(body.seed, reading),
    quality,
    durationS,
    // Ignored where the model has no switch: clients send it always (reference/what-clients-send.md).
    audio: (limits.audioSwitch && body.generate_audio_switch === true) || soundEffect !== null || speech !== null,
    motionMode,
    style: readStyle(body.style, model, limits),
    cameraMovement: readCamera(body.camera_movement, model, limits, operation),
    multiClip: readMultiClip(body.generate_multi_clip_switch, model, limits),
    soundEffect,
    speech,
    inputs,
  };
  return { limits, model, request };
}

/** Models that allow what `has` says, for messages. */
function modelsWith(has: (limits: ModelLimits) => boolean): string {
  return MODELS.filter((model) => has(LIMITS[model])).join(', ');
}

function readMotionMode(
  mode: string | null | undefined,
  limits: ModelLimits,
  durationS: number,
  quality: string,
): JobRequest['motionMode'] {
  if (!limits.motionMode || !mode) return 'normal';
  const motion = oneOf('motion_mode', mode, MOTION_MODES);
  if (motion === 'fast' && (durationS !== FAST_DURATION_S || quality === '1080p')) {
    invalid('motion_mode', `fast goes only with duration ${FAST_DURATION_S} and not with quality 1080p; use normal.`);
  }
  return motion;
}

function readStyle(style: string | null | undefined, model: Model, limits: ModelLimits): string {
  if (!style) return '';
  if (!limits.style) {
    invalid('style', `${model} has no styles; leave style out, or use ${modelsWith((other) => other.style)}.`);
  }
  return oneOf('style', style, STYLES);
}

function readCamera(
  movement: string | null | undefined,
  model: Model,
  limits: ModelLimits,
  operation: Operation,
): string | null {
  // `default` is the official MCP server's word for none (§4.1.1).
  if (!movement || movement === 'default') return null;
  if (!limits.cameraMovement.includes(operation)) {
    const others = modelsWith((other) => other.cameraMovement.includes(operation));
    invalid('camera_movement', `${model} does not take it here; leave camera_movement out, or use ${others}.`);
  }
  return oneOf('camera_movement', movement, CAMERA_MOVEMENTS);
}

function readMultiClip(wanted: boolean | null | undefined, model: Model, limits: ModelLimits): boolean {
  if (wanted !== true || limits.multiClip === 'ignored') return false;
  if (limits.multiClip === 'yes') return true;
  return invalid(
    'generate_multi_clip_switch',
    `${model} makes single shots; leave it out, or use ${modelsWith((other) => other.multiClip === 'yes')}.`,
  );
}

function refuseInlineSound(field: string, model: Model): never {
  const others = modelsWith((other) => other.inlineSound);
  invalid(field, `${model} does not take it; leave ${field} out, send generate_audio_switch, or use ${others}.`);
}

function readSoundEffect(body: VideoBody, model: Model, limits: ModelLimits): string | null {
  if (body.sound_effect_switch !== true) return null;
  if (!limits.inlineSound) refuseInlineSound('sound_effect_switch', model);
  const content = body.sound_effect_content ?? '';
  limitText('sound_effect_content', content, OURS.soundEffectTextMax);
  return content;
}

/** The schema says `lip_sync_switch`, the examples `lip_sync_tts_switch`: either turns it on. */
function readSpeech(body: VideoBody, model: Model, limits: ModelLimits): Spoken {
  const field = body.lip_sync_switch === true ? 'lip_sync_switch' : 'lip_sync_tts_switch';
  if (body[field] !== true) return { speech: null, inputs: [] };
  if (!limits.inlineSound) refuseInlineSound(field, model);
  const text = required('lip_sync_tts_content', body.lip_sync_tts_content);
  limitText('lip_sync_tts_content', text, OURS.speechTextMax);
  const speaker = required('lip_sync_tts_speaker_id', body.lip_sync_tts_speaker_id);
  return sayIt(text, 'lip_sync_tts_speaker_id', speaker);
}
