/** What a model makes new: reference/pixverse-platform.md §4.1 to §4.4, §4.7, §4.8, §4.14. */
import type { JobRequest } from '../../../core/request.ts';
import { type Body, type Carried, motion, on, said, soundFields } from './parts.ts';

/** The fields that every clip has (§4.1). */
export function encodeClip(request: JobRequest): Body {
  return {
    prompt: request.prompt,
    model: request.model,
    duration: request.durationS,
    quality: request.quality,
    seed: request.seed,
    negative_prompt: said(request.negativePrompt),
    motion_mode: motion(request),
    style: said(request.style),
    camera_movement: request.cameraMovement,
    generate_multi_clip_switch: on(request.multiClip),
    ...soundFields(request),
  };
}

/** §4.4. */
export function encodeTransition(request: JobRequest, inputs: Carried): Body {
  return {
    ...encodeClip(request),
    first_frame_img: inputs.one('first-frame'),
    last_frame_img: inputs.one('last-frame'),
  };
}

/** §4.8: the last picture has neither a duration nor a prompt. */
export function encodeMultiTransition(request: JobRequest, inputs: Carried): Body {
  const segments = request.options?.segments ?? [];
  const frames = inputs.ids('frame').map((id, index) => {
    const segment = segments[index];
    if (segment === undefined) return { img_id: id };
    const { durationS, prompt } = segment;
    return prompt === '' ? { img_id: id, duration: durationS } : { img_id: id, duration: durationS, prompt };
  });
  const { model, quality, seed } = request;
  return { multi_transition: frames, model, quality, seed, motion_mode: motion(request) };
}

/** §4.14. */
export function encodeExtend(request: JobRequest, inputs: Carried): Body {
  return { ...encodeClip(request), video_media_id: inputs.one('source') };
}

/** §4.7. */
export function encodeFusion(request: JobRequest, inputs: Carried): Body {
  const named = (name: string | undefined) => (name === undefined ? {} : { ref_name: name });
  const references = inputs.inputs.filter(({ role }) => role === 'reference' || role === 'background');
  const pictures = references
    .filter(({ kind }) => kind === 'image')
    .map(({ id, role, name }) => ({
      type: role === 'background' ? 'background' : 'subject',
      img_id: id,
      ...named(name),
    }));
  const videos = references
    .filter(({ kind }) => kind === 'video')
    .map(({ id, name }) => ({ video_media_id: id, ...named(name) }));
  return {
    ...encodeClip(request),
    aspect_ratio: request.aspectRatio,
    image_references: pictures,
    video_references: videos.length === 0 ? undefined : videos,
    reference_mode: request.options?.omni === true ? 'omni' : undefined,
  };
}
