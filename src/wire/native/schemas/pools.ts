import { z } from 'zod';
import { POOL_STRATEGIES } from '../../../core/pools.ts';
import { idSchema, nameField, timeSchema } from './common.ts';

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
  name: nameField,
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

export type PoolWire = z.output<typeof poolSchema>;
export type PoolsWire = z.output<typeof poolsSchema>;
export type PoolOrderWire = z.input<typeof poolOrderSchema>;
export type PoolChangeWire = z.input<typeof poolChangeSchema>;
