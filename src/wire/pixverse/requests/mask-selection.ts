import { z } from 'zod';
import type { KnownInput } from '../../../contracts/views.ts';
import type { JobDraft, JobRequest } from '../../../core/request.ts';
import { checkInput, checkKeyframe, MASK_VIDEO } from '../inputs.ts';
import { draftOf, inputOf, secondsOf, settle, type Reading } from './draft.ts';
import { readBody, wholeField } from './fields.ts';
import { readKeyframe, readSource, sourceFields } from './sources.ts';

/** Body of `POST /video/mask/selection`: reference/pixverse-platform.md §4.11. */
export const maskSelectionBody = z.object({ ...sourceFields, keyframe_id: wholeField });

/** Decodes the body, or refuses: what can be told apart in one frame of a video. */
export function decodeMaskSelection(raw: unknown, reading: Reading): JobDraft {
  const body = readBody(maskSelectionBody, raw);
  const keyframe = readKeyframe('keyframe_id', body.keyframe_id ?? 1);
  return draftOf('mask-selection', reading.pickSeed(), {
    durationS: 0,
    inputs: [readSource(body)],
    options: { keyframes: [keyframe] },
  });
}

/** The frame has to be one of the video's. */
export function completeMaskSelection(draft: JobDraft, inputs: readonly KnownInput[]): JobRequest {
  const source = inputOf(inputs, 'source');
  checkInput(source, MASK_VIDEO);
  for (const keyframe of draft.options?.keyframes ?? []) checkKeyframe('keyframe_id', keyframe, source);
  return settle(draft, inputs, { options: { sourceS: secondsOf(source) } });
}
