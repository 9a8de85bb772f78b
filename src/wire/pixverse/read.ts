/**
 * What the vendor says when it is called: the envelope, its error codes and the states of a video, as a driver acts on
 * them. Section numbers are places in reference/pixverse-platform.md.
 */
import type { ErrorCode } from '../../std/errors.ts';
import { isObject, parseJsonExact } from '../../std/json.ts';
import { STATUS } from './status.ts';

/** An HTTP answer, read to its end. Names of headers are in lower case. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** What an answer comes to. */
export type Reading =
  | { readonly type: 'success'; readonly resp: unknown }
  /** Refused for a known reason: nothing was created. `vendorCode` is `ErrCode`, 0 where there was no envelope. */
  | {
      readonly type: 'refused';
      readonly code: ErrorCode;
      readonly vendorCode: number;
      readonly message: string;
      readonly retryAfterMs?: number;
    }
  /** Nothing can be concluded from it: the call may have had its effect. */
  | { readonly type: 'unclear'; readonly message: string };

/** What the vendor says of itself in these cases proves nothing about what it did before. */
type Fault = ErrorCode | 'unclear';

/** §7: every code with what it means for us, and so whose fault it is (promise P7). */
export const FAULTS: Readonly<Record<number, Fault>> = {
  10001: 'account_refused',
  10002: 'account_refused',
  10003: 'account_refused',
  10004: 'account_refused',
  10005: 'account_refused',
  99999: 'unclear',
  400011: 'parameter_missing',
  400012: 'account_refused',
  400013: 'parameter_type',
  400017: 'parameter_invalid',
  400018: 'prompt_too_long',
  400019: 'negative_prompt_too_long',
  400032: 'image_id_invalid',
  400080: 'lyrics_invalid',
  500008: 'not_found',
  500020: 'account_unable',
  500030: 'image_too_large',
  500031: 'image_unreadable',
  500032: 'image_format_invalid',
  500033: 'image_size_invalid',
  500041: 'upload_failed',
  500042: 'image_id_invalid',
  500044: 'account_full',
  500052: 'moderated',
  500054: 'moderated',
  500060: 'account_unable',
  500063: 'moderated',
  500064: 'content_deleted',
  500069: 'upstream_busy',
  500070: 'account_unable',
  500071: 'template_quality',
  500090: 'account_exhausted',
  500100: 'unclear',
  701002: 'subject_missing',
  701003: 'person_missing',
  701020: 'audio_unverified',
};

/**
 * Codes a create is refused with where an id or an address it names is not (or no longer) known: §7, and §4.5 for media
 * behind 400017.
 */
export const INPUT_FAULTS: ReadonlySet<number> = new Set([400017, 400032, 500008, 500041, 500042, 500064, 701020]);

/** A code nobody has written down: the families of §7 tell who it is about. */
function faultOf(vendorCode: number): Fault {
  const known = FAULTS[vendorCode];
  if (known !== undefined) return known;
  if (vendorCode >= 10_000 && vendorCode < 20_000) return 'account_refused';
  if (vendorCode >= 400_000 && vendorCode < 500_000) return 'parameter_invalid';
  return 'upstream_faulty';
}

/** Characters of an id or an address. */
const TEXT_MAX = 2048;
/** Masks of one frame that are kept. */
const MASKS_MAX = 64;
/** Characters of a vendor's message that are kept. */
const MESSAGE_MAX = 300;

/** Reads any answer (§1). @param nowMs for a `Retry-After` that is a date. */
export function readAnswer(answer: HttpAnswer, nowMs: number): Reading {
  const envelope = envelopeOf(answer.text);
  if (envelope === undefined) return withoutEnvelope(answer, nowMs);
  const { vendorCode, message, resp } = envelope;
  if (vendorCode === 0) {
    const fine = answer.status >= 200 && answer.status < 300;
    return fine ? { type: 'success', resp } : { type: 'unclear', message: `HTTP ${answer.status} with ErrCode 0` };
  }
  const text = `${message.slice(0, MESSAGE_MAX)} (ErrCode ${vendorCode})`;
  // §1: which body comes with 429 is not documented, so there the status decides.
  const fault = answer.status === 429 ? 'account_limited' : faultOf(vendorCode);
  if (fault === 'unclear') return { type: 'unclear', message: text };
  return { type: 'refused', code: fault, vendorCode, message: text, ...retryAfter(answer, nowMs) };
}

/** §1: uploads have been seen to answer HTML, and what stands before the vendor speaks for itself. */
function withoutEnvelope(answer: HttpAnswer, nowMs: number): Reading {
  const { status } = answer;
  const message = `HTTP ${status} without an answer of this API`;
  const code = codeOfStatus(status);
  if (code === undefined) return { type: 'unclear', message };
  return { type: 'refused', code, vendorCode: 0, message, ...retryAfter(answer, nowMs) };
}

/** 408 is the far side's own timeout, 5xx may come after the work was taken on, and 2xx and 3xx are no refusals. */
function codeOfStatus(status: number): ErrorCode | undefined {
  if (status === 401 || status === 403) return 'account_refused';
  if (status === 429) return 'account_limited';
  return status >= 400 && status < 500 && status !== 408 ? 'upstream_faulty' : undefined;
}

/** §1: `ErrCode`, `ErrMsg`, `Resp`; with some errors `err_code`, `err_msg`, `resp`. */
function envelopeOf(text: string): { vendorCode: number; message: string; resp: unknown } | undefined {
  const body = parseJsonExact(text);
  if (!isObject(body)) return undefined;
  const members = new Map(Object.entries(body).map(([key, value]) => [key.toLowerCase().replaceAll('_', ''), value]));
  const given = members.get('errcode');
  const vendorCode = typeof given === 'string' && /^[0-9]+$/.test(given) ? Number(given) : given;
  if (typeof vendorCode !== 'number' || !Number.isInteger(vendorCode)) return undefined;
  const message = members.get('errmsg');
  return { vendorCode, message: typeof message === 'string' ? message : '', resp: members.get('resp') };
}

/** Pauses longer than this are not taken at their word, ms. */
const RETRY_AFTER_MAX_MS = 24 * 3_600_000;

function retryAfter({ headers }: HttpAnswer, nowMs: number): { retryAfterMs?: number } {
  const given = headers['retry-after']?.trim() ?? '';
  const ms = /^[0-9]{1,9}$/.test(given) ? Number(given) * 1000 : Date.parse(given) - nowMs;
  return Number.isFinite(ms) ? { retryAfterMs: Math.min(RETRY_AFTER_MAX_MS, Math.max(0, ms)) } : {};
}

/** An id as the text of its digits, however large; undefined for what is none. §1: integers, seen as texts. */
export function readVendorId(resp: unknown, ...names: readonly string[]): string | undefined {
  if (!isObject(resp)) return undefined;
  for (const name of names) {
    const value = resp[name];
    const digits = typeof value === 'number' ? String(value) : value;
    if (typeof digits === 'string' && /^[1-9][0-9]{0,19}$/.test(digits)) return digits;
  }
  return undefined;
}

/** A text, or a number as one; undefined for what is none, or is empty. §1: ids of masks and voices are texts. */
export function readVendorText(resp: unknown, ...names: readonly string[]): string | undefined {
  if (!isObject(resp)) return undefined;
  for (const name of names) {
    const value = resp[name];
    const text = typeof value === 'number' ? String(value) : value;
    if (typeof text === 'string' && text !== '' && text.length <= TEXT_MAX) return text;
  }
  return undefined;
}

/** The picture of a frame, and what was told apart in it. */
export interface VendorMasks {
  readonly keyframeUrl: string;
  readonly masks: readonly { readonly id: string; readonly name: string; readonly url: string }[];
}

/** §4.11, within the answer to the create; undefined where it is none. */
export function readMasks(resp: unknown): VendorMasks | undefined {
  const keyframeUrl = readVendorText(resp, 'keyframe_url');
  if (keyframeUrl === undefined || !isObject(resp)) return undefined;
  const listed = Array.isArray(resp['mask_info']) ? resp['mask_info'].slice(0, MASKS_MAX) : [];
  const masks = listed.flatMap((entry) => {
    const [id, url] = [readVendorText(entry, 'mask_id'), readVendorText(entry, 'mask_url')];
    return id === undefined || url === undefined ? [] : [{ id, name: readVendorText(entry, 'mask_name') ?? '', url }];
  });
  return { keyframeUrl, masks };
}

/** How a video or picture stands (§4.17, §4.18). */
export type Standing =
  | { readonly type: 'done'; readonly url: string }
  | { readonly type: 'moderated' | 'failed' | 'deleted' }
  /** `word`: what was said, where it is none of the states we know. */
  | { readonly type: 'running'; readonly word?: string };

/** Reads `Resp` of a result. What is not known counts as running (DESIGN §9), and so does a success without its address. */
export function readStanding(resp: unknown): Standing {
  const members = isObject(resp) ? resp : {};
  const status = typeof members['status'] === 'string' ? Number(members['status']) : members['status'];
  const { url } = members;
  switch (status) {
    case STATUS.success:
      return typeof url === 'string' && url !== '' ? { type: 'done', url } : { type: 'running', word: 'done, no url' };
    case STATUS.generating:
      return { type: 'running' };
    case STATUS.moderated:
      return { type: 'moderated' };
    case STATUS.failed:
      return { type: 'failed' };
    case STATUS.deleted:
      return { type: 'deleted' };
    default:
      return { type: 'running', word: String(members['status']).slice(0, 40) };
  }
}

/** Whole credits of a balance answer (§6); undefined where it is none. */
export function readBalance(resp: unknown): { readonly monthly: number; readonly package: number } | undefined {
  if (!isObject(resp)) return undefined;
  const { credit_monthly: monthly, credit_package: bought } = resp;
  if (typeof monthly !== 'number' || typeof bought !== 'number') return undefined;
  return { monthly, package: bought };
}
