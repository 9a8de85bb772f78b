/** Plans over HTTP: what many jobs come to together, and making them all or none. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { jobsSchema } from '../../src/wire/native/schemas/jobs.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { jobsOf, SLOW, TINY } from '../support/native-jobs.ts';

describe('plans', () => {
  let gateway: TestGateway;
  let api: ReturnType<typeof jobsOf>;
  const ends: (() => Promise<void>)[] = [];

  before(async () => {
    gateway = await startGateway({ after: (end) => void ends.push(end) });
    api = jobsOf(gateway);
  });
  after(async () => {
    for (const end of ends.reverse()) await end();
  });

  const newest = async () => (await api.get(jobsSchema, 'GET', '/jobs?limit=1')).jobs[0]?.id;
  /** A pool with accounts of its own. */
  const poolOf = async (name: string, accounts: { maxJobs: number; hours?: string[]; credits?: object }[]) => {
    for (const [index, { credits, ...account }] of accounts.entries()) {
      const body = { kind: 'local', name: `${name}${index}`, tags: [name], ...account };
      assert.equal((await api.send('POST', '/accounts', { body })).status, 201);
      if (credits) await api.send('PATCH', `/accounts/${name}${index}`, { body: { credits } });
    }
    const { body } = await api.send('POST', '/pools', { body: { name, members: { tags: [name] } } });
    return (body as { id: number }).id;
  };

  test('each job takes what the ones before it left: slots, credits of accounts, credits of the tenant', async () => {
    const poolId = await poolOf('tight', [
      { maxJobs: 1, credits: { daily: 0, monthly: 0, package: 5 } },
      { maxJobs: 2, credits: { daily: 0, monthly: 0, package: 500 } },
    ]);
    const { secret } = await api.tenant('planner', 22, { poolId });
    const plan = await api.plan({ jobs: [TINY, TINY, TINY, TINY, TINY] }, { key: secret });
    assert.equal(plan.made, false);
    assert.deepEqual([plan.price, plan.balance], [20, { available: 22, after: 2 }]);
    assert.deepEqual(plan.refused, [4], 'what it cannot pay for');
    assert.equal(plan.jobs[4]?.refusal?.code, 'credits_insufficient');
    assert.ok(plan.jobs[4]?.expected, 'it would run, if it could be paid for');
    const waits = plan.jobs.map(({ expected }) => expected?.waitMs ?? -1);
    assert.deepEqual(waits.slice(0, 3), [0, 0, 0]);
    assert.ok((waits[3] ?? 0) > 0, 'three slots');
    assert.equal(plan.endsAt, plan.jobs[3]?.expected?.endsAt);
    assert.deepEqual(plan.unplaced, []);
    const seen = await api.plan({ jobs: [1, 2, 3, 4, 5].map(() => ({ ...TINY, poolId })) });
    const accounts = seen.jobs.map(({ expected }) => expected?.account);
    assert.equal(accounts.filter((name) => name === 'tight0').length, 1, 'one account has credits for one job');
  });

  test('what is wrong with one is told of that one', async () => {
    const before = await newest();
    const plan = await api.plan({
      jobs: [TINY, { ...TINY, durationS: 99 }, { operation: 'nonsense' }, 4, { operation: 'upscale' }, TINY],
    });
    assert.deepEqual(plan.refused, [1, 2, 3, 4]);
    assert.deepEqual(
      plan.jobs.map(({ refusal }) => refusal?.field ?? null),
      [null, 'durationS', 'operation', null, 'inputs', null],
    );
    assert.equal(plan.price, 10);
    assert.equal(await newest(), before, 'nothing was made');
    assert.deepEqual((await api.plan({ jobs: [TINY] })).balance.available, plan.balance.available);
  });

  test('budgets and queues count within it', async () => {
    const poolId = await poolOf('closed', [{ maxJobs: 1, hours: ['mon 00:00-00:01'] }]);
    const budget = await api.tenant('budget', 100, { poolId, budgetDay: 12 });
    const codes = async (secret: string, jobs: object[]) =>
      (await api.plan({ jobs }, { key: secret })).jobs.map(({ refusal }) => refusal?.code ?? null);
    assert.deepEqual(await codes(budget.secret, [TINY, { ...TINY, durationS: 3 }, TINY, TINY]), [
      null,
      'budget_exceeded',
      null,
      'budget_exceeded',
    ]);
    const queue = await api.tenant('queue', 100, { poolId, queueDepthMax: 2 });
    assert.deepEqual(await codes(queue.secret, [TINY, TINY, TINY]), [null, null, 'queue_full']);
  });

  test('a plan that is run makes all of its jobs', async () => {
    const { secret, balance } = await api.tenant('runner', 20);
    const headers = { 'idempotency-key': 'run-1' };
    const jobs = [TINY, { ...TINY, seed: 4 }];
    const made = await api.plan({ jobs, run: true, priceMax: 10 }, { key: secret, headers });
    assert.equal(made.made, true);
    const ids = made.jobs.map(({ jobId }) => jobId ?? 0);
    for (const id of ids) await api.until(id, 'succeeded');
    assert.deepEqual((await balance()).available, 10);
    assert.deepEqual(await api.plan({ jobs, run: true, priceMax: 10 }, { key: secret, headers }), made);
    await api.refused('idempotency_mismatch', 'POST', '/plans', { key: secret, headers, body: { jobs, run: true } });
    const twins = await Promise.all(
      [1, 2, 3].map(async () => {
        const init = { key: secret, headers: { 'idempotency-key': 'run-2' }, body: { jobs: [TINY], run: true } };
        // A twin that is being answered may be told to come back.
        for (;;) {
          const { status, body } = await api.send('POST', '/plans', init);
          if (status === 201) return (body as typeof made).jobs[0]?.jobId;
        }
      }),
    );
    assert.equal(new Set(twins).size, 1);
    await api.proven();
  });

  test('or none: one that is refused, or a price above the limit, leaves nothing', async () => {
    const { secret, balance } = await api.tenant('none', 20);
    const before = await newest();
    const run = (body: object) => ({ key: secret, body: { run: true, ...body } });
    const problem = await api.refused(
      'parameter_invalid',
      'POST',
      '/plans',
      run({ jobs: [TINY, { ...TINY, durationS: 99 }] }),
    );
    assert.equal(problem.field, 'jobs[1].durationS');
    await api.refused('credits_insufficient', 'POST', '/plans', run({ jobs: [TINY, TINY, TINY, TINY, TINY] }));
    const dear = await api.refused('price_exceeded', 'POST', '/plans', run({ jobs: [TINY, TINY], priceMax: 9.999 }));
    assert.equal(dear.field, 'priceMax');
    for (const jobs of [[], 'all', Array.from({ length: 1001 }, () => TINY)]) {
      const { status } = await api.send('POST', '/plans', run({ jobs }));
      assert.equal(status, 400);
    }
    assert.deepEqual([(await balance()).available, (await balance()).held], [20, 0]);
    assert.equal(await newest(), before);
    await api.proven();
  });

  test('jobs that wait already come before it', async () => {
    const poolId = await poolOf('busy', [{ maxJobs: 1 }]);
    const { secret } = await api.tenant('busy', 100, { poolId });
    const first = await api.create(SLOW, { key: secret });
    await api.until(first.id, 'running');
    const second = await api.create(TINY, { key: secret });
    const alone = await api.dryRun(TINY, { key: secret });
    assert.equal(alone.estimate.waiting, 1);
    assert.ok((alone.expected?.waitMs ?? 0) > 0);
    for (const { id } of [second, first]) await api.cancel(id, { key: secret });
    assert.equal((await api.dryRun(TINY, { key: secret })).expected?.waitMs, 0);
  });
});
