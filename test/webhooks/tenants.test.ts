/** What belongs to another tenant does not exist (promise P9). */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { NewWebhookWire, WebhookWire } from '../../src/wire/native/schemas/webhooks.ts';
import { startGateway } from '../support/gateway.ts';
import { pixverseClient, refusedWith, SMALL_TEXT } from '../support/pixverse-client.ts';

const gateway = await startGateway({ after });

async function native<T = unknown>(key: string, method: string, path: string, body?: unknown) {
  const response = await fetch(`${gateway.url}/pool/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as T };
}

const admin = gateway.key;
const { body: tenant } = await native<{ id: number }>(admin, 'POST', '/tenants', { name: 'other' });
const { body: made } = await native<{ secret: string }>(admin, 'POST', '/keys', {
  name: 'theirs',
  tenantId: tenant.id,
});
const theirKey: string = made.secret;
const url = 'https://receiver.example/hook';
const { body: ours } = await native<NewWebhookWire>(admin, 'POST', '/webhooks', { url });
const { body: theirs } = await native<NewWebhookWire>(theirKey, 'POST', '/webhooks', { url, events: ['succeeded'] });

test('[webhooks.tenants] a client key sees, changes, tests and names the webhooks of its tenant and no other', async () => {
  const { id } = ours.webhook;
  assert.deepEqual((await native(theirKey, 'GET', '/webhooks')).body, { webhooks: [theirs.webhook] });
  for (const [method, path, body] of [
    ['GET', `/webhooks/${id}`],
    ['PATCH', `/webhooks/${id}`, { newSecret: true }],
    ['DELETE', `/webhooks/${id}`],
    ['POST', `/webhooks/${id}/test`],
    ['POST', `/webhooks/${id}/replay`],
    ['POST', '/deliveries/1/replay'],
  ] as const) {
    assert.equal((await native(theirKey, method, path, body)).status, 404, `${method} ${path}`);
  }
  assert.equal((await native(theirKey, 'POST', '/webhooks', { url, tenantId: ours.webhook.tenantId })).status, 403);
  const create = { body: { ...SMALL_TEXT, webhook_id: id } };
  refusedWith(
    await pixverseClient({ url: gateway.url, key: theirKey }).post('/video/text/generate', create),
    400017,
    /webhook_id/,
  );
});

test('[webhooks.tenants] an admin manages the webhooks of every tenant, and a job of one is never told to another', async () => {
  const { id } = theirs.webhook;
  assert.equal((await native<WebhookWire>(admin, 'GET', `/webhooks/${id}`)).body.tenantId, tenant.id);
  const made = await native<NewWebhookWire>(admin, 'POST', '/webhooks', { url, tenantId: tenant.id });
  assert.equal(made.body.webhook.tenantId, tenant.id);
  assert.equal((await native(admin, 'POST', '/webhooks', { url, tenantId: 999 })).status, 404);
  const create = { body: { ...SMALL_TEXT, webhook_id: id } };
  refusedWith(await pixverseClient(gateway).post('/video/text/generate', create), 400017, /webhook_id/);
});

test('[webhooks.manage] a change is in the audit log without its secret, and repeated under one id is made once', async () => {
  const order = { url: 'https://audited.example/hook' };
  const post = async () => {
    const response = await fetch(`${gateway.url}/pool/v1/webhooks`, {
      method: 'POST',
      headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json', 'idempotency-key': 'once-1' },
      body: JSON.stringify(order),
    });
    return (await response.json()) as { webhook: { id: number }; secret: string };
  };
  const first = await post();
  assert.deepEqual(await post(), first);
  const { body } = await native(admin, 'GET', `/audit?subject=webhook:${first.webhook.id}`);
  assert.ok(JSON.stringify(body).includes('webhook.create'), JSON.stringify(body));
  assert.ok(!JSON.stringify(body).includes(first.secret));
});
