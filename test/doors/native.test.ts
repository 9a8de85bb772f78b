/** `/pool/v1` over HTTP: who may ask, what is answered, how it refuses. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { z } from 'zod';
import { accountsSchema } from '../../src/wire/native/schemas/accounts.ts';
import { problemSchema } from '../../src/wire/native/schemas/common.ts';
import { jobSchema, jobsSchema, timelineSchema } from '../../src/wire/native/schemas/jobs.ts';
import { keySchema, keysSchema, newKeySchema } from '../../src/wire/native/schemas/keys.ts';
import { balancesSchema, ledgerSchema } from '../../src/wire/native/schemas/ledger.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

describe('the native API', () => {
  let gateway: TestGateway;
  let job = 0;
  const ends: (() => Promise<void>)[] = [];

  const send = async (method: string, route: string, init: { key?: string | null; body?: unknown } = {}) => {
    const { key = gateway.key, body } = init;
    const response = await fetch(`${gateway.url}/pool/v1${route}`, {
      method,
      headers: {
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, body: (await response.json()) as unknown };
  };
  /** The answer, which must be 200 (or `status`) and exactly what the schema says, no member more. */
  const expect = async <T extends z.ZodObject>(schema: T, answer: ReturnType<typeof send>, status = 200) => {
    const { status: got, body } = await answer;
    assert.equal(got, status, JSON.stringify(body));
    return schema.strict().parse(body) as z.output<T>;
  };
  const refused = async (answer: ReturnType<typeof send>, status: number, code: string) => {
    const { status: got, headers, body } = await answer;
    const problem = problemSchema.strict().parse(body);
    assert.deepEqual([got, problem.status, problem.code], [status, status, code], problem.detail);
    assert.match(headers.get('content-type') ?? '', /^application\/problem\+json\b/);
    assert.equal(problem.type, `urn:reelpool:error:${code}`);
    return { problem, headers };
  };

  before(async () => {
    gateway = await startGateway({ after: (end) => void ends.push(end) });
    const created = await fetch(`${gateway.url}/openapi/v2/video/text/generate`, {
      method: 'POST',
      headers: { 'api-key': gateway.key, 'ai-trace-id': 'native-1', 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'v6', prompt: 'a lake', duration: 1, quality: '360p', aspect_ratio: '16:9' }),
    });
    const answer = (await created.json()) as { ErrMsg: string; Resp: { video_id: number } | null };
    assert.ok(answer.Resp, answer.ErrMsg);
    job = answer.Resp.video_id;
  });
  after(async () => {
    for (const end of ends) await end();
  });

  test('a key is taken from any of three headers', async () => {
    for (const headers of [
      { authorization: `Bearer ${gateway.key}` },
      { authorization: `bearer  ${gateway.key}` },
      { 'API-KEY': gateway.key },
      { 'x-api-key': gateway.key },
    ]) {
      const response = await fetch(`${gateway.url}/pool/v1/balances`, { headers });
      assert.equal(response.status, 200, JSON.stringify(headers));
    }
  });

  test('without a key, with a wrong one: 401 that names the header', async () => {
    const { problem, headers } = await refused(send('GET', '/balances', { key: null }), 401, 'key_missing');
    assert.equal(problem.field, 'Authorization');
    assert.equal(headers.get('www-authenticate'), 'Bearer');
    await refused(send('GET', '/balances', { key: `ak_${'0'.repeat(32)}` }), 401, 'key_wrong');
    await refused(send('GET', '/jobs/x', { key: null }), 401, 'key_missing');
  });

  test('a job, from its creation to its video', async () => {
    for (;;) {
      const seen = await expect(jobSchema, send('GET', `/jobs/${job}`));
      assert.notEqual(seen.state, 'failed', JSON.stringify(seen.error));
      if (seen.state === 'succeeded') break;
    }
    const done = await expect(jobSchema, send('GET', `/jobs/${job}`));
    const { id, operation, model, prompt, quality, durationS, aspectRatio, audio, dialect, traceId } = done;
    assert.deepEqual(
      { id, operation, model, prompt, quality, durationS, aspectRatio, audio, traceId },
      {
        id: job,
        operation: 'text-to-video',
        model: 'v6',
        prompt: 'a lake',
        quality: '360p',
        durationS: 1,
        aspectRatio: '16:9',
        audio: false,
        traceId: 'native-1',
      },
    );
    assert.equal(dialect, 'pixverse');
    assert.deepEqual([done.price, done.credit], [5, { state: 'captured', amount: 5 }], 'credits, not thousandths');
    assert.deepEqual([done.queuePlace, done.error, done.deleted], [null, null, false]);
    assert.match(done.createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.ok(done.result);
    assert.ok(done.result.url.startsWith(`${gateway.url}/`));
    const video = await fetch(done.result.url);
    assert.equal(video.status, 200);
    assert.equal((await video.arrayBuffer()).byteLength, done.result.bytes);
  });

  test('its timeline, oldest first', async () => {
    const { events } = await expect(timelineSchema, send('GET', `/jobs/${job}/timeline`));
    assert.ok(events.length >= 2);
    const times = events.map(({ at }) => at);
    assert.deepEqual(times, [...times].sort());
    assert.deepEqual(events[0]?.data, { price: 5 }, 'credits, not thousandths');
    assert.match(JSON.stringify(events), /"account":/);
  });

  test('the list of jobs: filters, pages, and what it does not know is refused', async () => {
    const all = await expect(jobsSchema, send('GET', '/jobs'));
    assert.deepEqual([all.jobs.map(({ id }) => id), all.nextBefore], [[job], null]);
    assert.equal((await expect(jobsSchema, send('GET', '/jobs?limit=1'))).nextBefore, job);
    assert.deepEqual((await expect(jobsSchema, send('GET', `/jobs?before=${job}`))).jobs, []);
    assert.equal((await expect(jobsSchema, send('GET', '/jobs?state=succeeded'))).jobs.length, 1);
    assert.deepEqual((await expect(jobsSchema, send('GET', '/jobs?state=queued'))).jobs, []);
    for (const [query, field] of [
      ['state=done', 'state'],
      ['limit=0', 'limit'],
      ['limit=201', 'limit'],
      ['limit=1&limit=2', 'limit'],
      ['before=abc', 'before'],
      ['before=9007199254740993', 'before'],
      ['sort=asc', 'sort'],
    ]) {
      const { problem } = await refused(send('GET', `/jobs?${query}`), 400, limitCode(query));
      assert.equal(problem.field, field);
    }
  });

  test('an id that is none, or nobody’s, is not found', async () => {
    for (const id of ['1', 'abc', '0', '9007199254740993', '1e3', '%20']) {
      await refused(send('GET', `/jobs/${id}`), 404, 'not_found');
      await refused(send('GET', `/jobs/${id}/timeline`), 404, 'not_found');
    }
  });

  test('balances in credits', async () => {
    const { balances } = await expect(balancesSchema, send('GET', '/balances'));
    assert.equal(balances.length, 1);
    assert.deepEqual(
      balances.map(({ available, held, monthly, package: bought }) => ({
        sum: available + held,
        all: monthly + bought,
      })),
      [{ sum: 15_995, all: 15_995 }],
    );
  });

  test('keys: made, listed, used, revoked', async () => {
    const order = { name: '  ci  ', role: 'client' };
    const { key, secret } = await expect(newKeySchema, send('POST', '/keys', { body: order }), 201);
    assert.deepEqual([key.name, key.role, key.prefix], ['ci', 'client', secret.slice(0, 7)]);
    const { keys } = await expect(keysSchema, send('GET', '/keys'));
    assert.ok(keys.some(({ id }) => id === key.id));

    // A client key sees its tenant's jobs without the account, and nothing of the pool.
    const seen = await expect(jobSchema, send('GET', `/jobs/${job}`, { key: secret }));
    assert.equal(seen.account, null);
    const timeline = await expect(timelineSchema, send('GET', `/jobs/${job}/timeline`, { key: secret }));
    assert.doesNotMatch(JSON.stringify(timeline), /account|@/);
    await expect(balancesSchema, send('GET', '/balances', { key: secret }));
    await refused(send('GET', '/accounts', { key: secret }), 403, 'permission_denied');
    await refused(send('GET', '/keys', { key: secret }), 403, 'permission_denied');
    await refused(send('POST', '/keys', { key: secret, body: order }), 403, 'permission_denied');
    await refused(send('DELETE', `/keys/${key.id}`, { key: secret }), 403, 'permission_denied');
    await refused(send('POST', '/ledger/verify', { key: secret }), 403, 'permission_denied');

    const revoked = await expect(keySchema, send('DELETE', `/keys/${key.id}`));
    assert.notEqual(revoked.revokedAt, null);
    await refused(send('GET', '/balances', { key: secret }), 401, 'key_disabled');
    const again = await expect(keySchema, send('DELETE', `/keys/${key.id}`));
    assert.equal(again.revokedAt, revoked.revokedAt, 'revoking twice changes nothing');
    await refused(send('DELETE', '/keys/999999'), 404, 'not_found');
  });

  test('an order for a key is read strictly', async () => {
    const cases: [body: unknown, code: string, field: string | undefined][] = [
      [{}, 'parameter_missing', 'name'],
      [{ name: 5 }, 'parameter_type', 'name'],
      [{ name: '   ' }, 'parameter_invalid', 'name'],
      [{ name: 'x'.repeat(101) }, 'parameter_invalid', 'name'],
      [{ name: 'x', role: 'root' }, 'parameter_invalid', 'role'],
      [{ name: 'x', budget: 5 }, 'parameter_invalid', 'budget'],
      [[], 'body_unreadable', undefined],
      ['{"name":', 'body_unreadable', undefined],
    ];
    const before = await expect(keysSchema, send('GET', '/keys'));
    for (const [body, code, field] of cases) {
      const { problem } = await refused(send('POST', '/keys', { body }), 400, code);
      assert.equal(problem.field, field);
    }
    await refused(send('POST', '/keys'), 400, 'body_unreadable');
    assert.deepEqual(await expect(keysSchema, send('GET', '/keys')), before);
  });

  test('accounts without secrets, and the proof that the books balance', async () => {
    const { accounts } = await expect(accountsSchema, send('GET', '/accounts'));
    assert.equal(accounts.length, 1);
    const report = await expect(ledgerSchema, send('POST', '/ledger/verify'));
    assert.deepEqual([report.ok, report.problems], [true, []]);
    assert.ok(report.entries > 0);
    const sum = report.books.reduce((total, { balance }) => total + balance, 0);
    assert.equal(Math.round(sum * 1000), 0);
  });

  test('unknown routes, wrong methods and queries that are not read are problems too', async () => {
    await refused(send('GET', '/nothing'), 404, 'route_unknown');
    const { headers } = await refused(send('PUT', '/keys'), 405, 'method_not_allowed');
    assert.match(headers.get('allow') ?? '', /GET.*POST/);
    const { problem } = await refused(send('GET', '/balances?tenant=2'), 400, 'parameter_invalid');
    assert.equal(problem.field, 'tenant');
  });
});

/** A parameter given twice is a list where a text belongs. */
function limitCode(query: string | undefined): string {
  return query === 'limit=1&limit=2' ? 'parameter_type' : 'parameter_invalid';
}
