/** A gateway's OpenAPI document as an independent judge of its answers. */
import assert from 'node:assert/strict';
import { Ajv2020 } from 'ajv/dist/2020.js';

/** What is read here of an operation. */
export interface Operation {
  readonly id: string;
  readonly method: string;
  /** Below the prefix, with `{id}`. */
  readonly path: string;
  readonly role: string | undefined;
  /** It takes Idempotency-Key. */
  readonly once: boolean;
  readonly stream: boolean;
  /** Those of its answers. */
  readonly statuses: readonly number[];
}

/** A document that was served. */
export interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, RawOperation>>;
  readonly components: { readonly schemas: Record<string, object> };
}

interface RawOperation {
  readonly operationId: string;
  readonly 'x-role'?: string;
  readonly parameters: readonly { readonly $ref?: string }[];
  readonly responses: Record<string, { readonly content: Record<string, object> }>;
}

/** What a document says, and whether answers are so. */
export function judgeOf(document: Document) {
  const ajv = new Ajv2020({ strict: false, formats: { 'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/ } });
  ajv.addSchema({ $id: 'document', ...closed(document) });
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, raw]) => operationOf(method, path, raw)),
  );
  /** What is wrong with a value, by a place in the document. */
  const faults = (pointer: readonly string[], value: unknown): string => {
    const ref = pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')));
    const check = ajv.getSchema(`document#/${ref.join('/')}`);
    assert.ok(check, `the document has nothing at ${pointer.join(' ')}`);
    return check(value) ? '' : ajv.errorsText(check.errors);
  };
  return {
    operations,
    /** The answer is what the document says of this operation, no member more. */
    answered(
      { id, method, path, statuses }: Operation,
      got: { status: number; headers: Headers; body: unknown },
    ): void {
      assert.ok(statuses.includes(got.status), `${id}: ${got.status} ${JSON.stringify(got.body)}`);
      assert.match(got.headers.get('content-type') ?? '', /^application\/json\b/);
      const content = ['content', 'application/json', 'schema'];
      assert.equal(faults(['paths', path, method, 'responses', String(got.status), ...content], got.body), '', id);
    },
    /** The answer is a problem as the document has it. */
    refused(id: string, got: { status: number; headers: Headers; body: unknown }): void {
      assert.ok(got.status >= 400, id);
      assert.match(got.headers.get('content-type') ?? '', /^application\/problem\+json\b/, id);
      assert.equal(faults(['components', 'schemas', 'Problem'], got.body), '', id);
      const { status, retryAfterS } = got.body as { status: number; retryAfterS?: number };
      assert.equal(status, got.status, id);
      assert.equal(got.headers.get('retry-after'), retryAfterS === undefined ? null : String(retryAfterS), id);
    },
    /** A value is what the named schema says. */
    is: (schema: string, value: unknown) => assert.equal(faults(['components', 'schemas', schema], value), ''),
  };
}

function operationOf(method: string, path: string, raw: RawOperation): Operation {
  const statuses = Object.keys(raw.responses).filter((code) => code.startsWith('2'));
  return {
    id: raw.operationId,
    method,
    path,
    role: raw['x-role'],
    once: raw.parameters.some(({ $ref }) => $ref?.endsWith('/idempotencyKey')),
    stream: statuses.some((status) => raw.responses[status]?.content['text/event-stream'] !== undefined),
    statuses: statuses.map(Number),
  };
}

/** The same, with objects that may have no other members than are named: readers may be told more later, tests not. */
function closed<T>(value: T): T {
  if (Array.isArray(value)) return value.map(closed) as T;
  if (value === null || typeof value !== 'object') return value;
  const members = Object.fromEntries(Object.entries(value).map(([name, member]) => [name, closed(member)]));
  const open = members['type'] === 'object' && 'properties' in members && !('additionalProperties' in members);
  return { ...members, ...(open ? { additionalProperties: false } : {}) } as T;
}
