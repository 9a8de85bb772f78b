/**
 * Requests as a driver sends them: every operation's body from a `JobRequest`, the other way round of `requests/`. What is
 * left out means its default on the other side, so that what is sent is exactly what was priced (promise P8).
 */
import type { InputRole, JobRequest, Operation } from '../../core/request.ts';
import type { WideJson } from '../../std/json.ts';
import { encodeClip, encodeExtend, encodeFusion, encodeMultiTransition, encodeTransition } from './encode/clips.ts';
import type { Body, Carried, VendorInput } from './encode/parts.ts';
import { encodeAvatar, encodeImageTemplate, encodeTemplate } from './encode/pictures.ts';
import {
  encodeLipSync,
  encodeModify,
  encodeMotionControl,
  encodeRestyle,
  encodeSoundEffect,
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

const ENCODERS: Readonly<Partial<Record<Operation, Encoder>>> = {
  'text-to-video': (request) => ({ ...encodeClip(request), aspect_ratio: request.aspectRatio }),
  'image-to-video': (request, inputs) => ({ ...encodeClip(request), img_id: inputs.one('image') }),
  transition: encodeTransition,
  'multi-transition': encodeMultiTransition,
  extend: encodeExtend,
  'lip-sync': encodeLipSync,
  'sound-effect': encodeSoundEffect,
  fusion: encodeFusion,
  restyle: encodeRestyle,
  'motion-control': encodeMotionControl,
  modify: encodeModify,
  upscale: encodeUpscale,
  avatar: encodeAvatar,
  template: encodeTemplate,
  'image-template': encodeImageTemplate,
};

/** The route an operation is sent to: a template has none of its own (§4.3). */
function routeOf({ operation, inputs }: Pick<JobRequest, 'operation' | 'inputs'>) {
  const sent = operation !== 'template' ? operation : inputs.length > 0 ? 'image-to-video' : 'text-to-video';
  return CREATE_ROUTES.find((route) => route.operation === sent);
}

/**
 * Is there a call for this request? A mask is known to the account that made it alone, by an id of its own, and a voice
 * that a tenant made here is known to nobody there.
 */
export function isCallable(request: Pick<JobRequest, 'operation' | 'inputs' | 'speech'>): boolean {
  const { operation, inputs, speech } = request;
  if (!Object.hasOwn(ENCODERS, operation) || routeOf(request) === undefined) return false;
  if (inputs.some(({ role }) => role === 'mask')) return false;
  return speech === null || systemSpeaker(speech.speakerId) !== undefined;
}

/**
 * The create call for a request, or undefined where there is none.
 * @param inputs the request's inputs in its order, by their ids at the account.
 * @param webhookId the console's id of a webhook that is told of the end (§9); null for none.
 */
export function encodeCreate(
  request: JobRequest,
  inputs: readonly VendorInput[],
  webhookId: string | null,
): CreateCall | undefined {
  const encode = ENCODERS[request.operation];
  const route = routeOf(request);
  if (encode === undefined || route === undefined || !isCallable(request)) return undefined;
  const body = encode(request, carried(inputs));
  const webhook =
    webhookId === null ? {} : { webhook_id: /^[0-9]{1,15}$/.test(webhookId) ? Number(webhookId) : webhookId };
  return { path: route.path, body: { ...present(body), ...webhook } };
}

/** The members that say something. */
function present(body: Body): { [key: string]: WideJson } {
  const said: { [key: string]: WideJson } = {};
  for (const [name, value] of Object.entries(body)) if (value !== undefined && value !== null) said[name] = value;
  return said;
}

function carried(inputs: readonly VendorInput[]): Carried {
  const ids = (role: InputRole) => inputs.filter((input) => input.role === role).map(({ id }) => BigInt(id));
  return {
    inputs: inputs.map((input) => ({ ...input, id: BigInt(input.id) })),
    ids,
    one(role) {
      const [only] = ids(role);
      if (only === undefined) throw new Error(`the request has no ${role}`);
      return only;
    },
  };
}
