/**
 * A whole gateway over the PixVerse driver when the wire, the vendor or time misbehaves: what becomes of the job, of the
 * credits, and how often the far side began work.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { suite, type TestContext, test } from 'node:test';
import type { LedgerWire } from '../../src/wire/native/schemas/ledger.ts';
import { signWebhook } from '../../src/wire/pixverse/webhooks.ts';
import { type Row, type RowOptions, startRow } from '../support/in-a-row.ts';
import { nativeClient } from '../support/native.ts';
import {
  accepted,
  balanceOf,
  ended,
  type PixverseClient,
  pixverseClient,
  SMALL_TEXT,
} from '../support/pixverse-client.ts';
import { SettableClock } from '../support/settable-clock.ts';
import { startWireFaults, type WireFaults } from '../support/wire-faults.ts';

const PRICE = 5;
const CREATE = '/video/text/generate';
const RESULT = '/video/result/';
const WEBHOOK_SECRET = 'the-secret-of-the-console';
const envelope = (code: number) => JSON.stringify({ ErrCode: code, ErrMsg: 'why', Resp: null });
const standing = (status: number, url = '') =>
  JSON.stringify({ ErrCode: 0, ErrMsg: 'success', Resp: { id: 1, status, url, outputWidth: 0, outputHeight: 0 } });
const answer = (body: string, status = 200, headers: Record<string, string> = {}) =>
  ({ type: 'answer', status, body, headers }) as const;

/** A webhook of the far gateway that calls nobody here, with the secret that the test signs with. */
async function withWebhook(far: Row['far']): Promise<Record<string, string>> {
  const body = { url: `${far.url}/nobody`, format: 'pixverse', secret: WEBHOOK_SECRET };
  const { body: made } = await nativeClient(far).send('POST', '/webhooks', { body });
  const { webhook } = made as { webhook: { id: number } };
  return { webhookId: String(webhook.id), webhookSecret: WEBHOOK_SECRET };
}

interface Scene extends Row {
  readonly wire: WireFaults;
  readonly client: PixverseClient;
  readonly clock: SettableClock;
  create(): Promise<number>;
  state(id: number): Promise<string>;
  /** Lets the near gateway's time pass in small steps until something is so. */
  pass(so: () => Promise<boolean> | boolean, stepMs?: number): Promise<void>;
  /** Jobs the far gateway began. */
  begun(): Promise<number>;
}

async function open(t: TestContext, options: RowOptions = {}): Promise<Scene> {
  const clock = new SettableClock();
  let wire: WireFaults | undefined;
  const row = await startRow(t, {
    ...options,
    near: { clock },
    async through(far) {
      wire = await startWireFaults(t, far.url);
      return wire.url;
    },
  });
  const client = pixverseClient(row.near);
  assert.ok(wire);
  const state = async (id: number) => (await row.near.app.gateway.job(row.near.app.operator, id)).state;
  return {
    ...row,
    wire,
    client,
    clock,
    create: async () => Number(accepted(await client.post(CREATE, { body: SMALL_TEXT }))['video_id']),
    state,
    async pass(so, stepMs = 200) {
      while (!(await so())) {
        // While a result is checked time is the machine's: how long that takes is no matter of these tests.
        const storing = await row.near.app.gateway.jobs(row.near.app.operator, { state: 'storing', limit: 1 });
        if (storing.length === 0) clock.pass(stepMs);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    begun: async () => (await row.far.app.gateway.jobs(row.far.app.operator, { limit: 100 })).length,
  };
}

/** Nothing is held, what was spent is `spent`, and the books balance. */
async function settled({ near, client }: Scene, before: number, spent: number): Promise<void> {
  assert.equal(await balanceOf(client), before - spent);
  const native = nativeClient(near);
  const { body } = await native.send('POST', '/ledger/verify');
  assert.deepEqual((body as LedgerWire).problems, []);
  const balance = await near.app.gateway.balance(near.app.operator);
  assert.equal(balance.held, 0);
}

suite('a gateway whose vendor misbehaves', { concurrency: 2, timeout: 300_000 }, () => {
  const recovers: [string, (wire: WireFaults) => void, number][] = [
    ['a create whose answer was lost', (wire) => void wire.plan(CREATE, { type: 'reset-after-body' }), 2],
    ['a rate limit', (wire) => void wire.plan(CREATE, answer('', 429, { 'retry-after': '2' })), 2],
    ['high load', (wire) => void wire.plan(CREATE, answer(envelope(500069))), 2],
    ['a success whose file is missing', (wire) => void wire.plan('/media/', answer('<html>gone', 404), 3), 1],
  ];
  for (const [title, plan, creates] of recovers) {
    test(`${title}: the job succeeds all the same, and was begun once`, async (t) => {
      const scene = await open(t);
      const before = await balanceOf(scene.client);
      // A result's address has to lead through the wire as well.
      plan(scene.wire);
      const id = await scene.create();
      await scene.pass(async () => ['succeeded', 'failed', 'expired'].includes(await scene.state(id)));
      assert.equal(await scene.state(id), 'succeeded');
      assert.equal(await scene.begun(), 1);
      assert.equal(scene.wire.count(CREATE), creates);
      await settled(scene, before, PRICE);
    });
  }

  test('moderation and a failure give the credits back, and are not tried elsewhere', async (t) => {
    const scene = await open(t);
    const before = await balanceOf(scene.client);
    void scene.wire.plan(CREATE, answer(envelope(500063)));
    const refused = await scene.create();
    await scene.pass(async () => (await scene.state(refused)) === 'moderated');
    void scene.wire.plan(RESULT, answer(standing(8)));
    const failed = await scene.create();
    await scene.pass(async () => (await scene.state(failed)) === 'failed');
    assert.equal(scene.wire.count(CREATE), 2);
    await settled(scene, before, 0);
  });

  test('a callback makes the question due at once; repeated, late and forged ones do no harm', async (t) => {
    const scene = await open(t, { secret: withWebhook });
    void scene.wire.plan(RESULT, answer(standing(5)), 100_000);
    const id = await scene.create();
    await scene.pass(async () => scene.wire.count(RESULT) > 0);
    const [far] = await scene.far.app.gateway.jobs(scene.far.app.operator, { limit: 1 });
    const trace = scene.wire.calls.find((call) => call.path.includes(CREATE))?.traceId ?? assert.fail();
    const farClient = pixverseClient(scene.far);
    await ended(farClient, far?.id);
    scene.wire.clear();
    const body = JSON.stringify({ credits: 5, has_audio: false, id: String(far?.id), size: 1, status: 1, url: 'x' });
    const call = (nonce: string, headers: Record<string, string>, secret = WEBHOOK_SECRET) => {
      const timestamp = String(Math.floor(scene.clock.now() / 1000));
      const signature = signWebhook(secret, 'pairs', { timestamp, nonce, body }) ?? '';
      return fetch(`${scene.near.url}/callbacks/pixverse/${scene.accountId}`, {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/json',
          'webhook-timestamp': timestamp,
          'webhook-nonce': nonce,
          'webhook-signature': signature,
          ...headers,
        },
      });
    };
    assert.equal((await call('forged', {}, 'guessed')).status, 403);
    // No time of the near gateway passes from here on but what really does: the callback alone asks.
    const heard = await call('one', { 'ai-trace-id': trace });
    assert.deepEqual([heard.status, await heard.text()], [200, 'ok']);
    assert.equal((await call('one', { 'ai-trace-id': trace })).status, 200);
    assert.equal((await ended(scene.client, id))['status'], 1);
    assert.equal((await call('two', { 'ai-trace-id': randomUUID() })).status, 200, 'after the end');
    assert.equal(await scene.state(id), 'succeeded');
    assert.equal((await fetch(`${scene.near.url}/callbacks/pixverse/999`, { method: 'POST', body })).status, 404);
    assert.equal((await fetch(`${scene.near.url}/callbacks/nobody/1`, { method: 'POST', body })).status, 404);
  });
});
