import { z } from 'zod';
import type { KnownInput } from '../../../contracts/views.ts';
import type { JobDraft, JobRequest } from '../../../core/request.ts';
import { checkInput, SPOKEN_SOUND } from '../inputs.ts';
import { MODEL_QUALITIES } from '../models.ts';
import { OURS } from '../ours.ts';
import { draftOf, inputOf, readSeed, secondsOf, settle, type Reading } from './draft.ts';
import { idField, limitText, oneOf, readBody, required, textField, wholeField } from './fields.ts';
import { imageInput } from './sources.ts';
import { readSpoken, spokenFields, utf8Bytes } from './speech.ts';

/** As of other operations of that time (§4.16). */
const PROMPT_MAX = 5000;

/** Body of `POST /video/avatar/generate`: reference/pixverse-platform.md §4.20. */
export const avatarBody = z.object({
  ...spokenFields,
  img_id: idField,
  quality: textField,
  prompt: textField,
  seed: wholeField,
});

/** Decodes the body, or refuses: the subject of a picture speaks. */
export function decodeAvatar(raw: unknown, reading: Reading): JobDraft {
  const body = readBody(avatarBody, raw);
  const image = imageInput('image', 'img_id', required('img_id', body.img_id));
  const quality = oneOf('quality', required('quality', body.quality), MODEL_QUALITIES);
  const prompt = body.prompt ?? '';
  limitText('prompt', prompt, PROMPT_MAX, 'prompt_too_long');
  const { speech, inputs } = readSpoken(body);
  return draftOf('avatar', readSeed(body.seed, reading), {
    prompt: prompt === '' && speech !== null ? speech.text : prompt,
    quality,
    audio: true,
    speech,
    inputs: [image, ...inputs],
  });
}

/** As long as what is spoken; of a text that is an estimate. */
export function completeAvatar(draft: JobDraft, inputs: readonly KnownInput[]): JobRequest {
  if (draft.speech !== null) {
    return settle(draft, inputs, { durationS: Math.ceil(utf8Bytes(draft.speech.text) / OURS.spokenBytesPerS) });
  }
  const sound = inputOf(inputs, 'sound');
  checkInput(sound, SPOKEN_SOUND);
  const durationS = secondsOf(sound);
  return settle(draft, inputs, { durationS, options: { soundS: durationS } });
}
