import type { Readable } from 'node:stream';
import formbody from '@fastify/formbody';
import multipart, { type Multipart } from '@fastify/multipart';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Refusal } from '../std/errors.ts';
import { isObject } from '../std/json.ts';
import { drain } from './http.ts';

/**
 * Forms: `multipart/form-data` and `application/x-www-form-urlencoded`, beside JSON, for the routes that read them.
 * The three encodings come out as the same fields, as real clients send them interchangeably
 * (reference/what-clients-send.md).
 */

/** Fields of a body by name. In forms every value is text; a repeated name gives a list. */
export type FormFields = Readonly<Record<string, unknown>>;

/** The file part of an upload, to be read once. */
export interface FormFile {
  readonly field: string;
  readonly filename: string | null;
  /** As the client declared it; proves nothing. */
  readonly mime: string;
  /** Ends early with an error when the client goes away. One byte more than the limit is passed on, so that who keeps it refuses it. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Text parts longer than this are refused, in bytes. */
const FIELD_BYTES_MAX = 256 * 1024;
const FIELDS_MAX = 100;
const FILES_MAX = 8;

/**
 * Adds routes that read forms besides JSON. They live in a scope of their own, because the multipart plugin puts hooks
 * on every route around it and reads should not pay for them. Call it after `armDoor`.
 */
export function withForms(app: FastifyInstance, routes: (scope: FastifyInstance) => void): void {
  void app.register(async (scope) => {
    await scope.register(multipart);
    await scope.register(formbody);
    routes(scope);
  });
}

/**
 * The fields of a body that holds no file, whatever its encoding; empty where there is no body.
 * Refuses a file part (`parameter_type`), a body that is no object or a broken form (`body_unreadable`) and fields that
 * are too long or too many (`body_too_large`).
 */
export async function readFields(request: FastifyRequest): Promise<FormFields> {
  if (!isMultipart(request)) return plainFields(request);
  const fields = emptyFields();
  try {
    for await (const part of partsOf(request, 0)) {
      if (part.type === 'file') {
        throw new Refusal('parameter_type', {
          field: part.fieldname,
          message: `${part.fieldname} must be text, not a file.`,
        });
      }
      collect(fields, part);
    }
  } finally {
    drain(request.raw);
  }
  return fields;
}

/** An upload as its reader sees it. */
export interface UploadForm {
  /** Complete without a file; beside a file it grows until `rest` resolves. */
  readonly fields: FormFields;
  readonly file: FormFile | null;
  /** Names of parts with other files in them, which are skipped. */
  readonly strays: readonly string[];
  /**
   * Resolves when every part was read, for forms whose text parts stand after the file. Wait for it only after the
   * file was read to its end: nothing behind a part arrives before that. Rejects where the form is damaged.
   */
  rest(): Promise<void>;
}

/**
 * Reads an upload: calls `use` once, with the file part where there is one under `fileField`, else with null and all
 * fields. Rejects with what `use` rejects with, unless the client broke off or the form is damaged (`body_unreadable`).
 *
 * @param options.maxFileBytes at most one byte more than this reaches `use`.
 */
export async function readUpload<T>(
  request: FastifyRequest,
  options: { fileField: string; maxFileBytes: number },
  use: (form: UploadForm) => Promise<T>,
): Promise<T> {
  const fields = isMultipart(request) ? emptyFields() : plainFields(request);
  const strays: string[] = [];
  if (!isMultipart(request)) return use({ fields, file: null, strays, rest: async () => {} });
  const parts = partsOf(request, options.maxFileBytes + 1);
  /** Reads on to the first file with the name, if one is asked for, else to the end. */
  const readOn = async (fileField: string | null) => {
    while (true) {
      const next = await parts.next();
      if (next.done === true) return undefined;
      const part = next.value;
      if (part.type === 'field') {
        collect(fields, part);
      } else if (part.fieldname === fileField) {
        return part;
      } else {
        strays.push(part.fieldname);
        part.file.resume();
      }
    }
  };
  try {
    const found = await readOn(options.fileField);
    if (found === undefined) return await use({ fields, file: null, strays, rest: async () => {} });
    // Read beside `use`, which drives it: no part comes before the file in front of it was read.
    const rest = readOn(null).then(() => {});
    rest.catch(() => {});
    const value = await useFile(found.file, () => use({ fields, file: fileOf(found), strays, rest: () => rest }));
    found.file.resume();
    await rest;
    return value;
  } finally {
    drain(request.raw);
  }
}

function isMultipart(request: FastifyRequest): boolean {
  return typeof request.isMultipart === 'function' && request.isMultipart();
}

/** JSON and urlencoded bodies were read by the framework. */
function plainFields(request: FastifyRequest): FormFields {
  const { body } = request;
  if (body === undefined || body === null) return emptyFields();
  if (isObject(body)) return body;
  throw new Refusal('body_unreadable', { message: 'The body must be one JSON object, or a form.' });
}

/** Field names come from strangers, so the object has no prototype. */
function emptyFields(): Record<string, unknown> {
  return Object.create(null) as Record<string, unknown>;
}

/** The parts in order, with the parser's errors as refusals. */
async function* partsOf(request: FastifyRequest, fileSize: number): AsyncGenerator<Multipart> {
  const parts = request.parts({
    limits: {
      fileSize,
      fieldSize: FIELD_BYTES_MAX,
      fields: FIELDS_MAX,
      files: FILES_MAX,
      parts: FIELDS_MAX + FILES_MAX,
    },
    // Not in the types of `parts`, but read by it: a long file is cut, and refused by who keeps it.
    ...{ throwFileSizeLimit: false },
  });
  while (true) {
    let next: IteratorResult<Multipart>;
    try {
      next = await parts.next();
    } catch (error) {
      throw formFailure(error);
    }
    if (next.done === true) return;
    yield next.value;
  }
}

async function useFile<T>(file: Readable, use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (error) {
    // The stream broke, so whatever `use` made of it, the form is to blame.
    if (file.errored !== null && !(error instanceof Refusal)) throw formFailure(file.errored);
    throw error;
  }
}

function fileOf(part: Extract<Multipart, { type: 'file' }>): FormFile {
  return { field: part.fieldname, filename: part.filename || null, mime: part.mimetype, body: part.file };
}

function collect(fields: Record<string, unknown>, part: Extract<Multipart, { type: 'field' }>): void {
  if (part.valueTruncated || part.fieldnameTruncated) {
    throw new Refusal('body_too_large', {
      field: part.fieldname,
      message: `${part.fieldname} is longer than ${FIELD_BYTES_MAX} bytes.`,
    });
  }
  const before = fields[part.fieldname];
  if (before === undefined) fields[part.fieldname] = part.value;
  else if (Array.isArray(before)) before.push(part.value);
  else fields[part.fieldname] = [before, part.value];
}

/** What the multipart parser says of a form. */
function formFailure(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const { code } = error as { code?: string };
  if (code === 'FST_PARTS_LIMIT' || code === 'FST_FILES_LIMIT' || code === 'FST_FIELDS_LIMIT') {
    return new Refusal('body_too_large', {
      message: `The form has too many parts: ${FIELDS_MAX} fields and ${FILES_MAX} files are read.`,
      cause: error,
    });
  }
  return new Refusal('body_unreadable', {
    message: 'The multipart form is damaged, was cut short, or lacks its boundary. Send it again.',
    cause: error,
  });
}
