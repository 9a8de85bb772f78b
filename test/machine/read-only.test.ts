/** A data folder that cannot be written, from the start or all of a sudden. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { suite } from 'node:test';
import { balanceOf, ended, refusedWith } from '../support/pixverse-client.ts';
import { noDisk, noFailingDisk, openRoom } from './disk.ts';
import { assertSettled, create, jobOf, picture, readiness, serveOnce, start, tryCreate, until } from './machine.ts';
import { proves } from './proves.ts';

const PRICE = 5;

suite('read-only folder', { concurrency: 2 }, () => {
  proves('read-only/start', { skip: noDisk }, async (t) => {
    const room = await openRoom(t);
    const disk = await room.mount('data', 8);
    const folder = path.join(room.path, 'data');
    disk.protect(true);
    const never = await serveOnce(t, folder, room.through);
    disk.protect(false);
    assert.ok((await serveOnce(t, folder, room.through)).listened);
    disk.protect(true);
    const again = await serveOnce(t, folder, room.through);
    for (const run of [never, again]) {
      assert.equal(run.code, 4, run.err);
      assert.match(run.err, /^\{"error":[^\n]*data[^\n]*read-only[^\n]*\}\n$/);
    }
    disk.protect(false);
    assert.ok((await serveOnce(t, folder, room.through)).listened);
  });

  proves('read-only/running', { skip: noFailingDisk }, async (t) => {
    const room = await openRoom(t);
    const disk = room.mountFailing('data', 48);
    const folder = path.join(room.path, 'data');
    let gateway = await start(t, folder, { through: room.through });
    const done = await create(gateway, 'done');
    assert.equal((await ended(gateway.client, done))['status'], 1);
    const running = await create(gateway, 'running');
    await until(t, async () => (await jobOf(gateway, running)).state !== 'queued');
    disk.fail();

    refusedWith(await tryCreate(gateway, 'refused'), 500100, /could not be written|failed to keep/, 503);
    refusedWith(await gateway.client.post('/image/upload', picture()), 500069, /cannot be written/, 503);
    assert.equal(await balanceOf(gateway.client), 16_000 - 2 * PRICE);
    await gateway.time({ pass: 5_000 });
    await until(t, async () => (await readiness(gateway)).status === 503);
    assert.match((await readiness(gateway)).body, /could not be written|failed to keep/);
    assert.equal(await gateway.stop(), 0);

    disk.repair();
    gateway = await start(t, folder, { through: room.through });
    const refused = await create(gateway, 'refused');
    for (const id of [done, running, refused]) assert.equal((await ended(gateway.client, id))['status'], 1);
    await assertSettled(gateway, 3 * PRICE);
    assert.equal(await gateway.stop(), 0);
  });
});
