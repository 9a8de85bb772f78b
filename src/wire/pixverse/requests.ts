import type { JobDraft, Operation } from '../../core/request.ts';
import { decodeImageToVideo, imageToVideoBody } from './requests/image-to-video.ts';
import { decodeTextToVideo, textToVideoBody } from './requests/text-to-video.ts';

/** One create route: where it is, what it makes and how its body is read. */
export interface CreateRoute {
  readonly operation: Operation;
  /** Below the dialect's prefix. */
  readonly path: string;
  /** Types of the body's fields. */
  readonly schema: typeof textToVideoBody | typeof imageToVideoBody;
  /** Throws nothing but `Refusal`. */
  decode(body: unknown, pickSeed: () => number): JobDraft;
}

/**
 * Every create route (reference/pixverse-platform.md §3). To add an operation: a file in `requests/` with its schema and
 * decoder, and its row here; the door mounts what is listed.
 */
export const CREATE_ROUTES: readonly CreateRoute[] = [
  {
    operation: 'text-to-video',
    path: '/video/text/generate',
    schema: textToVideoBody,
    decode: decodeTextToVideo,
  },
  {
    operation: 'image-to-video',
    path: '/video/img/generate',
    schema: imageToVideoBody,
    decode: decodeImageToVideo,
  },
];
