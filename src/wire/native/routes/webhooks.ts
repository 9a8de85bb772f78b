import type { Routes } from '../route.ts';

/** Where tenants are told how their jobs end. */
export const webhookRoutes = {
  list: { method: 'GET', path: '/webhooks', summary: 'Webhooks, secrets masked', answer: 'webhooksSchema' },
  create: {
    method: 'POST',
    path: '/webhooks',
    summary: 'Make a webhook; its secret is shown this once',
    body: 'webhookOrderSchema',
    answer: 'newWebhookSchema',
    status: 201,
    once: true,
    secret: true,
  },
  get: { method: 'GET', path: '/webhooks/{id}', summary: 'A webhook', answer: 'webhookSchema' },
  change: {
    method: 'PATCH',
    path: '/webhooks/{id}',
    summary: 'Change a webhook; a new secret is shown this once',
    body: 'webhookEditSchema',
    answer: 'changedWebhookSchema',
    once: true,
    secret: true,
  },
  remove: {
    method: 'DELETE',
    path: '/webhooks/{id}',
    summary: 'Remove a webhook; what waits for it becomes a dead letter',
    answer: 'webhookSchema',
    once: true,
  },
  test: {
    method: 'POST',
    path: '/webhooks/{id}/test',
    summary: 'Send a message of no job, once',
    answer: 'webhookTestSchema',
    once: true,
  },
  replay: {
    method: 'POST',
    path: '/webhooks/{id}/replay',
    summary: 'Send the dead letters of a webhook again, at most 1,000 at a time',
    answer: 'replayedSchema',
    once: true,
  },
} as const satisfies Routes;

/** Messages to webhooks. */
export const deliveryRoutes = {
  list: {
    method: 'GET',
    path: '/deliveries',
    summary: 'Deliveries, newest first',
    query: 'deliveriesQuerySchema',
    answer: 'deliveriesSchema',
  },
  replay: {
    method: 'POST',
    path: '/deliveries/{id}/replay',
    summary: 'Send a delivery again',
    answer: 'deliverySchema',
    once: true,
  },
} as const satisfies Routes;
