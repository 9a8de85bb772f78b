import type { Reading } from './draft.ts';
import { z } from 'zod';
import type { JobDraft } from '../../../core/request.ts';
import { MODELS } from '../models.ts';
import { idField, readBody, required } from './fields.ts';
import { imageInput } from './sources.ts';
import { readVideo, videoFields } from './video.ts';

const { camera_movement, generate_multi_clip_switch, style, template_id, ...shared } = videoFields;

/** §4.4. */
const PROMPT_MAX = 2048;

/** Body of `POST /video/transition/generate`: reference/pixverse-platform.md §4.4. */
export const transitionBody = z.object({ ...shared, first_frame_img: idField, last_frame_img: idField });

/** Decodes the body, or refuses: a video from one uploaded picture to another. */
export function decodeTransition(raw: unknown, reading: Reading): JobDraft {
  const body = readBody(transitionBody, raw);
  const first = required('first_frame_img', body.first_frame_img);
  const last = required('last_frame_img', body.last_frame_img);
  const { request } = readVideo(body, 'transition', reading, { models: MODELS, promptMax: PROMPT_MAX });
  return {
    ...request,
    aspectRatio: null,
    inputs: [
      imageInput('first-frame', 'first_frame_img', first),
      imageInput('last-frame', 'last_frame_img', last),
      ...request.inputs,
    ],
  };
}
