import type { Blobs } from '../../contracts/blobs.ts';
import type { AttemptInput, CarriedInputs, StartOutcome } from '../../contracts/upstream.ts';
import { sha256Hex } from '../../std/crypto.ts';
import { messageOf } from '../../std/errors.ts';
import { isObject, type Json } from '../../std/json.ts';
import { uploadRoute } from '../../wire/pixverse/encode/paths.ts';
import { readVendorId } from '../../wire/pixverse/read.ts';
import type { Calls } from './calls.ts';
import type { Access } from './secret.ts';

/** An input that the account has. `fresh`: it was carried there just now, so its id cannot be too old. */
export interface Carried {
  readonly type: 'carried';
  readonly id: string;
  readonly fresh: boolean;
}

/** Why an input is not there: nothing was created, and an upload costs nothing. */
export type NotCarried = Extract<StartOutcome, { type: 'refused' | 'unsent' }>;

/** Carries inputs to the accounts that need them, each once. */
export interface Uploads {
  carry(access: Access, attemptId: string, input: AttemptInput, signal: AbortSignal): Promise<Carried | NotCarried>;
  /** The account does not know what we remember of these inputs. */
  forget(access: Access, inputs: readonly AttemptInput[]): Promise<void>;
}

/** What the uploads need. */
export interface UploadParts {
  readonly calls: Calls;
  readonly blobs: Pick<Blobs, 'read' | 'size'>;
  readonly carried: CarriedInputs;
}

/** Builds them. Jobs that need the same input at the same account at the same time share one upload. */
export function uploadsOver({ calls, blobs, carried }: UploadParts): Uploads {
  const underWay = new Map<string, Promise<Carried | NotCarried>>();

  async function upload(
    access: Access,
    attemptId: string,
    input: AttemptInput,
    signal: AbortSignal,
  ): Promise<Carried | NotCarried> {
    const before = await carried.find(access.accountId, input.assetId);
    const known = knownId(before, access);
    if (known !== undefined) return { type: 'carried', id: known, fresh: false };
    // Of another key, or of another host.
    if (before !== undefined) await carried.forget(access.accountId, input.assetId);
    const bytes = await blobs.size(input.blobKey);
    if (bytes === undefined) return { type: 'unsent', message: `the kept bytes of asset ${input.assetId} are gone` };
    const { path, field, id: name } = uploadRoute(input.kind);
    const { mime, extension } = input.info;
    const source = await blobs.read(input.blobKey);
    const file = { field, filename: `input.${extension}`, mime, bytes, source };
    const reading = await calls.postFile(access, path, file, traceIdOf(attemptId, input.assetId), signal);
    if (reading.type === 'refused') return refusedUpload(reading);
    if (reading.type === 'unclear')
      return { type: 'unsent', message: `the upload was not answered: ${reading.message}` };
    const id = readVendorId(reading.resp, name);
    if (id === undefined) return { type: 'unsent', message: `the upload was answered without ${name}` };
    const stands = await carried.remember(access.accountId, input.assetId, { identity: access.identity, id });
    return { type: 'carried', id: knownId(stands, access) ?? id, fresh: true };
  }

  return {
    carry(access, attemptId, input, signal) {
      const place = `${access.identity}/${input.assetId}`;
      const other = underWay.get(place);
      if (other !== undefined) return other;
      const own = upload(access, attemptId, input, signal)
        .catch((error: unknown): NotCarried => ({ type: 'unsent', message: `an upload failed: ${messageOf(error)}` }))
        .finally(() => underWay.delete(place));
      underWay.set(place, own);
      return own;
    },
    async forget(access, inputs) {
      for (const { assetId } of inputs) await carried.forget(access.accountId, assetId);
    },
  };
}

function knownId(ref: Json | undefined, { identity }: Access): string | undefined {
  if (!isObject(ref) || ref['identity'] !== identity) return undefined;
  return typeof ref['id'] === 'string' ? ref['id'] : undefined;
}

function refusedUpload({ code, message, retryAfterMs }: Omit<NotCarried & { type: 'refused' }, 'type'>): NotCarried {
  return { type: 'refused', code, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/** The same for the same attempt and input, so that a repetition finds what the first upload left; shaped as a UUID. */
function traceIdOf(attemptId: string, assetId: number): string {
  const hex = sha256Hex(`${attemptId}/${assetId}`);
  const shaped = `${hex.slice(0, 12)}4${hex.slice(13, 16)}8${hex.slice(17, 32)}`;
  return shaped.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
