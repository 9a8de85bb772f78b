/** The renderer as an upstream: the contract that all drivers share, and what becomes of its work when things die. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, suite, test } from 'node:test';
import type { Worker } from 'node:worker_threads';
import type { EngineResult, Media } from '../../src/contracts/media.ts';
import type { AttemptOrder, Upstream } from '../../src/contracts/upstream.ts';
import { type Clock, systemClock } from '../../src/std/clock.ts';
import type { Json } from '../../src/std/json.ts';
import { openUpstreams } from '../../src/upstreams/registry.ts';
import { pixverseCatalog } from '../../src/wire/pixverse/prices.ts';
import { testMedia } from '../media/fixtures.ts';
import { accepted, ended, fetched, followed, upstreamContract } from './contract.ts';
import { ACCOUNT, IMAGE, openWorld, TEXT } from './world.ts';

const media = await testMedia({ after });
const never = new AbortController().signal;

for (const [name, request] of Object.entries({ 'local, text to video': TEXT, 'local, image to video': IMAGE })) {
  upstreamContract(name, async (t) => {
    const world = await openWorld(t, media);
    let upstream = await world.open();
    return {
      upstream,
      account: ACCOUNT,
      order: (id) => world.order(id, request),
      starts: world.starts,
      judge: world.judge,
      async reopen() {
        await upstream.close();
        upstream = await world.open();
        return upstream;
      },
    };
  });
}

/** A media runner whose renders the test ends by hand; everything else is the real one. */
function heldMedia(workers: number): { media: Media; began: string[]; end(index: number): void } {
  const began: string[] = [];
  const held: PromiseWithResolvers<EngineResult>[] = [];
  return {
    began,
    end: (index) => held[index]?.resolve({ log: '', outputs: new Map([['video.mp4', Buffer.from(`video ${index}`)]]) }),
    media: {
      ...media,
      workers,
      engine: 'wasm',
      run(job) {
        began.push(Buffer.from((job.files['line0.txt'] as Uint8Array | undefined) ?? []).toString());
        const promise = Promise.withResolvers<EngineResult>();
        held.push(promise);
        const stop = () => promise.reject(new Error('stopped'));
        if (job.signal?.aborted) stop();
        job.signal?.addEventListener('abort', stop);
        return promise.promise;
      },
    },
  };
}

suite('when things die', { concurrency: false }, () => {
  const nextWorker = () => new Promise<Worker>((resolve) => process.once('worker', resolve));

  test('a renderer that is killed once is begun again, and the result is the same', async (t) => {
    const world = await openWorld(t, media);
    const upstream = await world.open();
    const wanted = world.order(randomUUID(), TEXT);
    const killed = nextWorker().then((worker) => worker.terminate());
    const ref = await accepted(upstream, ACCOUNT, wanted);
    await killed;
    const bytes = await fetched(upstream, ACCOUNT, await followed(upstream, ACCOUNT, ref));
    assert.equal(await world.judge(wanted, bytes), null);
    assert.equal(await world.starts(wanted.id), 1);
  });

  test('one that is killed again fails its attempt, and the next attempt succeeds', async (t) => {
    const world = await openWorld(t, media);
    const upstream = await world.open();
    const kill = (worker: Worker) => void worker.terminate();
    process.on('worker', kill);
    const ref = await accepted(upstream, ACCOUNT, world.order(randomUUID(), TEXT));
    const outcome = await ended(upstream, ACCOUNT, ref);
    process.off('worker', kill);
    assert.deepEqual(outcome, {
      type: 'failed',
      code: 'render_failed',
      message: 'The renderer could not make the video: the engine died twice.',
    });
    assert.deepEqual(await upstream.status(ACCOUNT, ref, never), outcome, 'it stays so');
    await followed(upstream, ACCOUNT, await accepted(upstream, ACCOUNT, world.order(randomUUID(), TEXT)));
  });

  for (const point of ['local.recorded', 'local.rendered'] as const) {
    test(`a process that dies at ${point} leaves an attempt that another ends`, async (t) => {
      const world = await openWorld(t, media);
      const reached = Promise.withResolvers<void>();
      // The dead do nothing more; it is let go only so that the test's end can close it.
      const dead = Promise.withResolvers<void>();
      const dying = await world.open({
        effects: {
          fault: (at) => {
            if (at !== point) return undefined;
            reached.resolve();
            return dead.promise;
          },
        },
      });
      const wanted = world.order(randomUUID(), TEXT);
      const starting = dying.start(ACCOUNT, wanted, never);
      await reached.promise;
      if (point === 'local.rendered') await starting;
      try {
        const upstream = await world.open();
        const ref = await accepted(upstream, ACCOUNT, wanted);
        const bytes = await fetched(upstream, ACCOUNT, await followed(upstream, ACCOUNT, ref));
        assert.equal(await world.judge(wanted, bytes), null);
        assert.equal(await world.starts(wanted.id), 1);
      } finally {
        dead.resolve();
      }
    });
  }

  test('a process that dies before the start is noted is repaired: the attempt counts once', async (t) => {
    const world = await openWorld(t, media);
    const wanted = world.order(randomUUID(), TEXT);
    const first = await world.open();
    await accepted(first, ACCOUNT, wanted);
    await first.close();
    await rm(path.join(world.folder, 'starts'), { recursive: true });
    const upstream = await world.open();
    await followed(upstream, ACCOUNT, await accepted(upstream, ACCOUNT, wanted));
    assert.equal(await world.starts(wanted.id), 1);
  });

  test('a picture that is gone fails the attempt with a reason', async (t) => {
    const world = await openWorld(t, media);
    await world.blobs.remove('picture');
    const upstream = await world.open();
    const ref = await accepted(upstream, ACCOUNT, world.order(randomUUID(), IMAGE));
    const outcome = await ended(upstream, ACCOUNT, ref);
    assert.ok(outcome.type === 'failed' && outcome.code === 'render_failed', JSON.stringify(outcome));
    assert.match(outcome.message, /could not be read/);
  });

  for (const [asked, ask] of Object.entries({
    'how it stands': (upstream: Upstream, order: AttemptOrder) =>
      upstream.status(ACCOUNT, { attemptId: order.id }, never),
    'whether it is known': (upstream: Upstream, order: AttemptOrder) => upstream.lookup?.(ACCOUNT, order.id, never),
    'for its result': (upstream: Upstream, order: AttemptOrder) =>
      upstream.fetch(ACCOUNT, { role: 'video', url: `local:${order.id}/video.mp4` }, never),
    'for it again': (upstream: Upstream, order: AttemptOrder) => upstream.start(ACCOUNT, order, never),
  })) {
    test(`who has lost what was fetched and asks ${asked} gets the same result once more`, async (t) => {
      const world = await openWorld(t, media);
      const upstream = await world.open();
      const wanted = world.order(randomUUID(), TEXT);
      const ref = await accepted(upstream, ACCOUNT, wanted);
      const first = await fetched(upstream, ACCOUNT, await followed(upstream, ACCOUNT, ref));
      await upstream.forget?.(ACCOUNT, ref);
      await ask(upstream, wanted);
      const again = await fetched(upstream, ACCOUNT, await followed(upstream, ACCOUNT, ref));
      assert.ok(again.equals(first));
      assert.equal(await world.starts(wanted.id), 1);
      await upstream.forget?.(ACCOUNT, ref);
      assert.deepEqual(await readdir(path.join(world.folder, 'open')), []);
    });
  }

  test('a spec that ended the process it ran in too often is given up', async (t) => {
    const world = await openWorld(t, media);
    const held = heldMedia(1);
    const wanted = world.order(randomUUID(), TEXT);
    const dying = await world.open({ media: held.media });
    await accepted(dying, ACCOUNT, wanted);
    await until(() => held.began.length === 1);
    await writeFile(path.join(world.folder, 'attempts', wanted.id, 'tries'), '..........');
    const upstream = await world.open();
    const outcome = await ended(upstream, ACCOUNT, { attemptId: wanted.id });
    assert.ok(outcome.type === 'failed' && /too often/.test(outcome.message), JSON.stringify(outcome));
  });
});

suite('order', () => {
  test('as many renders at a time as there are workers, the rest in order of arrival', async (t) => {
    const world = await openWorld(t, media);
    const held = heldMedia(2);
    const upstream = await world.open({ media: held.media });
    const refs: Json[] = [];
    for (const prompt of ['first', 'second', 'third', 'fourth']) {
      refs.push(await accepted(upstream, ACCOUNT, world.order(randomUUID(), { ...TEXT, prompt })));
    }
    await until(() => held.began.length === 2);
    const states = async () => Promise.all(refs.map(async (ref) => (await upstream.status(ACCOUNT, ref, never)).type));
    assert.deepEqual(await states(), ['running', 'running', 'waiting', 'waiting']);
    held.end(1);
    await until(() => held.began.length === 3);
    assert.deepEqual(await states(), ['running', 'done', 'running', 'waiting']);
    held.end(0);
    held.end(2);
    await until(() => held.began.length === 4);
    held.end(3);
    for (const ref of refs) await followed(upstream, ACCOUNT, ref);
    assert.deepEqual(held.began, ['first', 'second', 'third', 'fourth']);
  });

  test('an attempt that is forgotten while it is rendered is stopped', async (t) => {
    const world = await openWorld(t, media);
    const held = heldMedia(1);
    const upstream = await world.open({ media: held.media });
    const first = await accepted(upstream, ACCOUNT, world.order(randomUUID(), { ...TEXT, prompt: 'first' }));
    const second = await accepted(upstream, ACCOUNT, world.order(randomUUID(), { ...TEXT, prompt: 'second' }));
    await until(() => held.began.length === 1);
    await upstream.forget?.(ACCOUNT, first);
    await until(() => held.began.length === 2);
    held.end(1);
    await followed(upstream, ACCOUNT, second);
    assert.equal(held.began.length, 2, 'nobody asked for it');
  });
});

test('attempts older than three days are swept, with everything that is left of them', async (t) => {
  const world = await openWorld(t, media);
  const old: Clock = { ...systemClock, now: () => systemClock.now() - 5 * 86_400_000 };
  const held = heldMedia(1);
  const before = await world.open({ effects: { clock: old }, media: held.media });
  const wanted = world.order(randomUUID(), TEXT);
  const ref = await accepted(before, ACCOUNT, wanted);
  await before.close();
  await mkdir(path.join(world.folder, 'tmp', 'fresh'));
  const upstream = await world.open({ media: held.media });
  await upstream.close();
  assert.deepEqual(await readdir(path.join(world.folder, 'attempts')), []);
  assert.deepEqual(await readdir(path.join(world.folder, 'open')), []);
  assert.deepEqual(await readdir(path.join(world.folder, 'starts')), []);
  assert.deepEqual(await readdir(path.join(world.folder, 'tmp')), ['fresh'], 'a folder in the making is left alone');
  assert.deepEqual(await (await world.open()).status(ACCOUNT, ref, never), { type: 'absent' });
});

test('addresses that are not its own are a defect of ours', async (t) => {
  const upstream = await (await openWorld(t, media)).open();
  for (const url of ['local:../../etc/passwd', 'local:../video.mp4', 'file:///etc/passwd', 'local:a/b/video.mp4', '']) {
    await assert.rejects(upstream.fetch(ACCOUNT, { role: 'video', url }, never), /not an address of the renderer/, url);
  }
});

test('the registry opens it under its kind, in a folder of that name', async (t) => {
  const world = await openWorld(t, media);
  const { blobs, folder } = world;
  await mkdir(folder, { recursive: true });
  const effects = { clock: systemClock, random: { float: () => 0, bytes: (size: number) => new Uint8Array(size) } };
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const parts = {
    folder,
    media,
    blobs,
    effects: { ...effects, log, fault: () => undefined },
    catalog: pixverseCatalog,
    shared: false,
    fetch: { open: () => Promise.reject(new Error('nothing is fetched')) },
    carried: { find: async () => undefined, remember: async () => null, forget: async () => {} },
    settings: { pixverse: { replayWindowMs: 1, slotHorizonMs: 1, creditHorizonMs: 1 } },
  };
  const upstreams = await openUpstreams(parts);
  t.after(async () => {
    for (const upstream of upstreams.values()) await upstream.close();
  });
  assert.deepEqual([...upstreams.keys()], ['local', 'pixverse']);
  for (const [kind, upstream] of upstreams) assert.equal(upstream.kind, kind);
  assert.deepEqual(await readdir(folder), ['local']);
});

/** Lets things happen until something is so; the runner's time limit is the deadline. */
async function until(so: () => boolean): Promise<void> {
  while (!so()) await new Promise((resolve) => setImmediate(resolve));
}
