/**
 * What `/pool/v1/uploads` takes: every type and size that some operation takes somewhere. What one operation can use is
 * checked with the request that names the upload.
 */
const PICTURES = ['image/png', 'image/jpeg', 'image/webp'] as const;
const VIDEOS = ['video/mp4', 'video/quicktime', 'video/webm'] as const;
const SOUNDS = ['audio/mpeg', 'audio/wav', 'audio/mp4', 'audio/aac'] as const;
const MIB = 1024 * 1024;

/** Shaped as the gateway's upload policy; the door adds which field it was. */
export const UPLOADS = {
  kind: 'media',
  mimes: [...PICTURES, ...VIDEOS, ...SOUNDS],
  /** Types an address may be served as, with the older names that servers still use. */
  declared: [
    ...PICTURES,
    'image/jpg',
    ...VIDEOS,
    'video/mov',
    ...SOUNDS,
    ...['audio/vnd.wave', 'audio/x-wav', 'audio/wave', 'audio/x-m4a', 'audio/x-aac'],
  ],
  maxBytes: 100 * MIB,
  maxSidePx: 10_000,
  of: {
    image: { maxBytes: 20 * MIB, maxDurationMs: 0 },
    video: { maxBytes: 100 * MIB, maxDurationMs: 30_000, maxSidePx: 1920 },
    audio: { maxBytes: 50 * MIB, maxDurationMs: 360_000 },
  },
} as const;

/** The fields of an upload, of which one is sent: the file, or the address it is fetched from. */
export const UPLOAD_FIELDS = { file: 'file', url: 'url' } as const;
