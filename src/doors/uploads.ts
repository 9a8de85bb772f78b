import type { FastifyRequest } from 'fastify';
import type { Idempotency } from '../contracts/administration.ts';
import type { AssetView, Principal } from '../contracts/views.ts';
import type { Gateway, UploadOrder, UploadPolicy } from '../engine/gateway.ts';
import { refuse } from '../std/errors.ts';
import type { Json } from '../std/json.ts';
import { type FormFields, type FormFile, readUpload, type UploadForm } from './forms.ts';

/** One upload route: the names of its two fields, what it takes, and what makes a repetition of a request. */
export interface UploadRoute {
  readonly fields: { readonly file: string; readonly url: string };
  readonly policy: Omit<UploadPolicy, 'field'>;
  /** @param body what a repetition must agree in: of a file, its content is added to this by the gateway. */
  readonly repeatable: (request: FastifyRequest, body: Json) => Idempotency | null;
  /** Fields beside those two are refused; else they are left unread. */
  readonly strict?: true;
}

/**
 * Keeps the file of an upload route: exactly one of a file and the text of its address, in any encoding and order.
 * Clients send both names and leave one of them empty, so what is empty counts as absent.
 */
export async function keepUpload(
  gateway: Gateway,
  who: Principal,
  request: FastifyRequest,
  route: UploadRoute,
): Promise<{ asset: AssetView; replayed: boolean }> {
  const { fields, policy, repeatable } = route;
  // Refuses what is wrong with it before a body is looked at.
  repeatable(request, {});
  const keep = (source: UploadOrder['source'], field: string) => {
    // Of a file, its name and other parts do not make another request.
    const body = source.type === 'url' ? { [fields.url]: source.url } : {};
    return gateway.upload(who, { source, policy: { ...policy, field }, idempotency: repeatable(request, body) });
  };
  const options = { fileField: fields.file, maxFileBytes: policy.maxBytes };
  return readUpload(request, options, async (form) => {
    const body = form.file === null ? null : await contentOf(form.file);
    if (form.file !== null && body !== null) {
      const { filename } = form.file;
      return keep({ type: 'stream', body: alone(body, form, route), filename }, fields.file);
    }
    await form.rest();
    refuseOthers(form.fields, route);
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
  route: UploadRoute,
): AsyncGenerator<Uint8Array> {
  refuseBoth(form.fields, route);
  yield* body;
  await form.rest();
  refuseBoth(form.fields, route);
}

function refuseBoth(fields: FormFields, route: UploadRoute): void {
  const { file, url } = route.fields;
  refuseOthers(fields, route);
  if (isEmpty(fields[url])) return;
  refuse('parameter_invalid', { field: url, message: `${file} and ${url} were both sent. Send one of them.` });
}

function refuseOthers(fields: FormFields, { fields: { file, url }, strict }: UploadRoute): void {
  if (!strict) return;
  const other = Object.keys(fields).find((name) => name !== file && name !== url);
  if (other === undefined) return;
  refuse('parameter_invalid', { field: other, message: `${other} is not a field of an upload. Leave it out.` });
}

/** The address of a form without a file. */
function addressOf({ fields, strays }: UploadForm, { file, url }: UploadRoute['fields']): string {
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
