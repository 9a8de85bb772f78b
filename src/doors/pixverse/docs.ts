import type { Json, JsonObject } from '../../std/json.ts';
import { pixverseDialect } from '../../wire/pixverse/dialect.ts';
import { pixverseOpenApi } from '../../wire/pixverse/openapi.ts';
import type { Door } from '../context.ts';
import { armDoor } from '../http.ts';
import { plainRefusal } from '../plain.ts';

const DOCUMENT = `/${pixverseDialect.name}.json`;

/** `GET /docs`: the dialect for people; its OpenAPI document for programs beside it. Both are public: they tell no secret. */
export const pixverseDocsDoor: Door = {
  name: 'docs',
  prefix: '/docs',
  mount(app, { log }) {
    armDoor(app, { refusal: plainRefusal, log });
    // Made when somebody first reads it, and not at every start.
    let made: { readonly text: string; readonly html: string } | undefined;
    const documents = () => {
      if (made === undefined) {
        const document = pixverseOpenApi();
        made = { text: JSON.stringify(document), html: page(document) };
      }
      return made;
    };
    app.get('/', (_request, reply) =>
      reply
        .type('text/html; charset=utf-8')
        .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
        .send(documents().html),
    );
    app.get(DOCUMENT, (_request, reply) => reply.type('application/json; charset=utf-8').send(documents().text));
  },
};

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
code{background:#f2f2f2;padding:.1em .3em}h2{font-size:1.1rem;margin-top:2rem}td,th{text-align:left;padding:.1rem 1rem .1rem 0}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}code{background:#2a2a2a}a{color:#9cf}}`;

function escaped(value: unknown): string {
  return String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

const at = (value: Json | undefined, ...keys: readonly string[]): Json | undefined =>
  keys.reduce<Json | undefined>((found, key) => (found as JsonObject | null | undefined)?.[key], value);

const entries = (value: Json | undefined): [string, Json][] => Object.entries((value ?? {}) as JsonObject);

/** The document as one page, without anything from elsewhere. */
function page(document: JsonObject): string {
  const title = escaped(at(document, 'info', 'title'));
  const routes = entries(document['paths']).flatMap(([path, methods]) =>
    entries(methods).map(([method, operation]) => route(method, path, operation)),
  );
  const [server] = document['servers'] as JsonObject[];
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title}</title><style>${STYLE}</style><h1>${title}</h1>
<p>Paths are below <code>${escaped(server?.['url'])}</code>. The key goes in the header <code>API-KEY</code>.
${escaped(at(document, 'info', 'description'))} For programs: <a href="/docs${DOCUMENT}">the OpenAPI document</a>.</p>
${routes.join('\n')}</html>\n`;
}

function route(method: string, path: string, operation: Json): string {
  const parameters = (at(operation, 'parameters') ?? []) as JsonObject[];
  const [body] = entries(at(operation, 'requestBody', 'content'));
  const fields = [
    ...parameters.map(({ name, in: where, schema }) => [`${name}`, `${where}`, schema] as const),
    ...entries(at(body?.[1], 'schema', 'properties')).map(([name, schema]) => [name, 'body', schema] as const),
  ];
  const rows = fields.map(([name, where, schema]) => {
    return `<tr><td><code>${escaped(name)}</code><td>${escaped(where)}<td>${escaped(typeOf(schema))}`;
  });
  const answer = at(operation, 'responses', '200', 'content', 'application/json', 'schema', 'allOf') as JsonObject[];
  const ref = at(answer[1], 'properties', 'Resp', 'oneOf') as JsonObject[];
  return `<h2><code>${method.toUpperCase()} ${escaped(path)}</code> ${escaped(at(operation, 'summary'))}</h2>
<table><tr><th>Field<th>Where<th>Type${rows.join('')}</table>
<p>Resp: <code>${escaped(String(ref[0]?.['$ref']).split('/').at(-1))}</code></p>`;
}

function typeOf(schema: Json | undefined): string {
  const { type, anyOf } = (schema ?? {}) as JsonObject;
  const types = Array.isArray(anyOf) ? anyOf.map(typeOf).join(', ').split(', ') : [type ?? 'any'].flat().map(String);
  return [...new Set(types)].filter((name) => name !== 'null').join(', ');
}
