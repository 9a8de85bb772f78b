/**
 * What each operation takes, in our own words: which members of a request mean something to it, which it cannot be without,
 * and what its inputs are to it. What a model makes of them (lengths, qualities, how many at most) is a vendor's and stands
 * in its folder below `wire/`.
 */
import type { InputDraft, InputKind, InputRole, JobRequest, Operation, OperationOptions } from './request.ts';

/** What may be said about a job beside its inputs. */
export interface WishMembers {
  readonly prompt?: string;
  readonly negativePrompt?: string;
  readonly model?: string;
  readonly seed?: number;
  readonly quality?: string;
  readonly durationS?: number;
  readonly aspectRatio?: string;
  readonly audio?: boolean;
  readonly motionMode?: JobRequest['motionMode'];
  readonly style?: string;
  readonly cameraMovement?: string;
  readonly multiClip?: boolean;
  readonly soundEffect?: string;
  readonly speech?: { readonly text: string; readonly speakerId: string };
  readonly templateId?: number;
  readonly segments?: readonly { readonly durationS: number; readonly prompt?: string }[];
  readonly restyleId?: number;
  readonly keepSound?: boolean;
  readonly keyframes?: readonly number[];
  readonly agent?: { readonly name: string; readonly settings?: NonNullable<OperationOptions['agent']>['settings'] };
}

/** The name of something that may be said. */
export type Member = keyof WishMembers;

/** An input as a caller names it. */
export interface InputWish {
  readonly role: InputRole;
  /** Only where the role takes several kinds. */
  readonly kind?: InputKind;
  readonly from: InputDraft['from'];
  readonly name?: string;
}

/** A job as a caller asks for it: what is not said is for the catalog to say. */
export interface JobWish extends WishMembers {
  readonly operation: Operation;
  readonly inputs: readonly InputWish[];
}

/** How many inputs of a role there are: exactly one, at most one, at least one, any number. */
export type Count = 'one' | 'optional' | 'some' | 'any';

/** What inputs of a role are to an operation. */
export interface RoleShape {
  readonly role: Exclude<InputRole, 'voice'>;
  readonly kinds: readonly [InputKind, ...InputKind[]];
  readonly count: Count;
  /** The prompt may call it by a name. */
  readonly named?: true;
}

/** What an operation takes. */
export interface OperationShape {
  /** What it makes, in a line. */
  readonly what: string;
  readonly members: readonly Member[];
  /** Those of them that have no default. */
  readonly needs: readonly Member[];
  readonly inputs: readonly RoleShape[];
}

const image = (role: RoleShape['role'], count: Count): RoleShape => ({ role, kinds: ['image'], count });
const SOURCE: RoleShape = { role: 'source', kinds: ['video'], count: 'one' };
const spoken: RoleShape = { role: 'sound', kinds: ['audio'], count: 'optional' };

const CLIP: readonly Member[] = [
  ...(['prompt', 'negativePrompt', 'model', 'quality', 'durationS', 'seed', 'audio', 'motionMode'] as const),
  ...(['soundEffect', 'speech'] as const),
];
const GENERATED: readonly Member[] = [...CLIP, 'style', 'cameraMovement', 'multiClip'];

/** Every operation. */
export const OPERATION_SHAPES: Readonly<Record<Operation, OperationShape>> = {
  'text-to-video': {
    what: 'A video of what the prompt says.',
    members: [...GENERATED, 'aspectRatio'],
    needs: ['prompt'],
    inputs: [],
  },
  'image-to-video': {
    what: 'A picture set in motion; it decides the frame.',
    members: GENERATED,
    needs: ['prompt'],
    inputs: [image('image', 'one')],
  },
  template: {
    what: 'A video made by a template, with as many pictures as it takes.',
    members: ['templateId', 'prompt', 'quality', 'seed', 'audio'],
    needs: ['templateId'],
    inputs: [image('image', 'any')],
  },
  transition: {
    what: 'A video from one picture to another.',
    members: CLIP,
    needs: ['prompt'],
    inputs: [image('first-frame', 'one'), image('last-frame', 'one')],
  },
  'multi-transition': {
    what: 'A video that passes pictures in their order; `segments` says what lies between two, so there is one less.',
    members: ['segments', 'model', 'quality', 'seed', 'motionMode'],
    needs: ['segments'],
    inputs: [image('frame', 'some')],
  },
  extend: {
    what: 'More of a video; `durationS` is what is added.',
    members: [
      ...(['prompt', 'negativePrompt', 'model', 'quality', 'durationS', 'seed', 'audio', 'motionMode'] as const),
      ...(['style', 'templateId'] as const),
    ],
    needs: ['prompt'],
    inputs: [SOURCE],
  },
  'lip-sync': {
    what: 'A video that says a text (`speech`) or sings a sound: one of the two.',
    members: ['speech', 'seed'],
    needs: [],
    inputs: [SOURCE, spoken],
  },
  'sound-effect': {
    what: 'A sound for a video, from the prompt or from what is to be seen.',
    members: ['prompt', 'keepSound', 'seed'],
    needs: [],
    inputs: [SOURCE],
  },
  fusion: {
    what: 'A video of what references show; the prompt calls them by their names. Videos among them decide its length.',
    members: ['prompt', 'negativePrompt', 'model', 'quality', 'durationS', 'aspectRatio', 'seed', 'audio'],
    needs: ['prompt'],
    inputs: [
      { role: 'reference', kinds: ['image', 'video'], count: 'any', named: true },
      { role: 'background', kinds: ['image'], count: 'any', named: true },
    ],
  },
  restyle: {
    what: 'A video in another style: `restyleId` from the list, or the prompt says it.',
    members: ['prompt', 'restyleId', 'seed'],
    needs: [],
    inputs: [SOURCE],
  },
  'mask-selection': {
    what: 'What can be told apart in one frame of a video, as masks.',
    members: ['keyframes'],
    needs: [],
    inputs: [SOURCE],
  },
  swap: {
    what: 'What a mask shows of a video is replaced by what a picture shows.',
    members: ['keyframes', 'quality', 'keepSound', 'seed'],
    needs: ['keyframes'],
    inputs: [SOURCE, image('mask', 'one'), image('image', 'one')],
  },
  'motion-control': {
    what: 'The subject of a picture moves as a video does.',
    members: ['quality', 'seed'],
    needs: [],
    inputs: [image('image', 'one'), SOURCE],
  },
  modify: {
    what: 'A video changed in words; `@selection0` is its first mask, `@img0` its first reference.',
    members: ['prompt', 'quality', 'keyframes', 'seed'],
    needs: ['prompt'],
    inputs: [SOURCE, image('mask', 'any'), image('reference', 'any')],
  },
  upscale: { what: 'A video with more pixels.', members: [], needs: [], inputs: [SOURCE] },
  avatar: {
    what: 'The subject of a picture says a text (`speech`) or a sound: one of the two.',
    members: ['prompt', 'speech', 'quality', 'seed'],
    needs: [],
    inputs: [image('image', 'one'), spoken],
  },
  agent: {
    what: 'What an agent (`agent.name`) makes of references.',
    members: ['agent', 'prompt', 'quality', 'aspectRatio', 'durationS', 'seed'],
    needs: ['agent'],
    inputs: [{ role: 'reference', kinds: ['image', 'video'], count: 'any' }],
  },
  'music-video': {
    what: 'Pictures to a song; `agent.name` says which way. Its sound has to be verified first.',
    members: ['agent', 'prompt', 'quality', 'aspectRatio', 'seed'],
    needs: ['agent'],
    inputs: [
      { role: 'sound', kinds: ['audio'], count: 'one' },
      { role: 'reference', kinds: ['image'], count: 'optional', named: true },
      { role: 'background', kinds: ['image'], count: 'optional', named: true },
    ],
  },
  'image-template': {
    what: 'A picture made by a template from pictures.',
    members: ['templateId', 'seed'],
    needs: ['templateId'],
    inputs: [image('image', 'some')],
  },
};

/** How many inputs of a role are meant, in words. */
export const COUNT_WORDS: Readonly<Record<Count, string>> = {
  one: 'exactly one',
  optional: 'at most one',
  some: 'at least one',
  any: 'any number',
};

/** The role of an input of this operation; undefined where it has none of that name. */
export function roleShape(operation: Operation, role: string): RoleShape | undefined {
  return OPERATION_SHAPES[operation].inputs.find((shape) => shape.role === role);
}

/** Does a number of inputs fit? */
export function fits(count: Count, inputs: number): boolean {
  if (count === 'any') return true;
  if (count === 'some') return inputs > 0;
  return count === 'one' ? inputs === 1 : inputs <= 1;
}

/** How an input of a wish is named to its caller: `inputs[0]`. */
export function inputPlace(index: number): string {
  return `inputs[${index}]`;
}
