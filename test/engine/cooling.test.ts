/** An account that refused is left alone for a while, however the clock of the machine is set meanwhile. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AccountPool } from '../../src/core/placement.ts';
import { coolAccount, snapshotOf } from '../../src/engine/accounts/picture.ts';
import type { Clock } from '../../src/std/clock.ts';
import { seededRandom } from '../../src/std/random.ts';
import { silent } from '../sim/parts.ts';
import { accountRow, requirement } from '../support/accounts.ts';

test('a clock set back does not keep an account cooling for longer', () => {
  const time = { wall: Date.UTC(2026, 5, 1), passed: 1 };
  const clock: Clock = { now: () => time.wall, monotonic: () => time.passed, setTimer: () => () => undefined };
  const pool = new AccountPool();
  pool.put(snapshotOf(clock, accountRow({ maxJobs: 1, creditPackage: 10 })));
  const effects = { clock, random: seededRandom(1), log: silent, fault: () => undefined };
  const chosen = () => pool.choose(requirement({ now: clock.monotonic(), wall: clock.now() })).candidates.length;

  coolAccount({ pool, effects }, 1, { type: 'refused', code: 'rate_limited', message: '', retryAfterMs: 5_000 });
  time.wall -= 3_600_000;
  time.passed += 4_999;
  assert.equal(chosen(), 0);
  time.passed += 1;
  assert.equal(chosen(), 1);
});
