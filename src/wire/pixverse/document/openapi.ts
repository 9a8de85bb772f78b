/**
 * The dialect as an OpenAPI 3.1 document, made of the schemas that decode requests and the table of routes, so that it
 * cannot say anything else. Which fields an operation needs beyond their types is told by the refusals, which name them.
 */
import type { z } from 'zod';
import type { JsonObject } from '../../std/json.ts';
import { queryParameters, refTo, schemaOf } from '../openapi.ts';
import { KEY_HEADER, pixverseDialect, TRACE_HEADER } from './dialect.ts';
import { newSpeakerBody, restylesQuery, speakersQuery, templatesQuery, ttsListQuery } from './lists.ts';
import { CREATE_ROUTES } from './requests.ts';
import { VERIFICATION_PATH, verificationBody } from './requests/verification.ts';
import { IMAGE_FIELDS, MEDIA_FIELDS, type UploadFields } from './uploads.ts';
import { usageBody } from './usage.ts';

const integer = { type: 'integer' };
const text = { type: 'string' };
const flag = { type: 'boolean' };
const object = (properties: JsonObject): JsonObject => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
});
const list = (items: JsonObject): JsonObject => ({ type: 'array', items });

/** What `Resp` is, by the kind of route. */
const ANSWERS = {
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
  }),
  image: object({
    ...{ image_id: integer, status: { type: 'integer', enum: [1, 5, 6, 7, 8] }, url: text, prompt: text },
    ...{ seed: integer, template_id: integer, create_time: text, modify_time: text },
    ...{ outputWidth: integer, outputHeight: integer, credits: integer },
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
  nothing: { type: 'object' },
} as const satisfies Readonly<Record<string, JsonObject>>;

type Answer = keyof typeof ANSWERS;

const REFUSALS: Readonly<Record<string, string>> = {
  '401': 'The key is missing or wrong.',
  '404': 'There is no such route.',
  '405': 'The route does not take this method.',
  '413': 'The body is too large.',
  '415': 'The body has a content type that is not read.',
  '429': 'Too many requests; Retry-After says when.',
};

function responses(answer: Answer): JsonObject {
  const resp = { oneOf: [{ $ref: refTo(answer) }, { type: 'null' }] };
  const envelope = { allOf: [{ $ref: refTo('envelope') }, { properties: { Resp: resp } }] };
  const json = (schema: JsonObject): JsonObject => ({ 'application/json': { schema } });
  const refusals = Object.entries(REFUSALS).map(([status, description]): [string, JsonObject] => [
    status,
    { description, content: json({ $ref: refTo('envelope') }) },
  ]);
  const description = 'ErrCode 0 with Resp; or a refusal of the business, with another ErrCode and Resp null.';
  return { ...Object.fromEntries(refusals), '200': { description, content: json(envelope) } };
}

const trace = { name: TRACE_HEADER, in: 'header', required: true, schema: { type: 'string', maxLength: 128 } };
const id = { name: 'id', in: 'path', required: true, schema: text };

function operation(summary: string, answer: Answer, more: JsonObject): JsonObject {
  const operationId = summary.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return { operationId, summary, ...more, responses: responses(answer) };
}

const post = (summary: string, answer: Answer, body: JsonObject, type = 'application/json'): JsonObject => ({
  post: operation(summary, answer, {
    parameters: [trace],
    requestBody: { required: true, content: { [type]: { schema: body } } },
  }),
});

const get = (summary: string, answer: Answer, query?: z.ZodType): JsonObject => {
  const parameters = query ? queryParameters(query) : [];
  return { get: operation(summary, answer, { parameters }) };
};

const byId = (summary: string, answer: Answer, method = 'get'): JsonObject => ({
  [method]: operation(summary, answer, { parameters: [id] }),
});

const form = ({ file, url }: UploadFields): JsonObject => ({
  type: 'object',
  properties: { [file]: { type: 'string', contentMediaType: 'application/octet-stream' }, [url]: text },
});

/** Every route below the prefix, by path. */
function paths(): JsonObject {
  const creates = CREATE_ROUTES.map(({ path, operation: name, schema, answers }): [string, JsonObject] => {
    const answer = answers ?? (name === 'image-template' ? 'picture' : 'job');
    return [path, post(`Create ${name}`, answer, schemaOf(schema))];
  });
  const upload = (summary: string, answer: Answer, fields: UploadFields) =>
    post(summary, answer, form(fields), 'multipart/form-data');
  return {
    ...Object.fromEntries(creates),
    [VERIFICATION_PATH]: post('Verify a sound', 'nothing', schemaOf(verificationBody)),
    '/video/result/{id}': byId('Status of a video', 'video'),
    '/image/result/{id}': byId('Status of a picture', 'image'),
    '/video/credits/{id}': byId('Credits of a video', 'credit'),
    '/image/upload': upload('Upload a picture', 'upload', IMAGE_FIELDS),
    '/media/upload': upload('Upload a video or a sound', 'media', MEDIA_FIELDS),
    '/account/balance': get('Balance', 'balance'),
    '/account/billing/usage-detail': post('Usage detail', 'usage', schemaOf(usageBody)),
    '/video/lip_sync/tts_list': get('Voices of the system', 'speakers', ttsListQuery),
    '/video/tts_speaker': {
      ...get('Voices', 'speakers', speakersQuery),
      ...post('Make a voice', 'speaker', schemaOf(newSpeakerBody)),
    },
    '/video/tts_speaker/{id}': byId('Remove a voice', 'nothing', 'delete'),
    '/video/restyle/list': get('Styles', 'restyles', restylesQuery),
    '/video/effects/templates/list': get('Templates', 'templates', templatesQuery),
  };
}

/** The whole document. */
export function pixverseOpenApi(): JsonObject {
  return {
    openapi: '3.1.0',
    info: {
      title: 'PixVerse Platform OpenAPI v2, as this gateway speaks it',
      version: '2',
      description: 'POSTs that are repeated with their Ai-trace-id get the first answer and start nothing.',
    },
    servers: [{ url: pixverseDialect.prefix }],
    security: [{ key: [] }],
    paths: paths(),
    components: {
      securitySchemes: { key: { type: 'apiKey', in: 'header', name: KEY_HEADER } },
      schemas: {
        envelope: object({ ErrCode: integer, ErrMsg: text, Resp: {} }),
        ...ANSWERS,
      },
    },
  };
}
