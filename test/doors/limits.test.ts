/** The limits of a key, over HTTP: each is answered in the words of the door that is asked. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { jobSchema, timelineSchema } from '../../src/wire/native/schemas/jobs.ts';
import { type KeyOrderWire, keySchema, newKeySchema } from '../../src/wire/native/schemas/keys.ts';
import { balanceSchema, ledgerSchema } from '../../src/wire/native/schemas/ledger.ts';
import { poolSchema } from '../../src/wire/native/schemas/pools.ts';
import { tenantSchema } from '../../src/wire/native/schemas/tenants.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { nativeClient } from '../support/native.ts';

describe('limits of a key', () => {
  let gateway: TestGateway;
  let api: ReturnType<typeof nativeClient>;
  /** A pool to which no account belongs. */
  let nobody = 0;
  let traces = 0;
  const ends: (() => Promise<void>)[] = [];

  before(async () => {
    gateway = await startGateway({ after: (end) => void ends.push(end) });
    api = nativeClient(gateway);
    const body = { name: 'nobody', members: { tags: ['nobody'] } };
    nobody = (await api.get(poolSchema, 'POST', '/pools', { body }, 201)).id;
  });
  after(async () => {
    for (const end of ends) await end();
  });

  const addKey = async (limits: Partial<KeyOrderWire>) => {
    const { key, secret } = await api.get(newKeySchema, 'POST', '/keys', { body: { name: 'key', ...limits } }, 201);
    return { id: key.id, secret };
  };
  const set = (id: number, body: object) => api.get(keySchema, 'PATCH', `/keys/${id}`, { body });
  const create = async (secret: string) => {
    const response = await fetch(`${gateway.url}/openapi/v2/video/text/generate`, {
      method: 'POST',
      headers: { 'api-key': secret, 'ai-trace-id': `limits-${traces++}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'v6', prompt: 'a lake', duration: 1, quality: '360p', aspect_ratio: '16:9' }),
    });
    const body = (await response.json()) as { ErrCode: number; Resp: { video_id: number } | null };
    return { status: response.status, code: body.ErrCode, id: body.Resp?.video_id ?? 0 };
  };
  const finished = async (id: number) => {
    for (;;) {
      const job = await api.get(jobSchema, 'GET', `/jobs/${id}`);
      if (job.finishedAt !== null) return job;
    }
  };
  /** When a job was placed and when it ended. */
  const span = async (id: number) => {
    const job = await finished(id);
    const { events } = await api.get(timelineSchema, 'GET', `/jobs/${id}/timeline`);
    return { placed: events.find(({ kind }) => kind === 'placed')?.at ?? '', ended: job.finishedAt ?? '' };
  };

  test('an expired key opens nothing, at any door; a later end opens it again', async () => {
    const { id, secret } = await addKey({ expiresAt: '2020-01-01T00:00:00Z' });
    const ask = async (path: string, headers: Record<string, string>) =>
      (await fetch(`${gateway.url}${path}`, { headers })).status;
    assert.equal((await api.refused('key_expired', 'GET', '/balances', { key: secret })).status, 401);
    assert.equal(await ask('/openapi/v2/account/balance', { 'api-key': secret }), 401);
    assert.equal(await ask('/v2/pixverse/features', { authorization: `Bearer ${secret}` }), 401);
    assert.equal(await ask('/api/v1/client/account/balance', { 'x-api-key': secret }), 403);
    await set(id, { expiresAt: '2999-01-01T00:00:00Z' });
    assert.equal(await ask('/openapi/v2/account/balance', { 'api-key': secret }), 200);
  });

  test('more requests than the key may send are refused with a time to wait', async () => {
    const { id, secret: key } = await addKey({ requestsPerSecond: 1 });
    let refused: Awaited<ReturnType<typeof api.send>> | undefined;
    while (!refused) {
      const answers = await Promise.all(Array.from({ length: 10 }, () => api.send('GET', '/balances', { key })));
      refused = answers.find(({ status }) => status === 429);
    }
    assert.equal(refused.headers.get('retry-after'), '1');
    assert.equal((refused.body as { code: string }).code, 'rate_limited');
    await set(id, { requestsPerSecond: 0 });
    const free = await Promise.all(Array.from({ length: 10 }, () => api.send('GET', '/balances', { key })));
    assert.ok(free.every(({ status }) => status === 200));
  });

  test('models and operations that the key may not use', async () => {
    const { id, secret } = await addKey({ models: ['v5'] });
    assert.deepEqual(await create(secret), { status: 200, code: 500020, id: 0 });
    await set(id, { models: ['v6'], operations: ['image-to-video'] });
    assert.equal((await create(secret)).code, 500020);
    await set(id, { operations: ['text-to-video'] });
    assert.equal((await create(secret)).code, 0);
  });

  test('a budget is not exceeded by creates at once, and can be raised', async () => {
    const { id, secret } = await addKey({ budgetDay: 12, budgetMonth: 1000 });
    const answers = await Promise.all(Array.from({ length: 6 }, () => create(secret)));
    const codes = answers.map(({ code }) => code).sort((a, b) => a - b);
    assert.deepEqual(codes, [0, 0, 500090, 500090, 500090, 500090]);
    await set(id, { budgetDay: 15 });
    assert.equal((await create(secret)).code, 0);
    assert.equal((await create(secret)).code, 500090);
  });

  test('a budget set later counts from then on, and what was held before returns nowhere', async () => {
    const { id, secret } = await addKey({ poolId: nobody });
    assert.equal((await create(secret)).code, 0);
    await set(id, { budgetDay: 5 });
    assert.equal((await create(secret)).code, 0);
    assert.equal((await create(secret)).code, 500090);
    assert.equal((await api.get(ledgerSchema, 'POST', '/ledger/verify')).ok, true);
  });

  test('a key that does not queue is refused where no slot is free, in the vendor’s words', async () => {
    const { id, secret } = await addKey({ overflow: 'reject', poolId: nobody });
    assert.deepEqual(await create(secret), { status: 200, code: 500044, id: 0 });
    await set(id, { overflow: 'queue' });
    assert.equal((await create(secret)).code, 0);
    await set(id, { queueDepthMax: 1 });
    assert.equal((await create(secret)).code, 500044);
    const free = await addKey({ overflow: 'reject', runningMax: 1 });
    const [first, second] = await Promise.all([create(free.secret), create(free.secret)]);
    assert.deepEqual([first?.code, second?.code], [0, 500044], 'one may run, none may wait');
  });

  test('jobs beyond a key’s running limit wait, and hold up nobody else’s', async () => {
    const { id, secret } = await addKey({});
    const other = await addKey({});
    const early = await create(secret);
    await set(id, { runningMax: 1 });
    const mine = [early, await create(secret), await create(secret)];
    const theirs = await create(other.secret);
    const spans: Awaited<ReturnType<typeof span>>[] = [];
    for (const job of mine) spans.push(await span(job.id));
    spans.sort((a, b) => (a.placed < b.placed ? -1 : 1));
    assert.ok(
      spans.every(({ placed }, n) => n === 0 || placed >= (spans[n - 1]?.ended ?? '')),
      JSON.stringify(spans),
    );
    const others = await span(theirs.id);
    assert.ok(others.placed <= (spans[2]?.placed ?? ''), 'it did not wait for them');
  });

  test('a pooled tenant has what its accounts have, and no job that no single one could pay for', async () => {
    const unit = 'local';
    const body = { name: 'owner', mode: 'pooled', unit };
    const tenant = await api.get(tenantSchema, 'POST', '/tenants', { body }, 201);
    const { accounts } = (await api.send('GET', '/accounts')).body as {
      accounts: { credits: { daily: number; monthly: number; package: number } }[];
    };
    const all = accounts.reduce((sum, { credits: c }) => sum + c.daily + c.monthly + c.package, 0);
    const balanceOf = () => api.get(balanceSchema, 'GET', `/tenants/${tenant.id}/balance`);
    assert.equal((await balanceOf()).available, all);
    const { secret } = await addKey({ tenantId: tenant.id });
    const { id } = await create(secret);
    await finished(id);
    const paid = await balanceOf();
    assert.deepEqual([paid.available, paid.held], [all - 5, 0]);
    const apart = await addKey({ tenantId: tenant.id, poolId: nobody });
    assert.equal((await create(apart.secret)).code, 500090, 'however large the sum');
    await api.refused('parameter_invalid', 'POST', '/grants', { body: { tenantId: tenant.id, amount: 5 } });
    assert.equal((await api.get(ledgerSchema, 'POST', '/ledger/verify')).ok, true);
    await api.get(tenantSchema, 'PATCH', `/tenants/${tenant.id}`, { body: { mode: 'metered' } });
    assert.equal((await balanceOf()).available, 0);
    assert.equal((await api.get(ledgerSchema, 'POST', '/ledger/verify')).ok, true);
  });
});
