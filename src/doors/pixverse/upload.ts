import type { FastifyRequest } from 'fastify';
import type { AssetView, Principal } from '../../contracts/views.ts';
import type { Gateway, UploadOrder, UploadPolicy } from '../../engine/gateway.ts';
import { refuse } from '../../std/errors.ts';
import type { UploadFields } from '../../wire/pixverse/uploads.ts';
import { type FormFields, type FormFile, readUpload, type UploadForm } from '../forms.ts';
import { repeatable, traceId } from './trace.ts';

/** One upload route: its path, the names of its two fields and what it takes. */
export interface UploadRoute {
  readonly path: string;
  readonly fields: UploadFields;
  readonly policy: Omit<UploadPolicy, 'field'>;
}

/**
 * Keeps the file of an upload route: reference/pixverse-platform.md §5. Exactly one of a file and the text of its
 * address, in any encoding and order; the vendor's own samples send both names and leave one of them empty, so what is
 * empty counts as absent.
 */
export async function keepUpload(
  gateway: Gateway,
  who: Principal,
  request: FastifyRequest,
  { path, fields, policy }: UploadRoute,
): Promise<AssetView> {
  traceId(request);
  const keep = async (source: UploadOrder['source'], field: string): Promise<AssetView> => {
    // Of a file, its content is added to this by the gateway; its name and other parts do not make another request.
    const body = source.type === 'url' ? { [fields.url]: source.url } : {};
    const idempotency = repeatable(request, path, body);
    return (await gateway.upload(who, { source, policy: { ...policy, field }, idempotency })).asset;
  };
  const options = { fileField: fields.file, maxFileBytes: policy.maxBytes };
  return readUpload(request, options, async (form) => {
    const body = form.file === null ? null : await contentOf(form.file);
    if (form.file !== null && body !== null) {
      const { filename } = form.file;
      return keep({ type: 'stream', body: alone(body, form, fields), filename }, fields.file);
    }
    await form.rest();
    return keep({ type: 'url', url: addressOf(form, fields) }, fields.url);
  });
}

/** A file's bytes, or null where a form sends the part without a file: it has neither a name nor a byte. */
async function contentOf(file: FormFile): Promise<AsyncIterable<Uint8Array> | null> {
  if (file.filename !== null) return file.body;
  const reader = file.body[Symbol.asyncIterator]();
  const first = await reader.next();
  if (first.done === true) return null;
  return (async function* () {
    yield first.value;
    yield* { [Symbol.asyncIterator]: () => reader };
  })();
}

/** The bytes, and after the last a look at the parts behind the file: an address there refuses it before it is kept. */
async function* alone(
  body: AsyncIterable<Uint8Array>,
  form: UploadForm,
  names: UploadFields,
): AsyncGenerator<Uint8Array> {
  refuseBoth(form.fields, names);
  yield* body;
  await form.rest();
  refuseBoth(form.fields, names);
}

function refuseBoth(fields: FormFields, { file, url }: UploadFields): void {
  if (isEmpty(fields[url])) return;
  refuse('parameter_invalid', { field: url, message: `${file} and ${url} were both sent. Send one of them.` });
}

/** The address of a form without a file. */
function addressOf({ fields, strays }: UploadForm, { file, url }: UploadFields): string {
  const address = fields[url];
  if (!isEmpty(address)) {
    if (typeof address === 'string') return address.trim();
    refuse('parameter_type', { field: url, message: `${url} must be one address, as text.` });
  }
  const hint = !isEmpty(fields[file])
    ? ` ${file} was sent as text; send it as a file part.`
    : strays.length > 0
      ? ` A file was sent as ${strays.join(', ').slice(0, 100)}; its part must be named ${file}.`
      : '';
  refuse('parameter_missing', {
    field: file,
    message: `${file} or ${url} is missing. Send a file as ${file}, or its address as ${url}.${hint}`,
  });
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}
