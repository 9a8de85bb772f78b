/** What is made of a video that is there: reference/pixverse-platform.md §4.5, §4.9, §4.11 to §4.13, §4.15, §4.16, §4.20. */
import type { JobRequest } from '../../../core/request.ts';
import { restyleOf } from '../restyles.ts';
import { type Body, type Carried, idOf, on, said, some, spokenFields } from './parts.ts';

/** §4.5. The seed is not among its fields; what reads one makes the same frames again. */
export function encodeLipSync(request: JobRequest, inputs: Carried): Body {
  return { ...inputs.source(), ...spokenFields(request, inputs), seed: request.seed };
}

/** §4.13: the older pages name the text `sound_effect_content`, the newest `prompt`. */
export function encodeSoundEffect(request: JobRequest, inputs: Carried): Body {
  const text = said(request.soundEffect);
  return {
    ...inputs.source(),
    sound_effect_content: text,
    prompt: text,
    original_sound_switch: on(request.options?.keepSound),
    seed: request.seed,
  };
}

/**
 * §4.9. A style of the list is sent in words: the numbers of the list are ours, and the vendor's own are not published
 * (§4.10).
 */
export function encodeRestyle(request: JobRequest, inputs: Carried): Body {
  const style = request.options?.restyleId ?? null;
  const words = style === null ? request.prompt : restyleOf(style)?.prompt;
  return { ...inputs.source(), restyle_prompt: words, seed: request.seed };
}

/** §4.11. */
export function encodeMaskSelection({ options }: JobRequest, inputs: Carried): Body {
  return { ...inputs.source(), keyframe_id: options?.keyframes?.[0] };
}

/** §4.12: what happens to the sound where nothing is said is not documented, so it is said. */
export function encodeSwap({ quality, seed, options }: JobRequest, inputs: Carried): Body {
  return {
    ...inputs.source(),
    keyframe_id: options?.keyframes?.[0],
    mask_id: inputs.one('mask').id,
    img_id: idOf(inputs.one('image')),
    quality,
    original_sound_switch: options?.keepSound === true,
    seed,
  };
}

/** §4.15. */
export function encodeMotionControl(request: JobRequest, inputs: Carried): Body {
  const { quality, seed } = request;
  return { ...inputs.source(), img_id: idOf(inputs.one('image')), quality, seed };
}

/** §4.16. The prompt speaks of masks and pictures by their places. */
export function encodeModify(request: JobRequest, inputs: Carried): Body {
  const { prompt, quality, seed, options } = request;
  return {
    ...inputs.source(),
    prompt,
    img_ids: some(inputs.of('reference').map(idOf)),
    mask_ids: some(inputs.of('mask').map(({ id }) => id)),
    keyframe_ids: some(options?.keyframes ?? []),
    quality,
    seed,
  };
}

/** §4.20. */
export function encodeUpscale(_request: JobRequest, inputs: Carried): Body {
  return inputs.source();
}
