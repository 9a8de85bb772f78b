/** Webhooks and deliveries between the façade and `/pool/v1`, in both directions. */
import type { z } from 'zod';
import type { DeliveryView, WebhookEdit, WebhookOrder, WebhookView } from '../../contracts/webhook.ts';
import { isoTime } from '../../std/clock.ts';
import type {
  DeliveriesWire,
  DeliveryWire,
  WebhookEditWire,
  WebhookWire,
  webhookOrderSchema,
} from './schemas/webhooks.ts';
import { standardWebhooks } from './webhooks.ts';

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
