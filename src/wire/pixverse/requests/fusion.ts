import { z } from 'zod';
import type { KnownInput } from '../../../contracts/views.ts';
import type { InputDraft, JobDraft, JobRequest } from '../../../core/request.ts';
import { checkInput, SOURCE_VIDEO_OR_WEBM } from '../inputs.ts';
import { LIMITS, type Model } from '../models.ts';
import { OURS } from '../ours.ts';
import { secondsOf, settle, type Reading } from './draft.ts';
import { idField, invalid, listField, oneOf, readBody, required, textField } from './fields.ts';
import { imageInput, readSource, sourceFields } from './sources.ts';
import { utf8Bytes } from './speech.ts';
import { readVideo, videoFields } from './video.ts';

/** §4.7: pictures a model takes. */
export const REFERENCES_MAX: Readonly<Partial<Record<Model, number>>> = {
  'v4.5': 3,
  v5: 3,
  'v5.5': 7,
  'v5.6': 7,
  v6: 7,
  c1: 7,
};
const FUSION_MODELS = Object.keys(REFERENCES_MAX) as Model[];
/** §4.7: with `reference_mode` omni, pictures and videos together. */
const OMNI_MAX = 10;
const OMNI_MODEL: Model = 'v6';
const NAME_BYTES_MAX = 30;

const { prompt, model, duration, quality, seed, negative_prompt, generate_audio_switch } = videoFields;

/** Body of `POST /video/fusion/generate`: reference/pixverse-platform.md §4.7. One client calls a video `media_id`. */
export const fusionBody = z.object({
  ...{ prompt, model, duration, quality, seed, negative_prompt, generate_audio_switch },
  image_references: listField({ type: textField, img_id: idField, ref_name: textField }),
  aspect_ratio: textField,
  reference_mode: textField,
  video_references: listField({ ...sourceFields, media_id: idField, ref_name: textField }),
});

type FusionBody = z.infer<typeof fusionBody>;

/** Decodes the body, or refuses: a video of what the pictures (and with v6 the videos) show. */
export function decodeFusion(raw: unknown, reading: Reading): JobDraft {
  const body = readBody(fusionBody, raw);
  const modelName = oneOf('model', required('model', body.model), FUSION_MODELS);
  const videos = readVideos(body, modelName);
  const pictures = readPictures(body, modelName, videos.length);
  checkNames([...pictures, ...videos]);
  const omni = videos.length > 0;
  if (omni && (body.duration ?? 0) !== 0) {
    invalid('duration', 'With video_references the videos decide the length; send 0.');
  }
  const asked = omni ? { ...body, duration: 1 } : body;
  const { request, limits } = readVideo(asked, 'fusion', reading, { models: FUSION_MODELS });
  const ratio = required('aspect_ratio', body.aspect_ratio);
  return {
    ...request,
    durationS: omni ? null : request.durationS,
    aspectRatio: ratio === 'auto' ? null : oneOf('aspect_ratio', ratio, limits.ratios, ` for ${modelName}`),
    inputs: [...pictures, ...videos],
    ...(omni ? { options: { omni } } : {}),
  };
}

function readPictures(body: FusionBody, model: Model, videos: number): InputDraft[] {
  const references = videos > 0 ? (body.image_references ?? []) : required('image_references', body.image_references);
  const omni = model === OMNI_MODEL && body.reference_mode === 'omni';
  const max = omni || videos > 0 ? OMNI_MAX - videos : (REFERENCES_MAX[model] ?? 0);
  if ((references.length === 0 && videos === 0) || references.length > max) {
    invalid('image_references', `${model} takes 1 to ${max} pictures here, not ${references.length}.`);
  }
  return references.map(({ type, img_id, ref_name }, index) => {
    const place = `image_references[${index}]`;
    const kind = type ? oneOf(`${place}.type`, type, ['subject', 'background']) : 'subject';
    const id = required(`${place}.img_id`, img_id);
    const name = readName(`${place}.ref_name`, ref_name);
    return imageInput(kind === 'subject' ? 'reference' : 'background', `${place}.img_id`, id, name);
  });
}

function readVideos(body: FusionBody, model: Model): InputDraft[] {
  const references = body.video_references ?? [];
  if (references.length === 0) return [];
  if (model !== OMNI_MODEL)
    invalid('video_references', `${model} takes pictures only; use ${OMNI_MODEL}, or leave it out.`);
  if (references.length > OURS.videoReferencesMax) {
    invalid('video_references', `At most ${OURS.videoReferencesMax} videos are taken.`);
  }
  return references.map(({ media_id, ref_name, ...source }, index) => {
    const place = `video_references[${index}].`;
    const named = { ...source, video_media_id: source.video_media_id ?? media_id };
    const name = readName(`${place}ref_name`, ref_name);
    return { ...readSource(named, 'reference', place), ...(name === undefined ? {} : { name }) };
  });
}

function readName(field: string, name: string | null | undefined): string | undefined {
  if (!name) return undefined;
  if (utf8Bytes(name) > NAME_BYTES_MAX) invalid(field, `A name may have ${NAME_BYTES_MAX} bytes in UTF-8.`);
  return name;
}

function checkNames(inputs: readonly InputDraft[]): void {
  const names = new Set<string>();
  for (const { name, field } of inputs) {
    if (name === undefined) continue;
    if (names.has(name))
      invalid(field.replace(/\.[^.]*$/, '.ref_name'), 'Two references have this name; each needs its own.');
    names.add(name);
  }
}

/** With videos, the longest of them decides the length, as far as the model goes. */
export function completeFusion(draft: JobDraft, inputs: readonly KnownInput[]): JobRequest {
  const videos = inputs.filter(({ ref }) => ref.kind === 'video');
  for (const video of videos) checkInput(video, SOURCE_VIDEO_OR_WEBM);
  if (videos.length === 0) return settle(draft, inputs, {});
  const longest = Math.max(...LIMITS[OMNI_MODEL].durationsS);
  const durationS = Math.min(longest, Math.ceil(Math.max(...videos.map(secondsOf))));
  return settle(draft, inputs, { durationS });
}
