import { z } from 'zod';
import type { KnownInput } from '../../../contracts/views.ts';
import type { JobDraft, JobRequest } from '../../../core/request.ts';
import { checkInput, MOTION_VIDEO } from '../inputs.ts';
import { draftOf, readSeed, settleFromSource, type Reading } from './draft.ts';
import { idField, oneOf, readBody, required, textField, wholeField } from './fields.ts';
import { imageInput, readSource, sourceFields } from './sources.ts';
import { REDRAWN_QUALITIES } from './swap.ts';

/** Body of `POST /video/mimic/generate`: reference/pixverse-platform.md §4.15. */
export const motionControlBody = z.object({ ...sourceFields, img_id: idField, quality: textField, seed: wholeField });

/** Decodes the body, or refuses: the picture's subject moves as the video's does. The picture decides the frame. */
export function decodeMotionControl(raw: unknown, reading: Reading): JobDraft {
  const body = readBody(motionControlBody, raw);
  const source = readSource(body);
  const image = imageInput('image', 'img_id', required('img_id', body.img_id));
  const quality = oneOf('quality', required('quality', body.quality), REDRAWN_QUALITIES);
  return draftOf('motion-control', readSeed(body.seed, reading), { quality, inputs: [image, source] });
}

/** As long as its video, whose sound stays. */
export function completeMotionControl(draft: JobDraft, inputs: readonly KnownInput[]): JobRequest {
  return settleFromSource(draft, inputs, (source) => checkInput(source, MOTION_VIDEO));
}
