/**
 * What `POST /image/upload` takes: reference/pixverse-platform.md §5.1. PNG, JPEG and WebP, less than 20 MB (20 × 1024 ×
 * 1024 bytes, ours), at most 10000 px a side. Shaped as the gateway's upload policy; the door adds which field it was.
 */
export const IMAGE_UPLOAD = {
  kind: 'image',
  mimes: ['image/png', 'image/jpeg', 'image/webp'],
  /** "Less than 20 MB": the largest size allowed is one byte under it. */
  maxBytes: 20 * 1024 * 1024 - 1,
  maxSidePx: 10_000,
  maxDurationMs: null,
} as const;

/** §5.1: the file's field. */
export const IMAGE_FILE_FIELD = 'image';
/** §5.1: the address's field. Exactly one of the two is sent. */
export const IMAGE_URL_FIELD = 'image_url';
