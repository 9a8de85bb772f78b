/**
 * Requests as a driver sends them: every operation's body from a `JobRequest`, the other way round of `requests/`. What is
 * left out means its default on the other side, so that what is sent is exactly what was priced (promise P8).
 */
import type { JobRequest, Operation } from '../../core/request.ts';
import type { WideJson } from '../../std/json.ts';
import { encodeAgent, encodeMusicVideo } from './encode/agents.ts';
import { encodeClip, encodeExtend, encodeFusion, encodeMultiTransition, encodeTransition } from './encode/clips.ts';
import { type Body, Carried, idOf, type VendorInput } from './encode/parts.ts';
import { encodeAvatar, encodeImageTemplate, encodeTemplate } from './encode/pictures.ts';
import {
  encodeLipSync,
  encodeMaskSelection,
  encodeModify,
  encodeMotionControl,
  encodeRestyle,
  encodeSoundEffect,
  encodeSwap,
  encodeUpscale,
} from './encode/videos.ts';
import { systemSpeaker } from './requests/speech.ts';
import { CREATE_ROUTES } from './requests.ts';

/** One create call. */
export interface CreateCall {
  /** Below the dialect's prefix. */
  readonly path: string;
  readonly body: { readonly [key: string]: WideJson };
}

type Encoder = (request: JobRequest, inputs: Carried) => Body;

const ENCODERS: Readonly<Record<Operation, Encoder>> = {
  'text-to-video': (request, inputs) => ({ ...encodeClip(request, inputs), aspect_ratio: request.aspectRatio }),
  'image-to-video': (request, inputs) => ({ ...encodeClip(request, inputs), img_id: idOf(inputs.one('image')) }),
  transition: encodeTransition,
  'multi-transition': encodeMultiTransition,
  extend: encodeExtend,
  'lip-sync': encodeLipSync,
  'sound-effect': encodeSoundEffect,
  fusion: encodeFusion,
  restyle: encodeRestyle,
  'mask-selection': encodeMaskSelection,
  swap: encodeSwap,
  'motion-control': encodeMotionControl,
  modify: encodeModify,
  upscale: encodeUpscale,
  avatar: encodeAvatar,
  agent: encodeAgent,
  'music-video': encodeMusicVideo,
  template: encodeTemplate,
  'image-template': encodeImageTemplate,
};

/** The route an operation is sent to: a template has none of its own (§4.3). */
function routeOf({ operation, inputs }: Pick<JobRequest, 'operation' | 'inputs'>) {
  const sent = operation !== 'template' ? operation : inputs.length > 0 ? 'image-to-video' : 'text-to-video';
  return CREATE_ROUTES.find((route) => route.operation === sent);
}

/** §9: the operations that tell a webhook of their end, and take its id. */
const TELLS: ReadonlySet<Operation> = new Set([
  ...(['text-to-video', 'image-to-video', 'template', 'transition', 'multi-transition', 'extend', 'lip-sync'] as const),
  ...(['sound-effect', 'fusion', 'restyle', 'swap', 'motion-control', 'modify', 'upscale'] as const),
]);

/** Is there a call for this request? A speaker is one of the system's, or a voice that can be carried there. */
export function isCallable(request: Pick<JobRequest, 'operation' | 'inputs' | 'speech'>): boolean {
  const { operation, speech } = request;
  if (!Object.hasOwn(ENCODERS, operation) || routeOf(request) === undefined) return false;
  return speech === null || speech.voiceId !== undefined || systemSpeaker(speech.speakerId) !== undefined;
}

/**
 * The create call for a request, or undefined where there is none.
 * @param inputs the request's inputs in its order as the account knows them, and the voice that speaks.
 * @param webhookId the console's id of a webhook that is told of the end (§9); null for none.
 */
export function encodeCreate(
  request: JobRequest,
  inputs: readonly VendorInput[],
  webhookId: string | null,
): CreateCall | undefined {
  const route = routeOf(request);
  if (route === undefined || !isCallable(request)) return undefined;
  const { operation } = request;
  const body = ENCODERS[operation](request, new Carried(inputs));
  const webhook = webhookId !== null && TELLS.has(operation) ? { webhook_id: webhookIdOf(webhookId) } : {};
  return { path: route.path, body: { ...present(body), ...webhook } };
}

function webhookIdOf(text: string): number | string {
  return /^[0-9]{1,15}$/.test(text) ? Number(text) : text;
}

/** The body of an operation, whatever its inputs are. @param inputs in the request's order. */
export function encodeCreateBody(request: JobRequest, inputs: readonly VendorInput[]): Body {
  return ENCODERS[request.operation](request, new Carried(inputs));
}

/** The members that say something. */
function present(body: Body): { [key: string]: WideJson } {
  const said: { [key: string]: WideJson } = {};
  for (const [name, value] of Object.entries(body)) if (value !== undefined && value !== null) said[name] = value;
  return said;
}
