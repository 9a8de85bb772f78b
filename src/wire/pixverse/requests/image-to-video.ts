import type { Reading } from './draft.ts';
import { z } from 'zod';
import type { JobDraft } from '../../../core/request.ts';
import { idField, idListField, invalid, readBody, required } from './fields.ts';
import { imageInput } from './sources.ts';
import { decodeTemplate, readTemplate } from './template.ts';
import { readVideo, videoFields } from './video.ts';

/**
 * Body of `POST /video/img/generate`: reference/pixverse-platform.md §4.2. `aspect_ratio` is not a field of it; clients
 * send it all the same (also `auto`), and like every field nobody names it is ignored.
 */
export const imageToVideoBody = z.object({ ...videoFields, img_id: idField, img_ids: idListField });

/** Decodes the body, or refuses. Whether the picture exists is for the gateway to say; `reading` as in text to video. */
export function decodeImageToVideo(raw: unknown, reading: Reading): JobDraft {
  const body = readBody(imageToVideoBody, raw);
  if (body.img_ids && body.img_ids.length > 0 && body.img_id !== undefined && body.img_id !== null) {
    invalid('img_ids', 'Send img_id or img_ids, not both; img_ids is for templates of several pictures.');
  }
  const template = readTemplate(body.template_id, 'video', reading);
  if (template !== undefined) return decodeTemplate(template, body, reading);
  const image = required('img_id', body.img_id);
  const { request } = readVideo(body, 'image-to-video', reading);
  return {
    ...request,
    aspectRatio: null,
    inputs: [imageInput('image', 'img_id', image), ...request.inputs],
  };
}
