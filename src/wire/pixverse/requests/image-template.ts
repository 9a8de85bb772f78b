import { z } from 'zod';
import type { JobDraft } from '../../../core/request.ts';
import { draftOf, readSeed, type Reading } from './draft.ts';
import { idField, idListField, missing, readBody, required, wholeField } from './fields.ts';
import { readPictures, readTemplate } from './template.ts';

/** Body of `POST /image/template/generate`: reference/pixverse-platform.md §4.18. The ids come as numbers or strings. */
export const imageTemplateBody = z.object({ img_ids: idListField, template_id: idField, seed: wholeField });

/** Decodes the body, or refuses: a picture made from pictures. */
export function decodeImageTemplate(raw: unknown, reading: Reading): JobDraft {
  const body = readBody(imageTemplateBody, raw);
  const ids = required('img_ids', body.img_ids);
  const template = readTemplate(body.template_id, 'image', reading) ?? missing('template_id');
  return draftOf('image-template', readSeed(body.seed, reading), {
    durationS: 0,
    inputs: readPictures(template, null, ids),
    options: { templateId: template.id },
  });
}
