/** What becomes of the work of a process that was killed, and of one that was frozen and comes back (promise P4). */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { PostgresServer } from '../support/postgres.ts';
import { ask, IDLE, jobIn, openGroup, recordOwners } from './gateways.ts';

/** What is promised, ms. */
const TAKEN_OVER_WITHIN_MS = 30_000;

/** The work of a killed process is taken over within 30 s; a frozen one that comes back writes nothing more and stops. */
export async function takeover(t: TestContext, server: PostgresServer): Promise<void> {
  const group = await openGroup(t, server);
  // Each process has the database to itself while it takes its jobs, so that they are its own.
  const frozen = await group.start({ env: { REELPOOL_FAULT_POINT: 'ingest.checked:1:stop' } });
  await recordOwners(group);
  const late = jobIn(await ask(frozen, 'late'));
  await group.until(`select id from jobs where state = 'storing'`, (rows) => rows.length === 1);

  // The others live, but stand still for the moment.
  const survivors = [await group.start(), await group.start()] as const;
  for (const survivor of survivors) survivor.signal('SIGSTOP');
  const killed = await group.start({ env: { REELPOOL_FAULT_POINT: 'dispatch.placed:3' } });
  const traces = ['one', 'two', 'three'];
  const answers = await Promise.all(traces.map((trace) => ask(killed, trace)));
  assert.equal(await killed.ended, 'SIGKILL');
  const diedAt = performance.now();
  for (const survivor of survivors) survivor.signal('SIGCONT');
  const mine = await group.sql<{ id: string }>(
    `select id from jobs where owner = (select id from processes order by started_at desc limit 1)`,
  );
  assert.equal(mine.length, 3, 'three jobs were under way when it was killed');

  const gone = `(select after from seen_owners where job_id in (${mine.map(({ id }) => id).join()}) and fence = 1)`;
  await group.until(
    `select id from jobs where finished_at is null and (owner is null or owner in ${gone})`,
    (rows) => rows.length === 0,
  );
  const tookMs = performance.now() - diedAt;
  t.diagnostic(`taken over ${(tookMs / 1000).toFixed(1)} s after the kill`);
  assert.ok(tookMs <= TAKEN_OVER_WITHIN_MS, `${tookMs} ms`);
  const ids = [late];
  for (const [i, trace] of traces.entries()) {
    const id = jobIn(await ask(survivors[0], trace));
    if (answers[i]) assert.equal(jobIn(answers[i]), id);
    ids.push(id);
  }
  await group.until(IDLE, (rows) => rows.length === 0);

  frozen.signal('SIGCONT');
  assert.equal(await frozen.ended, 1);
  assert.match(frozen.errors(), /stopping, because another process has taken over the jobs of this one/);
  assert.deepEqual(
    frozen.logged('the job was taken over by another process').map((line) => line['job']),
    [late],
  );
  await group.inspect(survivors[1].url, ids);
  const stolen = await group.sql('select * from seen_owners where before is not null and after is not null');
  assert.deepEqual(stolen, [], 'no job was taken from a living process');
}
