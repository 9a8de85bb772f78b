/**
 * The PixVerse driver when the wire breaks: every way in which a call can go wrong ends as the promises say. Whether the
 * far side began work is counted there.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import { after, suite, test } from 'node:test';
import type { AccountAccess, StartOutcome, Upstream } from '../../src/contracts/upstream.ts';
import { Refusal } from '../../src/std/errors.ts';
import { nativeClient } from '../support/native.ts';
import { openDriverWorld } from '../support/pixverse-driver.ts';
import { type Fault, startWireFaults } from '../support/wire-faults.ts';
import { accepted, ended, followed } from './contract.ts';
import { IMAGE, TEXT } from './world.ts';

const world = await openDriverWorld({ after });
const wire = await startWireFaults({ after }, world.far.url);
const account = world.accountAt(wire.url);
const upstream = await world.open();
const never = new AbortController().signal;
const TEXT_PATH = '/video/text/generate';
const PAGE = '<html><body>Bad gateway</body></html>';
const envelope = (code: number) => JSON.stringify({ ErrCode: code, ErrMsg: 'why', Resp: null });

/** A signal that the test pulls once the wire is stuck, as a deadline would. */
async function stuck<T>(met: Promise<void>, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const deadline = new AbortController();
  const outcome = call(deadline.signal);
  await met;
  deadline.abort(new Error('no answer in time'));
  return outcome;
}

suite('a create', { concurrency: false }, () => {
  const start = (id: string, signal = never) => upstream.start(account, world.order(id, TEXT), signal);

  test('whose connection is refused was not sent', async () => {
    const free = createServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    const address = free.address();
    await new Promise((resolve) => free.close(resolve));
    assert.ok(address !== null && typeof address === 'object');
    const nowhere = world.accountAt(`http://127.0.0.1:${address.port}`);
    assert.equal((await upstream.start(nowhere, world.order(randomUUID(), TEXT), never)).type, 'unsent');
    const noName = world.accountAt('http://vendor.invalid');
    assert.equal((await upstream.start(noName, world.order(randomUUID(), TEXT), never)).type, 'unsent');
  });

  const lost: [string, Fault, number][] = [
    ['reset before its body arrived', { type: 'reset-before-body' }, 0],
    ['reset after its body arrived', { type: 'reset-after-body' }, 1],
    ['answered by half', { type: 'truncated' }, 1],
    ['answered with a text cut short', { type: 'broken-json' }, 1],
    ['answered by a page, with 200', { type: 'answer', status: 200, body: PAGE, reached: true }, 1],
    ['answered by a page, with 502', { type: 'answer', status: 502, body: PAGE, reached: true }, 1],
    ['answered by a page, with 504', { type: 'answer', status: 504, body: PAGE, reached: false }, 0],
    ['answered "unknown error"', { type: 'answer', status: 200, body: envelope(99999), reached: true }, 1],
    [
      'answered without an id',
      { type: 'answer', status: 200, body: '{"ErrCode":0,"ErrMsg":"","Resp":{}}', reached: true },
      1,
    ],
  ];
  for (const [title, fault, begun] of lost) {
    test(`${title}: its outcome is not known, and the same id finds what there is`, async () => {
      const id = randomUUID();
      const sent = wire.count(TEXT_PATH);
      void wire.plan(TEXT_PATH, fault);
      assert.equal((await start(id)).type, 'unknown');
      assert.equal(wire.count(TEXT_PATH) - sent, 1, 'nothing was repeated by itself');
      assert.equal(await world.starts(id), begun);
      assert.equal((await start(id)).type, 'accepted');
      assert.equal(await world.starts(id), 1);
    });
  }

  for (const reached of [true, false]) {
    test(`half-open, ${reached ? 'after' : 'before'} it reached the far side: the deadline ends it as not known`, async () => {
      const id = randomUUID();
      const met = wire.plan(TEXT_PATH, { type: 'half-open', reached });
      assert.equal((await stuck(met, (signal) => start(id, signal))).type, 'unknown');
      assert.equal(await world.starts(id), reached ? 1 : 0);
    });
  }

  test('answered byte by byte is accepted; byte by byte without an end is not known', async () => {
    void wire.plan(TEXT_PATH, { type: 'slow', endless: false });
    assert.equal((await start(randomUUID())).type, 'accepted');
    const met = wire.plan(TEXT_PATH, { type: 'slow', endless: true });
    assert.equal((await stuck(met, (signal) => start(randomUUID(), signal))).type, 'unknown');
  });

  const refusals: [string, Fault, Partial<StartOutcome>][] = [
    ['429', { type: 'answer', status: 429, body: PAGE }, { type: 'refused', code: 'account_limited' }],
    [
      '429 with Retry-After',
      { type: 'answer', status: 429, body: '', headers: { 'retry-after': '3' } },
      { type: 'refused', code: 'account_limited', retryAfterMs: 3000 },
    ],
    ['401', { type: 'answer', status: 401, body: PAGE }, { type: 'refused', code: 'account_refused' }],
    [
      'a wrong key',
      { type: 'answer', status: 200, body: envelope(10005) },
      { type: 'refused', code: 'account_refused' },
    ],
    [
      'a concurrency limit',
      { type: 'answer', status: 200, body: envelope(500044) },
      { type: 'refused', code: 'account_full' },
    ],
    [
      'no credits',
      { type: 'answer', status: 400, body: envelope(500090) },
      { type: 'refused', code: 'account_exhausted' },
    ],
    ['high load', { type: 'answer', status: 200, body: envelope(500069) }, { type: 'refused', code: 'upstream_busy' }],
    ['moderation', { type: 'answer', status: 200, body: envelope(500063) }, { type: 'refused', code: 'moderated' }],
    [
      'no plan for it',
      { type: 'answer', status: 200, body: envelope(500020) },
      { type: 'refused', code: 'account_unable' },
    ],
  ];
  for (const [title, fault, wanted] of refusals) {
    test(`refused with ${title}`, async () => {
      void wire.plan(TEXT_PATH, fault);
      const { message, ...outcome } = (await start(randomUUID())) as StartOutcome & { message: string };
      assert.deepEqual(outcome, wanted);
      assert.ok(!message.includes(world.far.key), 'no key in a message');
    });
  }
});

suite('an upload', { concurrency: false }, () => {
  const UPLOAD = '/image/upload';

  test('is made once per account: the next job with the same input finds it', async () => {
    const before = wire.count(UPLOAD);
    const orders = Array.from({ length: 3 }, () => world.order(randomUUID(), IMAGE));
    await Promise.all(orders.map((order) => accepted(upstream, account, order)));
    const again = await world.open();
    await accepted(again, account, world.order(randomUUID(), IMAGE));
    assert.equal(wire.count(UPLOAD) - before, 1, 'also after a restart');
    const hook = { url: `${world.far.url}/nobody`, format: 'pixverse', secret: 'the-secret-of-the-console' };
    const { body } = await nativeClient(world.far).send('POST', '/webhooks', { body: hook });
    const webhookId = String((body as { webhook: { id: number } }).webhook.id);
    const changed = world.accountAt(`${wire.url}/`, { webhookId, webhookSecret: hook.secret });
    await accepted(again, changed, world.order(randomUUID(), IMAGE));
    assert.equal(wire.count(UPLOAD) - before, 1, 'a webhook makes it no other account');
  });

  test('that is not answered creates nothing, and its repetition has the same trace id', async () => {
    const fresh = freshInput();
    const order = fresh(randomUUID());
    const creates = wire.count('/video/img/generate');
    void wire.plan(UPLOAD, { type: 'reset-after-body' });
    assert.equal((await upstream.start(account, order, never)).type, 'unsent');
    assert.equal(wire.count('/video/img/generate'), creates);
    await accepted(upstream, account, order);
    const ids = wire.calls.filter((call) => call.path.includes(UPLOAD)).slice(-2);
    assert.equal(ids[0]?.traceId, ids[1]?.traceId);
    assert.match(String(ids[0]?.traceId), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test('that did not pass review refuses the job', async () => {
    const body = JSON.stringify({ err_code: 500052, err_msg: '图片未过审', resp: '' });
    void wire.plan(UPLOAD, { type: 'answer', status: 500, body });
    const outcome = await upstream.start(account, freshInput()(randomUUID()), never);
    assert.ok(outcome.type === 'refused' && outcome.code === 'moderated', JSON.stringify(outcome));
  });

  test('that the account no longer knows is made again with the next attempt', async () => {
    const fresh = freshInput();
    await accepted(upstream, account, fresh(randomUUID()));
    const before = wire.count(UPLOAD);
    void wire.plan('/video/img/generate', { type: 'answer', status: 200, body: envelope(400032) });
    const outcome = await upstream.start(account, fresh(randomUUID()), never);
    assert.ok(outcome.type === 'refused' && outcome.code === 'input_forgotten', JSON.stringify(outcome));
    await accepted(upstream, account, fresh(randomUUID()));
    assert.equal(wire.count(UPLOAD) - before, 1);
    void wire.plan('/video/img/generate', { type: 'answer', status: 200, body: envelope(400017) });
    const refused = await upstream.start(account, freshInput()(randomUUID()), never);
    assert.ok(
      refused.type === 'refused' && refused.code === 'parameter_invalid',
      'one that was just made is not to blame',
    );
  });

  let assets = 100;
  /** Orders with an input that no account has. */
  function freshInput() {
    const assetId = ++assets;
    return (id: string) => {
      const order = world.order(id, IMAGE);
      return { ...order, inputs: order.inputs.map((input) => ({ ...input, assetId })) };
    };
  }
});

suite('a question', { concurrency: false }, () => {
  const ask = (ref: Awaited<ReturnType<typeof accepted>>, on: AccountAccess = account, by: Upstream = upstream) =>
    by.status(on, ref, never);
  const resp = (status: unknown, url = '') =>
    JSON.stringify({ ErrCode: 0, ErrMsg: 'success', Resp: { id: 1, status, url, outputWidth: 0, outputHeight: 0 } });

  test('carries a new trace id each time', async () => {
    const ref = await accepted(upstream, account, world.order(randomUUID(), TEXT));
    for (let asked = 0; asked < 3; asked++) await ask(ref);
    const ids = wire.calls.filter((call) => call.path.includes('/video/result/')).map((call) => call.traceId);
    assert.equal(new Set(ids).size, ids.length);
  });

  test('that is not answered says nothing', async () => {
    const ref = await accepted(upstream, account, world.order(randomUUID(), TEXT));
    const faults: Fault[] = [
      { type: 'reset-before-body' },
      { type: 'reset-after-body' },
      { type: 'truncated' },
      { type: 'broken-json' },
      { type: 'answer', status: 200, body: PAGE },
      { type: 'answer', status: 502, body: PAGE },
      { type: 'answer', status: 200, body: envelope(500069) },
      { type: 'answer', status: 200, body: envelope(99999) },
    ];
    for (const fault of faults) {
      void wire.plan('/video/result/', fault);
      await assert.rejects(ask(ref), JSON.stringify(fault));
    }
    await followed(upstream, account, ref);
  });

  test('that is turned away for the account says so', async () => {
    const ref = await accepted(upstream, account, world.order(randomUUID(), TEXT));
    const code = (wanted: string) => (error: unknown) => error instanceof Refusal && error.code === wanted;
    void wire.plan('/video/result/', { type: 'answer', status: 200, body: envelope(10002) });
    await assert.rejects(ask(ref), code('account_refused'));
    void wire.plan('/video/result/', { type: 'answer', status: 429, body: '', headers: { 'retry-after': '9' } });
    await assert.rejects(ask(ref), (error) => code('account_limited')(error) && (error as Refusal).retryAfterS === 9);
    void wire.plan('/account/balance', { type: 'answer', status: 403, body: PAGE });
    await assert.rejects(upstream.balance?.(account, never) ?? Promise.resolve(), code('account_refused'));
  });

  test('knows the ends, and takes everything else for running', async () => {
    const ref = await accepted(upstream, account, world.order(randomUUID(), TEXT));
    const told = async (status: unknown, url = '') => {
      void wire.plan('/video/result/', { type: 'answer', status: 200, body: resp(status, url) });
      return ask(ref);
    };
    assert.deepEqual(await told(1, 'https://media.example/a.mp4'), {
      type: 'done',
      results: [{ role: 'video', url: 'https://media.example/a.mp4' }],
    });
    const failed = async (status: number) => {
      const outcome = await told(status);
      return outcome.type === 'failed' ? outcome.code : outcome.type;
    };
    assert.deepEqual(
      [await failed(6), await failed(7), await failed(8)],
      ['result_deleted', 'moderated', 'generation_failed'],
    );
    for (const status of [0, 2, 3, 5, 9, 10, 'queued', null]) assert.equal((await told(status)).type, 'running');
    assert.equal((await told(1)).type, 'running', 'a success without an address is not one yet');
    void wire.plan('/video/result/', { type: 'answer', status: 200, body: envelope(500008) });
    assert.deepEqual(await ask(ref), { type: 'absent' });
    assert.equal((await ended(upstream, account, ref)).type, 'done');
  });

  test('a balance is monthly and package credits', async () => {
    const balance = await upstream.balance?.(account, never);
    assert.ok(balance && balance.daily === 0 && balance.monthly + balance.package > 0);
  });
});

suite('a result', { concurrency: false }, () => {
  const fetch = (url: string) => upstream.fetch(account, { role: 'video', url }, never);

  test('that is missing, or a page, or not reached is asked for again later', async () => {
    const own = `${wire.url}/media/some.mp4`;
    void wire.plan('/media/some.mp4', { type: 'answer', status: 404, body: PAGE });
    assert.equal(await fetch(own), 'notYet');
    void wire.plan('/media/some.mp4', { type: 'answer', status: 200, body: PAGE });
    assert.equal(await fetch(own), 'notYet', 'a page in the place of a file');
    void wire.plan('/media/some.mp4', { type: 'reset-before-body' });
    assert.equal(await fetch(own), 'notYet');
    const elsewhere = own.replace('127.0.0.1', 'localhost');
    void wire.plan('/media/some.mp4', { type: 'answer', status: 404, body: PAGE });
    assert.equal(await fetch(elsewhere), 'notYet', 'through the guard');
    void wire.plan('/media/some.mp4', { type: 'answer', status: 200, body: PAGE });
    assert.equal(await fetch(elsewhere), 'notYet');
  });

  test('elsewhere goes through the guard: an address of a private network is refused', async () => {
    await assert.rejects(
      fetch('http://10.0.0.1/a.mp4'),
      (error) => error instanceof Refusal && error.code === 'address_refused',
    );
  });
});
