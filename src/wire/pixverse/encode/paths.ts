import type { InputKind } from '../../../core/request.ts';
import type { WideJson } from '../../../std/json.ts';
import { VERIFICATION_PATH } from '../requests/verification.ts';
import { IMAGE_FIELDS, MEDIA_FIELDS } from '../uploads.ts';

/** What a driver asks beside creates. Paths are below the dialect's prefix; sections of reference/pixverse-platform.md. */

/** The platforms (§1): keys of one are not known at the other. */
export const HOSTS = {
  international: 'https://app-api.pixverse.ai',
  cn: 'https://app-api.pixverseai.cn',
} as const;

/** §6. */
export const BALANCE_PATH = '/account/balance';

/** §4.17, §4.19. */
export function resultPath(makes: 'video' | 'image', id: string): string {
  return `/${makes}/result/${id}`;
}

/** How an input of a kind is uploaded (§5). */
export interface UploadRoute {
  readonly path: string;
  /** Of the form. */
  readonly field: string;
  /** What the answer calls it, and where it says that it is kept; §5.1: one page names the address otherwise. */
  readonly id: string;
  readonly urls: readonly string[];
}

/** Where an input of a kind is uploaded. */
export function uploadRoute(kind: InputKind): UploadRoute {
  return kind === 'image'
    ? { path: '/image/upload', field: IMAGE_FIELDS.file, id: 'img_id', urls: ['img_url', 'url'] }
    : { path: '/media/upload', field: MEDIA_FIELDS.file, id: 'media_id', urls: ['url'] };
}

/** A call that makes something of an upload, and is not billed (§10.5). */
export interface SoundCall {
  readonly path: string;
  readonly body: { readonly [key: string]: WideJson };
}

/** §4.20: has an uploaded sound looked at, which a music video asks for. Ids as numbers: quoted ones are rejected (§1). */
export function verificationCall(soundId: string): SoundCall {
  return { path: VERIFICATION_PATH, body: { audio_media_id: BigInt(soundId) } };
}

/** §4.6: makes a voice of an uploaded sound. */
export function voiceCall(name: string, soundId: string): SoundCall {
  return { path: '/video/tts_speaker', body: { name, audio_media_id: BigInt(soundId) } };
}

/** What a create's answer calls its result (§3, §4.18). */
export const CREATED_IDS = { video: 'video_id', image: 'image_id' } as const;
