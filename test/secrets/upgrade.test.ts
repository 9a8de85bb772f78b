/** A store from before keys had names goes on: everything opens, a wrong key is noticed, and a rotation names all of it. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { compose } from '../../src/compose.ts';
import { hmacBase64Url, sealKeyOf } from '../../src/std/crypto.ts';
import { accountSchema } from '../../src/wire/native/schemas/accounts.ts';
import { rotationSchema, secretsSchema } from '../../src/wire/native/schemas/secrets.ts';
import { newWebhookSchema } from '../../src/wire/native/schemas/webhooks.ts';
import { silent } from '../sim/parts.ts';
import { startAlone, testConfig } from '../support/gateway.ts';
import { nativeClient } from '../support/native.ts';

/** The schema of the last program whose keys had no names. */
const SCHEMA_BEFORE = 4;

/** Brings a store that nobody has open to the form it had. */
function takeBack(folder: string, key: Uint8Array): void {
  const database = new DatabaseSync(path.join(folder, 'reelpool.sqlite'));
  const mark = hmacBase64Url(key, 'fingerprint');
  for (const [table, column] of [
    ['accounts', 'secret'],
    ['webhooks', 'secret'],
    ['answers', 'answer'],
  ]) {
    // `v1.<key>.<rest>` was `v1.<rest>`.
    database.exec(`update ${table} set ${column} = 'v1.' || substr(${column}, 13) where ${column} <> ''`);
  }
  database.exec(`update meta set value = '${mark}' where name = 'sealed-with'`);
  database.exec(`delete from meta where name = 'media-keys'`);
  database.exec('alter table processes drop column key_ids');
  database.exec(`delete from schema_versions where version > ${SCHEMA_BEFORE}`);
  database.close();
}

test('what was sealed opens, and a key that is not its own is refused', async (t) => {
  const first = await startAlone(t);
  const before = nativeClient(first);
  const secret = { apiKey: 'abcdefghijkl', host: 'http://127.0.0.1:9' };
  const account = { kind: 'pixverse', name: 'far', maxJobs: 1, secret };
  await before.get(accountSchema, 'POST', '/accounts', { body: account }, 201);
  const hook = { body: { url: 'http://127.0.0.1:8097/x' }, headers: { 'idempotency-key': 'one' } };
  const made = await before.get(newWebhookSchema, 'POST', '/webhooks', hook, 201);
  await first.stop();
  const file = path.join(first.folder, 'encryption.key');
  const hex = await readFile(file, 'utf8');
  takeBack(first.folder, sealKeyOf(Buffer.from(hex.trim(), 'hex')).bytes);

  await writeFile(file, `${'a'.repeat(64)}\n`);
  await assert.rejects(compose(testConfig(first.folder), { log: silent }), /encryption key does not fit this store/);
  await writeFile(file, hex);

  const api = nativeClient(await first.restart());
  const sealed = async () => {
    const { keys, sealing } = await api.get(secretsSchema, 'GET', '/secrets');
    return keys
      .filter((key) => key.id !== sealing)
      .reduce((sum, key) => sum + key.accounts + key.webhooks + key.answers, 0);
  };
  assert.equal(await sealed(), 4, 'two accounts, a webhook, an answer');
  assert.deepEqual(await api.get(newWebhookSchema, 'POST', '/webhooks', hook, 201), made, 'the answer that was kept');
  const seen = await api.get(accountSchema, 'GET', '/accounts/far');
  assert.equal((seen.secret as { host?: string }).host, secret.host);
  let step = await api.get(rotationSchema, 'POST', '/secrets/rotate', { body: {} });
  while (!step.done) step = await api.get(rotationSchema, 'POST', '/secrets/rotate', { body: { to: step.wanted } });
  assert.equal(await sealed(), 0);
  assert.deepEqual(await api.get(newWebhookSchema, 'POST', '/webhooks', hook, 201), made);
  assert.deepEqual((await api.get(accountSchema, 'GET', '/accounts/far')).secret, seen.secret);
});
