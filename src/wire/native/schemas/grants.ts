import { z } from 'zod';
import { amount, CREDITS_MAX, count, creditsSchema, idSchema, idText, moment, timeSchema } from './common.ts';

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

/** Query of `GET /grants`. */
export const grantsQuerySchema = z.strictObject({ tenant: idText });

export type GrantWire = z.output<typeof grantSchema>;
export type GrantsWire = z.output<typeof grantsSchema>;
export type GrantOrderWire = z.input<typeof grantOrderSchema>;
export type GrantAdjustWire = z.input<typeof grantAdjustSchema>;
