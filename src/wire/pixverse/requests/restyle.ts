import { z } from 'zod';
import type { KnownInput } from '../../../contracts/views.ts';
import type { JobDraft, JobRequest } from '../../../core/request.ts';
import { readId } from '../../../std/ids.ts';
import { checkInput, SOURCE_VIDEO } from '../inputs.ts';
import { restyleOf } from '../restyles.ts';
import { draftOf, readSeed, settleFromSource, type Reading } from './draft.ts';
import { given, idField, invalid, limitText, missing, readBody, textField, wholeField } from './fields.ts';
import { readSource, sourceFields } from './sources.ts';

/** §4.9. */
const PROMPT_MAX = 5000;

/** Body of `POST /video/restyle/generate`: reference/pixverse-platform.md §4.9. */
export const restyleBody = z.object({
  ...sourceFields,
  restyle_id: idField,
  restyle_prompt: textField,
  seed: wholeField,
});

/** Decodes the body, or refuses: a video in another style, from the list or in words. */
export function decodeRestyle(raw: unknown, reading: Reading): JobDraft {
  const body = readBody(restyleBody, raw);
  const source = readSource(body);
  const prompt = body.restyle_prompt?.trim() ? body.restyle_prompt : '';
  if (given(body.restyle_id) && prompt !== '') {
    invalid('restyle_prompt', 'Send restyle_id or restyle_prompt, not both.');
  }
  limitText('restyle_prompt', prompt, PROMPT_MAX, 'prompt_too_long');
  const restyleId = given(body.restyle_id) ? readStyle(body.restyle_id) : null;
  if (restyleId === null && prompt === '') missing('restyle_id or restyle_prompt');
  return draftOf('restyle', readSeed(body.seed, reading), { prompt, inputs: [source], options: { restyleId } });
}

function readStyle(value: string | number): number {
  const id = readId(value);
  if (id === undefined || restyleOf(id) === undefined) {
    invalid('restyle_id', 'It names no style; ask GET /video/restyle/list for those there are.');
  }
  return id;
}

/** As long as its video, whose sound stays. */
export function completeRestyle(draft: JobDraft, inputs: readonly KnownInput[]): JobRequest {
  return settleFromSource(draft, inputs, (source) => checkInput(source, SOURCE_VIDEO));
}
