/**
 * A gateway is killed (SIGKILL) in the middle of a rotation of its encryption key, at every step of it. What is sealed opens
 * at the next start, and calling the rotation again ends it; no third key is made, and nothing is left of the old one.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import type { FaultPoint } from '../../src/contracts/effects.ts';
import { accountSchema, accountsSchema } from '../../src/wire/native/schemas/accounts.ts';
import { rotationSchema, secretsSchema } from '../../src/wire/native/schemas/secrets.ts';
import { newWebhookSchema } from '../../src/wire/native/schemas/webhooks.ts';
import { reelpool } from '../cli/run.ts';
import { TEST_KEY } from '../support/gateway.ts';
import { nativeClient } from '../support/native.ts';
import { startChild } from '../support/process.ts';

/** Accounts that are sealed: more than one unit of work takes. */
const ACCOUNTS = 120;
const HOOK = { body: { url: 'https://a.example/' }, headers: { 'idempotency-key': 'once' } };

/** Where it is killed, how many keys the file has then, and whether the new one seals. */
const POINTS: readonly (readonly [point: `${FaultPoint}${'' | ':2' | ':3'}`, keys: number, seals: boolean])[] = [
  ['rotate.key-stored', 2, false],
  ['rotate.switched', 2, true],
  ['rotate.sealed', 2, true],
  ['rotate.sealed:2', 2, true],
  ['rotate.sealed:3', 2, true],
  ['rotate.dropped', 1, true],
];

async function crash(t: TestContext, point: string, keys: number, seals: boolean): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'reelpool-rotation-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const start = async (env: Record<string, string> = {}) => {
    const child = await startChild(folder, env);
    t.after(() => void child.child.kill('SIGKILL'));
    return { ...child, api: nativeClient({ url: child.url, key: TEST_KEY }) };
  };
  const lines = async () => (await readFile(path.join(folder, 'encryption.key'), 'utf8')).trim().split('\n');

  const first = await start({ REELPOOL_FAULT_POINT: point });
  for (let i = 0; i < ACCOUNTS; i++) {
    const body = { kind: 'local', name: `a${i}`, secret: { password: `password of ${i}` }, maxJobs: 1 };
    await first.api.get(accountSchema, 'POST', '/accounts', { body }, 201);
  }
  const hook = await first.api.get(newWebhookSchema, 'POST', '/webhooks', HOOK, 201);
  const accounts = await first.api.get(accountsSchema, 'GET', '/accounts');
  const [old] = await lines();
  const ended = await reelpool(['secrets', 'rotate', '--url', first.url, '--key', TEST_KEY], { cwd: folder });
  assert.notEqual(ended.code, 0);
  assert.equal(await first.ended, 'SIGKILL', `the point ${point} was never passed`);
  const kept = await lines();
  assert.equal(kept.length, keys);

  const second = await start();
  const { sealing, wanted } = await second.api.get(secretsSchema, 'GET', '/secrets');
  assert.equal(sealing === wanted, seals);
  const opens = async () => {
    assert.deepEqual(await second.api.get(accountsSchema, 'GET', '/accounts'), accounts);
    assert.equal((await second.api.get(newWebhookSchema, 'POST', '/webhooks', HOOK, 201)).secret, hook.secret);
  };
  await opens();
  // After the last point nothing is under way any more.
  if (keys > 1) {
    const again = await reelpool(['secrets', 'rotate', '--url', second.url, '--key', TEST_KEY], { cwd: folder });
    assert.equal(again.code, 0, again.err);
  }
  const done = await second.api.get(rotationSchema, 'POST', '/secrets/rotate', { body: { to: wanted } });
  assert.deepEqual([done.done, done.keys.map(({ id, accounts: own }) => [id, own])], [true, [[wanted, ACCOUNTS + 1]]]);
  assert.deepEqual(await lines(), [kept[0]], 'the key that was made first is the one that stays');
  assert.notEqual(kept[0], old);
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.startsWith('encryption.key')),
    ['encryption.key'],
  );
  await opens();
}

suite('a rotation of the encryption key, killed', { concurrency: 2 }, () => {
  for (const [point, keys, seals] of POINTS) {
    test(`at ${point}`, { timeout: 120_000 }, (t) => crash(t, point, keys, seals));
  }
});
