import type { z } from 'zod';
import type { Principal } from '../contracts/views.ts';
import type { WebhookDesk } from '../contracts/webhook.ts';
import { readWire } from '../wire/native/read.ts';
import {
  type ChangedWebhookWire,
  changedWebhookSchema,
  type DeliveriesWire,
  type DeliveryWire,
  deliveriesSchema,
  deliverySchema,
  type NewWebhookWire,
  newWebhookSchema,
  type ReplayedWire,
  replayedSchema,
  type WebhookEditWire,
  type WebhookOrderWire,
  type WebhooksWire,
  type WebhookTestWire,
  type WebhookWire,
  webhookEditSchema,
  webhookOrderSchema,
  webhookSchema,
  webhooksSchema,
  webhookTestSchema,
} from '../wire/native/schemas/webhooks.ts';
import {
  decodeWebhookEdit,
  decodeWebhookOrder,
  encodeDeliveries,
  encodeDelivery,
  encodeWebhook,
} from '../wire/native/webhook-encode.ts';

/** Which deliveries. */
export interface DeliveryFilter {
  readonly webhook?: number | undefined;
  readonly job?: number | undefined;
  readonly state?: DeliveryWire['state'] | undefined;
  readonly before?: number | undefined;
  readonly limit: number;
}

/** What the commands ask about webhooks, in the shapes of the native API. */
export interface WebhookPool {
  webhooks(): Promise<WebhooksWire>;
  webhook(id: number): Promise<WebhookWire>;
  addWebhook(order: WebhookOrderWire): Promise<NewWebhookWire>;
  changeWebhook(id: number, edit: WebhookEditWire): Promise<ChangedWebhookWire>;
  removeWebhook(id: number): Promise<WebhookWire>;
  testWebhook(id: number): Promise<WebhookTestWire>;
  deliveries(filter: DeliveryFilter): Promise<DeliveriesWire>;
  replayDelivery(id: number): Promise<DeliveryWire>;
  replayDead(webhook: number): Promise<ReplayedWire>;
}

/** Sends one request and reads its answer. */
type Call = <T extends z.ZodType>(schema: T, method: string, path: string, body?: unknown) => Promise<z.output<T>>;

/** The routes of a gateway. */
export function webhookClient(call: Call): WebhookPool {
  return {
    webhooks: () => call(webhooksSchema, 'GET', '/webhooks'),
    webhook: (id) => call(webhookSchema, 'GET', `/webhooks/${id}`),
    addWebhook: (order) => call(newWebhookSchema, 'POST', '/webhooks', order),
    changeWebhook: (id, edit) => call(changedWebhookSchema, 'PATCH', `/webhooks/${id}`, edit),
    removeWebhook: (id) => call(webhookSchema, 'DELETE', `/webhooks/${id}`),
    testWebhook: (id) => call(webhookTestSchema, 'POST', `/webhooks/${id}/test`),
    deliveries(filter) {
      const query = new URLSearchParams();
      for (const [name, value] of Object.entries(filter)) if (value !== undefined) query.set(name, String(value));
      return call(deliveriesSchema, 'GET', `/deliveries?${query}`);
    },
    replayDelivery: (id) => call(deliverySchema, 'POST', `/deliveries/${id}/replay`),
    replayDead: (webhook) => call(replayedSchema, 'POST', `/webhooks/${webhook}/replay`),
  };
}

/** The same without a gateway. What is replayed is sent by the next one that runs. */
export function offlineWebhooks(desk: WebhookDesk, who: Principal): WebhookPool {
  return {
    webhooks: async () => ({ webhooks: (await desk.list(who)).map(encodeWebhook) }),
    webhook: async (id) => encodeWebhook(await desk.get(who, id)),
    async addWebhook(order) {
      const { webhook, secret } = await desk.create(who, decodeWebhookOrder(readWire(webhookOrderSchema, order)));
      return { webhook: encodeWebhook(webhook), secret };
    },
    async changeWebhook(id, edit) {
      const { webhook, secret } = await desk.change(who, id, decodeWebhookEdit(readWire(webhookEditSchema, edit)));
      return { webhook: encodeWebhook(webhook), secret };
    },
    removeWebhook: async (id) => encodeWebhook(await desk.remove(who, id)),
    testWebhook: (id) => desk.test(who, id),
    async deliveries({ webhook: webhookId, job: jobId, state, before, limit }) {
      return encodeDeliveries(await desk.deliveries(who, { webhookId, jobId, state, before, limit }), limit);
    },
    replayDelivery: async (id) => encodeDelivery(await desk.replay(who, id)),
    replayDead: async (webhook) => ({ replayed: await desk.replayDead(who, webhook) }),
  };
}
