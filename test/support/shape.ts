import assert from 'node:assert/strict';

/**
 * Asserts that an answer has the form of a recorded one: the same keys at every level and the same JSON types, whatever
 * the values. Items of a list are compared with the first item of the recorded list; empty lists have any form.
 */
export function assertSameShape(actual: unknown, sample: unknown, at = 'body'): void {
  assert.equal(typeOf(actual), typeOf(sample), `${at} has another type`);
  if (Array.isArray(actual) && Array.isArray(sample)) {
    for (const [index, item] of actual.entries()) {
      if (sample.length > 0) assertSameShape(item, sample[0], `${at}[${index}]`);
    }
  } else if (typeOf(actual) === 'object') {
    const left = actual as Record<string, unknown>;
    const right = sample as Record<string, unknown>;
    assert.deepEqual(Object.keys(left).sort(), Object.keys(right).sort(), `${at} has other keys`);
    for (const key of Object.keys(right)) assertSameShape(left[key], right[key], `${at}.${key}`);
  }
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
