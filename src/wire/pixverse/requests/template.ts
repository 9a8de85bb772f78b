import type { JobDraft } from '../../../core/request.ts';
import type { Template } from '../../../core/template.ts';
import { refuse } from '../../../std/errors.ts';
import { readId } from '../../../std/ids.ts';
import { MODEL_QUALITIES } from '../models.ts';
import { draftOf, readSeed, type Reading } from './draft.ts';
import { given, invalid, limitText, missing, oneOf, required } from './fields.ts';
import { imageInput } from './sources.ts';
import type { VideoBody } from './video.ts';

/** §4.3: the prompt is ignored, and still has this limit. */
const PROMPT_MAX = 2048;

interface TemplateBody extends VideoBody {
  readonly img_id?: string | number | null | undefined;
  readonly img_ids?: readonly unknown[] | null | undefined;
  readonly aspect_ratio?: unknown;
}

/**
 * The template a field names, of the kind the route makes; undefined for none (0, as the samples send it). Whether the
 * tenant has activated it is seen when the job is accepted (engine/templates.ts).
 */
export function readTemplate(
  value: string | number | null | undefined,
  makes: Template['makes'],
  { templates }: Reading,
): Template | undefined {
  if (value === undefined || value === null || value === 0 || value === '' || value === '0') return undefined;
  const id = readId(value);
  const found = templates.find((known) => known.id === id && known.makes === makes);
  if (found !== undefined) return found;
  return refuse('template_inactive', {
    field: 'template_id',
    message: 'template_id names no template of this kind. The list of templates has their ids; send 0 for none.',
  });
}

/**
 * A video of a template: reference/pixverse-platform.md §4.3. The template decides the length and what is to be seen;
 * prompt, model and duration are formally there and ignored.
 */
export function decodeTemplate(template: Template, body: TemplateBody, reading: Reading): JobDraft {
  if (body.camera_movement) invalid('camera_movement', 'It does not go with template_id; leave one of them out.');
  const prompt = body.prompt ?? '';
  limitText('prompt', prompt, PROMPT_MAX, 'prompt_too_long');
  const quality = oneOf('quality', required('quality', body.quality), MODEL_QUALITIES);
  if (!template.qualities.includes(quality)) {
    refuse('template_quality', {
      field: 'quality',
      message: `quality is not one of this template's: ${template.qualities.join(', ')}. Use one of them.`,
    });
  }
  const inputs = readPictures(template, body.img_id, body.img_ids);
  const music = body.sound_effect_switch === true;
  return draftOf('template', readSeed(body.seed, reading), {
    prompt,
    quality,
    durationS: template.durationS,
    aspectRatio: inputs.length > 0 ? null : template.ratio,
    audio: music,
    soundEffect: music ? '' : null,
    inputs,
    options: { templateId: template.id },
  });
}

/** One picture as `img_id`, several as `img_ids` (§4.3); as many as the template takes. */
export function readPictures(
  template: Template,
  one: string | number | null | undefined,
  several: readonly unknown[] | null | undefined,
): JobDraft['inputs'] {
  const { min, max } = template.pictures;
  const list = several ?? [];
  const ids = list.length > 0 ? list : one === undefined || one === null || one === '' ? [] : [one];
  const field = min > 1 || (several && !given(one)) ? 'img_ids' : 'img_id';
  if (ids.length === 0 && min > 0) missing(field);
  if (ids.length < min || ids.length > max) {
    invalid(field, `This template takes ${min === max ? min : `${min} to ${max}`} pictures, not ${ids.length}.`);
  }
  return ids.map((id, index) => {
    const place = list.length > 0 ? `img_ids[${index}]` : 'img_id';
    return imageInput('image', place, typeof id === 'number' || typeof id === 'string' ? id : '');
  });
}
