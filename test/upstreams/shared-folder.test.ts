/** Several processes with one folder of the renderer: gateways that share a database share it too. */
import assert from 'node:assert/strict';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { EngineJob, Media } from '../../src/contracts/media.ts';
import { EngineFailure } from '../../src/media/engine.ts';
import { systemClock } from '../../src/std/clock.ts';
import { systemRandom } from '../../src/std/random.ts';
import { openShelf } from '../../src/upstreams/local/shelf.ts';
import { testMedia } from '../media/fixtures.ts';
import { ACCOUNT, openWorld, TEXT } from './world.ts';

const media = await testMedia({ after });
const never = new AbortController().signal;
const ATTEMPT = '7b0f3c52-0c5d-4d0e-9d5f-3a2f6a1c9e11';

/** Counts the renders that are begun; none of them ends. */
function endless(): { media: Media; begun: () => number } {
  let begun = 0;
  const run = (job: EngineJob) =>
    new Promise<never>((_, reject) => {
      begun += 1;
      job.signal?.addEventListener('abort', () => reject(new EngineFailure('cancelled', 'stopped')));
    });
  return { media: { ...media, run, workers: 4 }, begun: () => begun };
}

test('a process that starts leaves the renders of the others alone, and goes on with one when it is asked for', async (t) => {
  const world = await openWorld(t, media);
  const [one, two] = [endless(), endless()];
  const first = await world.open({ media: one.media, shared: true });
  const started = await first.start(ACCOUNT, world.order(ATTEMPT, TEXT), never);
  assert.ok(started.type === 'accepted');
  while (one.begun() === 0) await pause(5);
  const second = await world.open({ media: two.media, shared: true });
  // An order of its own: whatever it takes up at its start comes before that.
  const own = await second.start(ACCOUNT, world.order('5f1a9c1e-1111-4222-8333-444455556666', TEXT), never);
  assert.equal(own.type, 'accepted');
  while (two.begun() === 0) await pause(5);
  assert.equal(two.begun(), 1, 'the render of the other process was begun here too');
  await first.close();
  assert.equal((await second.status(ACCOUNT, started.ref, never)).type, 'waiting');
  assert.equal(await world.starts(ATTEMPT), 1);
});

test('an attempt whose record was cut short is noted when it is sent again', async (t) => {
  const world = await openWorld(t, media);
  const shelf = await openShelf(world.folder, () => systemClock.now(), systemRandom);
  const spec = { attemptId: ATTEMPT, jobId: 1, request: TEXT, inputs: [], recordedAt: systemClock.now() };
  await shelf.record(spec);
  // As if it had been killed before its last step.
  const starts = path.join(world.folder, 'starts');
  for (const day of await readdir(starts)) await rm(path.join(starts, day), { recursive: true });
  assert.equal(await world.starts(ATTEMPT), 0);
  assert.equal(await shelf.record(spec), 'known');
  assert.equal(await shelf.record(spec), 'known');
  assert.equal(await world.starts(ATTEMPT), 1);
});

test('a render that ends after its attempt was forgotten leaves nothing behind', async (t) => {
  const world = await openWorld(t, media);
  const shelf = await openShelf(world.folder, () => systemClock.now(), systemRandom);
  await shelf.record({ attemptId: ATTEMPT, jobId: 1, request: TEXT, inputs: [], recordedAt: systemClock.now() });
  await shelf.countTry(ATTEMPT);
  await shelf.forget(ATTEMPT);
  const video = { role: 'video', file: 'video.mp4' } as const;
  await shelf.finish(ATTEMPT, { type: 'done', made: [video] }, [{ ...video, bytes: new Uint8Array(3) }]);
  await shelf.uncountTry(ATTEMPT);
  const left = await readdir(path.join(world.folder, 'attempts', ATTEMPT));
  assert.deepEqual(left.sort(), ['forgotten', 'spec.json']);
});
