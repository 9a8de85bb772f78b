/** What is made of a video that is there: reference/pixverse-platform.md §4.5, §4.9, §4.13, §4.15, §4.16, §4.20. */
import type { JobRequest } from '../../../core/request.ts';
import { type Body, type Carried, on, said, spokenFields } from './parts.ts';

/** §4.5. The seed is not among its fields; what reads one makes the same frames again. */
export function encodeLipSync(request: JobRequest, inputs: Carried): Body {
  return { video_media_id: inputs.one('source'), ...spokenFields(request, inputs), seed: request.seed };
}

/** §4.13: the older pages name the text `sound_effect_content`, the newest `prompt`. */
export function encodeSoundEffect(request: JobRequest, inputs: Carried): Body {
  const text = said(request.soundEffect);
  return {
    video_media_id: inputs.one('source'),
    sound_effect_content: text,
    prompt: text,
    original_sound_switch: on(request.options?.keepSound),
    seed: request.seed,
  };
}

/** §4.9. */
export function encodeRestyle(request: JobRequest, inputs: Carried): Body {
  const style = request.options?.restyleId ?? null;
  return {
    video_media_id: inputs.one('source'),
    restyle_id: style,
    restyle_prompt: style === null ? request.prompt : undefined,
    seed: request.seed,
  };
}

/** §4.15. */
export function encodeMotionControl(request: JobRequest, inputs: Carried): Body {
  const { quality, seed } = request;
  return { video_media_id: inputs.one('source'), img_id: inputs.one('image'), quality, seed };
}

/** §4.16, without masks: those are known to the account that made them alone, by ids of their own. */
export function encodeModify(request: JobRequest, inputs: Carried): Body {
  const { prompt, quality, seed, options } = request;
  const pictures = inputs.ids('reference');
  const keyframes = options?.keyframes ?? [];
  return {
    video_media_id: inputs.one('source'),
    prompt,
    img_ids: pictures.length === 0 ? undefined : pictures,
    keyframe_ids: keyframes.length === 0 ? undefined : [...keyframes],
    quality,
    seed,
  };
}

/** §4.20. */
export function encodeUpscale(_request: JobRequest, inputs: Carried): Body {
  return { video_media_id: inputs.one('source') };
}
