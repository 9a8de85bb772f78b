/** Two processes on one PostgreSQL share the outbox: every delivery is sent by one of them, once. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Courier } from '../../src/engine/deliver.ts';
import { openPostgres } from '../../src/store/postgres.ts';
import { silent } from '../sim/parts.ts';
import { startPostgres } from '../support/postgres.ts';
import { receiver } from '../support/receiver.ts';
import { endJobs, hookOn, sender, tenantOn } from '../webhooks/world.ts';

const server = await startPostgres();
after(() => server.stop());

test('two processes deliver everything once', async (t) => {
  const url = await server.createDatabase();
  const stores = [
    await openPostgres({ url, log: silent, poolSize: 4 }),
    await openPostgres({ url, log: silent, poolSize: 4 }),
  ];
  t.after(async () => {
    for (const store of stores) await store.close();
  });
  const [first, second] = await Promise.all(stores.map((store) => sender(store)));
  assert.ok(first && second);
  const who = await tenantOn(first.store, 'first');
  const there = await receiver(t);
  await hookOn(first, who, there.url);
  const ids = Array.from({ length: 120 }, (_, i) => i + 1);
  await endJobs(first, who, ids);
  const couriers = [new Courier(first), new Courier(second)];
  for (const courier of couriers) courier.fire();
  await there.count(ids.length);
  await Promise.all(couriers.map((courier) => courier.stop()));
  const told = there.got.map(({ body }) => Number((JSON.parse(body) as { id: string }).id));
  assert.deepEqual(
    told.sort((a, b) => a - b),
    ids,
  );
  const rows = await first.store.read((q) => q.deliveries.list({ limit: 200 }));
  assert.ok(rows.every((row) => row.state === 'delivered' && row.tries === 1));
});
