import type { z } from 'zod';
import type { KnownInput } from '../../contracts/views.ts';
import type { JobDraft, JobRequest, Operation } from '../../core/request.ts';
import { completeExtend, decodeExtend, extendBody } from './requests/extend.ts';
import { decodeImageToVideo, imageToVideoBody } from './requests/image-to-video.ts';
import { completeLipSync, decodeLipSync, lipSyncBody } from './requests/lip-sync.ts';
import { decodeMultiTransition, multiTransitionBody } from './requests/multi-transition.ts';
import { completeSoundEffect, decodeSoundEffect, soundEffectBody } from './requests/sound-effect.ts';
import { decodeTextToVideo, textToVideoBody } from './requests/text-to-video.ts';
import { decodeTransition, transitionBody } from './requests/transition.ts';

/** One create route: where it is, what it makes and how its body is read. */
export interface CreateRoute {
  readonly operation: Operation;
  /** Below the dialect's prefix. */
  readonly path: string;
  /** Types of the body's fields. */
  readonly schema: z.ZodObject;
  /** Throws nothing but `Refusal`. */
  decode(body: unknown, pickSeed: () => number): JobDraft;
  /** Where the inputs decide something or have limits: the request they come to. Throws nothing but `Refusal`. */
  complete?(draft: JobDraft, inputs: readonly KnownInput[]): JobRequest;
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
  {
    operation: 'transition',
    path: '/video/transition/generate',
    schema: transitionBody,
    decode: decodeTransition,
  },
  {
    operation: 'multi-transition',
    path: '/video/multi_transition/generate',
    schema: multiTransitionBody,
    decode: decodeMultiTransition,
  },
  {
    operation: 'extend',
    path: '/video/extend/generate',
    schema: extendBody,
    decode: decodeExtend,
    complete: completeExtend,
  },
  {
    operation: 'lip-sync',
    path: '/video/lip_sync/generate',
    schema: lipSyncBody,
    decode: decodeLipSync,
    complete: completeLipSync,
  },
  {
    operation: 'sound-effect',
    path: '/video/sound_effect/generate',
    schema: soundEffectBody,
    decode: decodeSoundEffect,
    complete: completeSoundEffect,
  },
];
