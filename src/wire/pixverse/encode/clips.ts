/** What a model makes new: reference/pixverse-platform.md §4.1 to §4.4, §4.7, §4.8, §4.14. */
import type { JobRequest } from '../../../core/request.ts';
import type { Model } from '../models.ts';
import { REFERENCES_MAX } from '../requests/fusion.ts';
import { type Body, type Carried, idOf, motion, on, said, some, soundFields, videoField } from './parts.ts';

/** The fields that every clip has (§4.1). */
export function encodeClip(request: JobRequest, inputs: Carried): Body {
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
    ...soundFields(request, inputs),
  };
}

/** §4.4. */
export function encodeTransition(request: JobRequest, inputs: Carried): Body {
  return {
    ...encodeClip(request, inputs),
    first_frame_img: idOf(inputs.one('first-frame')),
    last_frame_img: idOf(inputs.one('last-frame')),
  };
}

/** §4.8: the last picture has neither a duration nor a prompt. */
export function encodeMultiTransition(request: JobRequest, inputs: Carried): Body {
  const segments = request.options?.segments ?? [];
  const frames = inputs.of('frame').map((frame, index) => {
    const id = idOf(frame);
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
  return { ...encodeClip(request, inputs), ...inputs.source() };
}

/** §4.7: `reference_mode` stands where videos, or more pictures than the model takes without it, ask for it. */
export function encodeFusion(request: JobRequest, inputs: Carried): Body {
  const named = (name: string | undefined) => (name === undefined ? {} : { ref_name: name });
  const references = inputs.inputs.filter(({ role }) => role === 'reference' || role === 'background');
  const pictures = references
    .filter(({ kind }) => kind === 'image')
    .map((picture) => ({
      type: picture.role === 'background' ? 'background' : 'subject',
      img_id: idOf(picture),
      ...named(picture.name),
    }));
  const videos = references
    .filter(({ kind }) => kind === 'video')
    .map((video) => ({ ...videoField(video), ...named(video.name) }));
  const many = pictures.length > (REFERENCES_MAX[request.model as Model] ?? 0);
  return {
    ...encodeClip(request, inputs),
    // With videos it has to be 0: they decide.
    ...(videos.length > 0 ? { duration: 0 } : {}),
    aspect_ratio: request.aspectRatio ?? 'auto',
    image_references: some(pictures),
    video_references: some(videos),
    reference_mode: many || videos.length > 0 ? 'omni' : undefined,
  };
}
