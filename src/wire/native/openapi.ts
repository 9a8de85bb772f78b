/** The native API as an OpenAPI 3.1 document, made of the table of routes and its schemas, so that it cannot say anything else. */
import { ERRORS, type ErrorCode } from '../../std/errors.ts';
import type { Json, JsonObject } from '../../std/json.ts';
import { componentsOf, queryParameters, refTo } from '../openapi.ts';
import { nativeDialect } from './dialect.ts';
import { STATUSES } from './errors.ts';
import type { Route, SchemaName } from './route.ts';
import { ALL_ROUTES, type NamedRoute } from './routes.ts';
import { jsonSchema, problemSchema } from './schemas/common.ts';
import { SCHEMAS } from './schemas.ts';
import { UPLOAD_FIELDS } from './uploads.ts';

/** The whole document. */
export function nativeOpenApi(): JsonObject {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Reelpool native API',
      version: '1',
      description:
        'Amounts are numbers in credits and may have a fraction, a thousandth at the finest. Times are ISO 8601 in UTC. ' +
        'Ids are integers below 2^53. Unknown parameters and unknown members of a body are refused; answers may gain members.',
    },
    servers: [{ url: nativeDialect.prefix }],
    security: [{ bearer: [] }, { apiKey: [] }, { xApiKey: [] }],
    paths: paths(),
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'Authorization: Bearer ak_…' },
        apiKey: { type: 'apiKey', in: 'header', name: 'API-KEY' },
        xApiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
      },
      parameters: { idempotencyKey: IDEMPOTENCY_KEY, lastEventId: LAST_EVENT_ID },
      responses: { refused: REFUSED },
      schemas: schemas(),
    },
  };
}

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'A new UUID for every new request. Sent again with the same key, path and body, the request does nothing and gets ' +
    'the first answer, for at least 7 days; with another body it is refused (idempotency_mismatch). A refusal does not use it up.',
  schema: { type: 'string', minLength: 1, maxLength: 128 },
} satisfies JsonObject;

const LAST_EVENT_ID = {
  name: 'Last-Event-ID',
  in: 'header',
  description: 'The id of the last event that was seen: the stream goes on after it. Goes before `after`.',
  schema: { type: 'string', pattern: '^[0-9]{1,16}$' },
} satisfies JsonObject;

const REFUSED = {
  description: 'Refused: the problem says by whose fault, whether to try again, and what became of the credits.',
  headers: {
    'Retry-After': {
      description: 'Seconds until the same request may succeed, where that is known; `retryAfterS` of the problem.',
      schema: { type: 'integer', minimum: 1 },
    },
  },
  content: { 'application/problem+json': { schema: { $ref: refTo('Problem') } } },
} satisfies JsonObject;

/** `jobsQuerySchema` is called `JobsQuery`. */
const componentName = (name: SchemaName): string => name.charAt(0).toUpperCase() + name.slice(1).replace(/Schema$/, '');

const ref = (name: SchemaName): JsonObject => ({ $ref: refTo(componentName(name)) });

function schemas(): JsonObject {
  const queries = new Set(ALL_ROUTES.map(({ route }) => route.query));
  const named = (Object.keys(SCHEMAS) as SchemaName[]).filter((name) => !queries.has(name));
  const components = componentsOf({
    ...Object.fromEntries(named.map((name) => [componentName(name), SCHEMAS[name]])),
    Json: jsonSchema,
    Problem: problemSchema,
  });
  const { properties, ...problem } = components['Problem'] as { properties: JsonObject };
  return {
    ...components,
    Problem: { ...problem, properties: { ...properties, code: codes() } },
  };
}

/** Every code that there is, with what goes with it. */
function codes(): JsonObject {
  const known = Object.keys(ERRORS) as ErrorCode[];
  const told = known.map((code) => `${code} (${STATUSES[code]}): ${ERRORS[code].title}.`);
  return { type: 'string', enum: known, description: told.join('\n') };
}

function paths(): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const named of ALL_ROUTES) {
    const { path, method } = named.route;
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation(named) };
  }
  return paths;
}

function operation({ subject, name, route }: NamedRoute): JsonObject {
  const { status = 200 } = route;
  return {
    operationId: `${subject}.${name}`,
    tags: [subject],
    summary: route.summary,
    ...(route.role ? { description: `Needs a key with the role ${route.role}.`, 'x-role': route.role } : {}),
    parameters: parameters(route),
    ...requestBody(route),
    responses: {
      ...(route.dry ? { 200: { description: 'What it would come to.', content: json(route.dry) } } : {}),
      [status]: { description: route.summary, content: content(route) },
      '4XX': { $ref: '#/components/responses/refused' },
      '5XX': { $ref: '#/components/responses/refused' },
    },
  };
}

function requestBody({ body, file }: Route): JsonObject {
  const json = body ?? file;
  if (json === undefined) return {};
  const content = { 'application/json': { schema: ref(json) } };
  return { requestBody: { required: true, content: file === undefined ? content : { ...content, ...FORM } } };
}

/** A form with a file in it. */
const FORM = {
  'multipart/form-data': {
    schema: {
      type: 'object',
      properties: { [UPLOAD_FIELDS.file]: { type: 'string', format: 'binary' } },
      required: [UPLOAD_FIELDS.file],
    },
  },
} satisfies JsonObject;

function parameters(route: Route): Json[] {
  const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']): JsonObject => {
    const schema = name === 'account' ? { type: ['integer', 'string'] } : { type: 'integer', minimum: 1 };
    return { name, in: 'path', required: true, schema };
  });
  return [
    ...inPath,
    ...(route.query ? queryParameters(SCHEMAS[route.query]) : []),
    ...(route.stream ? [{ $ref: '#/components/parameters/lastEventId' }] : []),
    ...(route.once ? [{ $ref: '#/components/parameters/idempotencyKey' }] : []),
  ];
}

const json = (name: SchemaName): JsonObject => ({ 'application/json': { schema: ref(name) } });

function content(route: Route): JsonObject {
  if (!route.stream) return json(route.answer);
  const schema = { type: 'string', contentMediaType: 'application/json', contentSchema: ref(route.answer) };
  const description = 'Server-sent events: `id` and, as `data`, this JSON. Comments in between are signs of life.';
  return { 'text/event-stream': { schema: { ...schema, description } } };
}
