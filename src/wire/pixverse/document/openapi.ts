/**
 * The dialect as an OpenAPI 3.1 document: types from the schemas that decode requests, routes from their table, and what
 * a body needs beyond types from bodies.ts and fields.ts.
 */
import type { z } from 'zod';
import { isObject, type Json, type JsonObject } from '../../../std/json.ts';
import { refTo, schemaOf } from '../../openapi.ts';
import { KEY_HEADER, pixverseDialect, TRACE_HEADER } from '../dialect.ts';
import { newSpeakerBody, restylesQuery, speakersQuery, templatesQuery, ttsListQuery } from '../lists.ts';
import { CREATE_ROUTES } from '../requests.ts';
import { VERIFICATION_PATH, verificationBody } from '../requests/verification.ts';
import { IMAGE_FIELDS, MEDIA_FIELDS, type UploadFields } from '../uploads.ts';
import { usageBody } from '../usage.ts';
import { ANSWERS, integer, object, text } from './answers.ts';
import { BODIES } from './bodies.ts';
import { FIELDS } from './fields.ts';

type Answer = keyof typeof ANSWERS;

/** The fields of a schema with their types. */
function fieldsOf(schema: z.ZodType): JsonObject {
  return (withoutNull(schemaOf(schema)) as JsonObject)['properties'] as JsonObject;
}

/** `null` counts as absent everywhere, which the document says once. */
function withoutNull(value: Json): Json {
  if (Array.isArray(value)) return value.filter((one) => !isNull(one)).map(withoutNull);
  if (!isObject(value)) return value;
  const { anyOf, type, ...rest } = Object.fromEntries(
    Object.entries(value as JsonObject).map(([name, member]) => [name, withoutNull(member)]),
  );
  const types = { ...(type === undefined ? {} : { type: sole(type) }), ...rest };
  const one = anyOf === undefined ? undefined : sole(anyOf);
  if (one === undefined) return types;
  return Array.isArray(one) ? { ...types, anyOf: one } : { ...types, ...(one as JsonObject) };
}

const isNull = (value: Json): boolean => value === 'null' || (isObject(value) && value['type'] === 'null');
const sole = (value: Json): Json => (Array.isArray(value) && value.length === 1 ? (value[0] ?? null) : value);

/** The body of a route: the types of its fields, which of them it needs, and what they may hold. */
function bodyOf(path: string, schema: z.ZodType, more: JsonObject = {}): JsonObject {
  const rules = BODIES[path];
  if (rules === undefined) throw new Error(`the document has no rules for the body of ${path}`);
  const { required, groups = [], facts = {}, example } = rules;
  const fields = Object.entries({ ...fieldsOf(schema), ...more }).map(([name, type]): [string, Json] => [
    name,
    { ...(type as JsonObject), ...(facts[name] ?? FIELDS[name]) },
  ]);
  const choices = groups.map((group): JsonObject => ({ anyOf: group.map((names) => ({ required: [...names] })) }));
  return {
    type: 'object',
    properties: Object.fromEntries(fields),
    ...(required.length > 0 ? { required: [...required] } : {}),
    ...(choices.length > 0 ? { allOf: choices } : {}),
    example,
  };
}

const REFUSALS: Readonly<Record<string, string>> = {
  '401': 'The key is missing or wrong.',
  '404': 'There is no such route.',
  '405': 'The route does not take this method.',
  '413': 'The body is too large.',
  '415': 'The body has a content type that is not read.',
  '429': 'Too many requests; Retry-After says when.',
  '503': 'Not now: the gateway is stopping, or its disk or database fails. Nothing of the request was kept.',
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
  // §1: the one refusal that does not come in the envelope.
  const unfit = 'The picture did not pass review: err_code 500052, in lower case.';
  const review = answer === 'upload' ? { '500': { description: unfit, content: json({ $ref: refTo('review') }) } } : {};
  return { ...Object.fromEntries(refusals), ...review, '200': { description, content: json(envelope) } };
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
  const parameters = Object.entries(query ? fieldsOf(query) : {}).map(([name, type]) => ({
    name,
    in: 'query',
    schema: { ...(type as JsonObject), ...QUERIES[name] },
  }));
  return { get: operation(summary, answer, { parameters }) };
};

/** §4.6, §4.20: what lists are asked with, where more is known than the type. */
const QUERIES: Readonly<Record<string, JsonObject>> = {
  page_num: { description: '1 and more; 1 where absent.' },
  page: { description: '1 and more; 1 where absent.' },
  page_size: { description: 'Of the newer list of voices 10, 20, 50 or 100; of others 1 to 100.' },
  pageSize: { description: '10, 20, 50 or 100; 20 where absent.' },
  type: { description: '1: of videos, 2: of pictures.' },
  speaker_type: { enum: ['system', 'custom', 'all'] },
};

const byId = (summary: string, answer: Answer, method = 'get'): JsonObject => ({
  [method]: operation(summary, answer, { parameters: [id] }),
});

const form = ({ file, url }: UploadFields): JsonObject => ({
  type: 'object',
  properties: {
    [file]: { type: 'string', contentMediaType: 'application/octet-stream' },
    [url]: { type: 'string', format: 'uri', description: 'Its address, instead of the file.' },
  },
  oneOf: [{ required: [file] }, { required: [url] }],
});

const USAGE_PATH = '/account/billing/usage-detail';
const SPEAKERS_PATH = '/video/tts_speaker';
/** §9: every create takes it, whatever it makes. */
const WEBHOOK = { webhook_id: { type: ['integer', 'string'] } };

/** Every route below the prefix, by path. */
function paths(): JsonObject {
  const creates = CREATE_ROUTES.map(({ path, operation: name, schema, answers }): [string, JsonObject] => {
    const answer = answers ?? (name === 'image-template' ? 'picture' : 'job');
    return [path, post(`Create ${name}`, answer, bodyOf(path, schema, WEBHOOK))];
  });
  const upload = (summary: string, answer: Answer, fields: UploadFields) =>
    post(summary, answer, form(fields), 'multipart/form-data');
  return {
    ...Object.fromEntries(creates),
    [VERIFICATION_PATH]: post('Verify a sound', 'nothing', bodyOf(VERIFICATION_PATH, verificationBody)),
    '/video/result/{id}': byId('Status of a video', 'video'),
    '/image/result/{id}': byId('Status of a picture', 'image'),
    '/video/credits/{id}': byId('Credits of a video', 'credit'),
    '/image/upload': upload('Upload a picture', 'upload', IMAGE_FIELDS),
    '/media/upload': upload('Upload a video or a sound', 'media', MEDIA_FIELDS),
    '/account/balance': get('Balance', 'balance'),
    [USAGE_PATH]: post('Usage detail', 'usage', bodyOf(USAGE_PATH, usageBody)),
    '/video/lip_sync/tts_list': get('Voices of the system', 'speakers', ttsListQuery),
    [SPEAKERS_PATH]: {
      ...get('Voices', 'speakers', speakersQuery),
      ...post('Make a voice', 'speaker', bodyOf(SPEAKERS_PATH, newSpeakerBody)),
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
      description:
        'POSTs that are repeated with their Ai-trace-id get the first answer and start nothing. In bodies null counts as absent, ids are taken as numbers or as text, and fields that are not named here are ignored.',
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
