/** Accounts over `/pool/v1`: added, changed, told, removed, explained. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { z } from 'zod';
import {
  type AccountWire,
  accountSchema,
  accountsSchema,
  driftsSchema,
  removedSchema,
} from '../../src/wire/native/schemas/accounts.ts';
import { problemSchema } from '../../src/wire/native/schemas/common.ts';
import { jobSchema, whySchema } from '../../src/wire/native/schemas/jobs.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

const SECRET = 'correct-horse-battery-staple';
const TOKEN = 'tok_0123456789abcdef';

describe('accounts through the native API', () => {
  let gateway: TestGateway;
  let client = '';
  const ends: (() => Promise<void>)[] = [];

  const send = async (method: string, route: string, init: { key?: string; body?: unknown; once?: string } = {}) => {
    const { key = gateway.key, body, once } = init;
    const response = await fetch(`${gateway.url}/pool/v1${route}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(once === undefined ? {} : { 'idempotency-key': once }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, text: await response.text() };
  };
  const expect = async <T extends z.ZodObject>(schema: T, answer: ReturnType<typeof send>, status = 200) => {
    const { status: got, text } = await answer;
    assert.equal(got, status, text);
    return schema.strict().parse(JSON.parse(text)) as z.output<T>;
  };
  const refused = async (answer: ReturnType<typeof send>, status: number, code: string, field?: string) => {
    const { status: got, text } = await answer;
    const problem = problemSchema.parse(JSON.parse(text));
    assert.deepEqual([got, problem.code], [status, code], text);
    if (field !== undefined) assert.equal(problem.field, field, text);
    return text;
  };
  const create = async (key = gateway.key) => {
    const answer = await fetch(`${gateway.url}/openapi/v2/video/text/generate`, {
      method: 'POST',
      headers: { 'api-key': key, 'ai-trace-id': crypto.randomUUID(), 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'v6', prompt: 'a lake', duration: 1, quality: '360p', aspect_ratio: '16:9' }),
    });
    const { ErrMsg, Resp } = (await answer.json()) as { ErrMsg: string; Resp: { video_id: number } | null };
    assert.ok(Resp, ErrMsg);
    return Resp.video_id;
  };
  const add = (name: string, more: object = {}) =>
    expect(accountSchema, send('POST', '/accounts', { body: { kind: 'local', name, maxJobs: 2, ...more } }), 201);
  const finished = async (job: number) => {
    for (;;) {
      const { state } = await expect(jobSchema, send('GET', `/jobs/${job}`));
      if (state === 'succeeded') return;
      assert.ok(['queued', 'submitting', 'running', 'storing'].includes(state), state);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  before(async () => {
    gateway = await startGateway({ after: (end) => void ends.push(end) });
    const made = await send('POST', '/keys', { body: { name: 'client' } });
    client = (JSON.parse(made.text) as { secret: string }).secret;
  });
  after(async () => {
    for (const end of ends) await end();
  });

  test('an account is added with all its settings, and its secrets come back masked', async () => {
    const asked = {
      secret: { password: SECRET, token: TOKEN },
      maxJobs: 3,
      hours: ['mon-fri 08:00-18:00'],
      dailyJobs: 10,
      dailyCredits: 99.5,
      paceMs: 1_500,
      weight: 7,
      models: ['v6'],
      operations: ['text-to-video'],
      tags: ['red', 'blue'],
      group: { name: 'office', maxJobs: 4 },
      unit: 'tokens',
    };
    const account = await add('full@example.com', asked);
    const { secret, group, ...settings } = asked;
    for (const [name, value] of Object.entries(settings)) {
      assert.deepEqual(account[name as keyof AccountWire], value, name);
    }
    assert.deepEqual(account.group, { ...group, inUse: 0 });
    assert.deepEqual([account.state, account.health.state, account.upstream], ['enabled', 'ok', 'local']);
    const seen = [await send('GET', '/accounts'), await send('GET', `/accounts/${account.id}`)];
    for (const { text } of seen) for (const hidden of Object.values(secret)) assert.ok(!text.includes(hidden));
    assert.match(String(account.secret['token']), /^tok…secured…def$/);
    assert.deepEqual(await expect(accountSchema, send('GET', '/accounts/full@example.com')), account);
  });

  test('what is wrong is named, and nothing is kept of it', async () => {
    const count = async () => (await expect(accountsSchema, send('GET', '/accounts'))).accounts.length;
    const had = await count();
    const good = { kind: 'local', name: 'wrong@example.com', maxJobs: 2 };
    const cases: [body: object, code: string, field: string][] = [
      [{ ...good, kind: 'nowhere' }, 'parameter_invalid', 'kind'],
      [{ ...good, name: '42' }, 'parameter_invalid', 'name'],
      [{ kind: 'local', name: 'x' }, 'parameter_missing', 'maxJobs'],
      [{ ...good, maxJobs: 0 }, 'parameter_invalid', 'maxJobs'],
      [{ ...good, hours: ['9 to 5'] }, 'parameter_invalid', 'hours[0]'],
      [{ ...good, dailyCredits: 0.0001 }, 'parameter_invalid', 'dailyCredits'],
      [{ ...good, operations: ['juggle'] }, 'parameter_invalid', 'operations[0]'],
      [{ ...good, secret: { apiKey: 'x' } }, 'parameter_invalid', 'secret.apiKey'],
      [{ ...good, secret: { password: 5 } }, 'parameter_type', 'secret.password'],
      [{ ...good, colour: 'red' }, 'parameter_invalid', 'colour'],
    ];
    for (const [body, code, field] of cases) await refused(send('POST', '/accounts', { body }), 400, code, field);
    await add('taken@example.com');
    const text = await refused(
      send('POST', '/accounts', { body: { ...good, name: 'taken@example.com', secret: { password: SECRET } } }),
      400,
      'parameter_invalid',
      'name',
    );
    assert.ok(!text.includes(SECRET));
    assert.equal(await count(), had + 1);
    await refused(send('GET', '/accounts/nobody@example.com'), 404, 'account_not_found');
    await refused(send('PATCH', '/accounts/999999', { body: { maxJobs: 2 } }), 404, 'account_not_found');
  });

  test('a change changes what is given and nothing else', async () => {
    const before = await add('change@example.com', { tags: ['a'], weight: 3 });
    const changed = await expect(
      accountSchema,
      send('PATCH', '/accounts/change@example.com', { body: { maxJobs: 9, group: { name: 'g', maxJobs: 2 } } }),
    );
    assert.deepEqual(
      { ...changed, updatedAt: '' },
      { ...before, maxJobs: 9, maxJobsNow: 9, group: { name: 'g', maxJobs: 2, inUse: 0 }, updatedAt: '' },
    );
    const left = await expect(accountSchema, send('PATCH', `/accounts/${before.id}`, { body: { group: null } }));
    assert.equal(left.group, null);
  });

  test('a change under one Idempotency-Key is made once', async () => {
    const body = { kind: 'local', name: 'once@example.com', maxJobs: 2 };
    const first = await send('POST', '/accounts', { body, once: 'add-once' });
    const again = await send('POST', '/accounts', { body, once: 'add-once' });
    assert.deepEqual([first.status, again.status, again.text], [201, 201, first.text]);
    const other = { ...body, maxJobs: 3 };
    await refused(send('POST', '/accounts', { body: other, once: 'add-once' }), 422, 'idempotency_mismatch');
  });

  test('client keys see no account and change none', async () => {
    const tries: [string, string, object?][] = [
      ['GET', '/accounts'],
      ['GET', '/accounts/1'],
      ['POST', '/accounts', { kind: 'local', name: 'mine', maxJobs: 1 }],
      ['PATCH', '/accounts/1', { maxJobs: 1 }],
      ['POST', '/accounts/1/pause'],
      ['POST', '/accounts/1/refresh'],
      ['DELETE', '/accounts/1'],
      ['GET', '/drift'],
    ];
    for (const [method, route, body] of tries) {
      await refused(send(method, route, { key: client, ...(body ? { body } : {}) }), 403, 'permission_denied');
    }
  });

  test('a paused pool keeps jobs waiting and says why; resumed it takes them', async () => {
    const { accounts } = await expect(accountsSchema, send('GET', '/accounts'));
    for (const { id } of accounts) await expect(accountSchema, send('POST', `/accounts/${id}/pause`));
    const job = await create();
    const why = await expect(whySchema, send('GET', `/jobs/${job}/why`));
    assert.deepEqual([why.state, why.waitsFor?.what, why.place?.ahead], ['queued', 'paused', 0]);
    assert.equal(why.accounts?.length, accounts.length);
    assert.ok((why.reasons?.['paused'] ?? 0) > 0);
    const theirs = await expect(whySchema, send('GET', `/jobs/${job}/why`, { key: client }));
    assert.deepEqual([theirs.accounts, theirs.placements, theirs.reasons], [null, null, null]);

    const first = accounts.find(({ name }) => name === 'local@reelpool.internal');
    assert.ok(first);
    await expect(accountSchema, send('POST', `/accounts/${first.id}/resume`));
    await finished(job);
    const done = await expect(whySchema, send('GET', `/jobs/${job}/why`));
    assert.deepEqual([done.waitsFor, done.placements?.length, done.placements?.[0]?.account], [null, 1, first.name]);
    const { today } = await expect(accountSchema, send('GET', `/accounts/${first.id}`));
    assert.deepEqual(today, { jobs: 1, credits: 5 });
  });

  test('jobs go only where an account may be used for them', async () => {
    const { accounts } = await expect(accountsSchema, send('GET', '/accounts'));
    for (const { id } of accounts) await expect(accountSchema, send('POST', `/accounts/${id}/pause`));
    await add('closed@example.com', { hours: [closedNow()] });
    await add('others@example.com', { models: ['v5'] });
    const capped = await add('capped@example.com', { dailyJobs: 1 });
    await finished(await create());
    const job = await create();
    const { accounts: said } = await expect(whySchema, send('GET', `/jobs/${job}/why`));
    const verdict = (name: string) => said?.find(({ account }) => account === name)?.verdict;
    assert.deepEqual(['closed@example.com', 'others@example.com', 'capped@example.com'].map(verdict), [
      'closed',
      'not-allowed',
      'daily-cap',
    ]);
    await expect(accountSchema, send('PATCH', `/accounts/${capped.id}`, { body: { dailyJobs: null } }));
    await finished(job);
  });

  test('a removed account is gone, and its name is free', async () => {
    const account = await add('leaving@example.com');
    const gone = await expect(removedSchema, send('DELETE', '/accounts/leaving@example.com'));
    assert.deepEqual(gone, { id: account.id, name: 'leaving@example.com', gone: true });
    await refused(send('GET', `/accounts/${account.id}`), 404, 'account_not_found');
    const next = await add('leaving@example.com');
    assert.notEqual(next.id, account.id);
    const verified = await send('POST', '/ledger/verify');
    assert.deepEqual((JSON.parse(verified.text) as { problems: string[] }).problems, []);
  });

  test('only accounts that can be asked are asked; nothing drifted', async () => {
    await refused(send('POST', '/accounts/1/refresh'), 400, 'parameter_invalid', 'account');
    assert.deepEqual(await expect(driftsSchema, send('GET', '/drift?limit=5')), { drifts: [] });
    await refused(send('GET', '/drift?account=nobody'), 404, 'account_not_found');
  });
});

/** A window that does not hold the present, nor the minutes of a test around it. */
function closedNow(): string {
  const hour = (new Date().getUTCHours() + 12) % 24;
  const text = String(hour).padStart(2, '0');
  return `${text}:00-${text}:10`;
}
