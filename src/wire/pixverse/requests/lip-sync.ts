import { z } from 'zod';
import type { KnownInput } from '../../../contracts/views.ts';
import type { JobDraft, JobRequest } from '../../../core/request.ts';
import { checkInput, SOURCE_VIDEO, SPOKEN_SOUND } from '../inputs.ts';
import { draftOf, inputOf, readSeed, secondsOf, settle, type Reading } from './draft.ts';
import { readBody, wholeField } from './fields.ts';
import { readSource, sourceFields } from './sources.ts';
import { readSpoken, spokenFields } from './speech.ts';

/** Body of `POST /video/lip_sync/generate`: reference/pixverse-platform.md §4.5. */
export const lipSyncBody = z.object({ ...sourceFields, ...spokenFields, seed: wholeField });

/** Decodes the body, or refuses: a video that says a text, or sings a sound. */
export function decodeLipSync(raw: unknown, reading: Reading): JobDraft {
  const body = readBody(lipSyncBody, raw);
  const source = readSource(body);
  const { speech, inputs } = readSpoken(body);
  return draftOf('lip-sync', readSeed(body.seed, reading), {
    prompt: speech?.text ?? '',
    audio: true,
    speech,
    inputs: [source, ...inputs],
  });
}

/** As long as its video: a sound that is longer is cut (§4.1). */
export function completeLipSync(draft: JobDraft, inputs: readonly KnownInput[]): JobRequest {
  const source = inputOf(inputs, 'source');
  checkInput(source, SOURCE_VIDEO);
  const durationS = secondsOf(source);
  if (draft.speech !== null) return settle(draft, inputs, { durationS, options: { sourceS: durationS } });
  const sound = inputOf(inputs, 'sound');
  checkInput(sound, SPOKEN_SOUND);
  return settle(draft, inputs, { durationS, options: { sourceS: durationS, soundS: secondsOf(sound) } });
}
