import { z } from 'zod';
import { isHours } from '../../../core/hours.ts';
import { OPERATIONS } from '../../../core/request.ts';
import {
  amount,
  count,
  CREDITS_MAX,
  creditsSchema,
  idSchema,
  jsonSchema,
  limitText,
  moment,
  timeSchema,
} from './common.ts';

const NAME_CHARS_MAX = 254;
const MAX_JOBS = 1_000;
const DAY_MS = 86_400_000;

const word = (max: number) =>
  z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(max, `must have at most ${max} characters`)
    .refine((text) => !/[\p{Cc}\p{Cs}]/u.test(text), 'must not contain control characters');

/** How an account is used; null or an empty list for no limit. */
const use = {
  hours: z
    .array(z.string().refine(isHours, 'must be a window in UTC such as "mon-fri 08:00-18:00"'))
    .max(50, 'must have at most 50 windows')
    .describe('UTC windows of the week in which it takes jobs; empty for always.'),
  dailyJobs: count(1, 1_000_000).nullable().describe('Jobs of a UTC day.'),
  dailyCredits: amount(0).nullable().describe('What its jobs of a UTC day may cost.'),
  paceMs: count(0, DAY_MS).describe('At least so long between the starts of two jobs.'),
  weight: count(1, 100).describe('Its share beside other accounts; strategies say what it means.'),
  models: z.array(word(100)).min(1, 'must name one, or be null for all').nullable(),
  operations: z.array(z.enum(OPERATIONS)).min(1, 'must name one, or be null for all').nullable(),
  tags: z.array(word(100)).max(50, 'must have at most 50 tags').describe('Pools may name them.'),
};

const settings = {
  maxJobs: count(1, MAX_JOBS).describe('Jobs at a time.'),
  group: z
    .strictObject({ name: word(100), maxJobs: count(1, MAX_JOBS) })
    .nullable()
    .describe('Accounts of one group share this cap. Naming a group with one account sets the cap for all of it.'),
  unit: word(50).describe('What its credits are; balances of different units are never added.'),
  credits: z
    .strictObject({ daily: amount(0).default(0), monthly: amount(0).default(0), package: amount(0).default(0) })
    .describe('What it has, where its upstream cannot be asked.'),
  plan: z
    .strictObject({
      name: word(100),
      dailyGift: count(0, CREDITS_MAX),
      monthlyGift: count(0, CREDITS_MAX),
      renewsAt: moment,
      qualities: z.array(word(20)).max(20),
    })
    .partial()
    .describe('What its subscription gives, where its upstream cannot be asked.'),
};

const secret = z
  .record(z.string(), jsonSchema)
  .describe('Credentials, and settings that only its kind has. Kept sealed.');

/** Body of `PATCH /accounts/{account}`: what is left out stays. */
export const accountChangeSchema = z.strictObject({ secret, ...settings, ...use }).partial();

/** Body of `POST /accounts`. */
export const accountOrderSchema = z.strictObject({
  ...z.strictObject({ ...settings, ...use }).partial().shape,
  kind: word(50).describe('A kind of upstream, such as local.'),
  name: word(NAME_CHARS_MAX)
    .describe('Unique; not a number.')
    .refine((text) => !/^\d+$/.test(text), 'must not be a number'),
  secret: secret.default({}),
  maxJobs: settings.maxJobs,
});

const nullableTime = timeSchema.nullable();

/** An account, its secrets masked. */
export const accountSchema = z.object({
  id: idSchema,
  name: z.string(),
  upstream: z.string().describe('Its kind.'),
  state: z.enum(['enabled', 'paused', 'draining', 'removing']),
  health: z.object({
    state: z.enum(['ok', 'probing', 'refused', 'exhausted', 'limited', 'full']),
    reason: z.string().nullable().describe('What its upstream said.'),
    since: nullableTime,
    until: nullableTime.describe('When it is tried again; null where an admin has to act first.'),
  }),
  maxJobs: z.int(),
  maxJobsNow: z.int().describe('Less than maxJobs where its upstream takes fewer at the moment.'),
  inUse: z.int(),
  unit: z.string(),
  credits: z.object({
    daily: creditsSchema,
    monthly: creditsSchema,
    package: creditsSchema,
    reserved: creditsSchema.describe('What running jobs may still cost.'),
  }),
  refreshAt: z.object({ daily: nullableTime, monthly: nullableTime }).describe('When a kind is filled anew.'),
  refreshedAt: nullableTime.describe('When its upstream last said what it has.'),
  today: z.object({ jobs: z.int(), credits: creditsSchema }).describe('Started on this UTC day.'),
  hours: z.array(z.string()),
  dailyJobs: z.int().nullable(),
  dailyCredits: creditsSchema.nullable(),
  paceMs: z.int(),
  weight: z.int(),
  models: z.array(z.string()).nullable(),
  operations: z.array(z.string()).nullable(),
  tags: z.array(z.string()),
  group: z.object({ name: z.string(), maxJobs: z.int(), inUse: z.int() }).nullable(),
  plan: z.string().describe('Name of its subscription.'),
  qualities: z.array(z.string()).describe('What its subscription allows, where that is known.'),
  secret: z.record(z.string(), jsonSchema).describe('Masked.'),
  lastUsedAt: nullableTime,
  createdAt: timeSchema,
  updatedAt: timeSchema,
});

/** Answer of `GET /accounts`. */
export const accountsSchema = z.object({ accounts: z.array(accountSchema) });

/** Answer of `DELETE /accounts/{account}`. */
export const removedSchema = z.object({
  id: idSchema,
  name: z.string(),
  gone: z.boolean().describe('False: jobs still need it; it takes no new ones and goes with the last.'),
});

/** Query of `GET /drift`, as texts. */
export const driftQuerySchema = z.strictObject({
  account: z.string().min(1).optional(),
  limit: limitText,
});

/** Answer of `GET /drift`: newest first. */
export const driftsSchema = z.object({
  drifts: z.array(
    z.object({
      id: idSchema,
      account: z.string(),
      at: timeSchema,
      expected: creditsSchema.describe('What was counted.'),
      observed: creditsSchema.describe('What its upstream said.'),
      explanation: z.string(),
    }),
  ),
});

export type AccountWire = z.output<typeof accountSchema>;
export type AccountsWire = z.output<typeof accountsSchema>;
export type AccountOrderWire = z.input<typeof accountOrderSchema>;
export type AccountChangeWire = z.input<typeof accountChangeSchema>;
export type RemovedWire = z.output<typeof removedSchema>;
export type DriftsWire = z.output<typeof driftsSchema>;
