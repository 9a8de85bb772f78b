import { z } from 'zod';
import { amount, count, creditsSchema, idSchema, nameField, timeSchema } from './common.ts';

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
  name: nameField,
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

export type TenantWire = z.output<typeof tenantSchema>;
export type TenantsWire = z.output<typeof tenantsSchema>;
export type TenantOrderWire = z.input<typeof tenantOrderSchema>;
export type TenantChangeWire = z.input<typeof tenantChangeSchema>;
