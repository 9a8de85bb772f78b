import type { Reading } from './draft.ts';
import { z } from 'zod';
import type { JobDraft } from '../../../core/request.ts';
import { oneOf, readBody, required, textField } from './fields.ts';
import { decodeTemplate, readTemplate } from './template.ts';
import { readVideo, videoFields } from './video.ts';

/** Body of `POST /video/text/generate`: reference/pixverse-platform.md §4.1. */
export const textToVideoBody = z.object({ ...videoFields, aspect_ratio: textField });

/** Decodes the body, or refuses. `reading` is asked for a seed where the body has none. */
export function decodeTextToVideo(raw: unknown, reading: Reading): JobDraft {
  const body = readBody(textToVideoBody, raw);
  const template = readTemplate(body.template_id, 'video', reading);
  if (template !== undefined) return decodeTemplate(template, body, reading);
  const { model, limits, request } = readVideo(body, 'text-to-video', reading);
  const ratio = required('aspect_ratio', body.aspect_ratio);
  return { ...request, aspectRatio: oneOf('aspect_ratio', ratio, limits.ratios, ` for ${model}`) };
}
