import { z } from 'zod';
import { idSchema, jsonSchema, timeSchema } from './common.ts';

/** The data of one event of `GET /events`. */
export const eventSchema = z.object({
  id: idSchema,
  jobId: idSchema,
  at: timeSchema,
  kind: z.string(),
  data: jsonSchema,
});

/** Query of `GET /events`; the header Last-Event-ID goes before it. */
export const eventsQuerySchema = z.strictObject({
  after: z
    .string()
    .regex(/^(0|[1-9][0-9]{0,15})$/, 'must be the id of an event')
    .transform(Number)
    .refine(Number.isSafeInteger, 'must be the id of an event')
    .meta({ type: 'integer', minimum: 0, description: 'The last event that was seen; absent for those from now on.' })
    .optional(),
});

export type EventWire = z.output<typeof eventSchema>;
