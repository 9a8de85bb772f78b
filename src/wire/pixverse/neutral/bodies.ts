/** Wishes as bodies of the create routes, in the spelling that drivers send. */
import type { InputWish, JobWish } from '../../../core/operations.ts';
import type { InputKind, JobRequest, Operation, Quality } from '../../../core/request.ts';
import type { WideJson } from '../../../std/json.ts';
import { encodeCreateBody } from '../encode.ts';
import type { Body } from '../encode/parts.ts';
import { draftOf } from '../requests/draft.ts';

/** What is meant where a wish does not say it. Every model makes 5 s at 540p and 16:9. */
const DEFAULTS = { model: 'v6', quality: '540p', durationS: 5, aspectRatio: '16:9' } as const;

/** Operations that differ: no c1 or v6 passes pictures (§4.8), agents begin at 720p (§4.20). */
const OWN_DEFAULTS: Readonly<Partial<Record<Operation, Partial<Record<keyof typeof DEFAULTS, string>>>>> = {
  'multi-transition': { model: 'v5' },
  // Sent where the tour is an ad.
  agent: { quality: '720p', durationS: '15' },
  'music-video': { quality: '720p' },
};

/** Operations whose frame nothing else decides. */
const FRAMED: ReadonlySet<Operation> = new Set(['text-to-video', 'music-video']);

/** An input of a wish by what stands for it in the body. */
export interface MarkedInput extends InputWish {
  readonly kind: InputKind;
  readonly mark: number;
}

/** The value of a member that is not said, for the operations that take it. */
export function defaultOf(operation: Operation, member: keyof typeof DEFAULTS): string | number {
  return OWN_DEFAULTS[operation]?.[member] ?? DEFAULTS[member];
}

/** The body that asks for the same, with marks where its inputs stand. */
export function bodyOf(wish: JobWish, seed: number, inputs: readonly MarkedInput[]): { [key: string]: WideJson } {
  const carried = inputs.map(({ role, kind, name, mark }) => ({
    ...{ role, kind, id: String(mark), url: addressOf(mark) },
    ...(name === undefined ? {} : { name }),
  }));
  return plain({ ...encodeCreateBody(requestOf(wish, seed, inputs), carried), ...unlikeDrivers(wish) });
}

/** What drivers say otherwise: numbers of lists that are ours mean nothing to a vendor, and nothing is left to its defaults. */
function unlikeDrivers({ operation, templateId, restyleId, prompt, keepSound }: JobWish): Body {
  if (operation === 'extend') return { template_id: templateId };
  if (operation === 'restyle') return { restyle_id: restyleId, restyle_prompt: prompt };
  return operation === 'swap' ? { original_sound_switch: keepSound } : {};
}

/** The wish as if it were settled. What the reader of the body has to refuse stays in it. */
function requestOf(wish: JobWish, seed: number, inputs: readonly MarkedInput[]): JobRequest {
  const { operation, templateId, segments, restyleId, keepSound, keyframes } = wish;
  const videos = operation === 'fusion' && inputs.some(({ kind }) => kind === 'video');
  const text = operation === 'sound-effect' ? wish.prompt : wish.soundEffect;
  const members = {
    prompt: wish.prompt ?? '',
    negativePrompt: wish.negativePrompt ?? '',
    model: wish.model ?? String(defaultOf(operation, 'model')),
    quality: (wish.quality ?? defaultOf(operation, 'quality')) as Quality,
    durationS: wish.durationS ?? (videos ? 0 : Number(defaultOf(operation, 'durationS'))),
    aspectRatio: (wish.aspectRatio ??
      (FRAMED.has(operation) ? DEFAULTS.aspectRatio : null)) as JobRequest['aspectRatio'],
    audio: wish.audio ?? false,
    motionMode: wish.motionMode ?? 'normal',
    style: wish.style ?? '',
    cameraMovement: wish.cameraMovement ?? null,
    multiClip: wish.multiClip ?? false,
    soundEffect: text ?? null,
    speech: wish.speech ?? null,
  };
  return {
    ...draftOf(operation, seed, members),
    durationS: members.durationS,
    inputs: inputs.map(({ role, kind, mark, name }) => ({
      ...{ role, kind, assetId: mark },
      ...(name === undefined ? {} : { name }),
    })),
    options: {
      ...(templateId === undefined ? {} : { templateId }),
      ...(segments === undefined ? {} : { segments: segments.map(({ prompt = '', ...one }) => ({ ...one, prompt })) }),
      ...(restyleId === undefined ? {} : { restyleId }),
      ...(keepSound === undefined ? {} : { keepSound }),
      ...(keyframes === undefined ? {} : { keyframes }),
      ...(videos ? { omni: true } : {}),
      ...(wish.agent === undefined ? {} : { agent: { name: wish.agent.name, settings: settingsOf(wish) } }),
    },
  };
}

/** What an agent is told, with what is meant where it is not said; a style of pictures to a song is its prompt. */
function settingsOf({ operation, agent, prompt }: JobWish) {
  const model = agent?.name === 'real-estate' ? { model: 'pro' } : {};
  const style = operation === 'music-video' && prompt !== undefined ? { mv_style: prompt } : {};
  return { ...model, ...agent?.settings, ...style };
}

/** What stands for an input where the body takes an address. */
export function addressOf(mark: number): string {
  return `http://inputs/${mark}`;
}

/** What says something, with numbers instead of wide integers. */
function plain(body: Body): { [key: string]: WideJson } {
  const narrow = (value: WideJson): WideJson => {
    if (typeof value === 'bigint') return Number(value);
    if (Array.isArray(value)) return value.map(narrow);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, narrow(member)]));
  };
  return Object.fromEntries(
    Object.entries(body).flatMap(([name, value]) =>
      value === undefined || value === null ? [] : [[name, narrow(value)]],
    ),
  );
}
