import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { assertSameShape } from '../support/shape.ts';

const BALANCE = '/api/v1/client/account/balance';
const recorded = JSON.parse(readFileSync(path.join(import.meta.dirname, '../fixtures/crun-balance.json'), 'utf8')) as {
  name: string;
  status: number;
  body: Record<string, unknown>;
}[];

function sample(name: string) {
  return recorded.find((exchange) => exchange.name === name) ?? assert.fail(`no recorded exchange ${name}`);
}

async function ask(gateway: TestGateway, route: string, headers: Record<string, string>, method = 'GET') {
  const answer = await fetch(`${gateway.url}${route}`, { method, headers, redirect: 'manual' });
  const body = (await answer.json()) as { code: number; message: string; data: unknown };
  return { status: answer.status, headers: answer.headers, body };
}

test('the balance is the whole of what can be spent [crun.balance] [crun.balance.whole] [crun.auth.header]', async (t) => {
  const gateway = await startGateway(t);
  const carriers: Record<string, string>[] = [
    { 'x-api-key': gateway.key },
    { 'X-API-KEY': gateway.key },
    { Authorization: `Bearer ${gateway.key}` },
    { 'x-api-key': gateway.key, Authorization: 'Bearer another', 'Content-Type': 'application/json' },
  ];
  for (const headers of carriers) {
    const answer = await ask(gateway, BALANCE, headers);
    assert.equal(answer.status, sample('balance').status);
    assertSameShape(answer.body, sample('balance').body);
    // The first tenant's 15,000 monthly and 1,000 package credits.
    assert.deepEqual(answer.body, { code: 200, message: 'success', data: { balance: 16_000 } });
  }
});

test('a client key sees its balance too [crun.balance]', async (t) => {
  const gateway = await startGateway(t);
  const { secret } = await makeKey(gateway);
  assert.equal((await ask(gateway, BALANCE, { 'x-api-key': secret })).body.code, 200);
});

test('no key, a wrong one, a revoked one [crun.auth.missing] [crun.auth.wrong] [crun.auth.disabled]', async (t) => {
  const gateway = await startGateway(t);
  for (const headers of [{}, { 'x-api-key': '' }, { Authorization: 'Basic YTpi' }] as Record<string, string>[]) {
    const missing = await ask(gateway, BALANCE, headers);
    assert.equal(missing.status, sample('key missing').status);
    assert.deepEqual(missing.body, sample('key missing').body);
  }
  const wrong = await ask(gateway, BALANCE, { 'x-api-key': 'ak_00000000000000000000000000000000' });
  assert.equal(wrong.status, 401);
  assertSameShape(wrong.body, sample('key missing').body);
  assert.equal(wrong.body.code, 401);

  const { id, secret } = await makeKey(gateway);
  assert.equal((await ask(gateway, BALANCE, { 'x-api-key': secret })).status, 200);
  const revoked = await fetch(`${gateway.url}/pool/v1/keys/${id}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${gateway.key}` },
  });
  assert.equal(revoked.status, 200);
  const disabled = await ask(gateway, BALANCE, { 'x-api-key': secret });
  assert.equal(disabled.status, sample('key disabled').status);
  assert.deepEqual(disabled.body, sample('key disabled').body);
});

test('what is no route keeps the envelope [crun.envelope] [crun.envelope.http]', async (t) => {
  const gateway = await startGateway(t);
  const headers = { 'x-api-key': gateway.key };
  const unknown = await ask(gateway, '/api/v1/client/nothing', headers);
  const method = await ask(gateway, BALANCE, headers, 'DELETE');
  const path = await ask(gateway, '/api/v1/client/%zz', headers);
  assert.match(method.headers.get('allow') ?? '', /\bGET\b/);
  for (const [answer, status] of [
    [unknown, 404],
    [method, 405],
    [path, 422],
  ] as const) {
    assert.equal(answer.status, status);
    assert.equal(answer.body.code, status);
    assert.equal(answer.body.data, null);
  }
});

test('too many requests are 429 with Retry-After [crun.envelope.http]', async (t) => {
  const gateway = await startGateway(t, { requestsPerSecond: 1 });
  const headers = { 'x-api-key': gateway.key };
  const answers = await Promise.all(Array.from({ length: 8 }, () => ask(gateway, BALANCE, headers)));
  const refused = answers.filter((answer) => answer.status === sample('rate limited').status);
  assert.ok(refused.length > 0, 'at one request a second, eight at once are not all taken');
  for (const answer of refused) {
    assertSameShape(answer.body, sample('rate limited').body);
    assert.equal(answer.body.code, 429);
    assert.match(answer.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
  }
});

async function makeKey(gateway: TestGateway): Promise<{ id: number; secret: string }> {
  const made = await fetch(`${gateway.url}/pool/v1/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'a customer', role: 'client' }),
  });
  assert.equal(made.status, 201);
  const { key, secret } = (await made.json()) as { key: { id: number }; secret: string };
  return { id: key.id, secret };
}
