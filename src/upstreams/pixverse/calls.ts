import type { Effects } from '../../contracts/effects.ts';
import type { VendorClient, VendorRequest } from '../../net/vendor.ts';
import { Refusal } from '../../std/errors.ts';
import { type WideJson, wideJson } from '../../std/json.ts';
import { uuid } from '../../std/random.ts';
import { KEY_HEADER, TRACE_HEADER } from '../../wire/pixverse/dialect.ts';
import { type Reading, readAnswer } from '../../wire/pixverse/read.ts';
import type { Access } from './secret.ts';

/** A file for a form. */
export interface FilePart {
  readonly field: string;
  readonly filename: string;
  readonly mime: string;
  readonly bytes: number;
  readonly source: AsyncIterable<Uint8Array>;
}

/** The three shapes a call to this vendor has. Each rejects with `CallFailed` where there was no answer. */
export interface Calls {
  /** A question: a new trace id each time, or the vendor would repeat its first answer (reference/pixverse-platform.md §2). */
  get(access: Access, path: string, signal: AbortSignal): Promise<Reading>;
  /** A request whose repetition under the same trace id is the same request. */
  post(
    access: Access,
    path: string,
    body: { readonly [key: string]: WideJson },
    id: string,
    signal: AbortSignal,
  ): Promise<Reading>;
  postFile(access: Access, path: string, file: FilePart, id: string, signal: AbortSignal): Promise<Reading>;
}

/** Builds the calls over a client. */
export function callsOver(client: VendorClient, { clock, random }: Pick<Effects, 'clock' | 'random'>): Calls {
  const send = async (
    access: Access,
    path: string,
    traceId: string,
    rest: Pick<VendorRequest, 'method' | 'signal'> & { type?: string; body?: VendorRequest['body'] },
  ): Promise<Reading> => {
    const { method, signal, type, body } = rest;
    const answer = await client.call({
      method,
      url: access.base + path,
      headers: {
        [KEY_HEADER]: access.apiKey,
        [TRACE_HEADER]: traceId,
        ...(type === undefined ? {} : { 'content-type': type }),
      },
      ...(body === undefined ? {} : { body }),
      signal,
    });
    return readAnswer(answer, clock.now());
  };
  return {
    get: (access, path, signal) => send(access, path, uuid(random), { method: 'GET', signal }),
    post: (access, path, body, id, signal) =>
      send(access, path, id, { method: 'POST', signal, type: 'application/json', body: wideJson({ ...body }) }),
    postFile(access, path, file, id, signal) {
      const boundary = `reelpool-${uuid(random)}`;
      const type = `multipart/form-data; boundary=${boundary}`;
      return send(access, path, id, { method: 'POST', signal, type, body: formOf(file, boundary) });
    },
  };
}

/** A form with one file, streamed: its length is known before its bytes are read. */
function formOf(file: FilePart, boundary: string): { bytes: number; source: AsyncIterable<Uint8Array> } {
  const head = Buffer.from(
    `--${boundary}\r\ncontent-disposition: form-data; name="${file.field}"; filename="${file.filename}"\r\n` +
      `content-type: ${file.mime}\r\n\r\n`,
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  async function* source(): AsyncGenerator<Uint8Array> {
    yield head;
    yield* file.source;
    yield tail;
  }
  return { bytes: head.length + file.bytes + tail.length, source: source() };
}

/** What cannot be gone on with where only an answer helps: an account's own fault as its code, anything else unlearned. */
export function failedAsking(reading: Exclude<Reading, { type: 'success' }>): Error {
  if (reading.type === 'unclear') return new Error(reading.message);
  const { code, message, retryAfterMs } = reading;
  return new Refusal(code, {
    message,
    ...(retryAfterMs === undefined ? {} : { retryAfterS: Math.ceil(retryAfterMs / 1000) }),
  });
}
