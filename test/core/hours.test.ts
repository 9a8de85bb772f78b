import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hoursOf, isHours, openAt } from '../../src/core/hours.ts';

const HOUR = 3_600_000;
/** Wednesday 21 January 2026. */
const at = (hour: number, day = 21) => Date.UTC(2026, 0, day, hour);
const open = (texts: string[], when: number) => {
  const hours = hoursOf(texts);
  assert.ok(hours);
  return openAt(hours, when);
};

test('a window of every day is open from its start to before its end', () => {
  assert.deepEqual(open(['09:00-17:00'], at(8)), { open: false, forMs: HOUR });
  assert.deepEqual(open(['09:00-17:00'], at(9)), { open: true, forMs: 8 * HOUR });
  assert.deepEqual(open(['09:00-17:00'], at(17)), { open: false, forMs: 16 * HOUR });
});

test('days are counted from Monday, in UTC', () => {
  assert.deepEqual(open(['wed 00:00-24:00'], at(12)), { open: true, forMs: 12 * HOUR });
  assert.deepEqual(open(['thu 00:00-24:00'], at(12)), { open: false, forMs: 12 * HOUR });
  assert.deepEqual(open(['mon-tue 10:00-11:00'], at(12)), { open: false, forMs: (4 * 24 + 22) * HOUR });
  assert.deepEqual(open(['sat-mon 10:00-11:00'], at(10, 19)), { open: true, forMs: HOUR });
});

test('a window may go over midnight, and over the end of the week', () => {
  assert.deepEqual(open(['22:00-02:00'], at(23)), { open: true, forMs: 3 * HOUR });
  assert.deepEqual(open(['22:00-02:00'], at(1)), { open: true, forMs: HOUR });
  // Sunday 25 January, 23:00.
  assert.deepEqual(open(['sun 22:00-02:00'], at(23, 25)), { open: true, forMs: 3 * HOUR });
  assert.deepEqual(open(['sun 22:00-02:00'], at(1, 26)), { open: true, forMs: HOUR });
});

test('windows that touch are one, and a whole week is no limit', () => {
  assert.deepEqual(open(['08:00-12:00', '12:00-18:00'], at(9)), { open: true, forMs: 9 * HOUR });
  assert.equal(hoursOf([]), null);
  assert.equal(hoursOf(['00:00-24:00']), null);
});

test('what is no window is told from what is', () => {
  for (const text of ['mon-fri 08:00-18:00', 'SAT 10:00-14:00', '00:00-24:00', '23:30-00:15'])
    assert.ok(isHours(text), text);
  for (const text of ['', '8-18', 'mon', 'foo 08:00-18:00', '08:00-24:30', '25:00-26:00', '08:00-08:00'])
    assert.ok(!isHours(text), text);
});
