import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OrderedSet } from '../../src/core/ordered.ts';
import { fc } from '../support/property.ts';

interface Item {
  readonly id: number;
  readonly key: number;
  readonly second: number;
  readonly weight: number;
}

const order = (a: Item, b: Item) => a.key - b.key || a.second - b.second || a.id - b.id;
const made = () =>
  new OrderedSet<Item>({ key: ({ key }) => key, second: ({ second }) => second, weigh: ({ weight }) => weight });

test('an ordered set answers as a sorted list does, after any changes', () => {
  const change = fc.record({
    id: fc.nat(40),
    key: fc.nat(4),
    second: fc.nat(2),
    weight: fc.nat(9),
    out: fc.boolean(),
  });
  const property = fc.property(fc.array(change, { maxLength: 120 }), fc.nat(10), (changes, bound) => {
    const set = made();
    const list = new Map<number, Item>();
    for (const { out, ...item } of changes) {
      const old = list.get(item.id);
      if (old) set.delete(old);
      list.delete(item.id);
      if (out) continue;
      set.add(item);
      list.set(item.id, item);
    }
    const sorted = [...list.values()].sort(order);
    assert.equal(set.size, sorted.length);
    assert.equal(set.countBelow(bound), sorted.filter((item) => item.key < bound).length);
    const heavy = sorted.filter((item) => item.weight >= bound);
    assert.deepEqual(set.first(bound, 100), heavy);
    assert.deepEqual(set.first(bound, 3), heavy.slice(0, 3));
  });
  fc.assert(property, { seed: 7, numRuns: 300 });
});

test('taking out what is not in changes nothing', () => {
  const set = made();
  const item = (id: number) => ({ id, key: 1, second: 1, weight: 1 });
  set.delete(item(1));
  set.add(item(2));
  set.delete(item(1));
  assert.equal(set.size, 1);
});

test('neighbouring numbers in the order of their keys do not make it deep', () => {
  let read = 0;
  const set = new OrderedSet<Item>({ key: ({ key }) => key, second: ({ second }) => second, weigh: () => 0 });
  for (let id = 1; id <= 100_000; id++) set.add({ id, key: id, second: 0, weight: 0 });
  // A set as deep as it is long would overflow the stack here.
  for (let id = 1; id <= 100_000; id += 2) set.delete({ id, key: id, second: 0, weight: 0 });
  for (const { id } of set.first(0, 100_000)) read += id % 2;
  assert.deepEqual([set.size, read, set.countBelow(50_001)], [50_000, 0, 25_000]);
});
