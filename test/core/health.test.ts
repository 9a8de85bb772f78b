import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  afterFault,
  capOf,
  type Fault,
  type Health,
  learnCap,
  mayProbe,
  probed,
  restLeftMs,
} from '../../src/core/health.ts';

const NOW = 1_000_000;
const fault = (code: Fault['code'], more: Partial<Fault> = {}): Fault => ({ code, message: 'no', ...more });
const until = (health: Health) => (health.until === null ? null : health.until - NOW);

test('refused credentials are not tried again by themselves', () => {
  const health = afterFault(null, fault('account_refused', { retryAfterMs: 1 }), NOW);
  assert.deepEqual([health.ailment, health.until], ['refused', null]);
  assert.equal(mayProbe(health, NOW + 1e12), false);
  assert.equal(restLeftMs(health, NOW + 1e12), Number.POSITIVE_INFINITY);
});

test('credits that ran out rest until the refresh, or an hour where none is known', () => {
  assert.equal(until(afterFault(null, fault('account_exhausted', { refreshAt: NOW + 7_000 }), NOW)), 7_000);
  assert.equal(until(afterFault(null, fault('account_exhausted', { refreshAt: NOW - 1 }), NOW)), 3_600_000);
  assert.equal(until(afterFault(null, fault('account_exhausted'), NOW)), 3_600_000);
});

test('a rate limit lasts as long as the upstream said, and else longer each time', () => {
  let health = afterFault(null, fault('account_limited'), NOW);
  const rests = [until(health)];
  for (let n = 0; n < 9; n++) {
    health = afterFault(health, fault('account_limited'), NOW);
    rests.push(until(health));
  }
  assert.deepEqual(rests.slice(0, 4), [10_000, 20_000, 40_000, 80_000]);
  assert.equal(rests.at(-1), 900_000);
  assert.equal(until(afterFault(health, fault('account_limited', { retryAfterMs: 3_000 }), NOW)), 3_000);
  // Another fault is another matter.
  assert.equal(afterFault(probed(health, NOW, NOW), fault('account_full'), NOW).faults, 1);
});

test('a rest is not made shorter by a fault of another kind that comes in beside it', () => {
  const refused = afterFault(null, fault('account_refused'), NOW);
  const exhausted = afterFault(null, fault('account_exhausted'), NOW);
  for (const code of ['account_limited', 'account_full'] as const) {
    assert.equal(afterFault(refused, fault(code), NOW), refused);
    assert.equal(afterFault(exhausted, fault(code), NOW + 1), exhausted);
    assert.equal(
      afterFault(exhausted, fault(code), NOW + 3_600_000).ailment,
      code === 'account_full' ? 'full' : 'limited',
    );
  }
  assert.equal(afterFault(exhausted, fault('account_refused'), NOW).until, null);
});

test('one job goes first when a rest is over, and no other until it has an answer', () => {
  const health = afterFault(null, fault('account_limited'), NOW);
  assert.equal(mayProbe(health, NOW + 9_999), false);
  assert.equal(mayProbe(health, NOW + 10_000), true);
  const probing = probed(health, NOW + 10_000, NOW + 40_000);
  assert.equal(probing.probing, true);
  assert.equal(mayProbe(probing, NOW + 39_999), false);
  assert.equal(mayProbe(probing, NOW + 40_000), true);
  assert.equal(afterFault(probing, fault('account_limited'), NOW + 12_000).faults, 2);
});

test('a clock that was set back makes no rest longer than it was', () => {
  const health = afterFault(null, fault('account_limited'), NOW);
  assert.equal(restLeftMs(health, NOW - 3_600_000), 10_000);
  assert.equal(restLeftMs(health, NOW + 4_000), 6_000);
});

test('a cap is learned only where every slot we know of was taken', () => {
  assert.equal(learnCap(5, 2, NOW), null);
  assert.equal(learnCap(5, 4, NOW)?.maxJobs, 4);
  // Our only job was refused: somebody else uses the account, and no cap of zero is believed.
  assert.equal(learnCap(1, 0, NOW), null);
  const learned = learnCap(5, 4, NOW);
  assert.equal(capOf(5, learned, NOW), 4);
  assert.equal(capOf(3, learned, NOW), 3);
  assert.equal(capOf(5, learned, (learned?.until ?? 0) + 1), 5);
  assert.equal(capOf(5, null, NOW), 5);
});
