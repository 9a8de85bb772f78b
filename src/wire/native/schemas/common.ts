/**
 * What the schemas of `/pool/v1` are made of. Credits are JSON numbers in credits, with a fraction down to a thousandth;
 * times are ISO 8601 in UTC with milliseconds; ids are integers below 2^53.
 */
import { z } from 'zod';
import { credits } from '../../../std/credits.ts';

/** An amount in credits; may have a fraction (a thousandth at the finest). Not the integer the ledger counts in. */
export const creditsSchema = z.number().describe('Credits; may have a fraction, a thousandth at the finest.');
/** A time. */
export const timeSchema = z.string().meta({ format: 'date-time', description: 'ISO 8601 in UTC with milliseconds.' });
/** Any JSON. */
export const jsonSchema = z.json();
/** An id. */
export const idSchema = z.int().positive();

/** No amount and no count of credits is larger. */
export const CREDITS_MAX = 1_000_000_000;

/** Credits as they are sent, read into thousandths. */
export const amount = (min: number) =>
  z
    .number()
    .min(min, `must be at least ${min}`)
    .max(CREDITS_MAX, `must be at most ${CREDITS_MAX}`)
    .refine((value) => Math.abs(value * 1000 - Math.round(value * 1000)) < 1e-4, 'must be exact to a thousandth')
    .transform(credits);

/** A time as it is sent, read into ms. */
export const moment = z.iso
  .datetime({ offset: true, error: 'must be an ISO 8601 time with its zone, such as 2026-12-31T23:59:59Z' })
  .transform((text) => Date.parse(text));

/** A name for people. */
export const nameField = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(100, 'must have at most 100 characters')
  .describe('For people.');

/** A whole number within bounds. */
export const count = (min: number, max: number) => {
  const said = `must be a whole number from ${min} to ${max}`;
  return z.int(said).min(min, said).max(max, said);
};

/** An id in a query. */
export const idText = z
  .string()
  .regex(/^[1-9][0-9]{0,15}$/, 'must be an id')
  .transform(Number)
  .refine(Number.isSafeInteger, 'must be an id')
  .meta({ type: 'integer', minimum: 1 });

/** How many lines a page may have, in a query. */
export const limitText = z
  .string()
  .regex(/^([1-9]|[1-9][0-9]|1[0-9][0-9]|200)$/, 'must be a whole number from 1 to 200')
  .transform(Number)
  .default(50)
  .meta({ type: 'integer', minimum: 1, maximum: 200, description: 'How many at most; 50 where absent.' });

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

export type Problem = z.output<typeof problemSchema>;
