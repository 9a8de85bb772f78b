import type { Reading } from './requests/draft.ts';
import type { z } from 'zod';
import type { KnownInput } from '../../contracts/views.ts';
import type { JobDraft, JobRequest, Operation } from '../../core/request.ts';
import { agentBody, completeAgent, decodeAgent } from './requests/agent.ts';
import { avatarBody, completeAvatar, decodeAvatar } from './requests/avatar.ts';
import { completeExtend, decodeExtend, extendBody } from './requests/extend.ts';
import { completeFusion, decodeFusion, fusionBody } from './requests/fusion.ts';
import { decodeImageTemplate, imageTemplateBody } from './requests/image-template.ts';
import { decodeImageToVideo, imageToVideoBody } from './requests/image-to-video.ts';
import { completeLipSync, decodeLipSync, lipSyncBody } from './requests/lip-sync.ts';
import { completeMaskSelection, decodeMaskSelection, maskSelectionBody } from './requests/mask-selection.ts';
import { completeModify, decodeModify, modifyBody } from './requests/modify.ts';
import { completeMotionControl, decodeMotionControl, motionControlBody } from './requests/motion-control.ts';
import { decodeMultiTransition, multiTransitionBody } from './requests/multi-transition.ts';
import { completeMusicVideo, decodeMusicVideo, musicVideoBody } from './requests/music-video.ts';
import { completeRestyle, decodeRestyle, restyleBody } from './requests/restyle.ts';
import { completeSoundEffect, decodeSoundEffect, soundEffectBody } from './requests/sound-effect.ts';
import { completeSwap, decodeSwap, swapBody } from './requests/swap.ts';
import { decodeTextToVideo, textToVideoBody } from './requests/text-to-video.ts';
import { decodeTransition, transitionBody } from './requests/transition.ts';
import { completeUpscale, decodeUpscale, upscaleBody } from './requests/upscale.ts';

/** One create route: where it is, what it makes and how its body is read. */
export interface CreateRoute {
  readonly operation: Operation;
  /** Below the dialect's prefix. */
  readonly path: string;
  /** Types of the body's fields. */
  readonly schema: z.ZodObject;
  /** Absent: the id of the job. `masks`: within the call, what was found (§4.11). */
  readonly answers?: 'masks';
  /** Throws nothing but `Refusal`. */
  decode(body: unknown, reading: Reading): JobDraft;
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
  {
    operation: 'fusion',
    path: '/video/fusion/generate',
    schema: fusionBody,
    decode: decodeFusion,
    complete: completeFusion,
  },
  {
    operation: 'restyle',
    path: '/video/restyle/generate',
    schema: restyleBody,
    decode: decodeRestyle,
    complete: completeRestyle,
  },
  {
    operation: 'mask-selection',
    path: '/video/mask/selection',
    schema: maskSelectionBody,
    answers: 'masks',
    decode: decodeMaskSelection,
    complete: completeMaskSelection,
  },
  {
    operation: 'swap',
    path: '/video/swap/generate',
    schema: swapBody,
    decode: decodeSwap,
    complete: completeSwap,
  },
  {
    operation: 'motion-control',
    path: '/video/mimic/generate',
    schema: motionControlBody,
    decode: decodeMotionControl,
    complete: completeMotionControl,
  },
  {
    operation: 'modify',
    path: '/video/modify/generate',
    schema: modifyBody,
    decode: decodeModify,
    complete: completeModify,
  },
  {
    operation: 'upscale',
    path: '/video/upscale/generate',
    schema: upscaleBody,
    decode: decodeUpscale,
    complete: completeUpscale,
  },
  {
    operation: 'avatar',
    path: '/video/avatar/generate',
    schema: avatarBody,
    decode: decodeAvatar,
    complete: completeAvatar,
  },
  {
    operation: 'agent',
    path: '/video/agent/generate',
    schema: agentBody,
    decode: decodeAgent,
    complete: completeAgent,
  },
  {
    operation: 'music-video',
    path: '/video/music_mv_agent/generate',
    schema: musicVideoBody,
    decode: decodeMusicVideo,
    complete: completeMusicVideo,
  },
  {
    operation: 'image-template',
    path: '/image/template/generate',
    schema: imageTemplateBody,
    decode: decodeImageTemplate,
  },
];
