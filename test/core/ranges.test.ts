/** Range and conditional requests (core/ranges.ts), RFC 9110 §13 and §14. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseRange, httpDate, judgeConditions, rangeApplies } from '../../src/core/ranges.ts';
import { fc } from '../support/property.ts';

const part = (start: number, end: number) => ({ type: 'part', start, end });

test('single ranges of 1000 bytes', () => {
  const cases: [string, object][] = [
    ['bytes=0-0', part(0, 0)],
    ['bytes=0-', part(0, 999)],
    ['bytes=500-', part(500, 999)],
    ['bytes=0-499', part(0, 499)],
    ['bytes=999-999', part(999, 999)],
    ['bytes=999-5000', part(999, 999)],
    ['bytes=0-99999999999999999999', part(0, 999)],
    ['bytes=-1', part(999, 999)],
    ['bytes=-500', part(500, 999)],
    ['bytes=-5000', part(0, 999)],
    ['Bytes = 1 - 2 ', part(1, 2)],
    ['bytes=1000-', { type: 'unsatisfiable' }],
    ['bytes=99999999999999999999-', { type: 'unsatisfiable' }],
    ['bytes=-0', { type: 'unsatisfiable' }],
  ];
  for (const [header, expected] of cases) assert.deepEqual(chooseRange(header, 1000), expected, header);
});

test('what is no single range of bytes is answered with the whole', () => {
  for (const header of [
    undefined,
    '',
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=a-b',
    'bytes=5-2',
    'bytes=1.5-2',
    'bytes=0-1,5-6',
    'bytes=-5,-6',
    'items=0-1',
    'bytes=0x1-2',
  ]) {
    assert.deepEqual(chooseRange(header, 1000), { type: 'whole' }, String(header));
  }
});

test('nothing of an empty representation can be asked for', () => {
  for (const header of ['bytes=0-', 'bytes=0-0', 'bytes=-1']) {
    assert.deepEqual(chooseRange(header, 0), { type: 'unsatisfiable' }, header);
  }
});

test('a part always lies within the bytes, and is what was asked for as far as there is any', () => {
  const position = fc.nat({ max: 3000 });
  fc.assert(
    fc.property(
      position,
      position,
      fc.nat({ max: 2000 }),
      fc.constantFrom('both', 'open', 'suffix'),
      (a, b, size, form) => {
        const header = form === 'both' ? `bytes=${a}-${b}` : form === 'open' ? `bytes=${a}-` : `bytes=-${b}`;
        const bytes = Array.from({ length: size }, (_, i) => i);
        const wanted =
          form === 'suffix' ? (b === 0 ? [] : bytes.slice(-b)) : bytes.slice(a, form === 'open' ? size : b + 1);
        const choice = chooseRange(header, size);
        if (form === 'both' && b < a) assert.deepEqual(choice, { type: 'whole' });
        else if (wanted.length === 0) assert.deepEqual(choice, { type: 'unsatisfiable' });
        else assert.deepEqual(choice, part(wanted[0] ?? -1, wanted.at(-1) ?? -1));
      },
    ),
  );
});

test('any header at all gives a part within the bytes, or none', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat({ max: 100 }), (text, size) => {
      for (const header of [text, `bytes=${text}`]) {
        const choice = chooseRange(header, size);
        if (choice.type === 'part') assert.ok(0 <= choice.start && choice.start <= choice.end && choice.end < size);
      }
    }),
  );
});

const AT = Date.UTC(2026, 10, 20, 12, 0, 0) + 789;
const now = { etag: '"abc"', modifiedAt: AT };
const before = httpDate(AT - 60_000);
const after = httpDate(AT + 60_000);

test('preconditions, in their order', () => {
  const cases: [Parameters<typeof judgeConditions>[0], string][] = [
    [{}, 'go'],
    [{ ifNoneMatch: '"abc"' }, 'unchanged'],
    [{ ifNoneMatch: 'W/"abc"' }, 'unchanged'],
    [{ ifNoneMatch: '"x", "abc"' }, 'unchanged'],
    [{ ifNoneMatch: '*' }, 'unchanged'],
    [{ ifNoneMatch: '"x"' }, 'go'],
    [{ ifNoneMatch: 'abc' }, 'go'],
    [{ ifNoneMatch: '"x"', ifModifiedSince: after }, 'go'],
    [{ ifModifiedSince: after }, 'unchanged'],
    [{ ifModifiedSince: httpDate(AT) }, 'unchanged'],
    [{ ifModifiedSince: before }, 'go'],
    [{ ifModifiedSince: 'yesterday' }, 'go'],
    [{ ifMatch: '"abc"' }, 'go'],
    [{ ifMatch: '*' }, 'go'],
    [{ ifMatch: 'W/"abc"' }, 'failed'],
    [{ ifMatch: '"x"' }, 'failed'],
    [{ ifMatch: '"abc"', ifUnmodifiedSince: before, ifNoneMatch: '"abc"' }, 'unchanged'],
    [{ ifUnmodifiedSince: before }, 'failed'],
    [{ ifUnmodifiedSince: after }, 'go'],
  ];
  for (const [headers, expected] of cases) {
    assert.equal(judgeConditions(headers, now), expected, JSON.stringify(headers));
  }
});

test('If-Range: only for exactly these bytes', () => {
  const cases: [string | undefined, boolean][] = [
    [undefined, true],
    ['"abc"', true],
    ['W/"abc"', false],
    ['"x"', false],
    [httpDate(AT), true],
    [before, false],
    [after, false],
    ['nonsense', false],
  ];
  for (const [header, expected] of cases) assert.equal(rangeApplies(header, now), expected, header);
});
