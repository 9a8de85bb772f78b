/** Trigger words: what our renderer does when a text asks it to fail, in the words of the upstream contract. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { after, suite, test } from 'node:test';
import type { Upstream } from '../../src/contracts/upstream.ts';
import { FILE_TRIGGERS, fileTriggerIn, TRIGGERS, triggerIn } from '../../src/core/triggers.ts';
import { type Clock, systemClock } from '../../src/std/clock.ts';
import type { Json } from '../../src/std/json.ts';
import { testMedia } from '../media/fixtures.ts';
import { accepted, ended, fetched, followed } from './contract.ts';
import { ACCOUNT, openWorld, TEXT, type World } from './world.ts';

const media = await testMedia({ after });
const never = new AbortController().signal;
const HOUR_MS = 3_600_000;

/** A renderer on a clock that the test sets. */
async function triggered(t: { after(end: () => Promise<void>): void }) {
  let ahead = 0;
  const pass = (ms: number) => {
    ahead += ms;
  };
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + ahead };
  const world = await openWorld(t, media);
  const upstream = await world.open({ effects: { clock } });
  return { world, upstream, pass };
}

const order = (world: World, prompt: string) => world.order(randomUUID(), { ...TEXT, prompt: `a tram ${prompt}` });

/** Waits until the renderer itself is done, whatever it says. */
async function rendered(upstream: Upstream, ref: Json): Promise<void> {
  const { attemptId } = ref as { attemptId: string };
  await followed(upstream, ACCOUNT, { attemptId });
}

test('a trigger is a word of the list in brackets, anywhere in a text, perhaps with seconds', () => {
  assert.deepEqual(triggerIn(['', 'a cat [reelpool:slow=5] in snow']), { name: 'slow', seconds: 5 });
  assert.deepEqual(triggerIn(['[reelpool:nonsense] [reelpool:moderated]']), { name: 'moderated' });
  for (const text of ['moderated', '[reelpool:]', '[reelpool: slow]', '[reelpool:toString]', '[reelpool:slow=-1]']) {
    assert.equal(triggerIn([text]), undefined, text);
  }
});

test('a trigger in the name of a file is a whole word of the list', () => {
  for (const name of [
    'cat.reelpool-moderated.png',
    'reelpool-moderated',
    'https://a.example/reelpool-moderated-2.png?x',
  ]) {
    assert.equal(fileTriggerIn(name), 'moderated', name);
  }
  assert.equal(fileTriggerIn('a reelpool-not-compliant.mp4'), 'not-compliant');
  for (const name of ['cat.png', 'reelpool-moderatedly.png', 'reelpool-toString', 'moderated.png', '']) {
    assert.equal(fileTriggerIn(name), undefined, name);
  }
});

test('every trigger is in the document', async () => {
  const document = await readFile(new URL('../../docs/local-upstream.md', import.meta.url), 'utf8');
  const listed = [...document.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name);
  const ofFiles = Object.keys(FILE_TRIGGERS).map((name) => `reelpool-${name}`);
  assert.deepEqual(listed.sort(), [...Object.keys(TRIGGERS), ...ofFiles].sort());
});

suite('triggers', { concurrency: 2 }, () => {
  for (const [name, code] of [
    ['moderated', 'moderated'],
    ['failed', 'generation_failed'],
  ] as const) {
    test(`${name}: accepted, then ended so`, async (t) => {
      const { world, upstream } = await triggered(t);
      const ref = await accepted(upstream, ACCOUNT, order(world, `[reelpool:${name}]`));
      const outcome = await ended(upstream, ACCOUNT, ref);
      assert.ok(outcome.type === 'failed' && outcome.code === code, JSON.stringify(outcome));
    });
  }

  test('in any text of a request', async (t) => {
    const { world, upstream } = await triggered(t);
    const speech = { text: 'hello [reelpool:failed]', speakerId: '1' };
    const ref = await accepted(upstream, ACCOUNT, world.order(randomUUID(), { ...TEXT, speech }));
    assert.equal((await ended(upstream, ACCOUNT, ref)).type, 'failed');
  });

  test('stuck: it runs, days later too', async (t) => {
    const { world, upstream, pass } = await triggered(t);
    const ref = await accepted(upstream, ACCOUNT, order(world, '[reelpool:stuck]'));
    pass(60 * HOUR_MS);
    assert.equal((await upstream.status(ACCOUNT, ref, never)).type, 'running');
  });

  test('slow and late: done only after their time', async (t) => {
    const { world, upstream, pass } = await triggered(t);
    const slow = await accepted(upstream, ACCOUNT, order(world, '[reelpool:slow=3600]'));
    const late = await accepted(upstream, ACCOUNT, order(world, '[reelpool:late]'));
    await rendered(upstream, slow);
    await rendered(upstream, late);
    const states = async () => [
      (await upstream.status(ACCOUNT, slow, never)).type,
      (await upstream.status(ACCOUNT, late, never)).type,
    ];
    assert.deepEqual(await states(), ['running', 'running']);
    pass(HOUR_MS);
    assert.deepEqual(await states(), ['done', 'running']);
    pass(upstream.traits.creditHorizonMs - HOUR_MS);
    assert.deepEqual(await states(), ['done', 'running'], 'not before the credits went back');
    pass(60_000);
    assert.deepEqual(await states(), ['done', 'done']);
  });

  test('a lost answer: the order is there, and is found by the same id', async (t) => {
    const { world, upstream } = await triggered(t);
    const wanted = order(world, '[reelpool:lost-answer]');
    assert.equal((await upstream.start(ACCOUNT, wanted, never)).type, 'unknown');
    assert.equal((await upstream.lookup?.(ACCOUNT, wanted.id, never))?.type, 'accepted');
    await followed(upstream, ACCOUNT, await accepted(upstream, ACCOUNT, wanted));
    assert.equal(await world.starts(wanted.id), 1);
  });

  for (const [name, code] of [
    ['full', 'account_full'],
    ['overload', 'upstream_busy'],
  ] as const) {
    test(`${name}: refused once, taken the next time`, async (t) => {
      const { world, upstream } = await triggered(t);
      const wanted = order(world, `[reelpool:${name}]`);
      const outcome = await upstream.start(ACCOUNT, wanted, never);
      assert.ok(outcome.type === 'refused' && outcome.code === code, JSON.stringify(outcome));
      assert.equal(await world.starts(wanted.id), 0, 'nothing was created');
      await followed(upstream, ACCOUNT, await accepted(upstream, ACCOUNT, { ...wanted, id: randomUUID() }));
    });
  }

  test('missing: done, and not there: always, or until its time', async (t) => {
    const { world, upstream, pass } = await triggered(t);
    const always = await followed(
      upstream,
      ACCOUNT,
      await accepted(upstream, ACCOUNT, order(world, '[reelpool:missing]')),
    );
    const wanted = order(world, '[reelpool:missing=3600]');
    const hour = await followed(upstream, ACCOUNT, await accepted(upstream, ACCOUNT, wanted));
    const look = (outcome: typeof hour) => upstream.fetch(ACCOUNT, outcome.results[0] ?? assert.fail(), never);
    assert.equal(await look(hour), 'notYet');
    pass(HOUR_MS);
    assert.equal(await world.judge(wanted, await fetched(upstream, ACCOUNT, hour)), null);
    assert.equal(await look(always), 'notYet');
  });

  test('placeholder and no-pixels: done, and what is there does not pass its check', async (t) => {
    const { world, upstream } = await triggered(t);
    for (const [name, why] of [
      ['placeholder', /^it has 64 × 64 pixels/],
      ['no-pixels', /no pixels|unreadable|damaged|no media/],
    ] as const) {
      const wanted = order(world, `[reelpool:${name}]`);
      const outcome = await followed(upstream, ACCOUNT, await accepted(upstream, ACCOUNT, wanted));
      const bytes = await fetched(upstream, ACCOUNT, outcome);
      const judged = await world.judge(wanted, bytes).catch((error: unknown) => String(error));
      assert.match(judged ?? 'it passed', why);
    }
  });
});
