import assert from 'node:assert/strict';
import { test } from 'node:test';
import { takeToken } from '../../src/core/bucket.ts';
import { fc } from '../support/property.ts';

const RATE = fc.oneof(fc.integer({ min: 1, max: 500 }), fc.double({ min: 0.1, max: 5, noNaN: true }));

test('in no stretch of time are more requests let through than the rate and a second’s worth', () => {
  fc.assert(
    fc.property(RATE, fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 200 }), (rate, waits) => {
      const bucket = { tokens: rate, updatedAt: 0 };
      const taken: number[] = [];
      let now = 0;
      for (const wait of waits) {
        now += wait;
        if (takeToken(bucket, rate, now).ok) taken.push(now);
      }
      const saved = Math.max(1, rate);
      for (const [first, from] of taken.entries()) {
        for (const [last, to] of taken.entries()) {
          if (last < first) continue;
          const allowed = saved + ((to - from) / 1000) * rate;
          assert.ok(last - first + 1 <= allowed + 1e-6, `${last - first + 1} in ${to - from} ms at ${rate}/s`);
        }
      }
    }),
  );
});

test('who waits as long as it was told gets through', () => {
  fc.assert(
    fc.property(RATE, fc.integer({ min: 1, max: 600 }), (rate, burst) => {
      const bucket = { tokens: rate, updatedAt: 0 };
      for (let n = 0; n < burst; n++) {
        const taken = takeToken(bucket, rate, n);
        if (taken.ok) continue;
        assert.ok(taken.retryAfterS >= 1 && Number.isInteger(taken.retryAfterS));
        assert.equal(takeToken(bucket, rate, n + taken.retryAfterS * 1000).ok, true);
        return;
      }
    }),
  );
});

test('a clock that stands still or goes back gives nothing', () => {
  const bucket = { tokens: 1, updatedAt: 1000 };
  assert.equal(takeToken(bucket, 1, 1000).ok, true);
  assert.equal(takeToken(bucket, 1, 1000).ok, false);
  assert.equal(takeToken(bucket, 1, 0).ok, false);
});
