/**
 * What goes over `/pool/v1`, in both directions. The door encodes into these types, the commands read answers through
 * these schemas. Credits are JSON numbers in credits, with a fraction down to a thousandth; times are ISO 8601 in UTC
 * with milliseconds; ids are integers below 2^53.
 */
import { z } from 'zod';
import { JOB_STATES } from '../../core/job.ts';

/** An amount in credits; may have a fraction (a thousandth at the finest). Not the integer the ledger counts in. */
export const creditsSchema = z.number().describe('Credits; may have a fraction, a thousandth at the finest.');
/** A time. */
export const timeSchema = z.string().describe('ISO 8601 in UTC with milliseconds.');
/** An id. */
export const idSchema = z.int().positive();

/** A kept file: where to get it and what it is. */
export const fileSchema = z.object({
  id: idSchema,
  url: z.string().describe('Signed address; expires. Ask for the job again to get a new one.'),
  bytes: z.int(),
  sha256: z.string(),
  mime: z.string(),
  width: z.int(),
  height: z.int(),
  durationMs: z.number().describe('0 for pictures.'),
  fps: z.number().nullable(),
  hasAudio: z.boolean(),
});

/** A job. */
export const jobSchema = z.object({
  id: idSchema,
  state: z.enum(JOB_STATES),
  operation: z.string(),
  model: z.string(),
  prompt: z.string(),
  quality: z.string().nullable().describe('Null where the source decides.'),
  durationS: z.number(),
  aspectRatio: z.string().nullable().describe('Null where the picture decides.'),
  audio: z.boolean(),
  seed: z.int(),
  inputs: z.array(z.object({ role: z.string(), kind: z.string(), assetId: idSchema })),
  tenantId: idSchema,
  dialect: z.string().describe('The API it came through.'),
  traceId: z.string().nullable(),
  price: creditsSchema,
  credit: z.object({ state: z.enum(['held', 'captured', 'released']), amount: creditsSchema }),
  progress: z.number().min(0).max(1).nullable().describe('0 to 1, where known.'),
  queuePlace: z.int().nullable().describe('Jobs before it, counted to 1,000; null unless queued.'),
  account: z.string().nullable().describe('Only for admin keys.'),
  attempts: z.int(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  result: fileSchema.nullable(),
  cover: fileSchema.nullable(),
  deleted: z.boolean().describe('Its results were deleted.'),
  createdAt: timeSchema,
  updatedAt: timeSchema,
  finishedAt: timeSchema.nullable(),
});

/** Answer of `GET /jobs`: newest first. */
export const jobsSchema = z.object({
  jobs: z.array(jobSchema),
  nextBefore: idSchema.nullable().describe('`before` of the next page; null on the last one.'),
});

/** Answer of `GET /jobs/{id}/timeline`: oldest first. */
export const timelineSchema = z.object({
  events: z.array(z.object({ at: timeSchema, kind: z.string(), data: z.json() })),
});

/** The data of one event of `GET /events`. */
export const eventSchema = z.object({
  id: idSchema,
  jobId: idSchema,
  at: timeSchema,
  kind: z.string(),
  data: z.json(),
});

/** A tenant's credits. `available` is the sum of the four kinds; `held` is set aside for running jobs. */
export const balanceSchema = z.object({
  tenantId: idSchema,
  tenant: z.string(),
  available: creditsSchema,
  held: creditsSchema,
  daily: creditsSchema,
  monthly: creditsSchema,
  package: creditsSchema,
  promo: creditsSchema,
});

/** Answer of `GET /balances`. */
export const balancesSchema = z.object({ balances: z.array(balanceSchema) });

/** Answer of `POST /ledger/verify`. */
export const ledgerSchema = z.object({
  ok: z.boolean(),
  entries: z.int(),
  books: z.array(z.object({ owner: z.string(), name: z.string(), balance: creditsSchema })),
  problems: z.array(z.string()),
});

/** Every refusal, as `application/problem+json` (RFC 9457). */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string().describe('A stable code of the error registry.'),
  owner: z.enum(['caller', 'tenant', 'account', 'upstream', 'us']).describe('Who is at fault.'),
  retryable: z.boolean().describe('May the same request succeed later?'),
  retryAfterS: z.int().optional().describe('Seconds until the same request may succeed, where that is known.'),
  credits: z
    .enum(['untouched', 'unknown'])
    .describe(
      'What became of the credits: nothing was held or paid; unknown: look for the job before sending it again.',
    ),
  field: z.string().optional().describe('The field, header or parameter at fault.'),
});

/** Query of `GET /jobs`, as texts. */
export const jobsQuerySchema = z.strictObject({
  state: z.enum(JOB_STATES).optional(),
  before: z
    .string()
    .regex(/^[1-9][0-9]{0,15}$/, 'must be a job id')
    .transform(Number)
    .refine(Number.isSafeInteger, 'must be a job id')
    .optional(),
  limit: z
    .string()
    .regex(/^([1-9]|[1-9][0-9]|1[0-9][0-9]|200)$/, 'must be a whole number from 1 to 200')
    .transform(Number)
    .default(50),
});

/** Query of `GET /events`; the header Last-Event-ID goes before it. */
export const eventsQuerySchema = z.strictObject({
  after: z
    .string()
    .regex(/^(0|[1-9][0-9]{0,15})$/, 'must be the id of an event')
    .transform(Number)
    .refine(Number.isSafeInteger, 'must be the id of an event')
    .optional(),
});

/** A route that takes no query. */
export const noQuerySchema = z.strictObject({});

export type FileWire = z.output<typeof fileSchema>;
export type JobWire = z.output<typeof jobSchema>;
export type JobsWire = z.output<typeof jobsSchema>;
export type TimelineWire = z.output<typeof timelineSchema>;
export type EventWire = z.output<typeof eventSchema>;
export type BalanceWire = z.output<typeof balanceSchema>;
export type BalancesWire = z.output<typeof balancesSchema>;
export type LedgerWire = z.output<typeof ledgerSchema>;
export type Problem = z.output<typeof problemSchema>;
export type JobsQuery = z.output<typeof jobsQuerySchema>;
