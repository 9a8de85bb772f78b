import { z } from 'zod';
import { creditsSchema, idSchema, idText, limitText, timeSchema } from './common.ts';

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

const bookSchema = z.object({ owner: z.string(), name: z.string() });
/** A line of the ledger. */
export const lineSchema = z.object({
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

/** Query of `GET /ledger/entries`. */
export const entriesQuerySchema = z.strictObject({
  tenant: idText.optional(),
  before: idText.optional(),
  limit: limitText,
});

export type BalanceWire = z.output<typeof balanceSchema>;
export type BalancesWire = z.output<typeof balancesSchema>;
export type LedgerWire = z.output<typeof ledgerSchema>;
export type EntriesWire = z.output<typeof entriesSchema>;
