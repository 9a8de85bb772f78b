import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startGateway } from '../support/gateway.ts';
import { accepted, balanceOf, pixverseClient, refusedWith, SMALL_TEXT } from '../support/pixverse-client.ts';

describe('PixVerse limits', () => {
  test('credits run out [pixverse.errors.money] [pixverse.refused.free]', async (t) => {
    const gateway = await startGateway(t);
    const client = pixverseClient(gateway);
    // The dearest clip that is still small: 90 credits.
    const body = { ...SMALL_TEXT, model: 'v4', duration: 5, motion_mode: 'fast' };
    const started = await balanceOf(client);
    const affordable = Math.floor(started / 90);
    for (let made = 0; made < affordable; made += 25) {
      const count = Math.min(25, affordable - made);
      const replies = await Promise.all(
        Array.from({ length: count }, () => client.post('/video/text/generate', { body })),
      );
      for (const reply of replies) assert.equal(accepted(reply)['credits'], 90);
    }
    const rest = await balanceOf(client);
    assert.equal(rest, started - affordable * 90);
    refusedWith(await client.post('/video/text/generate', { body }), 500090, /credits/);
    assert.equal(await balanceOf(client), rest, 'a refusal costs nothing');
    accepted(await client.post('/video/text/generate', { body: SMALL_TEXT }));
  });

  test('the queue of a key is full [pixverse.errors.money]', async (t) => {
    const gateway = await startGateway(t, { queueDepth: 1 });
    const client = pixverseClient(gateway);
    const replies = await Promise.all(
      Array.from({ length: 16 }, () => client.post('/video/text/generate', { body: SMALL_TEXT })),
    );
    const refused = replies.filter((reply) => reply.body.ErrCode !== 0);
    // Five slots and one that waits: at least ten are too many.
    assert.ok(refused.length >= 10 && refused.length < 16, `${refused.length} refused`);
    for (const reply of refused) refusedWith(reply, 500044, /waiting/);
  });

  test('too many requests a second [pixverse.envelope.transport]', async (t) => {
    const gateway = await startGateway(t, { requestsPerSecond: 1 });
    const client = pixverseClient(gateway);
    const replies = await Promise.all(Array.from({ length: 10 }, () => client.get('/account/balance')));
    const limited = replies.filter((reply) => reply.status === 429);
    assert.ok(limited.length > 0);
    for (const reply of limited) {
      refusedWith(reply, 500069, /second/, 429);
      assert.ok(Number(reply.headers.get('retry-after')) >= 1);
    }
  });
});
