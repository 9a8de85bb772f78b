import type { FastifyInstance } from 'fastify';
import type { Json, JsonObject } from '../std/json.ts';

/** Where a door's OpenAPI document is served, below its prefix. */
export interface DocumentPaths {
  /** The page for people. */
  readonly page: string;
  /** The document for programs. */
  readonly document: string;
}

/**
 * Serves an OpenAPI document and a page made of it. Both are public: they tell no secret.
 * @param make the document; called when somebody first reads it, and not at every start.
 */
export function serveDocument(app: FastifyInstance, paths: DocumentPaths, make: () => Promise<JsonObject>): void {
  let made: Promise<{ readonly text: string; readonly html: string }> | undefined;
  const address = `${app.prefix}${paths.document}`;
  const documents = () => {
    made ??= make().then((document) => ({ text: JSON.stringify(document), html: page(document, address) }));
    return made;
  };
  app.get(paths.page, async (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
      .send((await documents()).html),
  );
  app.get(paths.document, async (_request, reply) =>
    reply.type('application/json; charset=utf-8').send((await documents()).text),
  );
}

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
code{background:#f2f2f2;padding:.1em .3em}h2{font-size:1.1rem;margin-top:2rem}
td,th{text-align:left;vertical-align:top;padding:.1rem 1rem .1rem 0}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}code{background:#2a2a2a}a{color:#9cf}}`;

function escaped(value: unknown): string {
  return String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

const at = (value: Json | undefined, ...keys: readonly string[]): Json | undefined =>
  keys.reduce<Json | undefined>((found, key) => (found as JsonObject | null | undefined)?.[key], value);

const entries = (value: Json | undefined): [string, Json][] => Object.entries((value ?? {}) as JsonObject);

/** The document as one page, without anything from elsewhere. */
function page(document: JsonObject, address: string): string {
  const title = escaped(at(document, 'info', 'title'));
  const routes = entries(document['paths']).flatMap(([path, methods]) =>
    entries(methods).map(([method, operation]) => route(document, method, path, operation)),
  );
  const schemas = entries(at(document, 'components', 'schemas')).map(
    ([name, schema]) => `<h2 id="${escaped(name)}">${escaped(name)}</h2>\n${kindsOf(schema)}`,
  );
  const [server] = document['servers'] as JsonObject[];
  const keys = entries(at(document, 'components', 'securitySchemes')).map(([, scheme]) =>
    at(scheme, 'type') === 'http' ? 'Authorization: Bearer' : escaped(at(scheme, 'name')),
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title}</title><style>${STYLE}</style><h1>${title}</h1>
<p>Paths are below <code>${escaped(server?.['url'])}</code>. The key goes in the header <code>${keys.join('</code> or <code>')}</code>.
${escaped(at(document, 'info', 'description'))} For programs: <a href="${address}">the OpenAPI document</a>.</p>
${[...routes, ...schemas].join('\n')}</html>\n`;
}

/** What a table of fields says of one. */
interface Field {
  readonly name: string;
  /** `path`, `query`, `header`, `body`; empty for members of an answer. */
  readonly where: string;
  /** HTML. */
  readonly type: string;
  /** Always, or instead of what. */
  readonly needed: string;
  readonly about: string;
}

function route(document: JsonObject, method: string, path: string, operation: Json): string {
  const parameters = ((at(operation, 'parameters') ?? []) as JsonObject[]).map((one) => resolved(document, one));
  const [body] = entries(at(operation, 'requestBody', 'content'));
  const schema = at(body?.[1], 'schema') as JsonObject | undefined;
  const said = resolved(document, schema);
  const fields = [
    ...parameters.map((parameter) => field(parameter['name'], parameter['in'], parameter['schema'], parameter)),
    ...membersOf(said, 'body'),
  ];
  const answers = entries(at(operation, 'responses'))
    .filter(([status]) => status.startsWith('2'))
    .map(([status, answer]) => `${status} ${referredTo(answer).map(link).join(', ')}`);
  const about = at(operation, 'description');
  return `<h2><code>${method.toUpperCase()} ${escaped(path)}</code> ${escaped(at(operation, 'summary'))}</h2>
${about === undefined ? '' : `<p>${escaped(about)}</p>\n`}${table(fields)}${bodyLink(schema, said['oneOf'])}${exampleOf(body?.[1])}
<p>Answer: ${answers.join('; ')}</p>`;
}

/** The members of a schema; of one that is of several kinds, those of each. */
function kindsOf(schema: Json): string {
  const kinds = at(schema, 'oneOf');
  if (!Array.isArray(kinds)) return table(membersOf(schema, ''));
  const marked = kinds.map((kind) => {
    const marks = entries(at(kind, 'properties')).filter(([, member]) => at(member, 'const') !== undefined);
    const title = marks.map(([name, member]) => `${escaped(name)}: ${escaped(at(member, 'const'))}`).join(', ');
    return `<h3><code>${title}</code></h3>\n${table(membersOf(kind, 'body'))}`;
  });
  return marked.join('\n');
}

/** Where the body of a request is told of, where it is of several kinds. */
function bodyLink(schema: Json | undefined, kinds: Json | undefined): string {
  return kinds === undefined ? '' : `\n<p>Body: ${referredTo(schema).map(link).join(', ')}</p>`;
}

const link = (name: string): string => `<a href="#${escaped(name)}">${escaped(name)}</a>`;

function table(fields: readonly Field[]): string {
  if (fields.length === 0) return '';
  const rows = fields.map(
    ({ name, where, type, needed, about }) =>
      `<tr><td><code>${escaped(name)}</code><td>${escaped(where)}<td>${type}<td>${escaped(needed)}<td>${escaped(about)}`,
  );
  return `<table><tr><th>Field<th>Where<th>Type<th>Needed<th>Meaning${rows.join('')}</table>`;
}

function membersOf(schema: Json | undefined, where: string): Field[] {
  return entries(at(schema, 'properties')).map(([name, member]) => ({
    ...field(name, where, member, member),
    // Of answers nearly all is always there, which would say nothing.
    needed: where === '' ? '' : needOf(schema, name),
  }));
}

/** Is a field of a body needed: always, or where none of its alternatives is there? */
function needOf(schema: Json | undefined, name: string): string {
  const has = (one: Json | undefined) => (at(one, 'required') as Json[] | undefined)?.includes(name) === true;
  if (has(schema)) return 'yes';
  const groups = ((at(schema, 'allOf') ?? []) as JsonObject[]).map(({ anyOf }) => (anyOf ?? []) as JsonObject[]);
  const others = groups.find((group) => group.some(has))?.filter((one) => !has(one)) ?? [];
  return others.map((one) => `or ${(one['required'] as string[]).join(' and ')}`).join(', ');
}

/** A body that is taken, where the document shows one. */
function exampleOf(body: Json | undefined): string {
  const example = at(body, 'schema', 'example');
  return example === undefined ? '' : `\n<p>For example <code>${escaped(JSON.stringify(example))}</code></p>`;
}

function field(name: Json | undefined, where: Json | undefined, schema: Json | undefined, about: Json): Field {
  return {
    name: String(name),
    where: String(where),
    type: typeOf(schema),
    needed: at(about, 'required') === true ? 'yes' : '',
    about: [...boundsOf(schema), ...[at(about, 'description') ?? []].flat().map(String)].join('. '),
  };
}

/** What a value may be, beyond its type. */
function boundsOf(schema: Json | undefined): string[] {
  const { minimum, maximum, maxLength, maxItems } = (schema ?? {}) as JsonObject;
  return [
    ...(minimum === undefined || maximum === undefined ? [] : [`${minimum} to ${maximum}`]),
    ...(maxLength === undefined ? [] : [`At most ${maxLength} characters`]),
    ...(maxItems === undefined ? [] : [`At most ${maxItems}`]),
  ];
}

/** What a reference of the document refers to; anything else as it is. */
function resolved(document: JsonObject, value: JsonObject | undefined): JsonObject {
  const ref = value?.['$ref'];
  if (typeof ref !== 'string') return value ?? {};
  return (at(document, ...ref.split('/').slice(1)) ?? {}) as JsonObject;
}

/** Names of the schemas that something refers to. */
function referredTo(value: Json | undefined): string[] {
  if (value === null || typeof value !== 'object') return [];
  if (Array.isArray(value)) return [...new Set(value.flatMap(referredTo))];
  const own = typeof value['$ref'] === 'string' ? [value['$ref'].split('/').at(-1) ?? ''] : [];
  return [...new Set([...own, ...Object.values(value).flatMap(referredTo)])];
}

/** HTML. */
function typeOf(schema: Json | undefined): string {
  const { type, anyOf, items, $ref: ref, enum: options, const: only } = (schema ?? {}) as JsonObject;
  if (typeof ref === 'string') return link(ref.split('/').at(-1) ?? '');
  if (only !== undefined) return `<code>${escaped(only)}</code>`;
  if (Array.isArray(options)) return options.map((option) => `<code>${escaped(option)}</code>`).join(', ');
  if (type === 'array' && items !== undefined) return `list of ${typeOf(items)}`;
  const types = Array.isArray(anyOf) ? anyOf.map(typeOf) : [type ?? 'any'].flat().map(escaped);
  return [...new Set(types)].filter((name) => name !== 'null').join(', ');
}
