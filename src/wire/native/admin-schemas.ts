/**
 * What admins send and are answered over `/pool/v1`: tenants, keys, credits, pools, the ledger, the audit log. Amounts,
 * times and ids as in schemas.ts.
 */
import { z } from 'zod';
import { PRIORITY_MAX } from '../../core/limits.ts';
import { POOL_STRATEGIES } from '../../core/pools.ts';
import { OPERATIONS } from '../../core/request.ts';
import { credits } from '../../std/credits.ts';
import { creditsSchema, idSchema, timeSchema } from './schemas.ts';

const CREDITS_MAX = 1_000_000_000;

/** Credits as they are sent, read into thousandths. */
const amount = (min: number) =>
  z
    .number()
    .min(min, `must be at least ${min}`)
    .max(CREDITS_MAX, `must be at most ${CREDITS_MAX}`)
    .refine((value) => Math.abs(value * 1000 - Math.round(value * 1000)) < 1e-4, 'must be exact to a thousandth')
    .transform(credits);

/** A time as it is sent, read into ms. */
const moment = z.iso
  .datetime({ offset: true, error: 'must be an ISO 8601 time with its zone, such as 2026-12-31T23:59:59Z' })
  .transform((text) => Date.parse(text));

const name = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(100, 'must have at most 100 characters')
  .describe('For people.');

const count = (min: number, max: number) =>
  z
    .int(`must be a whole number from ${min} to ${max}`)
    .min(min, `must be at least ${min}`)
    .max(max, `must be at most ${max}`);

// ── Tenants ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** A tenant. */
export const tenantSchema = z.object({
  id: idSchema,
  name: z.string(),
  weight: z.int().describe('Share of the pool relative to other tenants.'),
  monthlyCredits: creditsSchema.describe('Given on the anchor day of every month, without rollover.'),
  anchorDay: z.int().describe('UTC day of the month, clamped to its end.'),
  mode: z.enum(['metered', 'pooled']).describe('metered: its books are the limit. pooled: its accounts are.'),
  unit: z.string().nullable().describe('Unit of the accounts a pooled tenant follows.'),
  createdAt: timeSchema,
});

export const tenantsSchema = z.object({ tenants: z.array(tenantSchema) });

const tenantFields = {
  name,
  weight: count(1, 1000),
  monthlyCredits: amount(0),
  anchorDay: count(1, 31),
  mode: z.enum(['metered', 'pooled']),
  unit: z.string().min(1).nullable(),
};

/** Body of `POST /tenants`. */
export const tenantOrderSchema = z.strictObject({
  name: tenantFields.name,
  weight: tenantFields.weight.default(1),
  monthlyCredits: tenantFields.monthlyCredits.default(0),
  anchorDay: tenantFields.anchorDay.default(1),
  mode: tenantFields.mode.default('metered'),
  unit: tenantFields.unit.default(null),
});

/** Body of `PATCH /tenants/{id}`: what is left out stays. */
export const tenantChangeSchema = z.strictObject(tenantFields).partial();

// ── Keys ──────────────────────────────────────────────────────────────────────────────────────────────────────────

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
  name,
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

// ── Credits ───────────────────────────────────────────────────────────────────────────────────────────────────────

const KINDS = ['daily', 'monthly', 'package', 'promo'] as const;

/** Credits that were given, with what is left of them. */
export const grantSchema = z.object({
  id: idSchema,
  tenantId: idSchema,
  kind: z.enum(KINDS),
  amount: creditsSchema,
  remaining: creditsSchema.describe('Not held, spent or expired.'),
  expiresAt: timeSchema.nullable(),
  priority: z.int().describe('Among grants that expire together the higher is spent first.'),
  period: z.string().nullable().describe('Of a refill: what it was given for.'),
  createdAt: timeSchema,
});

export const grantsSchema = z.object({ grants: z.array(grantSchema) });

/** Body of `POST /grants`. */
export const grantOrderSchema = z.strictObject({
  tenantId: idSchema,
  kind: z.enum(KINDS).default('package'),
  amount: amount(0.001),
  expiresAt: moment.nullable().default(null),
  priority: count(0, 1000).default(0),
});

/** Body of `POST /grants/{id}/adjust`. */
export const grantAdjustSchema = z.strictObject({
  by: amount(-CREDITS_MAX)
    .refine((value) => value !== 0, 'must not be 0')
    .describe('Credits to add; negative takes away from what remains.'),
  note: z.string().trim().max(500).default('').describe('Why, for the audit log.'),
});

// ── Pools ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A pool. */
export const poolSchema = z.object({
  id: idSchema,
  name: z.string(),
  strategy: z.enum(POOL_STRATEGIES).describe('How it chooses among its eligible accounts.'),
  members: z
    .object({ all: z.boolean(), accountIds: z.array(idSchema), tags: z.array(z.string()) })
    .describe('Every account, or those named and those that carry one of the tags.'),
  createdAt: timeSchema,
  updatedAt: timeSchema,
});

export const poolsSchema = z.object({ pools: z.array(poolSchema) });

const poolFields = {
  name,
  strategy: z.enum(POOL_STRATEGIES),
  members: z
    .strictObject({
      all: z.boolean().default(false),
      accountIds: z.array(idSchema).max(10_000).default([]),
      tags: z.array(z.string().min(1).max(100)).max(100).default([]),
    })
    .refine(({ all, accountIds, tags }) => all || accountIds.length + tags.length > 0, 'must name accounts or tags'),
};

/** Body of `POST /pools`. */
export const poolOrderSchema = z.strictObject({ ...poolFields, strategy: poolFields.strategy.default('spread') });

/** Body of `PATCH /pools/{id}`: what is left out stays; members are replaced as a whole. */
export const poolChangeSchema = z.strictObject(poolFields).partial();

// ── Ledger and audit log ──────────────────────────────────────────────────────────────────────────────────────────

const bookSchema = z.object({ owner: z.string(), name: z.string() });
const lineSchema = z.object({
  at: timeSchema,
  from: bookSchema,
  to: bookSchema,
  amount: creditsSchema,
  reason: z.string(),
  grantId: idSchema.nullable(),
});

/** Answer of `GET /ledger/entries`: newest first. */
export const entriesSchema = z.object({
  entries: z.array(z.object({ id: idSchema, ...lineSchema.shape, jobId: idSchema.nullable() })),
  nextBefore: idSchema.nullable().describe('`before` of the next page, which may be empty; null on the last one.'),
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

/** Answer of `GET /audit`: newest first. */
export const auditSchema = z.object({
  changes: z.array(
    z.object({
      id: idSchema,
      at: timeSchema,
      keyId: idSchema,
      tenantId: idSchema,
      action: z.string(),
      subject: z.string(),
      before: z.json().describe('What differs, as it was. Amounts as `GET` shows them; secrets masked.'),
      after: z.json(),
    }),
  ),
  nextBefore: idSchema.nullable(),
});

// ── Queries ───────────────────────────────────────────────────────────────────────────────────────────────────────

const idText = z
  .string()
  .regex(/^[1-9][0-9]{0,15}$/, 'must be an id')
  .transform(Number)
  .refine(Number.isSafeInteger, 'must be an id');
const limitText = z
  .string()
  .regex(/^([1-9]|[1-9][0-9]|1[0-9][0-9]|200)$/, 'must be a whole number from 1 to 200')
  .transform(Number)
  .default(50);

/** Query of `GET /keys`. */
export const keysQuerySchema = z.strictObject({ tenant: idText.optional() });
/** Query of `GET /grants`. */
export const grantsQuerySchema = z.strictObject({ tenant: idText });
/** Query of `GET /ledger/entries`. */
export const entriesQuerySchema = z.strictObject({
  tenant: idText.optional(),
  before: idText.optional(),
  limit: limitText,
});
/** Query of `GET /audit`. */
export const auditQuerySchema = z.strictObject({
  action: z.string().min(1).max(100).optional(),
  subject: z.string().min(1).max(100).optional(),
  before: idText.optional(),
  limit: limitText,
});

export type TenantWire = z.output<typeof tenantSchema>;
export type TenantsWire = z.output<typeof tenantsSchema>;
export type TenantOrderWire = z.input<typeof tenantOrderSchema>;
export type TenantChangeWire = z.input<typeof tenantChangeSchema>;
export type KeyWire = z.output<typeof keySchema>;
export type KeysWire = z.output<typeof keysSchema>;
export type NewKeyWire = z.output<typeof newKeySchema>;
export type KeyOrderWire = z.input<typeof keyOrderSchema>;
export type KeyChangeWire = z.input<typeof keyChangeSchema>;
export type GrantWire = z.output<typeof grantSchema>;
export type GrantsWire = z.output<typeof grantsSchema>;
export type GrantOrderWire = z.input<typeof grantOrderSchema>;
export type GrantAdjustWire = z.input<typeof grantAdjustSchema>;
export type PoolWire = z.output<typeof poolSchema>;
export type PoolsWire = z.output<typeof poolsSchema>;
export type PoolOrderWire = z.input<typeof poolOrderSchema>;
export type PoolChangeWire = z.input<typeof poolChangeSchema>;
export type EntriesWire = z.output<typeof entriesSchema>;
export type StatementWire = z.output<typeof statementSchema>;
export type AuditWire = z.output<typeof auditSchema>;
