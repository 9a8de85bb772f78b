/** Cancelling through one gateway what another follows; plans through both at once. */
import assert from 'node:assert/strict';
import type { PostgresServer } from '../support/postgres.ts';
import { TEST_KEY } from '../support/gateway.ts';
import { jobsOf, SLOW, TINY } from '../support/native-jobs.ts';
import { openGroup } from './gateways.ts';

interface Ending {
  after(end: () => Promise<void> | void): void;
}

export async function cancels(t: Ending, server: PostgresServer): Promise<void> {
  const group = await openGroup(t, server);
  const members = [await group.start(), await group.start()];
  const [one, two] = members.map(({ url }) => jobsOf({ url, key: TEST_KEY }));
  assert.ok(one && two);
  await one.send('POST', '/accounts', { body: { kind: 'local', name: 'wide', maxJobs: 8 } });
  // Eight run and the others wait; each is cancelled at both gateways at once.
  const plan = await one.plan({ jobs: Array.from({ length: 16 }, () => SLOW), run: true });
  const ids = plan.jobs.map(({ jobId }) => jobId ?? 0);
  await group.until<{ n: string }>(
    `select count(*) as n from jobs where state = 'running'`,
    ([row]) => Number(row?.n) >= 8,
  );
  const ended = async (id: number) => {
    for (;;) {
      const answers = await Promise.all([one, two].map((api) => api.send('POST', `/jobs/${id}/cancel`)));
      if (answers.some(({ status }) => status === 200)) return;
      // Between two states for a moment, or changed by the other.
      for (const { status, body } of answers) assert.ok(status === 409 || status === 503, JSON.stringify(body));
    }
  };
  await Promise.all(ids.map(ended));
  const states = await group.sql<{ state: string; n: string }>('select state, count(*) as n from jobs group by state');
  assert.deepEqual(
    states.map(({ state, n }) => [state, Number(n)]),
    [['cancelled', 16]],
  );
  const told = await group.sql<{ n: string }>(`select count(*) as n from events where kind = 'cancelled'`);
  assert.equal(Number(told[0]?.n), 16);
  const left = await group.sql<{ n: string }>('select count(*) as n from leases');
  assert.equal(Number(left[0]?.n), 0);
  // Plans of one tenant through both: each is whole, and they wait for each other without harm.
  const plans = await Promise.all([one, two].map((api) => api.plan({ jobs: [TINY, TINY, TINY], run: true })));
  const asked = await Promise.all([one, two].map((api) => api.dryRun(TINY)));
  assert.ok(asked.every(({ refusal }) => refusal === null));
  for (const { jobs } of plans) for (const { jobId } of jobs) await one.until(jobId ?? 0, 'succeeded');
  await two.proven();
}
