/** The commands for admins, over the API of a gateway and on a store of their own: the same words, the same answers. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { type Ended, folder, inProcess } from './run.ts';

/** Runs a command; `json` reads what it prints with --json. */
type Ask = (...args: string[]) => Promise<Ended>;

async function json(ask: Ask, ...args: string[]): Promise<Record<string, unknown>> {
  const { code, out, err } = await ask(...args, '--json');
  assert.equal(code, 0, `${args.join(' ')}: ${err}`);
  return JSON.parse(out);
}

/** What an operator does for a new customer. */
async function tour(ask: Ask): Promise<void> {
  const tenant = await json(ask, 'tenants', 'create', 'Studio', '--weight', '2', '--monthly', '100.5');
  const id = String(tenant['id']);
  assert.deepEqual([tenant['weight'], tenant['monthlyCredits']], [2, 100.5]);
  const changed = await json(ask, 'tenants', 'set', id, '--weight', '3');
  assert.deepEqual(changed, { ...tenant, weight: 3 });
  const pool = await json(ask, 'pools', 'create', 'eu', '--tag', 'eu', '--strategy', 'drain');
  const limits = ['--running', '2', '--budget-day', '20', '--models', 'v6,v5', '--expires', '2999-01-01'];
  const made = await json(ask, 'keys', 'create', 'app', '--tenant', id, '--pool', String(pool['id']), ...limits);
  const key = made['key'] as Record<string, unknown>;
  assert.deepEqual(
    [key['runningMax'], key['budgetDay'], key['models'], key['expiresAt'], key['poolId']],
    [2, 20, ['v6', 'v5'], '2999-01-01T00:00:00.000Z', pool['id']],
  );
  const keyId = String(key['id']);
  const freed = await json(ask, 'keys', 'set', keyId, '--running', 'none', '--models', 'none', '--pool', '1');
  assert.deepEqual([freed['runningMax'], freed['models'], freed['poolId']], [null, null, 1]);
  const grant = await json(ask, 'grants', 'give', '50', '--tenant', id, '--kind', 'promo', '--expires', '2999-01-01');
  const adjusted = await json(ask, 'grants', 'adjust', String(grant['id']), '--by=-10.5', '--note', 'by mistake');
  assert.equal(adjusted['remaining'], 39.5);
  const refused = await ask('grants', 'adjust', String(grant['id']), '--by=-100');
  assert.deepEqual([refused.code, /only 39.5 credits remain/.test(refused.err)], [3, true], refused.err);

  const shown = await ask('tenants', 'show', id);
  assert.match(shown.out, /^Available +140$/m);
  assert.match((await ask('tenants', 'list')).out, /^ *ID +WEIGHT +MODE/);
  assert.match((await ask('keys', 'list', '--tenant', id)).out, /app$/m);
  assert.match((await ask('keys', 'show', keyId)).out, /^Budget\/day +20$/m);
  assert.match((await ask('grants', 'list', '--tenant', id)).out, /promo +39.5 +39.5/);
  assert.match((await ask('pools', 'list')).out, /eu +drain .*tag eu/);
  assert.match((await ask('pools', 'remove', String(pool['id']))).out, /is removed/);
  assert.match((await ask('ledger', 'entries', '--tenant', id)).out, /adjustment +10.5/);
  assert.equal((await ask('ledger', 'verify')).code, 0);
  assert.equal((await ask('ledger', 'statement', '1')).code, 3, 'no such job');
  const effect = await json(ask, 'templates', 'activate', '2002', '--tenant', id);
  assert.deepEqual([effect['open'], effect['active']], [false, true]);
  const effects = (await ask('templates', 'list', '--tenant', id)).out;
  assert.match(effects, /^ *2002 +video +1 +5 +\S+1080p +\d{4}-\d\d-\d\d +Snow Globe$/m);
  assert.match(effects, /1 of 3 activations of \d{4}-\d\d are used/);
  const { out } = await ask('audit', '--subject', `key:${keyId}`);
  assert.match(out, /key\.change +key:\d+ +.*runningMax: 2 → null/);
  assert.match((await ask('audit', '--action', 'tenant.change')).out, /weight: 2 → 3/);
  assert.doesNotMatch((await ask('audit', '--limit', '200')).out, new RegExp(String(made['secret'])));
  assert.match((await ask('keys', 'revoke', keyId)).out, /is revoked/);
}

describe('commands for admins', () => {
  let cwd = '';
  let gateway: TestGateway;
  const ends: (() => Promise<void> | void)[] = [];
  const ending = { after: (end: () => Promise<void> | void) => void ends.push(end) };

  before(async () => {
    cwd = await folder(ending);
    gateway = await startGateway(ending);
  });
  after(async () => {
    for (const end of ends.reverse()) await end();
  });

  test('through a gateway', () =>
    tour((...args) => inProcess(args, { cwd, env: { REELPOOL_URL: gateway.url, REELPOOL_KEY: gateway.key } })));

  test('on a store of their own', () =>
    tour((...args) => inProcess([...args, '--data', cwd], { cwd, env: { REELPOOL_MEDIA_ENGINE: 'wasm' } })));
});
