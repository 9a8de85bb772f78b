import { z } from 'zod';
import type { KnownInput } from '../../../contracts/views.ts';
import type { JobDraft, JobRequest } from '../../../core/request.ts';
import { checkInput, SOURCE_VIDEO_OR_WEBM } from '../inputs.ts';
import { inputOf, secondsOf, settle, type Reading } from './draft.ts';
import { readBody } from './fields.ts';
import { readSource, sourceFields } from './sources.ts';
import { readTemplate } from './template.ts';
import { readVideo, videoFields } from './video.ts';

/** §4.14: not v5.6 and not c1. */
const EXTEND_MODELS = ['v3.5', 'v4', 'v4.5', 'v5', 'v5.5', 'v6'] as const;
/** §4.14. */
const PROMPT_MAX = 2048;

const { prompt, model, duration, quality, motion_mode, negative_prompt, seed, style, template_id } = videoFields;
const { generate_audio_switch } = videoFields;

/** Body of `POST /video/extend/generate`: reference/pixverse-platform.md §4.14. `seed` is optional on the newest page. */
export const extendBody = z.object({
  ...sourceFields,
  ...{ prompt, model, duration, quality, motion_mode, negative_prompt, seed, style, template_id },
  generate_audio_switch,
});

/** Decodes the body, or refuses: more of a video. */
export function decodeExtend(raw: unknown, reading: Reading): JobDraft {
  const body = readBody(extendBody, raw);
  const template = readTemplate(body.template_id, 'video', reading);
  const source = readSource(body);
  // §4.14: the switch is one of v6; elsewhere it is ignored like everything a model does not use.
  const sound = body.model === 'v6' && body.generate_audio_switch === true;
  const rules = { models: EXTEND_MODELS, promptMax: PROMPT_MAX };
  const { request } = readVideo({ ...body, generate_audio_switch: sound }, 'extend', reading, rules);
  const options = template === undefined ? {} : { options: { templateId: template.id } };
  return { ...request, aspectRatio: null, inputs: [source], ...options };
}

/** With the source's length; its sound stays. */
export function completeExtend(draft: JobDraft, inputs: readonly KnownInput[]): JobRequest {
  const source = inputOf(inputs, 'source');
  checkInput(source, SOURCE_VIDEO_OR_WEBM);
  return settle(draft, inputs, { options: { sourceS: secondsOf(source), keepSound: source.info.hasAudio } });
}
