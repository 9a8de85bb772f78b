/** Tenants, keys, credits, pools, the ledger and the audit log over `/pool/v1`. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { accountsSchema } from '../../src/wire/native/schemas/accounts.ts';
import { auditSchema } from '../../src/wire/native/schemas/audit.ts';
import { grantSchema, grantsSchema } from '../../src/wire/native/schemas/grants.ts';
import { jobSchema, statementSchema } from '../../src/wire/native/schemas/jobs.ts';
import { keySchema, keysSchema, newKeySchema } from '../../src/wire/native/schemas/keys.ts';
import { balanceSchema, entriesSchema, ledgerSchema } from '../../src/wire/native/schemas/ledger.ts';
import { poolSchema, poolsSchema } from '../../src/wire/native/schemas/pools.ts';
import { tenantSchema, tenantsSchema } from '../../src/wire/native/schemas/tenants.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { nativeClient } from '../support/native.ts';

describe('administration', () => {
  let gateway: TestGateway;
  let api: ReturnType<typeof nativeClient>;
  const ends: (() => Promise<void>)[] = [];

  before(async () => {
    gateway = await startGateway({ after: (end) => void ends.push(end) });
    api = nativeClient(gateway);
  });
  after(async () => {
    for (const end of ends) await end();
  });

  const addTenant = (name: string) => api.get(tenantSchema, 'POST', '/tenants', { body: { name } }, 201);

  test('a tenant is made with books, changed field by field, and refilled', async () => {
    const tenant = await addTenant('Studio');
    assert.deepEqual(
      [tenant.weight, tenant.monthlyCredits, tenant.anchorDay, tenant.mode, tenant.unit],
      [1, 0, 1, 'metered', null],
    );
    const changed = await api.get(tenantSchema, 'PATCH', `/tenants/${tenant.id}`, {
      body: { weight: 3, monthlyCredits: 12.5 },
    });
    assert.deepEqual(changed, { ...tenant, weight: 3, monthlyCredits: 12.5 });
    assert.deepEqual(await api.get(tenantSchema, 'GET', `/tenants/${tenant.id}`), changed);
    const balance = await api.get(balanceSchema, 'GET', `/tenants/${tenant.id}/balance`);
    assert.deepEqual([balance.available, balance.monthly], [12.5, 12.5], 'this month is given at once');
    const { tenants } = await api.get(tenantsSchema, 'GET', '/tenants');
    assert.ok(tenants.some(({ id }) => id === tenant.id));
    for (const [body, field] of [
      [{ weight: 0 }, 'weight'],
      [{ anchorDay: 32 }, 'anchorDay'],
      [{ monthlyCredits: 0.0001 }, 'monthlyCredits'],
      [{ unit: 'x' }, 'unit'],
      [{ mode: 'pooled' }, 'unit'],
      [{ name: '' }, 'name'],
      [{ colour: 'red' }, 'colour'],
    ] as const) {
      const { field: named } = await api.refused('parameter_invalid', 'PATCH', `/tenants/${tenant.id}`, { body });
      assert.equal(named, field);
    }
    await api.refused('not_found', 'PATCH', '/tenants/999', { body: { weight: 2 } });
    await api.refused('not_found', 'GET', '/tenants/999/balance');
  });

  test('credits are given, spent soonest expiry first, and adjusted within what remains', async () => {
    const { id: tenantId } = await addTenant('Credits');
    const give = (body: object) => api.get(grantSchema, 'POST', '/grants', { body: { tenantId, ...body } }, 201);
    const bought = await give({ amount: 100 });
    const promo = await give({ amount: 10.5, kind: 'promo', expiresAt: '2999-01-01T00:00:00Z', priority: 5 });
    assert.deepEqual([bought.kind, bought.remaining, bought.expiresAt], ['package', 100, null]);
    assert.deepEqual([promo.remaining, promo.expiresAt], [10.5, '2999-01-01T00:00:00.000Z']);
    const adjust = (by: number) =>
      api.get(grantSchema, 'POST', `/grants/${bought.id}/adjust`, { body: { by, note: 'by mistake' } });
    assert.equal((await adjust(-40)).remaining, 60);
    assert.equal((await adjust(5.25)).remaining, 65.25);
    const body = { by: -65.251 };
    const { field } = await api.refused('credits_insufficient', 'POST', `/grants/${bought.id}/adjust`, { body });
    assert.equal(field, 'by');
    await api.refused('parameter_invalid', 'POST', `/grants/${bought.id}/adjust`, { body: { by: 0 } });
    await api.refused('not_found', 'POST', '/grants/999999/adjust', { body: { by: 1 } });
    await api.refused('not_found', 'POST', '/grants', { body: { tenantId: 999, amount: 1 } });
    const past = { tenantId, amount: 1, expiresAt: '2020-01-01T00:00:00Z' };
    await api.refused('parameter_invalid', 'POST', '/grants', { body: past });
    const { grants } = await api.get(grantsSchema, 'GET', `/grants?tenant=${tenantId}`);
    assert.deepEqual(
      grants.map(({ remaining }) => remaining),
      [65.25, 10.5],
    );
    const balance = await api.get(balanceSchema, 'GET', `/tenants/${tenantId}/balance`);
    assert.deepEqual([balance.package, balance.promo, balance.available], [65.25, 10.5, 75.75]);
    const { entries } = await api.get(entriesSchema, 'GET', `/ledger/entries?tenant=${tenantId}`);
    assert.deepEqual(
      entries.map(({ reason, amount }) => [reason, amount]),
      [
        ['adjustment', 5.25],
        ['adjustment', 40],
        ['grant', 10.5],
        ['grant', 100],
      ],
    );
    assert.equal((await api.get(ledgerSchema, 'POST', '/ledger/verify')).ok, true);
  });

  test('a key is made for a tenant with limits, shown, changed, listed by tenant', async () => {
    const { id: tenantId } = await addTenant('Keys');
    const limits = {
      requestsPerSecond: 50,
      runningMax: 2,
      queueDepthMax: 5,
      overflow: 'reject',
      priority: 7,
      models: ['v6'],
      operations: ['text-to-video'],
      expiresAt: '2999-01-01T00:00:00.000Z',
      budgetDay: 20.5,
      budgetMonth: null,
    };
    const body = { name: 'limited', tenantId, ...limits };
    const { key } = await api.get(newKeySchema, 'POST', '/keys', { body }, 201);
    assert.deepEqual({ ...key, ...limits }, key);
    assert.deepEqual([key.tenantId, key.role, key.poolId, key.sandbox], [tenantId, 'client', 1, false]);
    const change = { runningMax: null, budgetDay: 1, models: null, name: 'renamed' };
    const changed = await api.get(keySchema, 'PATCH', `/keys/${key.id}`, { body: change });
    assert.deepEqual(changed, { ...key, ...change });
    assert.deepEqual(await api.get(keySchema, 'GET', `/keys/${key.id}`), changed);
    assert.deepEqual((await api.get(keysSchema, 'GET', `/keys?tenant=${tenantId}`)).keys, [changed]);
    for (const [wrong, field] of [
      [{ runningMax: 0 }, 'runningMax'],
      [{ operations: ['fly'] }, 'operations[0]'],
      [{ expiresAt: 'tomorrow' }, 'expiresAt'],
      [{ budgetDay: -1 }, 'budgetDay'],
      [{ priority: 101 }, 'priority'],
      [{ poolId: 999 }, 'poolId'],
      [{ role: 'admin' }, 'role'],
    ] as const) {
      const problem = await api.refused('parameter_invalid', 'PATCH', `/keys/${key.id}`, { body: wrong });
      assert.equal(problem.field, field);
    }
    await api.refused('not_found', 'POST', '/keys', { body: { name: 'x', tenantId: 999 } });
    await api.get(keySchema, 'DELETE', `/keys/${key.id}`);
    await api.refused('key_disabled', 'PATCH', `/keys/${key.id}`, { body: change });
  });

  test('pools: made of accounts or tags, changed, removed when nobody uses them', async () => {
    const { accounts } = await api.get(accountsSchema, 'GET', '/accounts');
    const accountId = accounts[0]?.id ?? 0;
    const order = { name: 'eu', strategy: 'drain', members: { accountIds: [accountId], tags: ['eu'] } };
    const pool = await api.get(poolSchema, 'POST', '/pools', { body: order }, 201);
    assert.deepEqual(pool.members, { all: false, accountIds: [accountId], tags: ['eu'] });
    assert.equal((await api.refused('parameter_invalid', 'POST', '/pools', { body: order })).field, 'name');
    const body = { strategy: 'random', members: { tags: ['us'] } };
    const changed = await api.get(poolSchema, 'PATCH', `/pools/${pool.id}`, { body });
    assert.deepEqual([changed.strategy, changed.members.tags, changed.members.accountIds], ['random', ['us'], []]);
    assert.deepEqual(
      (await api.get(poolsSchema, 'GET', '/pools')).pools.map(({ id }) => id),
      [1, pool.id],
    );
    const nobody = { members: { accountIds: [999] } };
    await api.refused('parameter_invalid', 'PATCH', `/pools/${pool.id}`, { body: nobody });
    await api.refused('parameter_invalid', 'PATCH', `/pools/${pool.id}`, { body: { members: {} } });
    await api.refused('parameter_invalid', 'PATCH', '/pools/1', { body: { members: { tags: ['x'] } } });
    const made = await api.get(newKeySchema, 'POST', '/keys', { body: { name: 'eu', poolId: pool.id } }, 201);
    assert.equal((await api.refused('in_use', 'DELETE', `/pools/${pool.id}`)).status, 409);
    await api.refused('in_use', 'DELETE', '/pools/1');
    await api.get(keySchema, 'PATCH', `/keys/${made.key.id}`, { body: { poolId: 1 } });
    await api.get(poolSchema, 'DELETE', `/pools/${pool.id}`);
    await api.refused('not_found', 'GET', `/pools/${pool.id}`);
  });

  test('a change sent twice under one id is made once and answered alike', async () => {
    const headers = { 'idempotency-key': 'once-1' };
    const body = { name: 'repeated' };
    const first = await api.get(newKeySchema, 'POST', '/keys', { body, headers }, 201);
    const again = await api.get(newKeySchema, 'POST', '/keys', { body, headers }, 201);
    assert.deepEqual(again, first, 'the secret too: it is the first answer');
    const { keys } = await api.get(keysSchema, 'GET', '/keys');
    assert.equal(keys.filter(({ name }) => name === 'repeated').length, 1);
    const other = await api.refused('idempotency_mismatch', 'POST', '/keys', { body: { name: 'other' }, headers });
    assert.equal(other.field, 'Idempotency-Key');
    // Another path is another request.
    await api.get(tenantSchema, 'POST', '/tenants', { body, headers }, 201);
    // At once, too: one of them makes the change.
    const twins = await Promise.all(
      Array.from({ length: 5 }, () =>
        api.get(
          tenantSchema,
          'POST',
          '/tenants',
          { body: { name: 'twin' }, headers: { 'idempotency-key': 'once-2' } },
          201,
        ),
      ),
    );
    assert.equal(new Set(twins.map(({ id }) => id)).size, 1);
    // A refusal does not use the id up.
    const late = { 'idempotency-key': 'once-3' };
    await api.refused('parameter_missing', 'POST', '/tenants', { body: {}, headers: late });
    await api.get(tenantSchema, 'POST', '/tenants', { body: { name: 'late' }, headers: late }, 201);
    const long = { 'idempotency-key': 'x'.repeat(129) };
    await api.refused('parameter_invalid', 'POST', '/tenants', { body, headers: long });
  });

  test('every change is in the audit log, without secrets, once', async () => {
    const headers = { 'idempotency-key': 'audited' };
    const { key, secret } = await api.get(newKeySchema, 'POST', '/keys', { body: { name: 'audited' }, headers }, 201);
    await api.get(newKeySchema, 'POST', '/keys', { body: { name: 'audited' }, headers }, 201);
    await api.get(keySchema, 'PATCH', `/keys/${key.id}`, { body: { budgetDay: 5, priority: 2 } });
    await api.refused('parameter_invalid', 'PATCH', `/keys/${key.id}`, { body: { poolId: 999 } });
    await api.get(keySchema, 'DELETE', `/keys/${key.id}`);
    const { changes, nextBefore } = await api.get(auditSchema, 'GET', `/audit?subject=key:${key.id}`);
    assert.equal(nextBefore, null);
    assert.deepEqual(
      changes.map(({ action }) => action),
      ['key.revoke', 'key.change', 'key.create'],
    );
    assert.deepEqual(
      [changes[1]?.before, changes[1]?.after],
      [
        { budgetDay: null, priority: 0 },
        { budgetDay: 5, priority: 2 },
      ],
    );
    assert.deepEqual(changes[2]?.before, null);
    assert.match(JSON.stringify(changes[2]?.after), /"name":"audited"/);
    assert.equal(changes[0]?.keyId, 1, 'who');
    assert.ok(!JSON.stringify(changes).includes(secret));
    assert.doesNotMatch(JSON.stringify(changes), /hash|"[0-9a-f]{64}"/);
    const page = await api.get(auditSchema, 'GET', '/audit?action=key.create&limit=1');
    assert.deepEqual(
      page.changes.map(({ action }) => action),
      ['key.create'],
    );
    assert.notEqual(page.nextBefore, null);
  });

  test('the statement of a job tells where its credits came from and went', async () => {
    const { id: tenantId } = await addTenant('Statement');
    const grant = await api.get(grantSchema, 'POST', '/grants', { body: { tenantId, amount: 100 } }, 201);
    const { secret } = await api.get(newKeySchema, 'POST', '/keys', { body: { name: 'a', tenantId } }, 201);
    const created = await fetch(`${gateway.url}/openapi/v2/video/text/generate`, {
      method: 'POST',
      headers: { 'api-key': secret, 'ai-trace-id': 'statement', 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'v6', prompt: 'a lake', duration: 1, quality: '360p', aspect_ratio: '16:9' }),
    });
    const jobId = ((await created.json()) as { Resp: { video_id: number } }).Resp.video_id;
    const mine = { key: secret };
    const open = await api.get(statementSchema, 'GET', `/jobs/${jobId}/statement`, mine);
    assert.deepEqual(open.hold?.slices, [{ grantId: grant.id, kind: 'package', amount: 5 }]);
    while ((await api.get(jobSchema, 'GET', `/jobs/${jobId}`, mine)).state !== 'succeeded');
    const done = await api.get(statementSchema, 'GET', `/jobs/${jobId}/statement`, mine);
    assert.deepEqual([done.hold?.state, done.hold?.captured], ['captured', 5]);
    assert.deepEqual(
      done.lines.map(({ reason, amount }) => [reason, amount]),
      [
        ['hold', 5],
        ['capture', 5],
      ],
    );
    const whole = await api.get(statementSchema, 'GET', `/jobs/${jobId}/statement`);
    assert.ok(
      whole.lines.some(({ reason }) => reason === 'cost'),
      'an admin sees what the account paid',
    );
    const own = await api.get(entriesSchema, 'GET', '/ledger/entries', mine);
    assert.deepEqual(new Set(own.entries.map(({ reason }) => reason)), new Set(['grant', 'hold', 'capture']));
    await api.refused('permission_denied', 'GET', '/ledger/entries?tenant=1', mine);
    await api.get(entriesSchema, 'GET', `/ledger/entries?tenant=${tenantId}`, mine);
  });

  test('a client key administers nothing', async () => {
    const { secret: key } = await api.get(newKeySchema, 'POST', '/keys', { body: { name: 'client' } }, 201);
    for (const [method, route, body] of [
      ['GET', '/tenants'],
      ['POST', '/tenants', { name: 'x' }],
      ['GET', '/tenants/1'],
      ['PATCH', '/tenants/1', { weight: 9 }],
      ['GET', '/tenants/1/balance'],
      ['GET', '/keys'],
      ['GET', '/keys/1'],
      ['PATCH', '/keys/1', { priority: 9 }],
      ['GET', '/grants?tenant=1'],
      ['POST', '/grants', { tenantId: 1, amount: 1 }],
      ['POST', '/grants/1/adjust', { by: 1 }],
      ['GET', '/pools'],
      ['POST', '/pools', { name: 'x', members: { all: true } }],
      ['GET', '/pools/1'],
      ['PATCH', '/pools/1', { strategy: 'drain' }],
      ['DELETE', '/pools/1'],
      ['GET', '/audit'],
    ] as const) {
      const { status } = await api.refused('permission_denied', method, route, { key, body });
      assert.equal(status, 403, `${method} ${route}`);
    }
  });
});
