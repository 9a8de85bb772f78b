import { z } from 'zod';
import { JOB_STATES } from '../../../core/job.ts';
import { creditsSchema, idSchema, idText, jsonSchema, limitText, timeSchema } from './common.ts';
import { lineSchema } from './ledger.ts';

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
  events: z.array(z.object({ at: timeSchema, kind: z.string(), data: jsonSchema })),
});

/** Answer of `GET /jobs/{id}/statement`. */
export const statementSchema = z.object({
  jobId: idSchema,
  tenantId: idSchema,
  price: creditsSchema,
  hold: z
    .object({
      state: z.enum(['open', 'captured', 'released']),
      amount: creditsSchema,
      captured: creditsSchema,
      openedAt: timeSchema,
      closedAt: timeSchema.nullable(),
      slices: z.array(z.object({ grantId: idSchema, kind: z.string(), amount: creditsSchema })),
    })
    .nullable(),
  lines: z.array(lineSchema).describe('Oldest first. A client key is not shown what accounts paid.'),
});

/** Answer of `GET /jobs/{id}/why`. */
export const whySchema = z.object({
  jobId: idSchema,
  state: z.enum(JOB_STATES),
  waitsFor: z
    .object({
      what: z.string(),
      message: z.string(),
      usualMs: z.number().nullable().describe('How long that usually takes.'),
      until: timeSchema.nullable().describe('When it ends by itself.'),
    })
    .nullable(),
  place: z
    .object({
      ahead: z.int().describe('Jobs before it in its line, counted to 1,000.'),
      tenantsBefore: z.int(),
      tenantsWaiting: z.int(),
      share: z.number().describe('Its tenant’s part of the slots while all of them wait.'),
    })
    .nullable(),
  reasons: z
    .record(z.string(), z.int())
    .nullable()
    .describe('Accounts that cannot take it now, by reason. Only for admin keys.'),
  accounts: z
    .array(z.object({ id: idSchema, account: z.string(), verdict: z.string(), until: timeSchema.nullable() }))
    .nullable()
    .describe('Every account. Only for admin keys.'),
  placements: z
    .array(
      z.object({
        number: z.int(),
        account: z.string(),
        state: z.string(),
        code: z.string().nullable(),
        placedAt: timeSchema,
        placement: jsonSchema,
      }),
    )
    .nullable()
    .describe('Where it was placed. Only for admin keys.'),
});

/** Query of `GET /jobs`, as texts. */
export const jobsQuerySchema = z.strictObject({
  state: z.enum(JOB_STATES).optional(),
  before: idText.optional(),
  limit: limitText,
});

export type FileWire = z.output<typeof fileSchema>;
export type JobWire = z.output<typeof jobSchema>;
export type JobsWire = z.output<typeof jobsSchema>;
export type TimelineWire = z.output<typeof timelineSchema>;
export type StatementWire = z.output<typeof statementSchema>;
export type WhyWire = z.output<typeof whySchema>;
