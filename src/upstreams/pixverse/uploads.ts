import type { Blobs } from '../../contracts/blobs.ts';
import type { AttemptInput, CarriedInputs, StartOutcome } from '../../contracts/upstream.ts';
import { sha256Hex } from '../../std/crypto.ts';
import { messageOf } from '../../std/errors.ts';
import { type SoundCall, uploadRoute, verificationCall, voiceCall } from '../../wire/pixverse/encode/paths.ts';
import { type Reading, readVendorId, readVendorText } from '../../wire/pixverse/read.ts';
import type { Calls } from './calls.ts';
import { type Known, memoryOver } from './memory.ts';
import type { Access } from './secret.ts';

/** An input that the account has. `fresh`: it was carried there just now, so its id cannot be too old. */
export interface Carried extends Known {
  readonly type: 'carried';
  readonly fresh: boolean;
}

/** Why an input is not there: nothing was created, and an upload costs nothing. */
export type NotCarried = Extract<StartOutcome, { type: 'refused' | 'unsent' }>;

/** What an operation asks of an upload beyond its id. */
export type Need = 'id' | 'address' | 'verified';

/** Whose inputs are carried, for which attempt, and until when. */
export interface Errand {
  readonly access: Access;
  readonly attemptId: string;
  readonly signal: AbortSignal;
}

/** Carries inputs to the accounts that need them, each once. */
export interface Uploads {
  carry(errand: Errand, input: AttemptInput, need: Need): Promise<Carried | NotCarried>;
  /** A voice of the tenant's own: made there of the sound it was made of here. */
  carryVoice(errand: Errand, voice: AttemptInput): Promise<Carried | NotCarried>;
  /** Is the input there, or was it found to be unknown there, although the account made it? */
  tried(access: Access, input: AttemptInput): Promise<boolean>;
  /** The account does not know what we named these inputs by: they are carried anew, also what it made itself. */
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
  const memory = memoryOver(carried);

  async function upload({ access, attemptId, signal }: Errand, input: AttemptInput): Promise<Known | NotCarried> {
    const bytes = await blobs.size(input.blobKey);
    if (bytes === undefined) return { type: 'unsent', message: `the kept bytes of asset ${input.assetId} are gone` };
    const { path, field, id: name, urls } = uploadRoute(input.kind);
    const { mime, extension } = input.info;
    const source = await blobs.read(input.blobKey);
    const file = { field, filename: `input.${extension}`, mime, bytes, source };
    const reading = await calls.postFile(access, path, file, traceIdOf(attemptId, input.assetId), signal);
    if (reading.type !== 'success') return notCarried(reading, 'the upload');
    const [id, url] = [readVendorId(reading.resp, name), readVendorText(reading.resp, ...urls)];
    if (id === undefined) return { type: 'unsent', message: `the upload was answered without ${name}` };
    return { id, ...(url === undefined ? {} : { url }) };
  }

  /** A call about an uploaded sound. */
  async function ask(errand: Errand, { assetId }: AttemptInput, { path, body }: SoundCall) {
    const { access, attemptId, signal } = errand;
    return calls.post(access, path, body, traceIdOf(attemptId, assetId, path), signal);
  }

  /** Has a sound looked at there, if that is needed and was not done. Null: it is fit. */
  async function verify(errand: Errand, input: AttemptInput, need: Need, known: Known): Promise<NotCarried | null> {
    if (need !== 'verified' || known.verified) return null;
    const reading = await ask(errand, input, verificationCall(known.id));
    return reading.type === 'success' ? null : notCarried(reading, 'the verification of a sound');
  }

  async function carry(errand: Errand, input: AttemptInput, need: Need): Promise<Carried | NotCarried> {
    const known = await memory.find(errand.access, input.assetId);
    if (known !== undefined && (need !== 'address' || known.url !== undefined)) {
      return (await verify(errand, input, need, known)) ?? { type: 'carried', ...known, fresh: false };
    }
    const sent = await upload(errand, input);
    if ('type' in sent) return sent;
    const unfit = await verify(errand, input, need, sent);
    if (unfit !== null) return unfit;
    const made: Known = need === 'verified' ? { ...sent, verified: true } : sent;
    const stands = await memory.remember(errand.access, input.assetId, made);
    // What another remembered meanwhile is named by all, unless it lacks what is needed here.
    const same = stands.id === made.id || need === 'id';
    return { type: 'carried', ...(same ? stands : made), fresh: true };
  }

  async function carryVoice(errand: Errand, voice: AttemptInput): Promise<Carried | NotCarried> {
    const known = await memory.find(errand.access, voice.assetId);
    if (known !== undefined) return { type: 'carried', ...known, fresh: false };
    const sound = await upload(errand, voice);
    if ('type' in sound) return sound;
    const reading = await ask(errand, voice, voiceCall(`voice-${voice.assetId}`, sound.id));
    if (reading.type !== 'success') return notCarried(reading, 'the making of a voice');
    const id = readVendorText(reading.resp, 'speaker_id');
    if (id === undefined) return { type: 'unsent', message: 'a voice was made without speaker_id' };
    return { type: 'carried', ...(await memory.remember(errand.access, voice.assetId, { id })), fresh: true };
  }

  function once(place: string, begin: () => Promise<Carried | NotCarried>): Promise<Carried | NotCarried> {
    const other = underWay.get(place);
    if (other !== undefined) return other;
    const own = begin()
      .catch((error: unknown): NotCarried => ({ type: 'unsent', message: `an upload failed: ${messageOf(error)}` }))
      .finally(() => underWay.delete(place));
    underWay.set(place, own);
    return own;
  }

  return {
    carry: (errand, input, need) =>
      once(`${errand.access.identity}/${input.assetId}/${need}`, () => carry(errand, input, need)),
    carryVoice: (errand, voice) =>
      once(`${errand.access.identity}/${voice.assetId}/voice`, () => carryVoice(errand, voice)),
    tried: (access, { assetId }) => memory.has(access, assetId),
    async forget(access, inputs) {
      for (const { assetId, made } of inputs)
        await memory.forget(access, assetId, made?.accountId === access.accountId);
    },
  };
}

function notCarried(reading: Exclude<Reading, { type: 'success' }>, what: string): NotCarried {
  if (reading.type === 'unclear') return { type: 'unsent', message: `${what} was not answered: ${reading.message}` };
  const { code, message, retryAfterMs } = reading;
  return { type: 'refused', code, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/** The same for the same attempt, input and call, so that a repetition finds what the first left; shaped as a UUID. */
function traceIdOf(attemptId: string, assetId: number, path = ''): string {
  const hex = sha256Hex(`${attemptId}/${assetId}${path}`);
  const shaped = `${hex.slice(0, 12)}4${hex.slice(13, 16)}8${hex.slice(17, 32)}`;
  return shaped.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
