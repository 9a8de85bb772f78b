/** A new encryption key while a gateway works: nothing is unreadable in between, and nothing needs the old key afterwards. */
import assert from 'node:assert/strict';
import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { RotationWire } from '../../src/wire/native/schemas/secrets.ts';
import { rotationSchema, secretsSchema } from '../../src/wire/native/schemas/secrets.ts';
import { accountSchema, accountsSchema } from '../../src/wire/native/schemas/accounts.ts';
import { auditSchema } from '../../src/wire/native/schemas/audit.ts';
import { newKeySchema } from '../../src/wire/native/schemas/keys.ts';
import { newWebhookSchema, webhookSchema } from '../../src/wire/native/schemas/webhooks.ts';
import { sealKeyOf } from '../../src/std/crypto.ts';
import { compose } from '../../src/compose.ts';
import { silent } from '../sim/parts.ts';
import { startAlone, type TestGateway, testConfig } from '../support/gateway.ts';
import { nativeClient } from '../support/native.ts';
import { accepted, pixverseClient } from '../support/pixverse-client.ts';
import { pngPicture } from '../support/png.ts';
import { receiver } from '../support/receiver.ts';

type Api = ReturnType<typeof nativeClient>;

const keyFile = ({ folder }: { folder: string }) => path.join(folder, 'encryption.key');
const idOf = (hex: string) => sealKeyOf(Buffer.from(hex, 'hex')).id;
const PASSWORD = { password: 'first-password-of-all' };

function step(api: Api, to?: string): Promise<RotationWire> {
  return api.get(rotationSchema, 'POST', '/secrets/rotate', { body: to === undefined ? {} : { to } });
}

/** Rotates to the end, or until nothing moves any more. */
async function rotate(api: Api): Promise<RotationWire> {
  let seen = await step(api);
  for (let left = -1; !seen.done && seen.left !== left; ) {
    left = seen.left;
    seen = await step(api, seen.wanted);
  }
  return seen;
}

async function upload(gateway: TestGateway): Promise<string> {
  const body = new FormData();
  body.append('image', new Blob([new Uint8Array(pngPicture(64, 48))], { type: 'image/png' }), 'a.png');
  return String(accepted(await pixverseClient(gateway).post('/image/upload', { body }))['img_url']);
}

/** Changes a store that nobody has open. */
function change(gateway: TestGateway, sql: string): void {
  const database = new DatabaseSync(path.join(gateway.folder, 'reelpool.sqlite'));
  database.exec(sql);
  database.close();
}

test('everything opens during a rotation and after it, and only with the new key', async (t) => {
  const gateway = await startAlone(t);
  const api = nativeClient(gateway);
  const there = await receiver(t);
  // More than one unit of work seals anew.
  for (let i = 0; i < 130; i++) {
    await gateway.app.gateway.addAccount(gateway.app.operator, {
      kind: 'local',
      name: `a${i}`,
      secret: PASSWORD,
      maxJobs: 1,
    });
  }
  const once = { 'idempotency-key': 'once' };
  const hook = { body: { url: there.url }, headers: once };
  const webhook = await api.get(newWebhookSchema, 'POST', '/webhooks', hook, 201);
  const order = { body: { name: 'client', role: 'client' }, headers: once };
  const client = await api.get(newKeySchema, 'POST', '/keys', order, 201);
  const link = await upload(gateway);
  const accounts = await api.get(accountsSchema, 'GET', '/accounts');
  const before = await api.get(secretsSchema, 'GET', '/secrets');
  assert.deepEqual([before.source, before.left, before.waitingFor], ['file', 0, []]);
  assert.deepEqual(before.keys, [
    { id: before.sealing, known: true, accounts: 131, webhooks: 1, answers: 2, others: 1 },
  ]);
  assert.equal(before.sealing, idOf((await readFile(keyFile(gateway), 'utf8')).trim()));

  /** What uses sealed values, all the time. */
  let busy = true;
  const use = async () => {
    let rounds = 0;
    for (; busy || rounds < 3; rounds++) {
      assert.deepEqual(await api.get(accountsSchema, 'GET', '/accounts'), accounts);
      assert.equal((await api.get(newWebhookSchema, 'POST', '/webhooks', hook, 201)).secret, webhook.secret);
      assert.equal((await api.get(newKeySchema, 'POST', '/keys', order, 201)).secret, client.secret);
      assert.equal((await fetch(link)).status, 200);
      const tested = await api.send('POST', `/webhooks/${webhook.webhook.id}/test`);
      assert.deepEqual([tested.status, (tested.body as { delivered: boolean }).delivered], [200, true]);
    }
  };
  const using = use();
  const done = await rotate(api);
  busy = false;
  await using;

  assert.equal(done.done, true);
  assert.notEqual(done.sealing, before.sealing);
  assert.deepEqual(done.keys, [{ ...before.keys[0], id: done.sealing }]);
  assert.equal(idOf((await readFile(keyFile(gateway), 'utf8')).trim()), done.sealing);
  const { changes } = await api.get(auditSchema, 'GET', '/audit?action=secrets.rotate');
  assert.deepEqual(
    changes.map(({ subject, before: was, after: is }) => [subject, was, is]),
    [['secrets', { sealedWith: before.sealing }, { sealedWith: done.sealing }]],
  );

  // However often it is repeated with its end, nothing is begun.
  const { unreadable: _, done: __, ...rest } = await step(api, done.wanted);
  assert.deepEqual(await api.get(secretsSchema, 'GET', '/secrets'), rest);

  const again = nativeClient(await gateway.restart());
  assert.deepEqual(await again.get(accountsSchema, 'GET', '/accounts'), accounts);
});

test('an address is signed anew after a rotation, and both open', async (t) => {
  const gateway = await startAlone(t);
  const link = await upload(gateway);
  assert.equal((await rotate(nativeClient(gateway))).done, true);
  const other = await upload(gateway);
  assert.notEqual(link.split('/')[5], other.split('/')[5]);
  const next = await gateway.restart();
  const moved = (address: string) => fetch(next.url + new URL(address).pathname);
  assert.equal((await moved(link)).status, 200);
  assert.equal((await moved(other)).status, 200);
  const forged = link.replace(/\/media\/(\d+)\//, (_, at: string) => `/media/${Number(at) + 1}/`);
  assert.equal((await moved(forged)).status, 404);
});

test('only admins see and rotate; what is no key is refused', async (t) => {
  const gateway = await startAlone(t);
  const api = nativeClient(gateway);
  const { secret: key } = await api.get(newKeySchema, 'POST', '/keys', { body: { name: 'c', role: 'client' } }, 201);
  await api.refused('permission_denied', 'GET', '/secrets', { key });
  await api.refused('permission_denied', 'POST', '/secrets/rotate', { key, body: {} });
  await api.refused('key_missing', 'POST', '/secrets/rotate', { key: null, body: {} });
  for (const [to, code] of [
    [7, 'parameter_type'],
    [null, 'parameter_type'],
    ['', 'parameter_invalid'],
    ['../../etc', 'parameter_invalid'],
    ['0'.repeat(64), 'parameter_invalid'],
    ['00000000', 'parameter_invalid'],
  ] as const) {
    assert.equal((await api.refused(code, 'POST', '/secrets/rotate', { body: { to } })).field, 'to');
  }
  assert.equal(
    (await api.refused('parameter_invalid', 'POST', '/secrets/rotate', { body: { key: 'x' } })).field,
    'key',
  );
  await api.refused('body_unreadable', 'POST', '/secrets/rotate', { body: '[]' });
  assert.equal((await readFile(keyFile(gateway), 'utf8')).trim().split('\n').length, 1, 'nothing was begun');
});

test('steps that are sent together make one new key', async (t) => {
  const gateway = await startAlone(t);
  const api = nativeClient(gateway);
  const before = await api.get(secretsSchema, 'GET', '/secrets');
  const { wanted } = await step(api);
  const seen = await Promise.all(Array.from({ length: 8 }, () => step(api, wanted)));
  assert.deepEqual(new Set(seen.map((one) => one.sealing)), new Set([wanted]));
  assert.ok(seen.every((one) => one.done));
  assert.notEqual(before.sealing, wanted);
});

test('a value that was tampered with is told of, used for nothing and keeps its key, until it is set anew', async (t) => {
  const first = await startAlone(t);
  const api = nativeClient(first);
  for (const name of ['good', 'bad']) {
    await api.get(
      accountSchema,
      'POST',
      '/accounts',
      { body: { kind: 'local', name, secret: PASSWORD, maxJobs: 1 } },
      201,
    );
  }
  await first.stop();
  // The secret of one account in the row of another: the right key, the wrong place.
  change(first, `update accounts set secret = (select secret from accounts where name = 'good') where name = 'bad'`);
  const gateway = await first.restart();
  const next = nativeClient(gateway);
  const shown = await next.get(accountSchema, 'GET', '/accounts/bad');
  assert.deepEqual([shown.secret, shown.health.state], [{}, 'refused']);
  assert.match(shown.health.reason ?? '', /does not open with its key [0-9a-f]{8}.*Set it anew/);

  const { sealing } = await next.get(secretsSchema, 'GET', '/secrets');
  const stuck = await rotate(next);
  assert.deepEqual([stuck.done, stuck.left], [false, 1]);
  assert.deepEqual(
    stuck.unreadable.map(({ what }) => what),
    ['account bad'],
  );
  assert.deepEqual(
    stuck.keys.map(({ id, accounts, known }) => [id, accounts, known]),
    [
      [stuck.wanted, 2, true],
      [sealing, 1, true],
    ],
  );
  assert.equal((await readFile(keyFile(gateway), 'utf8')).trim().split('\n').length, 2, 'its key is kept');

  await next.get(accountSchema, 'PATCH', '/accounts/bad', { body: { secret: PASSWORD } });
  assert.equal((await rotate(next)).done, true);
  assert.equal((await next.get(accountSchema, 'GET', '/accounts/bad')).health.state, 'ok');
});

test('a former key that is missing is named, and taken up without a restart when it is put back', async (t) => {
  const first = await startAlone(t);
  const api = nativeClient(first);
  const hook = await api.get(newWebhookSchema, 'POST', '/webhooks', { body: { url: 'https://a.example/' } }, 201);
  const [account] = (await api.get(accountsSchema, 'GET', '/accounts')).accounts;
  const old = (await readFile(keyFile(first), 'utf8')).trim();
  await first.stop();
  // As it is when a rotation was begun and the operator took the old key out of the file too soon.
  const sealed = new DatabaseSync(path.join(first.folder, 'reelpool.sqlite'));
  const rows = sealed.prepare('select id, secret from accounts').all() as { id: number; secret: string }[];
  const { secret: hooked } = sealed.prepare('select secret from webhooks').get() as { secret: string };
  sealed.close();
  const second = await first.restart();
  assert.equal((await rotate(nativeClient(second))).done, true);
  await second.stop();
  change(second, rows.map(({ id, secret }) => `update accounts set secret = '${secret}' where id = ${id};`).join('\n'));
  change(second, `update webhooks set secret = '${hooked}'`);

  const third = await second.restart();
  const next = nativeClient(third);
  const { keys, left } = await next.get(secretsSchema, 'GET', '/secrets');
  assert.equal(left, 2);
  assert.deepEqual(
    keys.filter(({ known }) => !known).map(({ id, accounts, webhooks }) => [id, accounts, webhooks]),
    [[idOf(old), 1, 1]],
  );
  const missing = new RegExp(`sealed with the encryption key ${idOf(old)}, which this gateway does not have`);
  assert.match((await next.get(accountSchema, 'GET', `/accounts/${account?.id}`)).health.reason ?? '', missing);
  const route = `/webhooks/${hook.webhook.id}`;
  assert.equal((await next.get(webhookSchema, 'GET', route)).secretMasked, '…unreadable…');
  assert.match((await next.refused('internal', 'POST', `${route}/test`)).detail, missing);
  const stuck = await rotate(next);
  assert.equal(stuck.done, false);
  for (const { why } of stuck.unreadable) assert.match(why, missing);

  await appendFile(keyFile(third), `${old}\n`);
  assert.equal((await rotate(next)).done, true);
  assert.equal((await next.get(webhookSchema, 'GET', route)).secretMasked, hook.webhook.secretMasked);
  assert.deepEqual((await next.get(accountSchema, 'GET', `/accounts/${account?.id}`)).secret, account?.secret);
});

test('a job is not started with a secret that does not open: its account is refused, and no money is in doubt', async (t) => {
  const first = await startAlone(t);
  await first.stop();
  change(first, `update accounts set secret = substr(secret, 1, length(secret) - 2) || 'AA'`);
  const gateway = await first.restart();
  const client = pixverseClient(gateway);
  const body = { prompt: 'a cat', model: 'v6', duration: 1, quality: '360p', aspect_ratio: '16:9' };
  const id = accepted(await client.post('/video/text/generate', { body }))['video_id'];
  const api = nativeClient(gateway);
  const [account] = (await api.get(accountsSchema, 'GET', '/accounts')).accounts;
  for (;;) {
    const { body: got } = await api.send('GET', `/jobs/${id}/timeline`);
    const kinds = (got as { events: { kind: string }[] }).events.map(({ kind }) => kind);
    if (kinds.includes('refused')) break;
    assert.ok(!kinds.includes('unknown'), kinds.join());
  }
  const { health } = await api.get(accountSchema, 'GET', `/accounts/${account?.id}`);
  assert.equal(health.state, 'refused');
  const { body: job } = await api.send('GET', `/jobs/${id}`);
  assert.equal((job as { state: string }).state, 'queued');
});

test('keys of the settings: the new one beside the old, then a rotation, then the new one alone', async (t) => {
  const [a, b, c] = ['a', 'b', 'c'].map((digit) => digit.repeat(64)) as [string, string, string];
  const first = await startAlone(t, { encryptionKey: a });
  const link = await upload(first);
  const api = nativeClient(first);
  const refusal = await api.refused('parameter_invalid', 'POST', '/secrets/rotate', { body: {} });
  assert.match(refusal.detail, /REELPOOL_FORMER_ENCRYPTION_KEYS/);
  await first.stop();

  const start = async (config: Parameters<typeof testConfig>[1]) => {
    const app = await compose(testConfig(first.folder, config), { log: silent });
    t.after(() => app.close());
    return { app, url: (await app.listen()).url, key: first.key };
  };
  const wrong = new RegExp(`sealed with the key ${idOf(a)}, and ${idOf(b)}, ${idOf(c)} was given`);
  await assert.rejects(start({ encryptionKey: b, formerEncryptionKeys: [c] }), wrong);

  const second = await start({ encryptionKey: b, formerEncryptionKeys: [a] });
  const next = nativeClient(second);
  const before = await next.get(secretsSchema, 'GET', '/secrets');
  assert.deepEqual([before.source, before.sealing, before.wanted], ['settings', idOf(a), idOf(b)]);
  const done = await rotate(next);
  assert.deepEqual([done.done, done.sealing, done.left], [true, idOf(b), 0]);
  await next.refused('parameter_invalid', 'POST', '/secrets/rotate', { body: {} });
  await second.app.close();

  await assert.rejects(
    start({ encryptionKey: a }),
    new RegExp(`sealed with the key ${idOf(b)}, and ${idOf(a)} was given`),
  );
  // From the settings to a file.
  await writeFile(keyFile(first), `${c}\n`, { mode: 0o600 });
  const third = await start({ formerEncryptionKeys: [b] });
  assert.deepEqual(
    (await rotate(nativeClient(third))).keys.map(({ id, known, accounts }) => [id, known, accounts]),
    [
      [idOf(c), true, 1],
      [idOf(b), true, 0],
    ],
  );
  assert.equal((await fetch(third.url + new URL(link).pathname)).status, 200);
});

test('where the file cannot be written nothing is begun, and the reason is told', async (t) => {
  const gateway = await startAlone(t);
  const api = nativeClient(gateway);
  const before = await readFile(keyFile(gateway), 'utf8');
  await rm(keyFile(gateway));
  await mkdir(keyFile(gateway));
  const { detail } = await api.refused('unavailable', 'POST', '/secrets/rotate', { body: {} });
  assert.match(detail, /cannot be changed: EISDIR/);
  assert.equal((await api.get(secretsSchema, 'GET', '/secrets')).left, 0, 'it works on with the key it has');
  await rm(keyFile(gateway), { recursive: true });
  await writeFile(keyFile(gateway), before, { mode: 0o600 });
  assert.equal((await rotate(api)).done, true);
});
