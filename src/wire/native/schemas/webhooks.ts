import { z } from 'zod';
import { END_STATES } from '../../../core/job.ts';
import { idSchema, idText, limitText, timeSchema } from './common.ts';

const endSchema = z.enum(END_STATES);
const DELIVERY_STATES = ['pending', 'delivered', 'dead'] as const;

/** A webhook; its secret is shown once, when it is made. */
export const webhookSchema = z.object({
  id: idSchema,
  tenantId: idSchema,
  url: z.string(),
  format: z.string().describe('How the body is written and signed.'),
  signature: z.string().describe('What of it is signed, where the format leaves a choice.'),
  secretMasked: z.string(),
  events: z.array(endSchema).describe('Told of these ends of every job of the tenant.'),
  createdAt: timeSchema,
  updatedAt: timeSchema,
});

/** Answer of `GET /webhooks`. */
export const webhooksSchema = z.object({ webhooks: z.array(webhookSchema) });

/** Answer of `POST /webhooks`. */
export const newWebhookSchema = z.object({ webhook: webhookSchema, secret: z.string().describe('Shown this once.') });

/** Answer of `PATCH /webhooks/{id}`. */
export const changedWebhookSchema = z.object({
  webhook: webhookSchema,
  secret: z.string().nullable().describe('The new one, shown this once; null where it stayed.'),
});

const urlField = z.string().min(1, 'must be an http or https address').describe('Where it is sent.');
const eventsField = z
  .array(z.enum(END_STATES, `must be among ${END_STATES.join(', ')}`))
  .describe('Ends told of for every job of the tenant; a job that names the webhook tells it of any.');
const secretField = z.string().describe('What messages are signed with.');

/** Body of `POST /webhooks`. */
export const webhookOrderSchema = z.strictObject({
  url: urlField,
  format: z.string().optional(),
  signature: z.string().optional(),
  events: eventsField.default([]),
  secret: secretField.optional().describe('Made up where absent.'),
  tenantId: idSchema.optional().describe('For admins; the own one where absent.'),
});

/** Body of `PATCH /webhooks/{id}`: what is absent stays. */
export const webhookEditSchema = z
  .strictObject({
    url: urlField.optional(),
    signature: z.string().optional(),
    events: eventsField.optional(),
    secret: secretField.optional(),
    newSecret: z.boolean().optional().describe('True: a secret is made up.'),
  })
  .refine((edit) => Object.keys(edit).length > 0, 'names nothing to change');

/** Answer of `POST /webhooks/{id}/test`. */
export const webhookTestSchema = z.object({
  delivered: z.boolean(),
  status: z.int().nullable(),
  error: z.string().nullable(),
  tookMs: z.int(),
});

/** Answer of `POST /webhooks/{id}/replay`. */
export const replayedSchema = z.object({ replayed: z.int() });

/** A delivery. */
export const deliverySchema = z.object({
  id: idSchema,
  webhookId: idSchema,
  tenantId: idSchema,
  jobId: idSchema,
  event: endSchema,
  state: z.enum(DELIVERY_STATES),
  tries: z.int(),
  nextAt: timeSchema.nullable().describe('When it is sent next; null for a finished one.'),
  status: z.int().nullable().describe('HTTP status of the last answer.'),
  error: z.string().nullable().describe('Why the last try failed.'),
  createdAt: timeSchema,
  updatedAt: timeSchema,
  finishedAt: timeSchema.nullable(),
});

/** Answer of `GET /deliveries`: newest first. */
export const deliveriesSchema = z.object({
  deliveries: z.array(deliverySchema),
  nextBefore: idSchema.nullable().describe('`before` of the next page; null on the last one.'),
});

/** Query of `GET /deliveries`, as texts. */
export const deliveriesQuerySchema = z.strictObject({
  webhook: idText.optional(),
  job: idText.optional(),
  state: z.enum(DELIVERY_STATES).optional(),
  before: idText.optional(),
  limit: limitText,
});

export type WebhookWire = z.output<typeof webhookSchema>;
export type WebhooksWire = z.output<typeof webhooksSchema>;
export type NewWebhookWire = z.output<typeof newWebhookSchema>;
export type ChangedWebhookWire = z.output<typeof changedWebhookSchema>;
export type WebhookOrderWire = z.input<typeof webhookOrderSchema>;
export type WebhookEditWire = z.output<typeof webhookEditSchema>;
export type WebhookTestWire = z.output<typeof webhookTestSchema>;
export type ReplayedWire = z.output<typeof replayedSchema>;
export type DeliveryWire = z.output<typeof deliverySchema>;
export type DeliveriesWire = z.output<typeof deliveriesSchema>;
