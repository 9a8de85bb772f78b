/** Webhooks end to end: a gateway that renders, receivers over HTTP, signatures checked by code of the test's own. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { DeliveriesWire, NewWebhookWire } from '../../src/wire/native/schemas/webhooks.ts';
import { startGateway } from '../support/gateway.ts';
import { accepted, ended, pixverseClient, refusedWith, SMALL_TEXT } from '../support/pixverse-client.ts';
import { ok, type Received, receiver } from '../support/receiver.ts';
import { assertSameShape } from '../support/shape.ts';

const gateway = await startGateway({ after });
const client = pixverseClient(gateway);

/** A call of the native API. */
async function native<T>(method: string, path: string, body?: unknown, key = gateway.key) {
  const response = await fetch(`${gateway.url}/pool/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as T & { code?: string; detail?: string } };
}

async function addWebhook(order: Record<string, unknown>): Promise<NewWebhookWire> {
  const { status, body } = await native<NewWebhookWire>('POST', '/webhooks', order);
  assert.equal(status, 201, JSON.stringify(body));
  return body;
}

async function deliveriesOf(webhookId: number) {
  return (await native<DeliveriesWire>('GET', `/deliveries?webhook=${webhookId}`)).body.deliveries;
}

/** Waits until the only delivery of a webhook is in a state. */
async function delivered(webhookId: number, state: string) {
  while (true) {
    const [only] = await deliveriesOf(webhookId);
    if (only?.state === state) return only;
    await pause(20);
  }
}

const create = async (webhook: unknown, change: Record<string, unknown> = {}) =>
  accepted(await client.post('/video/text/generate', { body: { ...SMALL_TEXT, ...change, webhook_id: webhook } }));

/** Base64 of the HMAC the vendor's page describes, computed here from the raw message. */
function pairsSignature(secret: string, { headers, body }: Received): string {
  const pairs = Object.entries(JSON.parse(body) as Record<string, unknown>)
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
    .join('&');
  const text = `${headers['webhook-timestamp']}\n${headers['webhook-nonce']}\n${pairs}`;
  return createHmac('sha256', secret).update(text).digest('base64');
}

test('[webhooks.pixverse.create] [webhooks.pixverse.body] [webhooks.pixverse.headers] [webhooks.pixverse.signature] a create names a webhook, which is told of the end, signed, with the words the result has', async (t) => {
  const there = await receiver(t);
  const { webhook, secret } = await addWebhook({ url: there.url });
  const trace = 'webhook-trace-1';
  const body = { ...SMALL_TEXT, webhook_id: webhook.id };
  const { video_id: id } = accepted(await client.post('/video/text/generate', { body, trace }));
  await there.count(1);
  const status = await ended(client, id);
  const [message] = there.got;
  assert.ok(message);
  const told = JSON.parse(message.body) as Record<string, unknown>;
  assert.deepEqual(told, {
    credits: 5,
    has_audio: false,
    id: String(id),
    size: status['size'],
    status: 1,
    url: status['url'],
  });
  assert.deepEqual(Object.keys(told), Object.keys(told).sort());
  const samples = readFileSync(new URL('../fixtures/pixverse-samples.json', import.meta.url), 'utf8');
  const recorded = (JSON.parse(samples) as { endpoint: string; response: unknown }[]).find(({ endpoint }) =>
    endpoint.startsWith('webhook delivery'),
  );
  assertSameShape(told, recorded?.response);
  assert.equal((await fetch(String(told['url']))).status, 200);
  const { headers } = message;
  assert.equal(headers['content-length'], String(Buffer.byteLength(message.body)));
  assert.equal(headers['transfer-encoding'], undefined);
  assert.equal(headers['content-type'], 'application/json');
  assert.equal(headers['ai-trace-id'], trace);
  assert.match(headers['webhook-nonce'] ?? '', /^[0-9a-f]{32}$/);
  assert.match(headers['webhook-timestamp'] ?? '', /^\d{10}$/);
  assert.equal(headers['webhook-signature'], pairsSignature(secret, message));
  assert.equal((await delivered(webhook.id, 'delivered')).tries, 1);
});

test('[webhooks.pixverse.signature.raw] the id as a text, the raw body signed, and a job that has no result', async (t) => {
  const there = await receiver(t);
  const { webhook, secret } = await addWebhook({ url: there.url, signature: 'raw-body', secret: 'my-own-secret' });
  assert.equal(secret, 'my-own-secret');
  const { video_id: id } = await create(String(webhook.id), { prompt: 'a cat [reelpool:moderated]' });
  await there.count(1);
  const [message] = there.got;
  assert.ok(message);
  const told = { credits: 0, has_audio: false, id: String(id), size: 0, status: 7, url: '' };
  assert.deepEqual(JSON.parse(message.body), told);
  const { headers, body } = message;
  const text = `${headers['webhook-timestamp']}\n${headers['webhook-nonce']}\n${encodeURIComponent(body)}`;
  assert.equal(headers['webhook-signature'], createHmac('sha256', secret).update(text).digest('base64'));
});

test('[webhooks.pixverse.create] an unknown webhook is refused by its field, before anything is charged', async () => {
  for (const id of [999_999, '999999', 'not-an-id', -1, 1.5, 2 ** 60]) {
    const answer = await client.post('/video/text/generate', { body: { ...SMALL_TEXT, webhook_id: id } });
    refusedWith(answer, 400017, /webhook_id/);
  }
  refusedWith(
    await client.post('/video/text/generate', { body: { ...SMALL_TEXT, webhook_id: true } }),
    400013,
    /webhook_id/,
  );
  for (const none of [null, 0, '0', '']) assert.ok((await create(none))['video_id']);
});

test('[webhooks.standard] a webhook for the whole tenant gets our own words, signed as the standard says', async (t) => {
  const there = await receiver(t, (response) => void response.writeHead(204).end());
  const { webhook, secret } = await addWebhook({ url: there.url, events: ['succeeded'] });
  assert.equal(webhook.format, 'standard');
  const { video_id: id } = await create(null);
  // Jobs of the tests before may end meanwhile.
  const about = ({ body }: Received) => (JSON.parse(body) as { data: { id: number } }).data.id === id;
  while (!there.got.some(about)) await pause(10);
  const message = there.got.find(about);
  assert.ok(message);
  const told = JSON.parse(message.body) as { type: string; data: { state: string; account: unknown } };
  assert.deepEqual([told.type, told.data.state, told.data.account], ['job.succeeded', 'succeeded', null]);
  const { headers, body } = message;
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const text = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  assert.equal(headers['webhook-signature'], `v1,${createHmac('sha256', key).update(text).digest('base64')}`);
  const all = await deliveriesOf(webhook.id);
  assert.ok(all.some((one) => one.jobId === id));
  await native('DELETE', `/webhooks/${webhook.id}`);
});

test('[webhooks.pixverse.ok] what does not answer ok is told again, with a signature and a nonce of its own', async (t) => {
  const there = await receiver(t, (response, index) => (index === 0 ? void response.end('OK') : ok(response)));
  const { webhook, secret } = await addWebhook({ url: there.url });
  await create(webhook.id);
  await there.count(1);
  const first = await delivered(webhook.id, 'pending');
  assert.deepEqual([first.tries, first.status], [1, 200]);
  assert.match(first.error ?? '', /not the words/);
  assert.ok(first.nextAt);
  await there.count(2);
  const [one, two] = there.got;
  assert.ok(one && two);
  assert.equal(one.body, two.body);
  assert.notEqual(one.headers['webhook-nonce'], two.headers['webhook-nonce']);
  assert.equal(two.headers['webhook-signature'], pairsSignature(secret, two));
  assert.deepEqual([(await delivered(webhook.id, 'delivered')).tries], [2]);
});

test('[webhooks.apart] one that hangs, one that redirects and one that resets delay nobody', async (t) => {
  const hangs = await receiver(t, () => undefined);
  const elsewhere = await receiver(t);
  const redirects = await receiver(
    t,
    (response) => void response.writeHead(302, { location: elsewhere.url }).end('ok'),
  );
  const resets = await receiver(t, (response) => void response.socket?.destroy());
  const drips = await receiver(t, (response) => void response.write('o'));
  const floods = await receiver(t, (response) => {
    const more = () => {
      while (!response.destroyed && response.write('x'.repeat(10_000)));
    };
    response.on('drain', more);
    more();
  });
  const good = await receiver(t);
  const events = ['succeeded'];
  const format = 'pixverse';
  const ill = [hangs, redirects, resets, drips, floods];
  const ids: number[] = [];
  for (const one of ill) ids.push((await addWebhook({ url: one.url, events, format })).webhook.id);
  const { webhook } = await addWebhook({ url: good.url, events, format });
  await create(null);
  await good.count(1);
  for (const one of ill) await one.count(1);
  assert.equal((await delivered(webhook.id, 'delivered')).tries, 1);
  const [, redirecting = 0, resetting = 0, , flooding = 0] = ids;
  const errorOf = async (id: number): Promise<string> => {
    while (true) {
      const [only] = await deliveriesOf(id);
      if (only?.error) return only.error;
      await pause(20);
    }
  };
  assert.match(await errorOf(redirecting), /redirects \(302\)/);
  assert.match(await errorOf(resetting), /broke off/);
  assert.match(await errorOf(flooding), /not the words/);
  assert.equal(elsewhere.got.length, 0);
  for (const id of [...ids, webhook.id]) await native('DELETE', `/webhooks/${id}`);
  const [left] = await deliveriesOf(redirecting);
  assert.deepEqual([left?.state, left?.error], ['dead', 'the webhook was removed']);
});

test('[webhooks.dead] a dead letter is replayed, one by one and all of a webhook', async (t) => {
  let answering = false;
  const there = await receiver(t, (response) => (answering ? ok(response) : void response.writeHead(500).end()));
  const { webhook } = await addWebhook({ url: there.url });
  await create(webhook.id);
  await there.count(1);
  const { id } = await delivered(webhook.id, 'pending');
  answering = true;
  await delivered(webhook.id, 'delivered');
  const again = await native<{ state: string; tries: number }>('POST', `/deliveries/${id}/replay`);
  assert.deepEqual([again.body.state, again.body.tries], ['pending', 0]);
  await delivered(webhook.id, 'delivered');
  assert.ok(there.got.length >= 3);
  assert.deepEqual((await native<{ replayed: number }>('POST', `/webhooks/${webhook.id}/replay`)).body, {
    replayed: 0,
  });
});

test('[webhooks.manage] made, shown masked, changed, tested and removed', async (t) => {
  const there = await receiver(t);
  const { webhook, secret } = await addWebhook({ url: there.url });
  assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
  assert.equal(webhook.secretMasked.includes(secret.slice(6, -3)), false);
  const shown = await native<{ webhooks: unknown[] }>('GET', '/webhooks');
  assert.ok(!JSON.stringify(shown.body).includes(secret));
  assert.deepEqual((await native('GET', `/webhooks/${webhook.id}`)).body, webhook);
  const changed = await native<NewWebhookWire>('PATCH', `/webhooks/${webhook.id}`, {
    newSecret: true,
    events: ['failed'],
  });
  assert.deepEqual(changed.body.webhook.events, ['failed']);
  assert.notEqual(changed.body.secret, secret);
  const tested = await native<Record<string, unknown>>('POST', `/webhooks/${webhook.id}/test`);
  assert.deepEqual([tested.body['delivered'], tested.body['status'], tested.body['error']], [true, 200, null]);
  const [message] = there.got;
  assert.ok(message);
  assert.equal(message.headers['webhook-signature'], pairsSignature(changed.body.secret, message));
  assert.equal((await native('DELETE', `/webhooks/${webhook.id}`)).status, 200);
  assert.equal((await native('GET', `/webhooks/${webhook.id}`)).status, 404);
  assert.equal((await native('POST', `/webhooks/${webhook.id}/test`)).status, 404);
});

test('[webhooks.guard] addresses that are not public are refused, unless the gateway is on this machine itself', async (t) => {
  const field = async (order: unknown) => {
    const { status, body } = await native<{ field: string }>('POST', '/webhooks', order);
    return [status, body.code, body.field];
  };
  for (const url of [
    'http://10.0.0.1/x',
    'http://169.254.169.254/',
    'ftp://a.example',
    'nonsense',
    'http://a.example:22',
  ]) {
    assert.deepEqual(await field({ url }), [400, 'address_refused', 'url'], url);
  }
  const url = 'https://a.example/hook';
  assert.deepEqual(await field({ url, format: 'x' }), [400, 'parameter_invalid', 'format']);
  assert.deepEqual(await field({ url, signature: 'x' }), [400, 'parameter_invalid', 'signature']);
  assert.deepEqual(await field({ url, secret: 'short' }), [400, 'parameter_invalid', 'secret']);
  assert.deepEqual(await field({ url, format: 'standard', secret: 'not-whsec-at-all' }), [
    400,
    'parameter_invalid',
    'secret',
  ]);
  assert.deepEqual(await field({ url, events: ['running'] }), [400, 'parameter_invalid', 'events[0]']);
  const open = await startGateway(t, { fetchLoopback: 'refuse' });
  const answer = await fetch(`${open.url}/pool/v1/webhooks`, {
    method: 'POST',
    headers: { authorization: `Bearer ${open.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ url: 'http://127.0.0.1:9999/hook' }),
  });
  assert.equal(answer.status, 400);
});
