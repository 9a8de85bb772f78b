import { z } from 'zod';
import { PRIORITY_MAX } from '../../../core/limits.ts';
import { OPERATIONS } from '../../../core/request.ts';
import { amount, count, creditsSchema, idSchema, idText, moment, nameField, timeSchema } from './common.ts';

/** A key; its secret is shown once, by `POST /keys`. */
export const keySchema = z.object({
  id: idSchema,
  name: z.string(),
  role: z.enum(['admin', 'client']),
  prefix: z.string().describe('First characters of the secret.'),
  tenantId: idSchema,
  poolId: idSchema.describe('The pool its jobs are placed in.'),
  requestsPerSecond: z.int().nullable().describe('0 for no limit; null for the setting of the gateway.'),
  runningMax: z.int().nullable().describe('Jobs in flight at a time.'),
  queueDepthMax: z.int().describe('Jobs that may wait at a time.'),
  overflow: z.enum(['queue', 'reject']).describe('What happens to a job for which no slot is free.'),
  priority: z.int().describe('Each step moves its jobs one minute forward among those of its tenant.'),
  sandbox: z.boolean().describe('Its jobs may go to the built-in renderer, whatever else the pool has.'),
  models: z.array(z.string()).nullable().describe('Null for all.'),
  operations: z.array(z.string()).nullable().describe('Null for all.'),
  expiresAt: timeSchema.nullable(),
  budgetDay: creditsSchema.nullable().describe('Most that may be held and spent in a UTC day.'),
  budgetMonth: creditsSchema.nullable().describe('The same for a UTC month.'),
  createdAt: timeSchema,
  revokedAt: timeSchema.nullable(),
});

export const keysSchema = z.object({ keys: z.array(keySchema) });

/** Answer of `POST /keys`. */
export const newKeySchema = z.object({ key: keySchema, secret: z.string().describe('Shown this once.') });

const keyFields = {
  name: nameField,
  poolId: idSchema,
  requestsPerSecond: count(0, 1_000_000).nullable(),
  runningMax: count(1, 1_000_000).nullable(),
  queueDepthMax: count(1, 10_000_000),
  overflow: z.enum(['queue', 'reject']),
  priority: count(0, PRIORITY_MAX),
  sandbox: z.boolean(),
  models: z.array(z.string().min(1).max(100)).max(100).nullable(),
  operations: z.array(z.enum(OPERATIONS)).max(OPERATIONS.length).nullable(),
  expiresAt: moment.nullable(),
  budgetDay: amount(0).nullable(),
  budgetMonth: amount(0).nullable(),
};

/** Body of `POST /keys`. */
export const keyOrderSchema = z.strictObject({
  ...z.strictObject(keyFields).partial().shape,
  name: keyFields.name,
  role: z.enum(['admin', 'client']).default('client'),
  tenantId: idSchema.optional().describe("The admin's own where absent."),
});

/** Body of `PATCH /keys/{id}`: what is left out stays. */
export const keyChangeSchema = z.strictObject(keyFields).partial();

/** Query of `GET /keys`. */
export const keysQuerySchema = z.strictObject({ tenant: idText.optional() });

export type KeyWire = z.output<typeof keySchema>;
export type KeysWire = z.output<typeof keysSchema>;
export type NewKeyWire = z.output<typeof newKeySchema>;
export type KeyOrderWire = z.input<typeof keyOrderSchema>;
export type KeyChangeWire = z.input<typeof keyChangeSchema>;
