import assert from 'node:assert/strict';
import { test } from 'node:test';
import { takeToken } from '../../src/core/bucket.ts';
import { dayName, monthlyPeriod, monthName, nextDay } from '../../src/core/calendar.ts';
import { isInFlight, isTerminal, JOB_STATES, TRANSITIONS, transition } from '../../src/core/job.ts';

const utc = (text: string) => Date.parse(`${text}Z`);

test('a monthly period starts on its anchor day, clamped to the end of the month', () => {
  const cases: [string, number, string, string][] = [
    ['2026-11-20T10:00:00', 1, '2026-11-01T00:00:00', '2026-12-01T00:00:00'],
    ['2026-11-20T10:00:00', 25, '2026-10-25T00:00:00', '2026-11-25T00:00:00'],
    ['2026-02-28T00:00:00', 31, '2026-02-28T00:00:00', '2026-03-31T00:00:00'],
    ['2026-02-27T23:59:59', 31, '2026-01-31T00:00:00', '2026-02-28T00:00:00'],
    ['2028-02-29T12:00:00', 30, '2028-02-29T00:00:00', '2028-03-30T00:00:00'],
    ['2026-01-01T00:00:00', 15, '2025-12-15T00:00:00', '2026-01-15T00:00:00'],
  ];
  for (const [at, anchor, from, to] of cases) {
    const period = monthlyPeriod(utc(at), anchor);
    assert.deepEqual([period.startsAt, period.endsAt], [utc(from), utc(to)], `${at} with anchor day ${anchor}`);
    assert.equal(period.name, from.slice(0, 7));
  }
});

test('days and months are named in UTC', () => {
  assert.equal(dayName(utc('2026-11-20T23:59:59')), '2026-11-20');
  assert.equal(monthName(utc('2026-11-20T23:59:59')), '2026-11');
  assert.equal(nextDay(utc('2026-12-31T23:59:59')), utc('2027-01-01T00:00:00'));
});

test('a bucket lets its rate through and says how long to wait', () => {
  const bucket = { tokens: 2, updatedAt: 0 };
  assert.deepEqual(
    [0, 0, 0].map(() => takeToken(bucket, 2, 0).ok),
    [true, true, false],
  );
  assert.deepEqual(takeToken(bucket, 2, 0), { ok: false, retryAfterS: 1 });
  assert.equal(takeToken(bucket, 2, 500).ok, true);
  assert.equal(takeToken(bucket, 2, 60_000).ok, true);
});

test('no state but expired has a way out once a job has ended', () => {
  for (const state of JOB_STATES) {
    if (isTerminal(state)) assert.deepEqual(TRANSITIONS[state], state === 'expired' ? ['succeeded'] : []);
    else assert.ok(TRANSITIONS[state].length > 0);
    assert.equal(isTerminal(state) && isInFlight(state), false);
  }
  assert.throws(() => transition('succeeded', 'failed'));
  assert.throws(() => transition('unknown', 'queued'), 'a job of unknown outcome is never submitted again');
  assert.equal(transition('queued', 'submitting'), 'submitting');
});
