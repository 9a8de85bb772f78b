/** A clock that is set an hour forward or back while jobs run. */
import assert from 'node:assert/strict';
import { rename } from 'node:fs/promises';
import path from 'node:path';
import { suite } from 'node:test';
import { openSqlite } from '../../src/store/sqlite.ts';
import type { BalancesWire, LedgerWire } from '../../src/wire/native/schemas/ledger.ts';
import { silent } from '../sim/parts.ts';
import { ended, refusedWith } from '../support/pixverse-client.ts';
import { assertSettled, create, eventsOf, folderFor, jobOf, type MachineGateway, start, until } from './machine.ts';
import { proves } from './proves.ts';

const HOUR_MS = 3_600_000;
const PRICE = 5;
/** Every chore but the hourly one comes within this. */
const CHORES_MS = 61_000;

/** From the machine's clock to twenty minutes before the end of its month (UTC), ms. */
function monthsEnd(): number {
  const now = new Date();
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1) - 20 * 60_000 - now.getTime();
}

async function spendable(gateway: MachineGateway): Promise<number> {
  assert.deepEqual((await gateway.native<LedgerWire>('POST', '/ledger/verify')).problems, []);
  const { balances } = await gateway.native<BalancesWire>('GET', '/balances');
  assert.equal(balances[0]?.held, 0);
  return balances[0]?.available ?? Number.NaN;
}

async function urlOf(gateway: MachineGateway, id: number): Promise<string> {
  const video = await ended(gateway.client, id);
  assert.equal(video['status'], 1);
  return String(video['url']);
}

async function serves(url: string): Promise<void> {
  const answer = await fetch(url);
  assert.equal(answer.status, 200);
  assert.ok((await answer.arrayBuffer()).byteLength > 1000);
}

suite('clock', { concurrency: 2 }, () => {
  proves('clock/forward', {}, async (t) => {
    const folder = await folderFor(t);
    const before = monthsEnd();
    const after = before + HOUR_MS;
    let gateway = await start(t, folder, { clockOffset: before });
    const ids = [await create(gateway, 'one'), await create(gateway, 'two'), await create(gateway, 'three')];
    const url = await urlOf(gateway, ids[0] ?? 0);
    await until(t, async () => (await jobOf(gateway, ids[2])).state !== 'queued');
    await gateway.time({ set: after });
    ids.push(await create(gateway, 'four'));
    for (const id of ids) await serves(await urlOf(gateway, id));
    await serves(url);
    assert.deepEqual(
      ids,
      [...new Set(ids)].sort((a, b) => a - b),
      'ids grow and never repeat',
    );

    // What is left of the old month is gone with it; the new month's refill and the package are there.
    await gateway.time({ pass: CHORES_MS });
    await until(t, async () => (await spendable(gateway)) === 16_000 - PRICE);
    for (const set of [before, after, before, after]) {
      await gateway.time({ set });
      await gateway.time({ pass: CHORES_MS });
      await gateway.time({ pass: CHORES_MS });
    }
    await until(t, async () => (await spendable(gateway)) === 16_000 - PRICE);
    assert.ok(gateway.alive(), 'nobody has buried the only process');
    assert.equal(await gateway.stop(), 0);
    for (const clockOffset of [before, after]) {
      gateway = await start(t, folder, { clockOffset });
      await gateway.stop();
    }
    const store = await openSqlite({ folder, log: silent });
    const grants = await store.read((q) => q.books.grantsOf(1));
    await store.close();
    const refills = grants.filter((grant) => grant.kind === 'monthly').map((grant) => grant.period);
    assert.equal(refills.length, 2, 'a refill is posted once, however often its day comes');
    assert.equal(new Set(refills).size, 2);
  });

  proves('clock/back', {}, async (t) => {
    const folder = await folderFor(t);
    let gateway = await start(t, folder);
    const spool = path.join(folder, 'blobs', 'tmp');
    // A job that waits for its next step by the clock: its result cannot be kept just now.
    await rename(spool, `${spool}-away`);
    const ids = [await create(gateway, 'first')];
    await until(t, async () => (await eventsOf(gateway, ids[0])).includes('fetch-later'));
    for (const trace of ['b', 'c', 'd', 'e', 'f', 'g']) ids.push(await create(gateway, trace));
    await gateway.time({ set: -HOUR_MS });
    ids.push(await create(gateway, 'late'));
    const late = await jobOf(gateway, ids.at(-1));
    for (const id of ids.slice(0, -1)) {
      const { state, queuePlace } = await jobOf(gateway, id);
      if (state === 'queued') assert.ok((queuePlace ?? 0) < (late.queuePlace ?? 0), 'who came first is served first');
    }
    await rename(`${spool}-away`, spool);
    for (const id of ids) await serves(await urlOf(gateway, id));
    await assertSettled(gateway, PRICE * ids.length);
    assert.ok(gateway.alive());

    await gateway.kill();
    gateway = await start(t, folder, { clockOffset: -HOUR_MS });
    ids.push(await create(gateway, 'after a restart'));
    assert.equal((await ended(gateway.client, ids.at(-1)))['status'], 1);
    assert.deepEqual(
      ids,
      [...new Set(ids)].sort((a, b) => a - b),
      'ids grow and never repeat',
    );
    await assertSettled(gateway, PRICE * ids.length);
  });

  proves('clock/limits', {}, async (t) => {
    const folder = await folderFor(t);
    const gateway = await start(t, folder, { config: { requestsPerSecond: 1 } });
    const read = () => gateway.client.get('/account/balance');
    for (const set of [-HOUR_MS, HOUR_MS, 0]) {
      while ((await read()).status === 200);
      refusedWith(await read(), 500069, /Wait 1 s/, 429);
      await gateway.time({ set });
      await gateway.time({ pass: 1_000 });
      assert.equal((await read()).status, 200, 'the next second is a second later');
    }
  });
});
