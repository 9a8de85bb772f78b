/** The picture of the accounts is renewed a page at a time: with more than one page nothing else may be needed to go on. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { VirtualClock } from '../../bench/policies/clock.ts';
import { FarSide } from '../../bench/policies/far-side.ts';
import { openBench } from '../../bench/policies/gateway.ts';
import { loadPool, PoolReader } from '../../src/engine/accounts/picture.ts';
import { seededRandom } from '../../src/std/random.ts';

const ACCOUNTS = 1_100;

async function bench(clock: VirtualClock) {
  const random = seededRandom(1);
  const shape = { accounts: ACCOUNTS, slots: 1, webhooks: null };
  const far = new FarSide(clock, random, shape);
  const events = { started: () => undefined, ended: () => undefined };
  const opening = openBench({ clock, random, far, events, ...shape, tenants: 1 });
  await clock.run(clock.now() + 10);
  return opening;
}

test('every page of the accounts is read, and what changed is seen when its page comes', async () => {
  const clock = new VirtualClock();
  const { engine, close } = await bench(clock);
  assert.equal(engine.pool.size, ACCOUNTS);
  const [first, last] = [1, ACCOUNTS];
  engine.pool.remove(first);
  engine.pool.remove(last);
  const gone = { ...engine.pool.get(2), id: ACCOUNTS + 5 } as NonNullable<ReturnType<typeof engine.pool.get>>;
  engine.pool.put(gone);
  const known = () => [first, last, gone.id].map((id) => engine.pool.get(id) !== undefined);
  const reader = new PoolReader(engine);
  await reader.page();
  assert.deepEqual(known(), [true, false, true]);
  await reader.page();
  await reader.page();
  assert.deepEqual(known(), [true, true, false], 'the end of a round forgets what is not there any more');
  engine.pool.remove(last);
  const loading = loadPool(engine);
  await clock.run(clock.now() + 10);
  await loading;
  assert.equal(engine.pool.size, ACCOUNTS);
  await close();
});

test('a start with several pages of accounts does not end because nothing else is under way', async () => {
  const script = `
    import { openBench } from './bench/policies/gateway.ts';
    import { systemClock } from './src/std/clock.ts';
    import { systemRandom } from './src/std/random.ts';
    const far = { onWebhook: () => undefined };
    const order = { clock: systemClock, random: systemRandom, far, events: {}, slots: 1, tenants: 1 };
    const { engine } = await openBench({ ...order, accounts: ${ACCOUNTS} });
    console.log(engine.pool.size);`;
  const cwd = path.join(import.meta.dirname, '..', '..');
  const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], { cwd });
  assert.equal((await run).stdout.trim(), String(ACCOUNTS));
});
