import type { FastifyRequest } from 'fastify';
import type { AssetView, Principal } from '../../contracts/views.ts';
import type { Gateway, UploadOrder, UploadPolicy } from '../../engine/gateway.ts';
import { refuse } from '../../std/errors.ts';
import { IMAGE_FILE_FIELD, IMAGE_UPLOAD, IMAGE_URL_FIELD } from '../../wire/pixverse/uploads.ts';
import { type FormFields, type FormFile, readUpload, type UploadForm } from '../forms.ts';
import { repeatable, traceId } from './trace.ts';

/**
 * Keeps the picture of `POST /image/upload`: reference/pixverse-platform.md §5.1. Exactly one of the file `image` and
 * the text `image_url`, in any encoding and order; the vendor's own samples send both names and leave one of them
 * empty, so what is empty counts as absent.
 */
export async function keepImage(
  gateway: Gateway,
  who: Principal,
  request: FastifyRequest,
  path: string,
): Promise<AssetView> {
  traceId(request);
  const keep = async (source: UploadOrder['source'], field: string): Promise<AssetView> => {
    const policy: UploadPolicy = { ...IMAGE_UPLOAD, field };
    // Of a file, its content is added to this by the gateway; its name and other parts do not make another request.
    const body = source.type === 'url' ? { [IMAGE_URL_FIELD]: source.url } : {};
    const idempotency = repeatable(request, path, body);
    return (await gateway.upload(who, { source, policy, idempotency })).asset;
  };
  const options = { fileField: IMAGE_FILE_FIELD, maxFileBytes: IMAGE_UPLOAD.maxBytes };
  return readUpload(request, options, async (form) => {
    const body = form.file === null ? null : await contentOf(form.file);
    if (form.file !== null && body !== null) {
      const { filename } = form.file;
      return keep({ type: 'stream', body: alone(body, form), filename }, IMAGE_FILE_FIELD);
    }
    await form.rest();
    return keep({ type: 'url', url: addressOf(form) }, IMAGE_URL_FIELD);
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
async function* alone(body: AsyncIterable<Uint8Array>, form: UploadForm): AsyncGenerator<Uint8Array> {
  refuseBoth(form.fields);
  yield* body;
  await form.rest();
  refuseBoth(form.fields);
}

function refuseBoth(fields: FormFields): void {
  if (isEmpty(fields[IMAGE_URL_FIELD])) return;
  refuse('parameter_invalid', {
    field: IMAGE_URL_FIELD,
    message: `${IMAGE_FILE_FIELD} and ${IMAGE_URL_FIELD} were both sent. Send one of them.`,
  });
}

/** The address of a form without a file. */
function addressOf({ fields, strays }: UploadForm): string {
  const url = fields[IMAGE_URL_FIELD];
  if (!isEmpty(url)) {
    if (typeof url === 'string') return url.trim();
    refuse('parameter_type', { field: IMAGE_URL_FIELD, message: `${IMAGE_URL_FIELD} must be one address, as text.` });
  }
  const hint = !isEmpty(fields[IMAGE_FILE_FIELD])
    ? ` ${IMAGE_FILE_FIELD} was sent as text; send it as a file part.`
    : strays.length > 0
      ? ` A file was sent as ${strays.join(', ').slice(0, 100)}; its part must be named ${IMAGE_FILE_FIELD}.`
      : '';
  refuse('parameter_missing', {
    field: IMAGE_FILE_FIELD,
    message: `${IMAGE_FILE_FIELD} or ${IMAGE_URL_FIELD} is missing. Send a file as ${IMAGE_FILE_FIELD}, or its address as ${IMAGE_URL_FIELD}.${hint}`,
  });
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}
