/** What an admin gives for an account at the vendor, and the calls the vendor makes about it. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, suite, test } from 'node:test';
import type { VendorCall } from '../../src/contracts/upstream.ts';
import { Refusal } from '../../src/std/errors.ts';
import type { JsonObject } from '../../src/std/json.ts';
import { openAccess, readSecret, showSecret } from '../../src/upstreams/pixverse/secret.ts';
import { signWebhook } from '../../src/wire/pixverse/webhooks.ts';
import { openDriverWorld } from '../support/pixverse-driver.ts';

const baseOf = (input: JsonObject) => openAccess({ id: 1, secret: readSecret(input, null) }).base;
const refused = (input: JsonObject, code: string, field: string, before: JsonObject | null = null) =>
  assert.throws(
    () => readSecret(input, before),
    (error) =>
      error instanceof Refusal && error.code === code && error.field === field && error.message.includes(field),
  );

suite('the secret', () => {
  test('the host is a platform, or an address with or without the prefix', () => {
    const apiKey = 'k';
    assert.equal(baseOf({ apiKey }), 'https://app-api.pixverse.ai/openapi/v2');
    assert.equal(baseOf({ apiKey, host: 'cn' }), 'https://app-api.pixverseai.cn/openapi/v2');
    for (const host of ['http://10.0.0.7:8080', 'http://10.0.0.7:8080/', 'http://10.0.0.7:8080/openapi/v2/']) {
      assert.equal(baseOf({ apiKey, host }), 'http://10.0.0.7:8080/openapi/v2', host);
    }
    assert.equal(baseOf({ apiKey, host: 'https://a.example/video' }), 'https://a.example/video/openapi/v2');
    for (const host of ['nowhere', 'ftp://a.example', 'https://u:p@a.example', 'https://a.example?x=1']) {
      refused({ apiKey, host }, 'parameter_invalid', 'secret.host');
    }
  });

  test('what is missing, unknown or of the wrong type is named', () => {
    refused({}, 'parameter_missing', 'secret.apiKey');
    refused({ apiKey: '' }, 'parameter_invalid', 'secret.apiKey');
    refused({ apiKey: 'two\nlines' }, 'parameter_invalid', 'secret.apiKey');
    refused({ apiKey: 7 }, 'parameter_type', 'secret.apiKey');
    refused({ apiKey: 'k', apikey: 'k' }, 'parameter_invalid', 'secret.apikey');
    refused({ apiKey: 'k', webhookId: 'w' }, 'parameter_missing', 'secret.webhookSecret');
    refused({ apiKey: 'k', webhookSecret: 's' }, 'parameter_missing', 'secret.webhookId');
  });

  test('a change keeps what it does not name, and what is shown opens nothing', () => {
    const first = readSecret(
      { apiKey: 'key-that-is-long', host: 'cn', webhookId: 7, webhookSecret: 'long-enough-secret' },
      null,
    );
    assert.deepEqual(showSecret(first), {
      apiKey: 'key…secured…ong',
      host: 'cn',
      webhookId: '7',
      webhookSecret: 'lon…secured…ret',
    });
    const moved = readSecret({ host: 'international' }, first) as JsonObject;
    assert.deepEqual([moved['apiKey'], moved['host'], moved['webhookId']], ['key-that-is-long', 'international', '7']);
    const without = readSecret({ webhookId: null, webhookSecret: null }, first) as JsonObject;
    assert.deepEqual([without['webhookId'], without['webhookSecret']], [null, null]);
  });
});

suite('calls of the vendor', () => {
  const secret = 'the secret of the console';
  const body = JSON.stringify({
    id: '77',
    status: 1,
    url: 'https://media.example/a.mp4',
    size: 10.5,
    has_audio: true,
    credits: 5,
  });
  const world = openDriverWorld({ after });

  /** A call as the vendor signs it, some seconds ago. */
  function callOf(
    ageS = 0,
    change: { nonce?: string; body?: string; secret?: string; trace?: string } = {},
  ): VendorCall {
    const timestamp = String(Math.floor(Date.now() / 1000) - ageS);
    const nonce = change.nonce ?? randomUUID().replaceAll('-', '');
    const signature = signWebhook(change.secret ?? secret, 'pairs', { timestamp, nonce, body });
    const trace = change.trace === undefined ? {} : { 'ai-trace-id': change.trace };
    const headers = {
      'webhook-timestamp': timestamp,
      'webhook-nonce': nonce,
      'webhook-signature': signature,
      ...trace,
    };
    return { headers, body: change.body ?? body };
  }

  async function hearing() {
    const { accountAt, open } = await world;
    const upstream = await open();
    const account = accountAt('international', { webhookId: '7', webhookSecret: secret });
    return (call: VendorCall) => upstream.hear?.(account, call) ?? assert.fail();
  }
  const denied = (call: () => unknown, code = 'permission_denied') =>
    assert.throws(call, (error) => error instanceof Refusal && error.code === code);

  test('a good one names the work, and is answered ok', async () => {
    const hear = await hearing();
    const ref = { makes: 'video', id: '77' };
    assert.deepEqual(hear(callOf()), { about: { ref }, answer: 'ok' });
    assert.deepEqual(hear(callOf(0, { trace: 'an-attempt' })), {
      about: { attemptId: 'an-attempt', ref },
      answer: 'ok',
    });
  });

  test('the same once more is answered and tells nothing', async () => {
    const hear = await hearing();
    const call = callOf();
    assert.notEqual(hear(call).about, null);
    assert.deepEqual(hear(call), { about: null, answer: 'ok' });
  });

  test('another secret, another body, an old or a coming time are turned away', async () => {
    const hear = await hearing();
    denied(() => hear(callOf(0, { secret: 'another' })));
    denied(() => hear(callOf(0, { body: body.replace('"status":1', '"status":8') })));
    denied(() => hear(callOf(330)));
    denied(() => hear(callOf(-330)));
    denied(() => hear({ headers: {}, body }));
    assert.notEqual(hear(callOf(270)).about, null);
    assert.notEqual(hear(callOf(-270)).about, null);
  });

  test('an account without a webhook hears nobody', async () => {
    const { accountAt, open } = await world;
    const upstream = await open();
    denied(() => upstream.hear?.(accountAt('international'), callOf()));
  });
});
