/** Two gateways that share a database from their first start on. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { PostgresServer } from '../support/postgres.ts';
import { ask, FIRST_ACCOUNT, type Group, IDLE, jobIn, openGroup, recordOwners, setSlots } from './gateways.ts';

const SLOTS = 3;
/** Jobs that are asked for together, and how often at most. */
const TOGETHER = 5;
const ROUNDS_MAX = 4;

/** Writes down, inside the database, every slot that is taken, with what its account had then. */
const RECORD_SLOTS = `
  create table seen_slots (slot bigint, max_jobs bigint);
  create function see_slot() returns trigger language plpgsql as $$ begin
    insert into seen_slots select new.slot, max_jobs from accounts where id = new.account_id; return null; end $$;
  create trigger see_slot after insert on leases for each row execute function see_slot();`;

/** Looks at the leases from outside until told to stop; the most that were seen at once. */
function watchLeases(group: Group): () => Promise<number> {
  let stop = false;
  const watching = (async () => {
    let most = 0;
    while (!stop) {
      const rows = await group.sql<{ max_jobs: string; in_use: string; leases: string }>(
        `select max_jobs, in_use, (select count(*) from leases where account_id = accounts.id) as leases from accounts`,
      );
      for (const row of rows) {
        assert.ok(Number(row.leases) <= Number(row.max_jobs), JSON.stringify(row));
        assert.equal(row.in_use, row.leases);
      }
      most = Math.max(
        most,
        rows.reduce((sum, row) => sum + Number(row.leases), 0),
      );
      await pause(5);
    }
    return most;
  })();
  return () => {
    stop = true;
    return watching;
  };
}

/** Two gateways that started at once share the work and never exceed a cap; twins sent to both are one job. */
export async function share(t: TestContext, server: PostgresServer): Promise<void> {
  const group = await openGroup(t, server);
  const members = await Promise.all([group.start(), group.start()]);
  const [a, b] = members;
  assert.ok(a && b);
  await recordOwners(group);
  await group.sql(RECORD_SLOTS);
  await setSlots(a, FIRST_ACCOUNT, SLOTS - 1);
  await setSlots(b, 'second@example.com', 1);
  const stop = watchLeases(group);
  const ids: number[] = [];
  let owners = 0;
  for (let round = 0; round < ROUNDS_MAX && owners < members.length; round++) {
    const made = await Promise.all(
      Array.from({ length: TOGETHER }, async (_, i) => {
        const [first, twin] = await Promise.all(members.map((member) => ask(member, `job ${round} ${i}`)));
        assert.equal(jobIn(first), jobIn(twin));
        return jobIn(first);
      }),
    );
    ids.push(...made);
    await group.until(IDLE, (rows) => rows.length === 0);
    owners = (await group.sql('select distinct after from seen_owners where after is not null')).length;
  }
  assert.equal(await stop(), SLOTS, 'every slot was used at a time');
  assert.equal(owners, members.length, 'both had work');
  assert.equal(new Set(ids).size, ids.length);
  assert.deepEqual(await group.sql('select * from seen_slots where slot < 1 or slot > max_jobs'), []);
  assert.deepEqual(await group.sql('select * from seen_owners where before is not null and after is not null'), []);
  await group.inspect(a.url, ids);
}
