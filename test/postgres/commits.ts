/**
 * The connection to the database ends between a commit and its acknowledgement, or before the commit arrives: nobody but
 * the server knows whether it stands. A proxy of ours on the wire does that to a gateway in a process of its own.
 */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { startProxy } from '../store/proxy.ts';
import type { PostgresServer } from '../support/postgres.ts';
import { ask, bound, IDLE, jobIn, openGroup } from './gateways.ts';

const ENDS = ['after', 'before'] as const;
/** What the units of a job's life write, from its placement to its end. */
const STEPS = ['submitting', 'running', 'storing', 'succeeded'];

/** A create whose commit was not acknowledged gets its job when it is repeated, and every step is made once and paid once. */
export async function commits(t: TestContext, server: PostgresServer): Promise<void> {
  const group = await openGroup(t, server);
  const proxy = await startProxy(t, group.database);
  const gateway = await group.start({ through: proxy.through(group.database) });
  const steps = STEPS.flatMap((state) => ENDS.map((when) => proxy.cutCommitOf(bound(state), when)));
  const ids: number[] = [];
  for (const when of [...ENDS, ...ENDS]) {
    const trace = `cut ${when} ${ids.length}`;
    const cut = proxy.cutCommitOf(bound(trace), when);
    const reply = await ask(gateway, trace);
    await cut;
    assert.equal(reply?.status, 500, JSON.stringify(reply?.body));
    assert.match(reply.body.ErrMsg, /whether the request was kept is not known\. Send it again with the same/);
    const kept = await group.sql<{ id: string }>('select id from jobs where trace_id = $1', [trace]);
    assert.equal(kept.length, when === 'after' ? 1 : 0);
    const id = jobIn(await ask(gateway, trace));
    if (kept[0]) assert.equal(id, Number(kept[0].id));
    ids.push(id);
  }
  await Promise.all(steps);
  await group.until(IDLE, (rows) => rows.length === 0);
  await group.inspect(gateway.url, ids);
  const kinds = await group.sql<{ kinds: string }>(
    `select string_agg(kind, ' ' order by id) as kinds from events group by job_id`,
  );
  assert.deepEqual(
    new Set(kinds.map((row) => row.kinds)),
    new Set(['placed accepted-upstream done-upstream succeeded']),
  );
}
