/** What is made of pictures: reference/pixverse-platform.md §4.3, §4.18, §4.20. */
import type { JobRequest } from '../../../core/request.ts';
import { type Body, type Carried, idOf, on, said, spokenFields } from './parts.ts';

/** §4.3: a model and a length are required and mean nothing; the template decides. */
const TEMPLATE_CLIP = { model: 'v6', duration: 5 } as const;

/** §4.3: one picture as `img_id`, several as `img_ids`. */
export function encodeTemplate(request: JobRequest, inputs: Carried): Body {
  const pictures = inputs.of('image').map(idOf);
  return {
    ...TEMPLATE_CLIP,
    template_id: request.options?.templateId,
    prompt: request.prompt,
    quality: request.quality,
    aspect_ratio: request.aspectRatio,
    seed: request.seed,
    img_id: pictures.length === 1 ? pictures[0] : undefined,
    img_ids: pictures.length > 1 ? pictures : undefined,
    sound_effect_switch: on(request.audio),
  };
}

/** §4.18: here the ids are texts (§1). */
export function encodeImageTemplate(request: JobRequest, inputs: Carried): Body {
  return {
    template_id: request.options?.templateId,
    img_ids: inputs.of('image').map(({ id }) => id),
    seed: request.seed,
  };
}

/** §4.20 "Avatar". */
export function encodeAvatar(request: JobRequest, inputs: Carried): Body {
  const { prompt, speech, quality, seed } = request;
  // Without a prompt of its own the spoken text stands for it in the request.
  const own = prompt === speech?.text ? undefined : said(prompt);
  return { img_id: idOf(inputs.one('image')), quality, prompt: own, seed, ...spokenFields(request, inputs) };
}
