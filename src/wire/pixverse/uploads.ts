/**
 * What the two upload routes take: reference/pixverse-platform.md §5. Shaped as the gateway's upload policy; the door
 * adds which field it was.
 */

/** §5.1: PNG, JPEG and WebP, less than 20 MB (20 × 1024 × 1024 bytes, ours), at most 10000 px a side. */
export const IMAGE_UPLOAD = {
  kind: 'image',
  mimes: ['image/png', 'image/jpeg', 'image/webp'],
  declared: ['image/png', 'image/jpeg', 'image/jpg', 'image/webp'],
  /** "Less than 20 MB": the largest size allowed is one byte under it. */
  maxBytes: 20 * 1024 * 1024 - 1,
  maxSidePx: 10_000,
  of: {},
} as const;

/**
 * §5.2: MP4, QuickTime and WebM; MP3, WAV, M4A and AAC. What an operation can use is said there: one that takes a sound
 * of 30 s refuses a longer one, while a music video takes six minutes, so here the widest limits hold.
 */
export const MEDIA_UPLOAD = {
  kind: 'media',
  mimes: ['video/mp4', 'video/quicktime', 'video/webm', 'audio/mpeg', 'audio/wav', 'audio/mp4', 'audio/aac'],
  declared: [
    ...['video/mp4', 'video/mov', 'video/quicktime', 'video/webm'],
    ...['audio/mpeg', 'audio/wav', 'audio/vnd.wave', 'audio/x-wav', 'audio/wave'],
    ...['audio/x-m4a', 'audio/aac', 'audio/x-aac', 'audio/mp4'],
  ],
  /** Motion control and the agents take 100 MB. */
  maxBytes: 100 * 1024 * 1024,
  maxSidePx: 1920,
  of: {
    video: { maxBytes: 100 * 1024 * 1024, maxDurationMs: 30_000 },
    audio: { maxBytes: 50 * 1024 * 1024, maxDurationMs: 360_000 },
  },
} as const;

/** Fields of an upload form; exactly one of the two is sent. */
export interface UploadFields {
  readonly file: string;
  readonly url: string;
}

/** §5.1. */
export const IMAGE_FIELDS: UploadFields = { file: 'image', url: 'image_url' };
/** §5.2. */
export const MEDIA_FIELDS: UploadFields = { file: 'file', url: 'file_url' };
