import { z } from 'zod';
import type { KnownInput } from '../../../contracts/views.ts';
import type { JobDraft, JobRequest } from '../../../core/request.ts';
import { checkInput, SOURCE_VIDEO } from '../inputs.ts';
import { OURS } from '../ours.ts';
import { draftOf, inputOf, readSeed, secondsOf, settle, type Reading } from './draft.ts';
import { flagField, limitText, readBody, textField, wholeField } from './fields.ts';
import { readSource, sourceFields } from './sources.ts';

/** Body of `POST /video/sound_effect/generate`: reference/pixverse-platform.md §4.13; the newest notes call the text `prompt`. */
export const soundEffectBody = z.object({
  ...sourceFields,
  prompt: textField,
  sound_effect_content: textField,
  original_sound_switch: flagField,
  seed: wholeField,
});

/** Decodes the body, or refuses: a sound for a video, from a text or from what is to be seen. */
export function decodeSoundEffect(raw: unknown, reading: Reading): JobDraft {
  const body = readBody(soundEffectBody, raw);
  const source = readSource(body);
  const field = body.prompt ? 'prompt' : 'sound_effect_content';
  const text = body[field] ?? '';
  limitText(field, text, OURS.soundEffectTextMax);
  return draftOf('sound-effect', readSeed(body.seed, reading), {
    prompt: text,
    audio: true,
    soundEffect: text,
    inputs: [source],
    options: { keepSound: body.original_sound_switch === true },
  });
}

/** As long as its video. */
export function completeSoundEffect(draft: JobDraft, inputs: readonly KnownInput[]): JobRequest {
  const source = inputOf(inputs, 'source');
  checkInput(source, SOURCE_VIDEO);
  const durationS = secondsOf(source);
  const keepSound = draft.options?.keepSound === true && source.info.hasAudio;
  return settle(draft, inputs, { durationS, options: { sourceS: durationS, keepSound } });
}
