/** Webhooks and deliveries on `/pool/v1`, in both directions, with what reads and writes them. */
import { z } from 'zod';
import type { DeliveryView, WebhookEdit, WebhookOrder, WebhookView } from '../../contracts/webhook.ts';
import { isTerminal, JOB_STATES } from '../../core/job.ts';
import { isoTime } from '../../std/clock.ts';
import { standardWebhooks } from './webhooks.ts';

const timeSchema = z.string().describe('ISO 8601 in UTC with milliseconds.');
const idSchema = z.int().positive();

/** States a job can end in. */
export const EVENTS = JOB_STATES.filter(isTerminal);
const eventSchema = z.enum(EVENTS);
const DELIVERY_STATES = ['pending', 'delivered', 'dead'] as const;

/** A webhook; its secret is shown once, when it is made. */
export const webhookSchema = z.object({
  id: idSchema,
  tenantId: idSchema,
  url: z.string(),
  format: z.string().describe('How the body is written and signed.'),
  signature: z.string().describe('What of it is signed, where the format leaves a choice.'),
  secretMasked: z.string(),
  events: z.array(eventSchema).describe('Told of these ends of every job of the tenant.'),
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
  .array(z.enum(EVENTS, `must be among ${EVENTS.join(', ')}`))
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
  event: eventSchema,
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

const idQuery = z
  .string()
  .regex(/^[1-9][0-9]{0,15}$/, 'must be an id')
  .transform(Number)
  .refine(Number.isSafeInteger, 'must be an id')
  .optional();

/** Query of `GET /deliveries`, as texts. */
export const deliveriesQuerySchema = z.strictObject({
  webhook: idQuery,
  job: idQuery,
  state: z.enum(DELIVERY_STATES).optional(),
  before: idQuery,
  limit: z
    .string()
    .regex(/^([1-9]|[1-9][0-9]|1[0-9][0-9]|200)$/, 'must be a whole number from 1 to 200')
    .transform(Number)
    .default(50),
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
export type DeliveriesQuery = z.output<typeof deliveriesQuerySchema>;

/** A webhook for all jobs of a tenant is one of ours unless it says otherwise. */
export function decodeWebhookOrder({ format, ...order }: z.output<typeof webhookOrderSchema>): WebhookOrder {
  return { ...order, format: format ?? (order.events.length > 0 ? standardWebhooks.name : undefined) };
}

/** What is to be changed. */
export function decodeWebhookEdit({ secret, newSecret, ...edit }: WebhookEditWire): WebhookEdit {
  if (newSecret) return { ...edit, secret: { type: 'new' } };
  return secret === undefined ? edit : { ...edit, secret: { type: 'given', text: secret } };
}

/** A webhook, without its secret. */
export function encodeWebhook(webhook: WebhookView): WebhookWire {
  const { events, createdAt, updatedAt, ...rest } = webhook;
  return { ...rest, events: [...events], createdAt: isoTime(createdAt), updatedAt: isoTime(updatedAt) };
}

/** A delivery. */
export function encodeDelivery(delivery: DeliveryView): DeliveryWire {
  const { id, webhookId, tenantId, jobId, state, tries, status, error, finishedAt } = delivery;
  return {
    id,
    webhookId,
    tenantId,
    jobId,
    event: delivery.event,
    state,
    tries,
    nextAt: state === 'pending' ? isoTime(delivery.nextAt) : null,
    status,
    error,
    createdAt: isoTime(delivery.createdAt),
    updatedAt: isoTime(delivery.updatedAt),
    finishedAt: finishedAt === null ? null : isoTime(finishedAt),
  };
}

/** A page of deliveries; a full one may be followed by another. */
export function encodeDeliveries(deliveries: readonly DeliveryView[], limit: number): DeliveriesWire {
  const last = deliveries.at(-1);
  return {
    deliveries: deliveries.map(encodeDelivery),
    nextBefore: last !== undefined && deliveries.length === limit ? last.id : null,
  };
}
