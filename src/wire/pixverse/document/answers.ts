/** Answers in the document; test/doors/pixverse-docs.test.ts holds real ones against them. */
import type { JsonObject } from '../../../std/json.ts';

export const integer = { type: 'integer' };
export const text = { type: 'string' };
const flag = { type: 'boolean' };
export const object = (properties: JsonObject): JsonObject => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
});
const list = (items: JsonObject): JsonObject => ({ type: 'array', items });

/** What `Resp` is, by the kind of route. */
export const ANSWERS = {
  job: object({ video_id: integer, credits: integer }),
  picture: object({ image_id: integer, credits: integer }),
  masks: object({
    ...{ keyframe_id: integer, keyframe_url: text, credits: integer },
    mask_info: list(object({ mask_id: text, mask_name: text, mask_url: text })),
  }),
  video: object({
    ...{ id: integer, status: { type: 'integer', enum: [1, 5, 6, 7, 8] }, url: text, prompt: text },
    ...{
      negative_prompt: text,
      style: text,
      seed: integer,
      size: integer,
      outputWidth: integer,
      outputHeight: integer,
    },
    ...{ resolution_ratio: integer, create_time: text, modify_time: text, has_audio: flag },
    customer_paths: { type: 'object' },
  }),
  image: object({
    ...{ image_id: integer, status: { type: 'integer', enum: [1, 5, 6, 7, 8] }, url: text, prompt: text },
    ...{ prompt_translate: text, seed: integer, template_id: integer, create_time: text, modify_time: text },
    ...{ outputWidth: integer, outputHeight: integer, credits: integer, customer_paths: { type: 'object' } },
  }),
  balance: object({ account_id: integer, credit_monthly: integer, credit_package: integer }),
  credit: object({ video_id: integer, credit: integer }),
  speakers: object({ total: integer, data: list(object({ speaker_id: text, name: text })) }),
  speaker: object({ speaker_id: text, name: text }),
  restyles: list(object({ restyle_id: integer, restyle_name: text, restyle_prompt: text, cover_url: text })),
  templates: object({
    total: integer,
    effect_items: list(
      object({
        ...{ template_id: integer, display_name: text, display_prompt: text, type: integer, duration: integer },
        ...{ min_images: integer, max_images: integer, is_active: flag, credits: integer },
        qualities: list(object({ quality: text, credits: integer })),
      }),
    ),
  }),
  usage: object({
    items: list(
      object({
        ...{ id: integer, creation_type: text, credits: integer },
        ...{ credits_status: { type: 'string', enum: ['consume', 'refund'] }, create_time: text, trace_id: text },
      }),
    ),
    next_cursor: text,
    has_more: flag,
  }),
  upload: object({ img_id: integer, img_url: text }),
  media: object({ media_id: integer, media_type: { type: 'string', enum: ['video', 'audio'] }, url: text }),
  review: object({ err_code: integer, err_msg: text, resp: text }),
  nothing: { type: 'object' },
} as const satisfies Readonly<Record<string, JsonObject>>;
