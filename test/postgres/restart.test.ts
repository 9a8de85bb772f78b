/** PostgreSQL ends at once and comes back on the same data, while two gateways work and clients ask. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Reply } from '../support/pixverse-client.ts';
import { startOwnPostgres } from '../support/postgres.ts';
import { ask, IDLE, jobIn, openGroup } from './gateways.ts';

const server = await startOwnPostgres();
after(() => server.stop());

/** Each is asked for until it has its job. */
const TRACES = Array.from({ length: 8 }, (_, i) => `job-${i}`);
const DOWN_MS = 2_000;

test('PostgreSQL restarts under load: nothing is lost, nothing happens twice, and the gateways recover by themselves', {
  timeout: 180_000,
}, async (t) => {
  const group = await openGroup(t, server);
  const members = [await group.start(), await group.start()] as const;
  const jobs = new Map<string, number>();
  const refusals: Reply[] = [];
  const askUntilTaken = async (trace: string, i: number): Promise<void> => {
    for (let tries = i; ; tries++) {
      const reply = await ask(members[tries % 2 === 0 ? 0 : 1], trace);
      assert.ok(reply, 'a gateway gave no answer at all');
      if (reply.status === 200) {
        jobs.set(trace, jobIn(reply));
        return;
      }
      refusals.push(reply);
      await pause(200);
    }
  };
  const before = TRACES.slice(0, 4).map(askUntilTaken);
  await group.until(`select id from jobs where state in ('running', 'storing')`, (rows) => rows.length > 0);
  await server.crash();
  const during = TRACES.slice(4).map(askUntilTaken);
  while (refusals.length < 4) await pause(50);
  await pause(DOWN_MS);
  await server.restart();
  await Promise.all([...before, ...during]);
  await group.until(IDLE, (rows) => rows.length === 0);

  for (const { status, headers, body } of refusals) {
    // Nothing was kept, or it is not known whether it was; either way the words say what to do.
    assert.ok(status === 503 || status === 500, JSON.stringify(body));
    assert.match(
      body.ErrMsg,
      status === 503 ? /nothing of the request was kept.*send the request again/ : /is not known. Send it again/,
    );
    if (status === 503) assert.equal(headers.get('retry-after'), '5');
    assert.doesNotMatch(body.ErrMsg, /127\.0\.0\.1/, "where the database is is nobody else's business");
  }
  assert.equal(new Set(jobs.values()).size, TRACES.length);
  // A placement that stood when the order could not be read any more was not sent, and is made again.
  await group.inspect(members[1].url, [...jobs.values()], { unsent: true });
  for (const { child } of members) assert.equal(child.exitCode, null);
});
