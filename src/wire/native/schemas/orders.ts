/** Jobs as they are ordered: one schema for each operation, made from what it takes (core/operations.ts). */
import { z } from 'zod';
import { PRIORITY_MAX } from '../../../core/limits.ts';
import {
  COUNT_WORDS,
  type Member,
  OPERATION_SHAPES,
  type RoleShape,
  type WishMembers,
} from '../../../core/operations.ts';
import { type InputKind, type InputRole, OPERATIONS, type Operation } from '../../../core/request.ts';
import { count, creditsSchema, idSchema, jsonSchema, timeSchema } from './common.ts';

const URL_CHARS_MAX = 2_000;
const TEXT_CHARS_MAX = 20_000;
const INPUTS_MAX = 100;
/** Jobs of one plan. */
const PLAN_JOBS_MAX = 1_000;

const text = z.string().max(TEXT_CHARS_MAX, `must have at most ${TEXT_CHARS_MAX} characters`);
const word = z.string().min(1, 'must not be empty').max(100, 'must have at most 100 characters');
const setting = z.union([text, z.number(), z.boolean()], 'must be a text, a number, true or false');

const MEMBERS = {
  prompt: text.describe('What is to be seen or heard.'),
  negativePrompt: text.describe('What is not to be seen.'),
  model: word.describe('A model of the catalog; v6 where absent (v5 for multi-transition).'),
  seed: z.int().describe('0 to 2147483647; chosen where absent.'),
  quality: word.describe('360p, 540p, 720p, 1080p; 540p where absent (720p for agents). Not every model makes all.'),
  durationS: z.number().describe('Seconds of the result; 5 where absent. Each model makes some.'),
  aspectRatio: word.describe('Width to height, e.g. 16:9, which is meant where it is absent and no input decides.'),
  audio: z.boolean().describe('Is sound made for it? Not where absent.'),
  motionMode: z.enum(['normal', 'fast']).describe('normal where absent.'),
  style: word,
  cameraMovement: word,
  multiClip: z.boolean().describe('Several shots in one video.'),
  soundEffect: text.describe('A sound that is added; empty: derived from the picture.'),
  speech: z
    .strictObject({ text, speakerId: word.describe('A speaker of the list, or the id of a voice of yours.') })
    .describe('What is said, and who says it.'),
  templateId: idSchema.describe('An id of the list of templates.'),
  segments: z
    .array(z.strictObject({ durationS: z.number(), prompt: text.optional() }))
    .max(INPUTS_MAX)
    .describe('What lies between one picture and the next.'),
  restyleId: idSchema.describe('An id of the list of styles.'),
  keepSound: z.boolean().describe('Does the sound of the source stay?'),
  keyframes: z.array(z.int().positive()).max(INPUTS_MAX).describe('Frames of the source, counted from 1.'),
  agent: z
    .strictObject({ name: word, settings: z.record(word, setting).optional() })
    .describe('Which agent, and what it is told beyond the prompt, by the names of its own settings.'),
} as const satisfies { readonly [M in Member]: z.ZodType };

const PLACE = {
  webhookId: idSchema.optional().describe('A webhook of yours that is told how the job ends.'),
  sandbox: z.boolean().optional().describe('It goes to the stand-in that draws, and nowhere else.'),
  priority: count(0, PRIORITY_MAX)
    .optional()
    .describe('How far forward in your line; at most that of the key, which is meant where it is absent.'),
  poolId: idSchema.optional().describe('Where it is placed; only admin keys may name another than their own.'),
};

/** How an input is ordered. */
export interface InputOrder {
  readonly role: InputRole;
  readonly kind?: InputKind | undefined;
  readonly assetId?: number | undefined;
  readonly jobId?: number | undefined;
  readonly url?: string | undefined;
  readonly name?: string | undefined;
}

/** How a job is ordered. */
export type JobOrderWire = { readonly operation: Operation } & {
  readonly [M in Member]?: WishMembers[M] | undefined;
} & {
  readonly inputs?: readonly InputOrder[] | undefined;
  readonly webhookId?: number | undefined;
  readonly sandbox?: boolean | undefined;
  readonly priority?: number | undefined;
  readonly poolId?: number | undefined;
};

/** Every role, and what may stand for it. */
const ROLES: readonly RoleShape['role'][] = [
  ...new Set(OPERATIONS.flatMap((operation) => OPERATION_SHAPES[operation].inputs.map(({ role }) => role))),
];

function inputSchema(shapes: readonly RoleShape[]) {
  const roles = shapes.length > 0 ? shapes.map(({ role }) => role) : ROLES;
  return z
    .strictObject({
      role: z.enum(roles).describe('What it is to the operation.'),
      kind: z
        .enum(['image', 'video', 'audio'])
        .optional()
        .describe('Where the role takes several: of an upload a picture, of a job a video, unless it is said.'),
      assetId: idSchema.optional().describe('What was uploaded, or a mask.'),
      jobId: idSchema.optional().describe('The result of a job that has succeeded.'),
      url: z.string().max(URL_CHARS_MAX).optional().describe('An http or https address; fetched once and kept.'),
      name: word.optional().describe('What the prompt calls it.'),
    })
    .refine(
      ({ assetId, jobId, url }) => [assetId, jobId, url].filter((one) => one !== undefined).length === 1,
      'needs exactly one of assetId, jobId and url',
    );
}

function orderOf(operation: Operation) {
  const { what, members, needs, inputs } = OPERATION_SHAPES[operation];
  const taken: Record<string, z.ZodType> = {};
  for (const member of members) taken[member] = needs.includes(member) ? MEMBERS[member] : MEMBERS[member].optional();
  const told = inputs.map(({ role, kinds, count }) => `${role} (${kinds.join(' or ')}): ${COUNT_WORDS[count]}`);
  const list = z.array(inputSchema(inputs)).max(INPUTS_MAX, `must have at most ${INPUTS_MAX}`);
  return z
    .strictObject({
      operation: z.literal(operation),
      ...taken,
      inputs: list.optional().describe(told.length === 0 ? 'None are taken.' : `By role: ${told.join('; ')}.`),
      ...PLACE,
    })
    .describe(what);
}

/** Body of `POST /jobs`. */
export const jobOrderSchema = z.discriminatedUnion(
  'operation',
  OPERATIONS.map(orderOf) as [ReturnType<typeof orderOf>, ...ReturnType<typeof orderOf>[]],
  { error: `must be one of ${OPERATIONS.join(', ')}` },
) as unknown as z.ZodType<JobOrderWire, JobOrderWire>;

const flag = z.enum(['true', 'false']).transform((said) => said === 'true');

/** Query of `POST /jobs`. */
export const jobOrderQuerySchema = z.strictObject({
  dry_run: flag.optional().describe('true: nothing is made; the answer says what it would come to.'),
});

/** A request with everything that was not said. */
export const requestSchema = z.object({
  operation: z.enum(OPERATIONS),
  model: z.string(),
  prompt: z.string(),
  negativePrompt: z.string(),
  seed: z.int(),
  quality: z.string().nullable().describe('Null where the source decides.'),
  durationS: z.number(),
  aspectRatio: z.string().nullable().describe('Null where the picture decides.'),
  audio: z.boolean(),
  motionMode: z.string(),
  style: z.string(),
  cameraMovement: z.string().nullable(),
  multiClip: z.boolean(),
  soundEffect: z.string().nullable(),
  speech: z.object({ text: z.string(), speakerId: z.string() }).nullable(),
  inputs: z.array(
    z.object({
      role: z.string(),
      kind: z.string(),
      assetId: idSchema,
      jobId: idSchema.optional(),
      name: z.string().optional(),
    }),
  ),
  options: z.record(z.string(), jsonSchema).describe('What only this operation has, and what its inputs decided.'),
});

/** Why a job would be refused now. */
export const refusalSchema = z.object({
  code: z.string(),
  detail: z.string(),
  field: z.string().nullable(),
  retryable: z.boolean(),
  retryAfterS: z.int().nullable(),
});

const expectedSchema = z
  .object({
    account: z.string().nullable().describe('Which account would take it; null for client keys, which see none.'),
    startsAt: timeSchema,
    endsAt: timeSchema,
    waitMs: z.number().describe('Until it starts.'),
    takesMs: z.number().describe('From its start to its end.'),
  })
  .describe('Where and when it is expected to run. Null where no account is expected to take it.');

const quoteMembers = {
  price: creditsSchema.nullable().describe('Null where it was refused before it could be priced.'),
  refusal: refusalSchema.nullable().describe('Null where it would be accepted.'),
  expected: expectedSchema.nullable(),
  waitsFor: z
    .object({ what: z.string(), message: z.string() })
    .nullable()
    .describe('Why no account is expected to take it; null where one is.'),
  reasons: z
    .record(z.string(), z.int())
    .nullable()
    .describe('Accounts that would not take it, by reason. Only for admin keys.'),
};

const balanceChangeSchema = z.object({
  available: creditsSchema,
  after: creditsSchema.describe('When what would be accepted is set aside.'),
});

const estimateSchema = z
  .object({
    waiting: z.int().describe('Jobs that wait already and come into it.'),
    whole: z.boolean().describe('False where more wait than are looked at: then it takes longer.'),
  })
  .describe('What the times were estimated from, beside how long jobs of each kind took lately.');

/** Answer of `POST /jobs?dry_run=true`. */
export const dryRunSchema = z.object({
  dryRun: z.literal(true),
  request: requestSchema.describe('As it would be priced and sent.'),
  ...quoteMembers,
  balance: balanceChangeSchema,
  estimate: estimateSchema,
});

/** Body of `POST /plans`. */
export const planOrderSchema = z.strictObject({
  jobs: z
    .array(jsonSchema)
    .min(1, 'must have at least one')
    .max(PLAN_JOBS_MAX, `must have at most ${PLAN_JOBS_MAX}`)
    .describe('Each as the body of POST /jobs. What is wrong with one is told of that one.'),
  run: z.boolean().default(false).describe('Make the jobs: all of them, or none.'),
  priceMax: z.number().min(0).optional().describe('With run: make none where together they cost more.'),
});

/** Answer of `POST /plans`. */
export const planSchema = z.object({
  made: z.boolean().describe('Were the jobs made?'),
  price: creditsSchema.describe('Of the jobs that would be accepted.'),
  balance: balanceChangeSchema,
  endsAt: timeSchema.nullable().describe('When the last one is expected to have ended; null where none can run.'),
  refused: z.array(z.int()).describe('Which jobs would be refused, counted from 0.'),
  unplaced: z.array(z.int()).describe('Which jobs no account is expected to take, counted from 0.'),
  estimate: estimateSchema,
  jobs: z.array(
    z.object({
      operation: z.string().nullable(),
      model: z.string().nullable(),
      durationS: z.number().nullable(),
      ...quoteMembers,
      jobId: idSchema.nullable().describe('The job that was made.'),
    }),
  ),
});

export type DryRunWire = z.output<typeof dryRunSchema>;
export type PlanWire = z.output<typeof planSchema>;
export type PlanOrderWire = z.input<typeof planOrderSchema>;
