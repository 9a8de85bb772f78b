/** A plan and a cancellation, killed in the middle: all of a plan or none, and a job that was stopped ends as cancelled. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import type { FaultPoint } from '../../src/contracts/effects.ts';
import { balancesSchema } from '../../src/wire/native/schemas/ledger.ts';
import { jobsSchema, timelineSchema } from '../../src/wire/native/schemas/jobs.ts';
import { TEST_KEY } from '../support/gateway.ts';
import { jobsOf, SLOW, TINY } from '../support/native-jobs.ts';
import { type ChildGateway, startChild } from '../support/process.ts';

async function folderOf(t: TestContext) {
  const folder = await mkdtemp(path.join(tmpdir(), 'reelpool-crash-'));
  const children: ChildGateway[] = [];
  t.after(async () => {
    for (const { child, ended } of children) {
      child.kill('SIGKILL');
      await ended;
    }
    await rm(folder, { recursive: true, force: true });
  });
  return async (point?: FaultPoint) => {
    const child = await startChild(folder, point === undefined ? {} : { REELPOOL_FAULT_POINT: point });
    children.push(child);
    return { ...jobsOf({ url: child.url, key: TEST_KEY }), ended: child.ended };
  };
}

suite('killed in the middle', { concurrency: 2 }, () => {
  for (const [point, there] of [
    ['admit.decoded', 0],
    ['admit.committed', 20],
  ] as const) {
    test(`a plan at ${point}: ${there} of its 20 jobs`, { timeout: 120_000 }, async (t) => {
      const start = await folderOf(t);
      const first = await start(point);
      const jobs = Array.from({ length: 20 }, () => SLOW);
      const init = { body: { jobs, run: true }, headers: { 'idempotency-key': 'plan' } };
      await assert.rejects(first.send('POST', '/plans', init));
      assert.equal(await first.ended, 'SIGKILL');

      const second = await start();
      const list = () => second.get(jobsSchema, 'GET', '/jobs?limit=200');
      assert.equal((await list()).jobs.length, there);
      const plan = await second.plan(init.body, { headers: init.headers });
      const made = (await list()).jobs.map(({ id }) => id);
      assert.deepEqual(plan.jobs.map(({ jobId }) => jobId).sort(), [...made].sort());
      const { balances } = await second.get(balancesSchema, 'GET', '/balances');
      assert.equal(balances[0]?.held, 100);
      await second.proven();
    });
  }

  test('a cancellation between the upstream’s word and ours: it is cancelled all the same, once', {
    timeout: 120_000,
  }, async (t) => {
    const start = await folderOf(t);
    const first = await start('cancel.confirmed');
    const { id } = await first.create(SLOW);
    await first.until(id, 'running');
    await assert.rejects(first.send('POST', `/jobs/${id}/cancel`));
    assert.equal(await first.ended, 'SIGKILL');

    const second = await start();
    const job = await second.until(id, 'cancelled');
    assert.deepEqual(job.credit, { state: 'released', amount: 5 });
    assert.deepEqual((await second.cancel(id)).state, 'cancelled');
    const { events } = await second.get(timelineSchema, 'GET', `/jobs/${id}/timeline`);
    assert.equal(events.filter(({ kind }) => kind === 'cancelled').length, 1);
    const { balances } = await second.get(balancesSchema, 'GET', '/balances');
    assert.equal(balances[0]?.held, 0);
    await second.until((await second.create(TINY)).id, 'succeeded');
    await second.proven();
  });
});
