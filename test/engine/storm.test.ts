/**
 * Whatever accounts answer, and however late: one that rests or was refused is given no job, one that has rested is given a
 * single one first, none carries more than it may, and no job touches more than three.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StartOutcome } from '../../src/contracts/upstream.ts';
import { type Random, randomInt, seededRandom } from '../../src/std/random.ts';
import { fc } from '../support/property.ts';
import { openVendorWorld, refusal, type StartCall } from './vendor-world.ts';

const HOUR_MS = 3_600_000;
const JOBS = 60;

/** What the answers so far say of an account. */
class Watched {
  readonly maxJobs: number;
  /** Calls without an answer, and accepted jobs that are not done. */
  busy = 0;
  refused = false;
  exhaustedUntil = 0;
  limitedUntil = 0;
  /** Turned away, and not known to be well again. */
  unwell = false;
  probing = false;

  constructor(maxJobs: number) {
    this.maxJobs = maxJobs;
  }

  /** A call comes in. True where it is the one that looks whether the account is well again. */
  called({ account, at }: StartCall): boolean {
    assert.ok(!this.refused, `${account} was refused and is called`);
    assert.ok(at >= Math.max(this.exhaustedUntil, this.limitedUntil), `${account} rests and is called`);
    assert.ok(!(this.unwell && this.probing), `${account} has not answered its probe and is called`);
    assert.ok(this.busy < this.maxJobs, `${account} has ${this.busy} jobs and is called`);
    this.busy += 1;
    this.probing ||= this.unwell;
    return this.unwell;
  }

  answered(outcome: StartOutcome, isProbe: boolean, now: number): void {
    if (outcome.type === 'accepted') {
      if (this.probing) this.unwell = false;
    } else {
      this.busy -= 1;
      const { code, retryAfterMs = 0 } = outcome as ReturnType<typeof refusal> & { retryAfterMs?: number };
      if (code === 'account_refused') this.refused = true;
      if (code === 'account_exhausted') this.exhaustedUntil = now + HOUR_MS;
      if (code === 'account_limited') this.limitedUntil = now + retryAfterMs;
      if (code.startsWith('account_') && code !== 'account_unable') this.unwell = true;
    }
    if (isProbe) this.probing = false;
  }
}

function drawAnswer(random: Random, call: StartCall): StartOutcome {
  const dice = random.float();
  if (dice < 0.02) return refusal('account_refused');
  if (dice < 0.06) return refusal('account_exhausted');
  if (dice < 0.25) return refusal('account_limited', 500 + randomInt(random, 40_000));
  if (dice < 0.35) return refusal('account_unable');
  if (dice < 0.4) return refusal('upstream_busy');
  return { type: 'accepted', ref: { jobId: call.jobId, durationS: 5 } };
}

async function storm(seed: number): Promise<void> {
  const ends: (() => Promise<void>)[] = [];
  const world = await openVendorWorld({ after: (end) => void ends.push(end) });
  const random = seededRandom(seed);
  const accounts = new Map<string, Watched>();
  const touched = new Map<number, Set<string>>();
  const wrong: unknown[] = [];
  world.decides((call) => {
    const watched = accounts.get(call.account);
    const seen = touched.get(call.jobId) ?? new Set();
    touched.set(call.jobId, seen.add(call.account));
    let probe = false;
    try {
      probe = watched?.called(call) ?? false;
      assert.ok(seen.size <= 3, `job ${call.jobId} touches ${[...seen].join()}`);
    } catch (error) {
      wrong.push(error);
    }
    const outcome = drawAnswer(random, call);
    const { clock } = world;
    return clock.sleep(randomInt(random, 3_000)).then(() => {
      watched?.answered(outcome, probe, clock.now());
      if (outcome.type === 'accepted') {
        clock.setTimer(10_000 + randomInt(random, 50_000), () => {
          world.finish(call.jobId);
          if (watched) watched.busy -= 1;
        });
      }
      return outcome;
    });
  });
  for (let n = 0; n < 5; n++) {
    const maxJobs = 1 + randomInt(random, 4);
    accounts.set(`a${n}`, new Watched(maxJobs));
    await world.addAccount(`a${n}`, maxJobs);
  }
  for (let n = 0; n < JOBS; n++) {
    await world.create();
    if (n % 5 === 0) await world.pass(randomInt(random, 20_000));
    if (wrong.length > 0) break;
  }
  await world.pass(10 * 60_000);
  const { problems } = await world.gateway.verifyLedger(world.admin);
  for (const end of ends) await end();
  if (wrong.length > 0) throw wrong[0];
  assert.deepEqual(problems, []);
  assert.ok(world.calls.length > 10, 'something happened');
}

test('a storm of answers', { timeout: 280_000 }, async () => {
  await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 2 ** 30 }), storm), { numRuns: 8 });
});
