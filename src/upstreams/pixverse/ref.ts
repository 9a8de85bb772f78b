import { isObject, type Json } from '../../std/json.ts';
import type { VendorMasks } from '../../wire/pixverse/read.ts';

/** A video as the account names it: one it made, or an upload. */
export interface VideoName {
  readonly id: string;
  readonly generated: boolean;
}

/**
 * Reference of an accepted attempt: the vendor's id of what is being made, as digits; or what was found in a frame, which
 * the answer to the create held already, and of which video.
 */
export type Ref =
  | { readonly makes: 'video' | 'image'; readonly id: string }
  | ({ readonly makes: 'masks'; readonly video: VideoName } & VendorMasks);

const DIGITS = /^[0-9]{1,20}$/;

/** A reference as it was stored; undefined for what is none of ours. */
export function readRef(ref: Json): Ref | undefined {
  if (!isObject(ref)) return undefined;
  const { makes, id, video, keyframeUrl, masks } = ref;
  if (makes === 'masks') {
    const whole = isObject(video) && typeof keyframeUrl === 'string' && Array.isArray(masks);
    return whole ? (ref as unknown as Ref) : undefined;
  }
  const fits = (makes === 'video' || makes === 'image') && typeof id === 'string' && DIGITS.test(id);
  return fits ? { makes, id } : undefined;
}
