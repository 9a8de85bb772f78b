import { z } from 'zod';
import type { KnownInput } from '../../../contracts/views.ts';
import type { JobDraft, JobRequest } from '../../../core/request.ts';
import { checkInput, checkKeyframe, checkMask, SOURCE_VIDEO } from '../inputs.ts';
import { OURS } from '../ours.ts';
import { draftOf, inputOf, readSeed, settleFromSource, type Reading } from './draft.ts';
import { flagField, idField, oneOf, readBody, required, textField, wholeField } from './fields.ts';
import { imageInput, maskInput, readKeyframe, readSource, sourceFields } from './sources.ts';

/** §4.12, §4.15, §4.16: what is redrawn in a video has no 1080p. */
export const REDRAWN_QUALITIES = ['360p', '540p', '720p'] as const;

/** Body of `POST /video/swap/generate`: reference/pixverse-platform.md §4.12. */
export const swapBody = z.object({
  ...sourceFields,
  keyframe_id: wholeField,
  mask_id: idField,
  img_id: idField,
  quality: textField,
  original_sound_switch: flagField,
  seed: wholeField,
});

/** Decodes the body, or refuses: what a mask shows is replaced by what a picture shows. */
export function decodeSwap(raw: unknown, reading: Reading): JobDraft {
  const body = readBody(swapBody, raw);
  const source = readSource(body);
  const keyframe = readKeyframe('keyframe_id', required('keyframe_id', body.keyframe_id));
  const mask = maskInput('mask_id', required('mask_id', body.mask_id));
  const image = imageInput('image', 'img_id', required('img_id', body.img_id));
  const quality = oneOf('quality', required('quality', body.quality), REDRAWN_QUALITIES);
  const keepSound = body.original_sound_switch ?? OURS.swapKeepsSound;
  return draftOf('swap', readSeed(body.seed, reading), {
    quality,
    inputs: [source, mask, image],
    options: { keyframes: [keyframe], keepSound },
  });
}

/** Video, frame and mask have to belong together (§4.12). */
export function completeSwap(draft: JobDraft, inputs: readonly KnownInput[]): JobRequest {
  return settleFromSource(draft, inputs, (source) => {
    checkInput(source, SOURCE_VIDEO);
    for (const keyframe of draft.options?.keyframes ?? []) checkKeyframe('keyframe_id', keyframe, source);
    checkMask(inputOf(inputs, 'mask'), source, draft.options?.keyframes ?? null, 'keyframe_id');
  });
}
