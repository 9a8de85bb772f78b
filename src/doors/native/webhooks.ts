import type { FastifyInstance } from 'fastify';
import { readWire } from '../../wire/native/read.ts';
import {
  type ChangedWebhookWire,
  type DeliveriesWire,
  type DeliveryWire,
  decodeWebhookEdit,
  decodeWebhookOrder,
  deliveriesQuerySchema,
  encodeDeliveries,
  encodeDelivery,
  encodeWebhook,
  type NewWebhookWire,
  type ReplayedWire,
  type WebhooksWire,
  type WebhookTestWire,
  type WebhookWire,
  webhookEditSchema,
  webhookOrderSchema,
} from '../../wire/native/webhook-schemas.ts';
import type { DoorContext } from '../context.ts';
import { enter, enterWith, idOf, onceOf } from './enter.ts';

type ById = { Params: { id: string } };

/** The routes for webhooks and their deliveries; a client key sees those of its tenant. */
export function mountWebhooks(app: FastifyInstance, context: DoorContext): void {
  const desk = () => context.gateway.webhooks;
  app.get('/webhooks', async (request): Promise<WebhooksWire> => {
    const { who } = await enter(context, request);
    return { webhooks: (await desk().list(who)).map(encodeWebhook) };
  });
  app.post('/webhooks', async (request, reply): Promise<NewWebhookWire> => {
    const { who } = await enter(context, request);
    const made = await desk().create(
      who,
      decodeWebhookOrder(readWire(webhookOrderSchema, request.body)),
      onceOf(request),
    );
    reply.code(201).header('cache-control', 'no-store');
    return { webhook: encodeWebhook(made.webhook), secret: made.secret };
  });
  app.get<ById>('/webhooks/:id', async (request): Promise<WebhookWire> => {
    const { who } = await enter(context, request);
    return encodeWebhook(await desk().get(who, webhookId(request.params.id)));
  });
  app.patch<ById>('/webhooks/:id', async (request, reply): Promise<ChangedWebhookWire> => {
    const { who } = await enter(context, request);
    const edit = decodeWebhookEdit(readWire(webhookEditSchema, request.body));
    const { webhook, secret } = await desk().change(who, webhookId(request.params.id), edit, onceOf(request));
    reply.header('cache-control', 'no-store');
    return { webhook: encodeWebhook(webhook), secret };
  });
  app.delete<ById>('/webhooks/:id', async (request): Promise<WebhookWire> => {
    const { who } = await enter(context, request);
    return encodeWebhook(await desk().remove(who, webhookId(request.params.id), onceOf(request)));
  });
  app.post<ById>('/webhooks/:id/test', async (request): Promise<WebhookTestWire> => {
    const { who } = await enter(context, request);
    return desk().test(who, webhookId(request.params.id));
  });
  app.post<ById>('/webhooks/:id/replay', async (request): Promise<ReplayedWire> => {
    const { who } = await enter(context, request);
    return { replayed: await desk().replayDead(who, webhookId(request.params.id), onceOf(request)) };
  });
  mountDeliveries(app, context);
}

function mountDeliveries(app: FastifyInstance, context: DoorContext): void {
  app.get('/deliveries', async (request): Promise<DeliveriesWire> => {
    const { who, query } = await enterWith(context, request, deliveriesQuerySchema);
    const { webhook: webhookId, job: jobId, state, before, limit } = query;
    const filter = { webhookId, jobId, state, before, limit };
    return encodeDeliveries(await context.gateway.webhooks.deliveries(who, filter), limit);
  });
  app.post<ById>('/deliveries/:id/replay', async (request): Promise<DeliveryWire> => {
    const { who } = await enter(context, request);
    const id = idOf(request.params.id, 'delivery');
    return encodeDelivery(await context.gateway.webhooks.replay(who, id, onceOf(request)));
  });
}

const webhookId = (text: string): number => idOf(text, 'webhook');
