import { z } from 'zod';
import type { KnownInput } from '../../../contracts/views.ts';
import type { JobDraft, JobRequest } from '../../../core/request.ts';
import { checkInput, SOURCE_VIDEO } from '../inputs.ts';
import { draftOf, settleFromSource, type Reading } from './draft.ts';
import { readBody } from './fields.ts';
import { readSource, sourceFields } from './sources.ts';

/** Body of `POST /video/upscale/generate`: reference/pixverse-platform.md §4.20. */
export const upscaleBody = z.object(sourceFields);

/** Decodes the body, or refuses: a video with more pixels. */
export function decodeUpscale(raw: unknown, reading: Reading): JobDraft {
  const body = readBody(upscaleBody, raw);
  return draftOf('upscale', reading.pickSeed(), { inputs: [readSource(body)] });
}

/** As long as its video, whose sound stays. */
export function completeUpscale(draft: JobDraft, inputs: readonly KnownInput[]): JobRequest {
  return settleFromSource(draft, inputs, (source) => checkInput(source, SOURCE_VIDEO));
}
