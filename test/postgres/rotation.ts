/** A new encryption key for several gateways: none meets a key that it does not have. */
import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { accountSchema, accountsSchema } from '../../src/wire/native/schemas/accounts.ts';
import { type RotationWire, rotationSchema, secretsSchema } from '../../src/wire/native/schemas/secrets.ts';
import { reelpool } from '../cli/run.ts';
import { TEST_KEY } from '../support/gateway.ts';
import { nativeClient } from '../support/native.ts';
import type { PostgresServer } from '../support/postgres.ts';
import { type Member, openGroup } from './gateways.ts';

const apiOf = ({ url }: Member) => nativeClient({ url, key: TEST_KEY });

function step(member: Member, to?: string): Promise<RotationWire> {
  return apiOf(member).get(rotationSchema, 'POST', '/secrets/rotate', { body: to === undefined ? {} : { to } });
}

/** Adds an account at a gateway and reads every account at every gateway. */
async function use(members: readonly Member[], name: string): Promise<void> {
  for (const [at, member] of members.entries()) {
    const body = { kind: 'local', name: `${name}-${at}`, secret: { password: `password of ${name}` }, maxJobs: 1 };
    await apiOf(member).get(accountSchema, 'POST', '/accounts', { body }, 201);
  }
  for (const member of members) {
    for (const account of (await apiOf(member).get(accountsSchema, 'GET', '/accounts')).accounts) {
      assert.equal(account.health.state, 'ok', `${name}: ${account.name} ${account.health.reason}`);
    }
  }
}

/**
 * Two gateways that share a folder: both go on while one rotates, and the one that rotates may be killed in the middle.
 * A third that has a folder of its own is waited for until it has the key.
 */
export async function rotation(t: TestContext, server: PostgresServer): Promise<void> {
  const group = await openGroup(t, server);
  const apart = await mkdtemp(path.join(tmpdir(), 'reelpool-apart-'));
  t.after(() => rm(apart, { recursive: true, force: true }));
  const a = await group.start({ env: { REELPOOL_FAULT_POINT: 'rotate.sealed' } });
  const b = await group.start();
  const file = path.join(group.folder, 'encryption.key');
  await copyFile(file, path.join(apart, 'encryption.key'));
  const c = await group.start({ env: { REELPOOL_DATA: apart } });
  await use([a, b, c], 'before');

  // Everything but the one that makes the key lacks it at first.
  const begun = await step(a);
  assert.deepEqual([begun.done, begun.sealing === begun.wanted, begun.waitingFor.length], [false, false, 2]);
  const { wanted } = begun;
  let seen = begun;
  while (seen.waitingFor.length > 1) {
    await use([a, b, c], `waiting ${seen.left}`);
    seen = await step(b, wanted).catch(() => seen);
    await pause(200);
  }
  assert.equal(seen.sealing, begun.sealing, 'the old key seals as long as one gateway has no other');
  const told = await reelpool(['secrets', 'status', '--url', a.url, '--key', TEST_KEY], { cwd: group.folder });
  assert.match(told.out, /Gateways? \d+(?:, \d+)* do(?:es)? not have the key [0-9a-f]{8} yet/);

  await copyFile(file, path.join(apart, 'encryption.key'));
  const ended = await reelpool(['secrets', 'rotate', '--url', a.url, '--key', TEST_KEY], { cwd: group.folder });
  assert.notEqual(ended.code, 0);
  assert.equal(await a.ended, 'SIGKILL');
  await use([b, c], 'half');
  const half = await apiOf(b).get(secretsSchema, 'GET', '/secrets');
  assert.equal(half.sealing, wanted, 'what seals was changed before it died');

  const again = await reelpool(['secrets', 'rotate', '--url', b.url, '--key', TEST_KEY], { cwd: group.folder });
  assert.equal(again.code, 0, again.err);
  await use([b, c], 'after');
  const after = await apiOf(c).get(secretsSchema, 'GET', '/secrets');
  assert.deepEqual([after.sealing, after.wanted, after.left], [wanted, wanted, 0]);
  assert.equal((await readFile(file, 'utf8')).trim().split('\n').length, 1);
  assert.equal(b.logged('the encryption keys could not be read again').length, 0);

  // One that starts with the old key only is told which it lacks.
  const late = group.start({ env: { REELPOOL_ENCRYPTION_KEY: '0'.repeat(64) } });
  await assert.rejects(late, new RegExp(`sealed with the key ${wanted}`));
}
