import {
  decodeWebhookEdit,
  decodeWebhookOrder,
  encodeDeliveries,
  encodeDelivery,
  encodeWebhook,
} from '../../wire/native/webhook-encode.ts';
import type { Handlers } from './call.ts';

/** Webhooks; a client key sees those of its tenant. */
export const webhooks: Handlers<'webhooks'> = {
  list: async ({ who }, { gateway }) => ({ webhooks: (await gateway.webhooks.list(who)).map(encodeWebhook) }),
  async create({ who, body, once }, { gateway }) {
    const { webhook, secret } = await gateway.webhooks.create(who, decodeWebhookOrder(body), once);
    return { webhook: encodeWebhook(webhook), secret };
  },
  get: async ({ who, params }, { gateway }) => encodeWebhook(await gateway.webhooks.get(who, params.id)),
  async change({ who, params, body, once }, { gateway }) {
    const { webhook, secret } = await gateway.webhooks.change(who, params.id, decodeWebhookEdit(body), once);
    return { webhook: encodeWebhook(webhook), secret };
  },
  remove: async ({ who, params, once }, { gateway }) =>
    encodeWebhook(await gateway.webhooks.remove(who, params.id, once)),
  test: ({ who, params, once }, { gateway }) => gateway.webhooks.test(who, params.id, once),
  replay: async ({ who, params, once }, { gateway }) => ({
    replayed: await gateway.webhooks.replayDead(who, params.id, once),
  }),
};

/** What was sent to them. */
export const deliveries: Handlers<'deliveries'> = {
  async list({ who, query: { webhook: webhookId, job: jobId, state, before, limit } }, { gateway }) {
    const filter = { webhookId, jobId, state, before, limit };
    return encodeDeliveries(await gateway.webhooks.deliveries(who, filter), limit);
  },
  replay: async ({ who, params, once }, { gateway }) =>
    encodeDelivery(await gateway.webhooks.replay(who, params.id, once)),
};
