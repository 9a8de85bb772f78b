/**
 * The address of kept bytes on this gateway:
 *
 *     /media/<expires>/<signature>/<asset id>.<extension>
 *
 * `expires` is the last millisecond (since 1970, decimal) at which the path opens; `signature` is base64url over
 * `mediaClaim`. The id comes last because clients name the file they save after the last segment. The path is the
 * permission: it carries no key, so that a video tag, a colleague or another service can open it until it expires.
 */

/** Under what name the store keeps the keys that sign media paths, sealed. */
export const MEDIA_KEYS = 'media-keys';

/** Prefix of every media path. */
export const MEDIA_PREFIX = '/media';

/** The parts of a media path. Only its shape was checked. */
export interface MediaPath {
  readonly assetId: number;
  /** Lower case, without the dot. */
  readonly extension: string;
  /** As it stands in the path: what was signed. */
  readonly expires: string;
  readonly signature: string;
}

/** The text that is signed: everything the path says, so that no part can be changed. */
export function mediaClaim(assetId: number, extension: string, expires: string): string {
  return `media/${expires}/${assetId}.${extension}`;
}

/** Builds the path. @param expiresAtMs milliseconds since 1970. @param signature base64url over `mediaClaim`. */
export function mediaPath(assetId: number, extension: string, expiresAtMs: number, signature: string): string {
  return `${MEDIA_PREFIX}/${expiresAtMs}/${signature}/${assetId}.${extension}`;
}

const SHAPE = /^\/media\/([1-9][0-9]{0,15})\/([A-Za-z0-9_-]{1,128})\/([1-9][0-9]{0,15})\.([a-z0-9]{1,8})\/?$/;

/** Takes a path (without query) apart, or undefined where it is no media path. */
export function parseMediaPath(path: string): MediaPath | undefined {
  const match = SHAPE.exec(path);
  if (match === null) return undefined;
  const [, expires = '', signature = '', id = '', extension = ''] = match;
  const assetId = Number(id);
  return Number.isSafeInteger(assetId) ? { assetId, extension, expires, signature } : undefined;
}
