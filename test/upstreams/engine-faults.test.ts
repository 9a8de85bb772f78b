/**
 * A whole gateway over the PixVerse driver when the wire or the vendor misbehaves: what becomes of the job, of the credits,
 * of the account, and how often the far side was asked to begin work (promises P1, P6, P7).
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, suite, test } from 'node:test';
import { signWebhook } from '../../src/wire/pixverse/webhooks.ts';
import {
  answer,
  CREATE,
  envelope,
  MEDIA,
  openScene,
  PRICE,
  RESULT,
  type Scene,
  standing,
} from '../support/faulty-row.ts';
import type { Row } from '../support/in-a-row.ts';
import { nativeClient } from '../support/native.ts';
import { balanceOf, ended, pixverseClient } from '../support/pixverse-client.ts';
import type { Fault } from '../support/wire-faults.ts';

const PAGE = '<html><body>Bad gateway</body></html>';
const WEBHOOK_SECRET = 'the-secret-of-the-console';

/** A webhook of the far gateway that calls nobody here, with the secret that the test signs with. */
async function withWebhook(far: Row['far']): Promise<Record<string, string>> {
  const body = { url: `${far.url}/nobody`, format: 'pixverse', secret: WEBHOOK_SECRET };
  const { body: made } = await nativeClient(far).send('POST', '/webhooks', { body });
  const { webhook } = made as { webhook: { id: number } };
  return { webhookId: String(webhook.id), webhookSecret: WEBHOOK_SECRET };
}

/** What a create meets, how its attempts are told, and how often it is sent. */
interface Met {
  readonly fault: Fault;
  readonly attempts: readonly string[];
  readonly creates: number;
  /** Steps of time, where the fault is only ended by a deadline. */
  readonly stepMs?: number;
}

const again = (fault: Fault): Met => ({ fault, attempts: ['ended'], creates: 2 });
const refused = (fault: Fault, code: string): Met => ({ fault, attempts: [code, 'ended'], creates: 2 });

/** Every one of these is over by itself: the job succeeds, is begun once and paid once, and the account is well. */
const CREATES: Readonly<Record<string, Met>> = {
  'reset before its body': again({ type: 'reset-before-body' }),
  'reset after its body': again({ type: 'reset-after-body' }),
  'an answer cut off': again({ type: 'truncated' }),
  'an answer cut short': again({ type: 'broken-json' }),
  'a page with 200': again({ ...answer(PAGE), reached: true }),
  'a page with 502': again({ ...answer(PAGE, 502), reached: true }),
  'a page with 503, unreached': again(answer(PAGE, 503)),
  '"unknown error"': again({ ...answer(envelope(99999)), reached: true }),
  'half-open after its body': { ...again({ type: 'half-open', reached: true }), stepMs: 5_000 },
  'half-open, unreached': { ...again({ type: 'half-open', reached: false }), stepMs: 5_000 },
  'an answer byte by byte': { fault: { type: 'slow', endless: false }, attempts: ['ended'], creates: 1 },
  '429 with Retry-After': refused(answer('', 429, { 'retry-after': '2' }), 'account_limited'),
  '429 without Retry-After': refused(answer(PAGE, 429), 'account_limited'),
  'high load': refused(answer(envelope(500069)), 'upstream_busy'),
  'a concurrency limit that is none': refused(answer(envelope(500044)), 'account_full'),
};

/** Shared by the cases of the tables: each leaves everything as it found it, but for what its job cost. */
const shared = openScene({ after });

suite('a create that meets', { concurrency: 1 }, () => {
  for (const [title, { fault, attempts, creates, stepMs }] of Object.entries(CREATES)) {
    test(title, async () => {
      const scene = await shared;
      const { wire } = scene;
      const [before, sent, begun] = [await balanceOf(scene.client), tracesOf(scene).length, await scene.begun()];
      void wire.plan(CREATE, fault);
      const id = await scene.create();
      await scene.until(id, ['succeeded', 'failed', 'expired'], stepMs);
      assert.equal(await scene.state(id), 'succeeded');
      assert.deepEqual(await scene.attempts(id), attempts);
      const traces = tracesOf(scene).slice(sent);
      assert.equal(traces.length, creates);
      assert.equal(new Set(traces).size, attempts.length, 'one id for each attempt');
      assert.equal((await scene.begun()) - begun, 1);
      assert.equal(await scene.health(), 'ok');
      await scene.settled(before, PRICE);
    });
  }
});

function tracesOf({ wire }: Scene): string[] {
  return wire.calls.filter(({ path }) => path.includes(CREATE)).map(({ traceId }) => traceId);
}

/** Path → what calls to it meet, some times. None of it is the account's fault, and none of it ends the job. */
const QUESTIONS: Readonly<Record<string, readonly [string, Fault, number]>> = {
  'questions reset': [RESULT, { type: 'reset-after-body' }, 3],
  'questions answered by half': [RESULT, { type: 'truncated' }, 3],
  'questions answered by a page': [RESULT, answer(PAGE, 502), 3],
  'questions answered "high load"': [RESULT, answer(envelope(500069)), 3],
  'questions that are too many': [RESULT, answer('', 429), 3],
  'a video that is not known yet': [RESULT, answer(envelope(500008)), 3],
  'a success without an address': [RESULT, answer(standing(1)), 3],
  'words that nobody has written down': [RESULT, answer(standing(42)), 3],
  'a result that is missing at first': [MEDIA, answer(PAGE, 404), 3],
  'a page in the place of a result': [MEDIA, answer(PAGE), 2],
  'a result that is cut off': [MEDIA, { type: 'truncated' }, 2],
  'a result that is reset': [MEDIA, { type: 'reset-before-body' }, 2],
};

suite('a job that meets', { concurrency: 1 }, () => {
  for (const [title, [path, fault, times]] of Object.entries(QUESTIONS)) {
    test(title, async () => {
      const scene = await shared;
      const { wire } = scene;
      const before = await balanceOf(scene.client);
      const [sent, called] = [wire.count(CREATE), wire.count(path)];
      void wire.plan(path, fault, times);
      const id = await scene.create();
      await scene.until(id, ['succeeded', 'failed', 'expired']);
      assert.equal(await scene.state(id), 'succeeded');
      assert.ok(wire.count(path) - called > times);
      assert.equal(wire.count(CREATE) - sent, 1);
      assert.equal(await scene.health(), 'ok');
      await scene.settled(before, PRICE);
    });
  }
});

suite('a gateway whose vendor misbehaves', { concurrency: 2, timeout: 300_000 }, () => {
  test('moderation and a failure give the credits back, and are not tried elsewhere', async (t) => {
    const scene = await openScene(t);
    const before = await balanceOf(scene.client);
    void scene.wire.plan(CREATE, answer(envelope(500063)));
    const moderated = await scene.create();
    await scene.until(moderated, ['moderated']);
    void scene.wire.plan(RESULT, answer(standing(8)));
    const failed = await scene.create();
    await scene.until(failed, ['failed']);
    assert.equal(scene.wire.count(CREATE), 2);
    assert.equal(await scene.health(), 'ok');
    await scene.settled(before, 0);
  });

  test('a callback that overtakes the answer to the create names the job: nothing is sent again', async (t) => {
    const scene = await openScene(t, { secret: withWebhook });
    const before = await balanceOf(scene.client);
    void scene.wire.plan(CREATE, { type: 'reset-after-body' });
    const id = await scene.create();
    await scene.pass(async () => (await scene.state(id)) === 'unknown', 0);
    const [job] = await scene.far.app.gateway.jobs(scene.far.app.operator, { limit: 1 });
    const told = (status: number, nonce: string) => callback(scene, { id: job?.id, status, nonce });
    assert.equal((await told(1, 'the end')).status, 200);
    assert.equal((await told(5, 'the beginning')).status, 200, 'after the end');
    await scene.until(id, ['succeeded', 'failed', 'expired']);
    assert.equal(await scene.state(id), 'succeeded');
    assert.equal(scene.wire.count(CREATE), 1);
    await scene.settled(before, PRICE);
  });

  test('a callback makes the question due at once; repeated, late and forged ones do no harm', async (t) => {
    const scene = await openScene(t, { secret: withWebhook });
    void scene.wire.plan(RESULT, answer(standing(5)), 100_000);
    const id = await scene.create();
    await scene.pass(() => scene.wire.count(RESULT) > 0);
    const [far] = await scene.far.app.gateway.jobs(scene.far.app.operator, { limit: 1 });
    await ended(pixverseClient(scene.far), far?.id);
    scene.wire.clear();
    const call = (nonce: string, more: { headers?: Record<string, string>; secret?: string } = {}) =>
      callback(scene, { id: far?.id, status: 1, nonce, ...more });
    assert.equal((await call('forged', { secret: 'guessed' })).status, 403);
    // No time of the near gateway passes from here on but what really does: the callback alone asks.
    const heard = await call('one');
    assert.deepEqual([heard.status, await heard.text()], [200, 'ok']);
    assert.equal((await call('one')).status, 200);
    assert.equal((await ended(scene.client, id))['status'], 1);
    const stray = { 'ai-trace-id': randomUUID() };
    assert.equal((await call('two', { headers: stray })).status, 200, 'after the end');
    assert.equal(await scene.state(id), 'succeeded');
    const nowhere = (path: string) => fetch(`${scene.near.url}/callbacks/${path}`, { method: 'POST', body: '{}' });
    assert.equal((await nowhere('pixverse/999')).status, 404);
    assert.equal((await nowhere('nobody/1')).status, 404);
  });
});

/** A call as the vendor makes it about the first create of the scene. */
function callback(
  { near, accountId, clock, wire }: Scene,
  said: { id: unknown; status: number; nonce: string; headers?: Record<string, string>; secret?: string },
): Promise<Response> {
  const { id, status, nonce, headers, secret = WEBHOOK_SECRET } = said;
  const body = JSON.stringify({ credits: 5, has_audio: false, id: String(id), size: 1, status, url: 'x' });
  const timestamp = String(Math.floor(clock.now() / 1000));
  const trace = wire.calls.find((call) => call.path.includes(CREATE))?.traceId ?? '';
  return fetch(`${near.url}/callbacks/pixverse/${accountId}`, {
    method: 'POST',
    body,
    headers: {
      ...{ 'content-type': 'application/json', 'ai-trace-id': trace },
      ...{ 'webhook-timestamp': timestamp, 'webhook-nonce': nonce },
      'webhook-signature': signWebhook(secret, 'pairs', { timestamp, nonce, body }) ?? '',
      ...headers,
    },
  });
}
