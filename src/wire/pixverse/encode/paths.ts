import type { InputKind } from '../../../core/request.ts';
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

/** Where an input of a kind is uploaded, in which field of the form, and what the answer calls it (§5). */
export function uploadRoute(kind: InputKind): { readonly path: string; readonly field: string; readonly id: string } {
  return kind === 'image'
    ? { path: '/image/upload', field: IMAGE_FIELDS.file, id: 'img_id' }
    : { path: '/media/upload', field: MEDIA_FIELDS.file, id: 'media_id' };
}

/** What a create's answer calls its result (§3, §4.18). */
export const CREATED_IDS = { video: 'video_id', image: 'image_id' } as const;
