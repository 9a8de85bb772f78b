/** A full disk at each write: what cannot be kept is refused or waits, and everything goes on when there is room. */
import assert from 'node:assert/strict';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { suite, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { accepted, balanceOf, ended, refusedWith } from '../support/pixverse-client.ts';
import { BALLAST, type Disk, noDisk, openRoom } from './disk.ts';
import {
  assertSettled,
  create,
  eventsOf,
  folderFor,
  hastened,
  jobOf,
  type MachineGateway,
  picture,
  readiness,
  serveOnce,
  start,
  tryCreate,
  until,
} from './machine.ts';
import { proves } from './proves.ts';

const PRICE = 5;
/** Pauses that are timers: of a step that could not be written down, and of the renderer. */
const STEP_PAUSE_MS = 5_000;
const RENDER_PAUSE_MS = 10_000;
const PAGE = 4096;

interface Split {
  readonly gateway: MachineGateway;
  /** As seen from here: of the database, the renderer and the kept files. */
  readonly folders: Readonly<Record<Part, string>>;
  readonly disks: Readonly<Record<Part, Disk>>;
}

type Part = 'database' | 'renderer' | 'files';

/** A gateway whose database, renderer and kept files have a disk each. */
async function split(t: TestContext): Promise<Split> {
  const room = await openRoom(t);
  const disks = {
    database: await room.mount('data', 32),
    renderer: await room.mount('data/local', 32),
    files: await room.mount('data/blobs', 32),
  };
  const data = path.join(room.outside, 'data');
  const folders = { database: data, renderer: path.join(data, 'local'), files: path.join(data, 'blobs') };
  const gateway = await start(t, path.join(room.path, 'data'), { through: room.through });
  return { gateway, folders, disks };
}

/** The names of all files below a folder. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile() && entry.name !== BALLAST).map((entry) => entry.name);
}

suite('full disk', { concurrency: 3 }, () => {
  proves('disk-full', { skip: noDisk }, async (t) => {
    const room = await openRoom(t);
    const disk = await room.mount('data', 48);
    const gateway = await start(t, path.join(room.path, 'data'), { through: room.through });
    const { client } = gateway;
    const running = [await create(gateway, 'one'), await create(gateway, 'two')];
    await until(t, async () => (await jobOf(gateway, running[0])).state === 'running');

    // Jobs that end give space back now and then, so something may still be taken before nothing is.
    const refused: string[] = [];
    await until(t, async () => {
      await disk.fill();
      const trace = `late-${running.length}-${refused.length}`;
      const reply = await tryCreate(gateway, trace);
      if (reply.status === 200) running.push(Number(accepted(reply)['video_id']));
      else {
        refusedWith(reply, 500100, /could not be written/, 503);
        refused.push(trace);
      }
      return refused.length >= 2;
    });
    await until(t, async () => {
      await disk.fill();
      const reply = await client.post('/image/upload', picture());
      if (reply.status !== 503) return false;
      // The file does not fit, or its row does not.
      const [code, says] = reply.body.ErrCode === 500069 ? [500069, /no disk space/] : [500100, /could not be written/];
      refusedWith(reply, Number(code), says as RegExp, 503);
      return true;
    });
    assert.equal(await balanceOf(client), 16_000 - running.length * PRICE, 'only what was accepted is held');
    // A job has run into the wall; then it must wait, not hammer.
    await until(t, () => failedSteps(gateway) >= 1);
    for (let i = 0; i < 20; i++) await balanceOf(client);
    await pause(500);
    assert.ok(failedSteps(gateway) < 20, `a standing fault is tried now and then, not ${failedSteps(gateway)} times`);
    await gateway.time({ pass: STEP_PAUSE_MS });
    let said = { status: 200, body: '' };
    await until(t, async () => {
      await disk.fill();
      said = await readiness(gateway);
      return said.status === 503;
    });
    assert.match(said.body, /database could not be written/);

    disk.free();
    for (const trace of refused) running.push(await create(gateway, trace));
    for (const id of running) assert.equal(await hastened(t, gateway, id), 1);
    await until(t, async () => (await readiness(gateway)).status === 200);
    await assertSettled(gateway, running.length * PRICE);
    assert.equal(await gateway.stop(), 0);
  });

  const failedSteps = (gateway: MachineGateway) => gateway.log().split('a step failed').length - 1;

  proves('disk-full/upload', { skip: noDisk }, async (t) => {
    const { gateway, disks, folders } = await split(t);
    const disk = disks.files;
    await disk.fill();
    refusedWith(await gateway.client.post('/image/upload', picture()), 500069, /no disk space/, 503);
    assert.deepEqual(await filesIn(folders.files), [], 'a part of a file is not left');
    disk.free();
    const id = accepted(await gateway.client.post('/image/upload', picture()))['img_id'];
    assert.equal(accepted(await gateway.client.post('/image/upload', picture()))['img_id'], id, 'kept once');
    assert.equal((await filesIn(folders.files)).length, 1);
  });

  proves('disk-full/result', { skip: noDisk }, async (t) => {
    const { gateway, disks, folders } = await split(t);
    const disk = disks.files;
    await disk.fill();
    const id = await create(gateway, 'one');
    await until(t, async () => (await jobOf(gateway, id)).state === 'storing');
    await until(t, async () => (await eventsOf(gateway, id)).includes('fetch-later'));
    assert.equal((await jobOf(gateway, id)).credit.state, 'held');
    assert.deepEqual(await filesIn(folders.files), []);
    disk.free();
    assert.equal(await hastened(t, gateway, id), 1);
    await assertSettled(gateway, PRICE);
    assert.equal((await filesIn(folders.files)).length, 2, 'one result and one cover');
  });

  proves('disk-full/settle', { skip: noDisk }, async (t) => {
    const { gateway, disks, folders } = await split(t);
    const disk = disks.database;
    const id = await create(gateway, 'one');
    await until(t, async () => (await jobOf(gateway, id)).state === 'storing');
    await disk.fill();
    await until(t, async () => (await filesIn(folders.files)).length === 2);
    await until(t, () => gateway.log().includes('a step failed'));
    for (let i = 0; i < 3; i++) {
      const failures = gateway.log().split('a step failed').length;
      await gateway.time({ pass: STEP_PAUSE_MS });
      await until(t, () => gateway.log().split('a step failed').length > failures);
    }
    assert.equal((await filesIn(folders.files)).length, 2, 'kept once, however often it could not be settled');
    disk.free();
    await gateway.time({ pass: STEP_PAUSE_MS });
    assert.equal(await hastened(t, gateway, id), 1);
    await assertSettled(gateway, PRICE);
    assert.equal((await filesIn(folders.files)).length, 2);
  });

  proves('disk-full/cover', { skip: noDisk }, async (t) => {
    const { gateway, disks } = await split(t);
    const disk = disks.files;
    const first = await create(gateway, 'one');
    await ended(gateway.client, first);
    const { result } = await jobOf(gateway, first);
    await disk.fill(Math.ceil((result?.bytes ?? 0) / PAGE) * PAGE);
    const second = await create(gateway, 'two');
    assert.equal(await hastened(t, gateway, second), 1);
    const job = await jobOf(gateway, second);
    assert.equal(job.result?.bytes, result?.bytes);
    assert.equal(job.cover, null);
    await assertSettled(gateway, 2 * PRICE);
  });

  proves('disk-full/renderer-order', { skip: noDisk }, async (t) => {
    const { gateway, disks, folders } = await split(t);
    const disk = disks.renderer;
    await disk.fill();
    const id = await create(gateway, 'one');
    for (let tries = 1; tries <= 3; tries++) {
      const failures = gateway.log().split('was not learned').length;
      await until(t, () => gateway.log().split('was not learned').length > failures);
      await gateway.later();
    }
    assert.equal((await jobOf(gateway, id)).state, 'unknown');
    disk.free();
    assert.equal(await hastened(t, gateway, id), 1);
    await assertSettled(gateway, PRICE);
    assert.deepEqual(readdirSync(path.join(folders.renderer, 'tmp')), [], 'no drafts are left');
    assert.equal(ordersIn(folders.renderer).length, 1, 'started once');
  });

  proves('disk-full/renderer-result', { skip: noDisk }, async (t) => {
    const { gateway, disks, folders } = await split(t);
    const disk = disks.renderer;
    const first = await create(gateway, 'one');
    await ended(gateway.client, first);
    const [firstAttempt = ''] = ordersIn(folders.renderer);
    const before = path.join(folders.renderer, 'attempts', firstAttempt, 'video.mp4');
    await until(t, () => !existsSync(before));
    // Room for the order, and not for the video.
    await disk.fill(4 * PAGE);
    const second = await create(gateway, 'two');
    for (let tries = 1; tries <= 3; tries++) {
      await until(t, () => gateway.log().split('could not be kept').length > tries);
      await gateway.time({ pass: RENDER_PAUSE_MS });
      await gateway.later();
    }
    await until(t, () => gateway.log().split('could not be kept').length > 4);
    const secondAttempt = ordersIn(folders.renderer).find((each) => each !== firstAttempt) ?? '';
    const attempt = path.join(folders.renderer, 'attempts', secondAttempt);
    await until(t, () => !readdirSync(attempt).some((name) => name.endsWith('.part')));
    assert.ok(
      readFileSync(path.join(attempt, 'tries')).length <= 1,
      'a try that the disk ended is not held against the job',
    );
    disk.free();
    await gateway.time({ pass: RENDER_PAUSE_MS });
    assert.equal(await hastened(t, gateway, second), 1);
    await assertSettled(gateway, 2 * PRICE);
  });

  proves('disk-full/first-start', { skip: noDisk }, async (t) => {
    const room = await openRoom(t);
    let disks = 0;
    /** A first start with room for so many pages. When it fails: does the next one, with room, show the admin key? */
    const firstStart = async (pages: number, retry: boolean): Promise<boolean> => {
      const name = `data${disks++}`;
      const disk = await room.mount(name, 8);
      await disk.fill(pages * PAGE);
      const run = await serveOnce(t, path.join(room.path, name), room.through);
      if (run.listened) return true;
      assert.equal(run.code, 4, run.err);
      assert.match(run.err, /^\{"error":[^\n]*(?:full|no space)[^\n]*\}\n$/i);
      const left = readdirSync(path.join(room.outside, name)).filter((file) => file.startsWith('encryption.key.'));
      assert.deepEqual(left, []);
      if (!retry) return false;
      disk.free();
      const { out } = await serveOnce(t, path.join(room.path, name), room.through);
      assert.match(out, /"adminKey":"ak_\w{32}"/, `a start with ${pages} pages of room took the key with it`);
      return false;
    };
    for (const pages of [0, 4]) assert.equal(await firstStart(pages, true), false);
    // The last thing a first start writes is the one that must not fail alone: looked for page by page.
    let tooLittle = 4;
    let enough = 256;
    while (enough - tooLittle > 1) {
      const middle = Math.floor((tooLittle + enough) / 2);
      if (await firstStart(middle, enough - tooLittle <= 8)) enough = middle;
      else tooLittle = middle;
    }
  });

  proves('disk-full/log', { skip: noDisk }, async (t) => {
    const room = await openRoom(t);
    const disk = await room.mount('log', 1);
    const file = path.join(room.outside, 'log', 'errors.log');
    const stderr = openSync(file, 'a');
    t.after(() => closeSync(stderr));
    await disk.fill();
    const gateway = await start(t, await folderFor(t), { stderr, config: { logLevel: 'debug' } });
    const id = await create(gateway, 'one');
    assert.equal(await hastened(t, gateway, id), 1);
    const before = statSync(file).size;
    disk.free();
    await gateway.time({ set: -3_600_000 });
    await until(t, () => readFileSync(file, 'utf8').includes('the clock of this machine was set'));
    assert.ok(statSync(file).size > before);
    await assertSettled(gateway, PRICE);
    assert.equal(await gateway.stop(), 0);
  });
});

/** Attempts the renderer has written down. */
function ordersIn(folder: string): string[] {
  const starts = path.join(folder, 'starts');
  return readdirSync(starts).flatMap((day) => readdirSync(path.join(starts, day)));
}
