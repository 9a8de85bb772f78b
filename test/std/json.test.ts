import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalJson } from '../../src/std/json.ts';
import { fc } from '../support/property.ts';

/** The same value with the keys of every object in another order. */
function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, shuffled(member)]),
  );
}

test('canonical JSON is JSON of the same value, whatever the order of its keys', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value);
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
      assert.equal(canonicalJson(shuffled(value)), text);
    }),
  );
});

test('canonical JSON orders keys by code unit and leaves undefined members out', () => {
  assert.equal(
    canonicalJson({ b: 1, a: [undefined, { d: 2, c: '"' }], x: undefined }),
    '{"a":[null,{"c":"\\"","d":2}],"b":1}',
  );
  assert.equal(canonicalJson({ 10: 1, 9: 2 }), '{"10":1,"9":2}');
  assert.notEqual(canonicalJson({ a: 1 }), canonicalJson({ a: '1' }));
});
