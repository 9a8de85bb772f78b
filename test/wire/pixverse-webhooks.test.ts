import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import type { JobView } from '../../src/contracts/views.ts';
import {
  pixverseWebhooks,
  readWebhook,
  SIGNATURES,
  signWebhook,
  stringToSign,
  verifyWebhook,
  webhookBody,
} from '../../src/wire/pixverse/webhooks.ts';

const seed = Number(process.env['REELPOOL_TEST_SEED'] ?? process.pid);
const NOW = Date.UTC(2026, 10, 20, 12);
const SECRET = 'wh-secret-ümlaut';
const stamp = String(NOW / 1000);
const hmac = (text: string, secret = SECRET) => createHmac('sha256', secret).update(text, 'utf8').digest('base64');
const received = (body: string, signature: string, timestamp = stamp, nonce = 'n'.repeat(32)) => ({
  headers: { 'webhook-timestamp': timestamp, 'webhook-nonce': nonce, 'webhook-signature': signature },
  body,
});

/** A finished job, as far as a webhook tells of it. */
const job = (change: Partial<JobView>): JobView =>
  ({
    id: 271_828_182_845_904,
    state: 'succeeded',
    deleted: false,
    credit: { state: 'captured', amount: 45_000 },
    result: { path: '/media/9.mp4?e=1&s=a-_b', bytes: 1234, info: { hasAudio: true } },
    traceId: 'trace-1',
    ...change,
  }) as JobView;

test('[webhooks.pixverse.body] the body of a success, its keys in the order of the alphabet', () => {
  assert.equal(
    JSON.stringify(webhookBody(job({}), 'https://pool.example')),
    '{"credits":45,"has_audio":true,"id":"271828182845904","size":1234,"status":1,"url":"https://pool.example/media/9.mp4?e=1&s=a-_b"}',
  );
});

test('[webhooks.pixverse.body] a job without a result has none of it and cost nothing', () => {
  for (const [state, status] of [
    ['failed', 8],
    ['moderated', 7],
    ['cancelled', 8],
    ['expired', 8],
  ] as const) {
    const body = webhookBody(job({ state, result: null, credit: { state: 'released', amount: 45_000 } }), 'https://x');
    assert.deepEqual(body, { credits: 0, has_audio: false, id: '271828182845904', size: 0, status, url: '' });
  }
});

test('[webhooks.pixverse.signature] the pairs of the body are signed, as the vendor says', () => {
  const body =
    '{"credits":100,"has_audio":true,"id":"123456789","size":10.5,"status":1,"url":"https://example.com/v.mp4?a=1&b=2"}';
  const text =
    `${stamp}\nabc\ncredits=100&has_audio=true&id=123456789&size=10.5&status=1` +
    '&url=https%3A%2F%2Fexample.com%2Fv.mp4%3Fa%3D1%26b%3D2';
  assert.equal(stringToSign('pairs', { timestamp: stamp, nonce: 'abc', body }), text);
  assert.equal(signWebhook(SECRET, 'pairs', { timestamp: stamp, nonce: 'abc', body }), hmac(text));
});

test('[webhooks.pixverse.signature.raw] the raw body is signed where that is set', () => {
  const body = '{"id":"1","url":"a b"}';
  const text = `${stamp}\nabc\n%7B%22id%22%3A%221%22%2C%22url%22%3A%22a%20b%22%7D`;
  assert.equal(signWebhook(SECRET, 'raw-body', { timestamp: stamp, nonce: 'abc', body }), hmac(text));
});

test('the pairs to sign can be read back, whatever is in them', () => {
  const scalar = fc.oneof(
    fc.string({ unit: 'binary' }).map((text) => text.toWellFormed()),
    fc.constantFrom('a=b', 'c&d', 'e f', '+', '%20', 'ü', '💡', '\n', ''),
    fc.boolean(),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  );
  const name = fc.string().filter((text) => text !== '__proto__' && !/^\d+$/.test(text));
  fc.assert(
    fc.property(fc.dictionary(name, scalar), (members) => {
      const body = JSON.stringify(members);
      const text = stringToSign('pairs', { timestamp: '1', nonce: 'n', body }) ?? '';
      const payload = text.slice('1\nn\n'.length);
      assert.match(payload, /^[A-Za-z0-9%&=+*._-]*$/);
      const decode = (part: string) => decodeURIComponent(part.replaceAll('+', ' '));
      const pairs = payload === '' ? [] : payload.split('&').map((pair) => pair.split('=').map(decode));
      // As the body says it: JSON has no negative zero.
      const expected = Object.entries(JSON.parse(body) as Record<string, unknown>).map(([key, value]) => [
        key,
        String(value),
      ]);
      assert.deepEqual(pairs, expected);
    }),
    { seed },
  );
});

test('what we sign is signed the same by every reading of the vendor page', () => {
  const url = fc.webUrl({ withQueryParameters: true }).filter((text) => !/[!'()~*]/.test(text));
  fc.assert(
    fc.property(url, fc.boolean(), fc.nat(), (source, hasAudio, bytes) => {
      const { origin, pathname, search } = new URL(source);
      const result = { path: pathname + search, bytes, info: { hasAudio } } as JobView['result'];
      const body = webhookBody(job({ result }), origin);
      const names = Object.keys(body);
      assert.deepEqual(names, [...names].sort());
      const percent = Object.entries(body).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
      const signed = stringToSign('pairs', { timestamp: '1', nonce: 'n', body: JSON.stringify(body) });
      // In a URL that was parsed a plus and an escape stay what they are.
      assert.equal(signed, `1\nn\n${percent.join('&')}`);
    }),
    { seed },
  );
});

test('[webhooks.pixverse.headers] a message has timestamp, nonce, signature and trace id', () => {
  const signer = { secret: SECRET, signature: 'pairs', nowMs: NOW + 999, nonce: new Uint8Array(16).fill(171) };
  const notice = { job: job({}), origin: 'https://x', deliveryId: 'd1', occurredAt: NOW };
  const { headers, body } = pixverseWebhooks.write(notice, signer);
  assert.deepEqual(headers, {
    'Webhook-Timestamp': stamp,
    'Webhook-Nonce': 'ab'.repeat(16),
    'Webhook-Signature': signWebhook(SECRET, 'pairs', { timestamp: stamp, nonce: 'ab'.repeat(16), body }),
    'Ai-Trace-Id': 'trace-1',
  });
  const untraced = pixverseWebhooks.write({ ...notice, job: job({ traceId: null }) }, signer);
  assert.equal(untraced.headers['Ai-Trace-Id'], 'd1');
});

test('[webhooks.pixverse.receive] either signature is taken, in either order and either encoding of spaces', () => {
  const body = '{"id":"5","url":"a b","status":1,"credits":2}';
  const payloads = {
    'raw-body': [encodeURIComponent(body)],
    pairs: [
      'id=5&url=a+b&status=1&credits=2',
      'id=5&url=a%20b&status=1&credits=2',
      'credits=2&id=5&status=1&url=a+b',
      'credits=2&id=5&status=1&url=a%20b',
    ],
  };
  for (const signature of SIGNATURES) {
    for (const payload of payloads[signature]) {
      const message = received(body, hmac(`${stamp}\n${'n'.repeat(32)}\n${payload}`));
      assert.deepEqual(verifyWebhook(SECRET, message, NOW), { ok: true, signature, once: 'n'.repeat(32) });
    }
  }
});

test('[webhooks.pixverse.receive] another secret, body, nonce or an old timestamp is turned away', () => {
  const body = '{"id":"5","status":1}';
  const good = (timestamp = stamp) => hmac(`${timestamp}\n${'n'.repeat(32)}\nid=5&status=1`);
  const reason = (message: Parameters<typeof verifyWebhook>[1], secret = SECRET, now = NOW) => {
    const verdict = verifyWebhook(secret, message, now);
    return verdict.ok ? 'ok' : verdict.reason;
  };
  assert.equal(reason(received(body, good())), 'ok');
  assert.match(reason(received(body, good()), 'other'), /does not fit/);
  assert.match(reason(received('{"id":"6","status":1}', good())), /does not fit/);
  assert.match(reason(received(body, good(), stamp, 'm'.repeat(32))), /does not fit/);
  assert.match(reason(received('not json', good())), /does not fit/);
  assert.match(reason(received('"\\ud800"', good())), /does not fit/);
  assert.match(reason({ headers: {}, body }), /no signature/);
  assert.match(reason(received(body, good('soon'), 'soon')), /not a number/);
  assert.equal(reason(received(body, good()), SECRET, NOW + 300_000), 'ok');
  assert.match(reason(received(body, good()), SECRET, NOW + 301_000), /301 s ago/);
  assert.match(reason(received(body, good()), SECRET, NOW - 301_000), /s ago/);
});

test('[webhooks.pixverse.receive] what the vendor sends is read, with an id of either type', () => {
  const sample =
    '{"id":"123456789","status":1,"url":"https://example.com/video.mp4","size":10.5,"has_audio":true,"credits":100}';
  assert.deepEqual(readWebhook(sample), { id: '123456789', status: 1, url: 'https://example.com/video.mp4' });
  assert.deepEqual(readWebhook('{"id":7,"status":"8"}'), { id: '7', status: 8, url: '' });
  for (const other of [
    '',
    '[]',
    '{}',
    '{"id":"","status":1}',
    '{"id":"7"}',
    '{"id":"7","status":1.5}',
    '{"id":{},"status":1}',
  ]) {
    assert.equal(readWebhook(other), undefined, other);
  }
});

test('[webhooks.pixverse.ok] only HTTP 200 with ok is an acknowledgement', () => {
  assert.ok(pixverseWebhooks.accepts({ status: 200, body: 'ok' }));
  for (const [status, body] of [
    [200, 'OK'],
    [200, 'ok\n'],
    [200, '"ok"'],
    [200, ''],
    [201, 'ok'],
    [302, 'ok'],
    [500, 'ok'],
  ] as const) {
    assert.ok(!pixverseWebhooks.accepts({ status, body }), `${status} ${body}`);
  }
});

test('[webhooks.pixverse.retries] eight repetitions, as the vendor has them', () => {
  assert.deepEqual(
    pixverseWebhooks.retryDelaysMs.map((ms) => ms / 1000),
    [2, 10, 30, 60, 300, 900, 3600, 14_400],
  );
});
