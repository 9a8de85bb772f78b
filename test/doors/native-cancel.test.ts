/** Cancelling over HTTP: waiting jobs at once, running ones where they stop, and nobody twice. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { timelineSchema } from '../../src/wire/native/schemas/jobs.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { jobsOf, SLOW, TINY } from '../support/native-jobs.ts';
import { pixverseClient } from '../support/pixverse-client.ts';
import { TEST_SEED } from '../support/seed.ts';
import { randomInt, seededRandom } from '../../src/std/random.ts';

describe('cancelling', () => {
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

  const kinds = async (id: number) =>
    (await api.get(timelineSchema, 'GET', `/jobs/${id}/timeline`)).events.map(({ kind }) => kind);

  test('a job that waits ends at once, and its credits are back', async () => {
    const { body } = await api.send('POST', '/pools', { body: { name: 'none', members: { tags: ['none'] } } });
    const tenant = await api.tenant('waiting', 10, { poolId: (body as { id: number }).id });
    const job = await api.create(TINY, { key: tenant.secret });
    assert.deepEqual([(await tenant.balance()).available, (await tenant.balance()).held], [5, 5]);
    const cancelled = await api.cancel(job.id, { key: tenant.secret });
    assert.deepEqual(
      [cancelled.state, cancelled.credit, cancelled.error?.code],
      ['cancelled', { state: 'released', amount: 5 }, 'cancelled'],
    );
    assert.deepEqual([(await tenant.balance()).available, (await tenant.balance()).held], [10, 0]);
    assert.deepEqual(await kinds(job.id), ['accepted', 'cancelled']);
    assert.deepEqual(await api.cancel(job.id, { key: tenant.secret }), cancelled, 'again');
    // Its place in the queue is free again.
    await api.send('PATCH', `/keys/${tenant.keyId}`, { body: { queueDepthMax: 1 } });
    await api.cancel((await api.create(TINY, { key: tenant.secret })).id, { key: tenant.secret });
    await api.proven();
  });

  test('a render is stopped, its slot is free, and its account pays nothing', async () => {
    const long = { operation: 'text-to-video', prompt: 'long', quality: '1080p', durationS: 15 };
    const job = await api.create(long);
    await api.until(job.id, 'running');
    const { state, result, finishedAt } = await api.cancel(job.id);
    assert.deepEqual([state, result, finishedAt === null], ['cancelled', null, false]);
    assert.deepEqual((await kinds(job.id)).at(-1), 'cancelled');
    const account = (await api.send('GET', '/accounts/local@reelpool.internal')).body as {
      inUse: number;
      credits: { reserved: number };
    };
    assert.deepEqual([account.inUse, account.credits.reserved], [0, 0]);
    await api.proven();
    const status = await pixverseClient(gateway).get(`/video/result/${job.id}`);
    assert.equal(status.body.Resp?.['status'], 8);
  });

  test('what cannot be cancelled is refused, and goes on', async () => {
    const done = await api.create(TINY);
    await api.until(done.id, 'succeeded');
    const problem = await api.refused('cancel_refused', 'POST', `/jobs/${done.id}/cancel`);
    assert.deepEqual([problem.status, problem.retryable], [409, false]);
    const stuck = await api.create({ ...TINY, prompt: 'x [reelpool:stuck]' });
    await api.until(stuck.id, 'running');
    await api.refused('cancel_refused', 'POST', `/jobs/${stuck.id}/cancel`);
    assert.equal((await api.job(stuck.id)).state, 'running');
    await api.refused('not_found', 'POST', '/jobs/77/cancel');
    const other = await api.tenant('other', 0);
    await api.refused('not_found', 'POST', `/jobs/${done.id}/cancel`, { key: other.secret });
  });

  test('whenever it is asked for, and however often at once: one end, paid or given back', async () => {
    const random = seededRandom(TEST_SEED);
    const tenant = await api.tenant('races', 10_000);
    const race = async () => {
      const { id } = await api.create(TINY, { key: tenant.secret });
      // A few reads are a pause that no clock decides.
      for (let reads = randomInt(random, 40); reads > 0; reads--) await api.job(id);
      const answers = await Promise.all([1, 2, 3].map(() => api.send('POST', `/jobs/${id}/cancel`)));
      for (const { status, body } of answers) {
        assert.ok(status === 200 || status === 409, JSON.stringify(body));
        if (status === 200) assert.equal((body as { state: string }).state, 'cancelled');
      }
      for (;;) {
        const job = await api.job(id);
        if (job.finishedAt === null) continue;
        const cancelled = answers.some(({ status }) => status === 200);
        assert.deepEqual(
          [job.state, job.credit.state],
          cancelled ? ['cancelled', 'released'] : ['succeeded', 'captured'],
        );
        assert.equal((await kinds(id)).filter((kind) => kind === job.state).length, 1);
        return cancelled ? 0 : 5;
      }
    };
    let paid = 0;
    for (let round = 0; round < 4; round++) {
      const spent = await Promise.all([race(), race(), race(), race()]);
      paid += spent.reduce((sum: number, one) => sum + one, 0);
    }
    assert.deepEqual([(await tenant.balance()).available, (await tenant.balance()).held], [10_000 - paid, 0]);
    await api.proven();
  });

  test('a job that was cancelled stays so after a restart', async () => {
    const job = await api.create(SLOW);
    await api.until(job.id, 'running');
    await api.cancel(job.id);
    gateway = await gateway.restart();
    api = jobsOf(gateway);
    assert.equal((await api.job(job.id)).state, 'cancelled');
    await api.proven();
  });
});
