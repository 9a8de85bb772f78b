import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { assertSameShape } from '../support/shape.ts';

const V1 = '/v1/pixverse';
const recorded = JSON.parse(
  readFileSync(path.join(import.meta.dirname, '../fixtures/useapi-accounts.json'), 'utf8'),
) as { name: string; status: number; body: Record<string, unknown> }[];

function sample(name: string) {
  return recorded.find((exchange) => exchange.name === name) ?? assert.fail(`no recorded exchange ${name}`);
}

async function ask(gateway: TestGateway, route: string, key: string | null = gateway.key, method = 'GET') {
  const headers: Record<string, string> = key === null ? {} : { authorization: `Bearer ${key}` };
  const answer = await fetch(`${gateway.url}${route}`, { method, headers, redirect: 'manual' });
  const text = await answer.text();
  const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  return { status: answer.status, headers: answer.headers, body };
}

test('accounts are an object by channel, the same every time [useapi.v1.accounts] [useapi.v1.channels]', async (t) => {
  const gateway = await startGateway(t);
  const made = await fetch(`${gateway.url}/v2/pixverse/accounts/me@example.com`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'me@example.com', password: 'p', maxJobs: 7 }),
  });
  assert.equal(made.status, 201);

  const answer = await ask(gateway, `${V1}/account`);
  assert.equal(answer.status, sample('v1 accounts').status);
  assert.equal(Object.keys(answer.body).length, 2);
  const [form] = Object.values(sample('v1 accounts').body);
  for (const [channel, entry] of Object.entries(answer.body) as [string, Record<string, unknown>][]) {
    assertSameShape(entry, form);
    assert.match(channel, /^\d{19}$/);
    assert.equal(entry['channel'], channel);
    assert.match(String(entry['server']), /^\d{19}$/);
    assert.match(String(entry['discord']), /^.{3}…secured….{3}$/);
  }
  const maxJobs = Object.values(answer.body).map((entry) => (entry as { maxJobs: number }).maxJobs);
  assert.ok(maxJobs.includes(7));
  assert.deepEqual((await ask(gateway, `${V1}/account/`)).body, answer.body);
});

test('a key of an admin is needed [useapi.v1.errors] [useapi.auth.admin]', async (t) => {
  const gateway = await startGateway(t);
  for (const key of [null, 'wrong']) {
    const answer = await ask(gateway, `${V1}/account`, key);
    assert.equal(answer.status, sample('v1 without a good key').status);
    assert.deepEqual(answer.body, sample('v1 without a good key').body);
  }
  const made = await fetch(`${gateway.url}/pool/v1/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'a customer', role: 'client' }),
  });
  const { secret } = (await made.json()) as { secret: string };
  const refused = await ask(gateway, `${V1}/account`, secret);
  assert.equal(refused.status, 403);
  assert.deepEqual(Object.keys(refused.body), ['error', 'errorDetails', 'code']);
  assert.equal(refused.body['code'], 403);
});

test('every answer says that v1 is deprecated, and by what [useapi.v1.deprecated]', async (t) => {
  const gateway = await startGateway(t);
  const answers = [
    [200, await ask(gateway, `${V1}/account`)],
    [200, await ask(gateway, `${V1}/account`, gateway.key, 'HEAD')],
    [401, await ask(gateway, `${V1}/account`, null)],
    [404, await ask(gateway, `${V1}/nothing`)],
    [405, await ask(gateway, `${V1}/account`, gateway.key, 'DELETE')],
    [400, await ask(gateway, `${V1}/%zz`)],
    [204, await ask(gateway, `${V1}/account`, null, 'OPTIONS')],
  ] as const;
  for (const [status, answer] of answers) {
    assert.equal(answer.status, status);
    assert.match(answer.headers.get('deprecation') ?? '', /^@\d{10}$/, String(status));
    assert.equal(answer.headers.get('link'), '</v2/pixverse/accounts>; rel="successor-version"');
    assert.equal(answer.headers.get('sunset'), null);
    if (status >= 400) assert.equal(answer.body['code'], status);
  }
  const v2 = await ask(gateway, '/v2/pixverse/features');
  assert.equal(v2.headers.get('deprecation'), null);
});
