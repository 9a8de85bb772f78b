import { z } from 'zod';
import type { KnownInput } from '../../../contracts/views.ts';
import type { InputDraft, JobDraft, JobRequest } from '../../../core/request.ts';
import { checkInput, checkKeyframe, checkMask, keyframesOf, SOURCE_VIDEO } from '../inputs.ts';
import { draftOf, readSeed, settleFromSource, type Reading } from './draft.ts';
import { idListField, invalid, limitText, oneOf, readBody, required, textField, wholeField } from './fields.ts';
import { imageInput, maskInput, readKeyframe, readSource, sourceFields } from './sources.ts';
import { REDRAWN_QUALITIES } from './swap.ts';

/** §4.16. */
const PROMPT_MAX = 5000;
const PICTURES_MAX = 3;
const MASKS_MAX = 3;

/** Body of `POST /video/modify/generate`: reference/pixverse-platform.md §4.16. `keyframe_ids` comes as a number or a list. */
export const modifyBody = z.object({
  ...sourceFields,
  prompt: textField,
  img_ids: idListField,
  mask_ids: idListField,
  mask_urls: idListField,
  keyframe_ids: z.union([z.int(), z.array(z.int())], { error: 'an integer or a list of integers' }).nullish(),
  quality: textField,
  seed: wholeField,
});

/** Decodes the body, or refuses: a video changed in words; `@selection0` is its first mask, `@img0` its first picture. */
export function decodeModify(raw: unknown, reading: Reading): JobDraft {
  const body = readBody(modifyBody, raw);
  const source = readSource(body);
  const prompt = required('prompt', body.prompt);
  limitText('prompt', prompt, PROMPT_MAX, 'prompt_too_long');
  const quality = oneOf('quality', required('quality', body.quality), REDRAWN_QUALITIES);
  if ((body.mask_urls ?? []).length > 0) {
    invalid('mask_urls', 'Masks from elsewhere are not taken; send the mask_ids of an answer to mask selection.');
  }
  const masks = readList('mask_ids', body.mask_ids, MASKS_MAX, (field, id, index) =>
    maskInput(field, id, `selection${index}`),
  );
  const pictures = readList('img_ids', body.img_ids, PICTURES_MAX, (field, id, index) =>
    imageInput('reference', field, id, `img${index}`),
  );
  checkNamed(prompt, 'selection', masks.length, 'mask_ids');
  checkNamed(prompt, 'img', pictures.length, 'img_ids');
  const asked = body.keyframe_ids ?? [];
  const keyframes = (Array.isArray(asked) ? asked : [asked]).map((frame) => readKeyframe('keyframe_ids', frame));
  return draftOf('modify', readSeed(body.seed, reading), {
    prompt,
    quality,
    inputs: [source, ...masks, ...pictures],
    options: { keyframes },
  });
}

function readList(
  field: string,
  ids: readonly unknown[] | null | undefined,
  max: number,
  read: (field: string, id: string | number, index: number) => InputDraft,
): InputDraft[] {
  const list = ids ?? [];
  if (list.length > max) invalid(field, `At most ${max} are taken, not ${list.length}.`);
  return list.map((id, index) =>
    read(`${field}[${index}]`, typeof id === 'number' || typeof id === 'string' ? id : '', index),
  );
}

/** What the prompt calls by a number has to be there. */
function checkNamed(prompt: string, name: string, count: number, field: string): void {
  for (const [text, digits] of prompt.matchAll(new RegExp(`@${name}([0-9]{1,6})`, 'g'))) {
    if (Number(digits) >= count) {
      invalid('prompt', `It speaks of ${text}, but ${field} has ${count}; the first is @${name}0.`);
    }
  }
}

/** Video, frames and masks have to belong together; without frames, those of the masks count. */
export function completeModify(draft: JobDraft, inputs: readonly KnownInput[]): JobRequest {
  const asked = draft.options?.keyframes ?? [];
  const masks = inputs.filter(({ ref }) => ref.role === 'mask');
  const keyframes = asked.length > 0 ? asked : [...new Set(masks.flatMap(keyframesOf))];
  const named = { ...draft, options: { ...draft.options, keyframes } };
  return settleFromSource(named, inputs, (source) => {
    checkInput(source, SOURCE_VIDEO);
    for (const keyframe of asked) checkKeyframe('keyframe_ids', keyframe, source);
    for (const mask of masks) checkMask(mask, source, asked.length > 0 ? asked : null, 'keyframe_ids');
  });
}
