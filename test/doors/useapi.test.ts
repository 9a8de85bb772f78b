import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import path from 'node:path';
import { describe, test } from 'node:test';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { assertSameShape } from '../support/shape.ts';

interface Exchange {
  readonly name: string;
  readonly status: number;
  readonly body: unknown;
}

const recorded = JSON.parse(
  readFileSync(path.join(import.meta.dirname, '../fixtures/useapi-accounts.json'), 'utf8'),
) as Exchange[];

function sample(name: string): Exchange {
  return recorded.find((exchange) => exchange.name === name) ?? assert.fail(`no recorded exchange ${name}`);
}

/** An answer as a test looks at it. */
interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** A client of one gateway; `key` null sends none. */
function client(gateway: TestGateway, key: string | null = gateway.key) {
  return async (method: string, route: string, body?: unknown): Promise<Answer> => {
    const headers: Record<string, string> = key === null ? {} : { authorization: `Bearer ${key}` };
    const isForm = body instanceof FormData;
    if (body !== undefined && !isForm) headers['content-type'] = 'application/json';
    const answer = await fetch(`${gateway.url}${route}`, {
      method,
      headers,
      redirect: 'manual',
      ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const parsed = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
    return { status: answer.status, headers: answer.headers, body: parsed };
  };
}

/** A key that is no admin's. */
async function clientKey(gateway: TestGateway): Promise<string> {
  const { status, body } = await client(gateway)('POST', '/pool/v1/keys', { name: 'a customer', role: 'client' });
  assert.equal(status, 201);
  return body['secret'] as string;
}

function assertRefused(answer: Answer, status: number, says?: RegExp): void {
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  assert.deepEqual(Object.keys(answer.body), ['error', 'code']);
  assert.equal(answer.body['code'], status);
  assert.match(String(answer.body['error']), says ?? /./);
}

const V2 = '/v2/pixverse';

describe('useapi v2 features', () => {
  test('every field of the page, about the one account [useapi.features.fields] [useapi.features.email-optional] [useapi.paths.slash]', async (t) => {
    const ask = client(await startGateway(t));
    const recordedFeatures = sample('features');
    for (const route of ['/features', '/features/', '/features?email=', '/features/?email=']) {
      const answer = await ask('GET', `${V2}${route}`);
      assert.equal(answer.status, recordedFeatures.status, route);
      assertSameShape(answer.body, recordedFeatures.body);
      for (const field of [
        'expired_date',
        'billing_renewal_date',
        'credits_refresh_time',
        'daily_credits_refresh_time',
      ]) {
        assert.match(String(answer.body[field]), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, field);
      }
      assert.ok((answer.body['credit_monthly'] as number) > 0);
      assert.ok((answer.body['qualities'] as string[]).includes('540p'));
    }
  });

  test('the named account, raw or encoded; required among several [useapi.features.account] [useapi.features.email-required] [useapi.features.email-unknown] [useapi.paths.email]', async (t) => {
    const ask = client(await startGateway(t));
    const created = await ask('POST', `${V2}/accounts/two+2@example.com`, { password: 'p', maxJobs: 7 });
    assert.equal(created.status, 201);
    const id = (created.body['jwt'] as { AccountId: number }).AccountId;

    for (const email of ['two%2B2@example.com', 'two%2B2%40example.com']) {
      const answer = await ask('GET', `${V2}/features/?email=${email}`);
      assert.equal(answer.status, 200);
      assert.equal(answer.body['user_id'], id);
      assert.equal(answer.body['gen_simultaneously'], 7);
    }
    const unnamed = await ask('GET', `${V2}/features/?email=`);
    assertRefused(unnamed, 400, /^email is required.*\?email=/);
    assert.equal(unnamed.status, sample('features refused').status);
    assertSameShape(unnamed.body, sample('features refused').body);
    assertRefused(await ask('GET', `${V2}/features`), 400, /^email is required/);
    assertRefused(await ask('GET', `${V2}/features/?email=who@example.com`), 400, /who@example\.com/);
    assertRefused(await ask('GET', `${V2}/features/?email=a@b.co&email=c@d.co`), 400, /more than once/);
  });
});

describe('useapi v2 accounts', () => {
  const body = { email: 'me@example.com', password: 'hunter2-and-more', maxJobs: 3 };

  test('created and updated, by path or by body [useapi.accounts.create] [useapi.accounts.update] [useapi.accounts.masked] [useapi.accounts.jwt]', async (t) => {
    const ask = client(await startGateway(t));
    const created = await ask('POST', `${V2}/accounts/me@example.com`, body);
    assert.equal(created.status, sample('account created').status);
    assertSameShape(created.body, sample('account created').body);
    assert.equal(created.body['email'], 'me@example.com');
    assert.equal(created.body['password'], '…secured…');
    assert.equal(created.body['maxJobs'], 3);
    const jwt = created.body['jwt'] as { AccountId: number; ExpireTime: number; ExpireTimeUTC: string; token: string };
    assert.match(jwt.token, /^.{3}…secured….{3}$/);
    assert.match(jwt.ExpireTimeUTC, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/);
    assert.equal(Date.parse(jwt.ExpireTimeUTC), jwt.ExpireTime * 1000);

    for (const [route, maxJobs] of [
      ['/accounts/', 1],
      ['/accounts', 8],
      ['/accounts/me%40example.com', 4],
      ['/accounts/me@example.com/', 5],
    ] as const) {
      const updated = await ask('POST', `${V2}${route}`, { ...body, maxJobs });
      assert.equal(updated.status, 201, route);
      assert.equal(updated.body['maxJobs'], maxJobs);
      assert.equal((updated.body['jwt'] as { AccountId: number }).AccountId, jwt.AccountId, 'the same account');
    }
    const features = await ask('GET', `${V2}/features/?email=me@example.com`);
    assert.equal(features.body['gen_simultaneously'], 5);
  });

  test('a form of texts is as good as JSON [useapi.accounts.multipart]', async (t) => {
    const ask = client(await startGateway(t));
    for (const route of ['/accounts/', '/accounts/form@example.com']) {
      const form = new FormData();
      for (const [name, value] of Object.entries({
        email: 'form@example.com',
        password: 'p',
        maxJobs: '6',
        token: '',
      })) {
        form.set(name, value);
      }
      const answer = await ask('POST', `${V2}${route}`, form);
      assert.equal(answer.status, 201, JSON.stringify(answer.body));
      assert.equal(answer.body['maxJobs'], 6);
      form.set('maxJobs', 'six');
      assertRefused(await ask('POST', `${V2}${route}`, form), 400, /^maxJobs .*from 1 to 8/);
    }
  });

  test('what is missing or out of range is named, and nothing is made [useapi.accounts.required] [useapi.accounts.max-jobs] [useapi.accounts.same-email]', async (t) => {
    const ask = client(await startGateway(t));
    const refused = await ask('POST', `${V2}/accounts/me@example.com`, { email: body.email, maxJobs: 3 });
    assert.equal(refused.status, sample('account refused').status);
    assertSameShape(refused.body, sample('account refused').body);
    assertRefused(refused, 400, /^password is required/);

    const { email: _, ...nameless } = body;
    assertRefused(await ask('POST', `${V2}/accounts/`, nameless), 400, /^email is required/);
    assertRefused(await ask('POST', `${V2}/accounts/`), 400, /^email is required/);
    assertRefused(await ask('POST', `${V2}/accounts/`, { ...body, maxJobs: undefined }), 400, /^maxJobs is required/);
    for (const maxJobs of [0, 9, 2.5, -1, 'many', true, null, '']) {
      assertRefused(await ask('POST', `${V2}/accounts/me@example.com`, { ...body, maxJobs }), 400, /^maxJobs /);
    }
    assertRefused(await ask('POST', `${V2}/accounts/other@example.com`, body), 400, /email in the body/);
    assertRefused(
      await ask('POST', `${V2}/accounts/nobody`, { password: 'p', maxJobs: 3 }),
      400,
      /^email is not an address/,
    );
    assertRefused(await ask('POST', `${V2}/accounts/`, [body]), 400, /object/);
    // Still the one account of the first start: nothing above was kept.
    assert.equal((await ask('GET', `${V2}/features`)).status, 200);
  });

  test('a token is taken once the account exists, and is never shown whole [useapi.accounts.token] [useapi.accounts.masked]', async (t) => {
    const ask = client(await startGateway(t));
    const token = 'eyJhbGciOiJub25lIn0.shared-by-its-owner.xyz';
    assertRefused(await ask('POST', `${V2}/accounts/me@example.com`, { ...body, token }), 400, /^token .*exists/);
    assertRefused(await ask('GET', `${V2}/features/?email=me@example.com`), 400);
    assert.equal((await ask('POST', `${V2}/accounts/me@example.com`, { ...body, token: '' })).status, 201);
    const updated = await ask('POST', `${V2}/accounts/me@example.com`, { ...body, token });
    assert.equal(updated.status, 201);
    assert.equal((updated.body['jwt'] as { token: string }).token, 'eyJ…secured…xyz');
    const short = await ask('POST', `${V2}/accounts/me@example.com`, { ...body, token: 'abcd' });
    assert.doesNotMatch(JSON.stringify(short.body), /abc|bcd|hunter2/);
  });
});

describe('useapi v2 at the edges', () => {
  test('without a good key 401, with a client key 403 [useapi.auth.bearer] [useapi.auth.admin]', async (t) => {
    const gateway = await startGateway(t);
    const routes = [
      ['GET', `${V2}/features/?email=`],
      ['POST', `${V2}/accounts/me@example.com`],
      ['POST', `${V2}/accounts/`],
    ] as const;
    const customer = client(gateway, await clientKey(gateway));
    for (const [method, route] of routes) {
      for (const key of [null, 'ak_00000000000000000000000000000000', 'user:12345-abcdef']) {
        const answer = await client(gateway, key)(method, route);
        assert.equal(answer.status, sample('features without a good key').status);
        assert.deepEqual(answer.body, sample('features without a good key').body);
        assert.equal(answer.headers.get('www-authenticate'), 'Bearer');
      }
      assertRefused(await customer(method, route), 403, /admin/);
    }
  });

  test('the key is judged before the body is read [useapi.auth.first]', { timeout: 20_000 }, async (t) => {
    const gateway = await startGateway(t);
    const customer = await clientKey(gateway);
    for (const [key, status] of [
      ['wrong', 401],
      [customer, 403],
    ] as const) {
      assert.equal(await answerBeforeBody(gateway.url, `${V2}/accounts/`, key), status);
    }
  });

  test('unknown routes, methods, types and sizes keep the shape [useapi.errors.shape]', async (t) => {
    const gateway = await startGateway(t);
    const ask = client(gateway);
    assertRefused(await ask('GET', `${V2}/nothing`), 404, /not a route/);
    assertRefused(await ask('GET', V2), 404);
    const wrong = await ask('DELETE', `${V2}/features`);
    assertRefused(wrong, 405);
    assert.match(wrong.headers.get('allow') ?? '', /\bGET\b/);
    assertRefused(await ask('GET', `${V2}/accounts/%zz`), 400, /percent-encoding/);
    assertRefused(await ask('POST', `${V2}/accounts/`, { email: 'x'.repeat(3_000_000) }), 413);
    for (const [type, text, status] of [
      ['text/plain', 'email=me@example.com', 415],
      ['application/json', '{"email":', 400],
      ['multipart/form-data; boundary=x', 'no parts', 400],
    ] as const) {
      const answer = await fetch(`${gateway.url}${V2}/accounts/`, {
        method: 'POST',
        headers: { authorization: `Bearer ${gateway.key}`, 'content-type': type },
        body: text,
      });
      assertRefused(
        { status: answer.status, headers: answer.headers, body: (await answer.json()) as Answer['body'] },
        status,
      );
    }
  });

  test('no path answers with a redirect [useapi.paths.slash]', async (t) => {
    const ask = client(await startGateway(t), null);
    for (const route of [
      '/features',
      '/features/',
      '/accounts',
      '/accounts/',
      '/accounts/a@b.co',
      '/accounts/a@b.co/',
    ]) {
      const method = route.startsWith('/features') ? 'GET' : 'POST';
      assert.equal((await ask(method, `${V2}${route}`)).status, 401, route);
    }
  });
});

/** Sends the head of a POST and not its body; the status that comes back all the same. */
function answerBeforeBody(origin: string, route: string, key: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${origin}${route}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'content-length': 1000 },
    });
    request.on('error', reject);
    request.on('response', (response) => {
      resolve(response.statusCode);
      request.destroy();
    });
    request.write('{"email":');
  });
}
