import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planAccountSpend, planHold, planLateCapture, planReturn, splitSlices } from '../../src/core/ledger.ts';
import { fc } from '../support/property.ts';

const grant = (id: number, remaining: number) => ({ id, remaining });
const sum = (parts: readonly { amount: number }[]) => parts.reduce((total, part) => total + part.amount, 0);

test('a hold is cut from grants in the order given', () => {
  assert.deepEqual(planHold([grant(1, 30), grant(2, 50), grant(3, 50)], 70), [
    { grantId: 1, amount: 30 },
    { grantId: 2, amount: 40 },
  ]);
});

test('a hold that the grants do not cover is none', () => {
  assert.equal(planHold([grant(1, 30), grant(2, 39)], 70), null);
  assert.equal(planHold([], 1), null);
});

test('what a capture leaves comes back to the grants spent last', () => {
  const slices = [
    { grantId: 1, amount: 30 },
    { grantId: 2, amount: 40 },
  ];
  assert.deepEqual(splitSlices(slices, 35), [{ grantId: 2, amount: 35 }]);
  assert.deepEqual(splitSlices(slices, 70), []);
  assert.throws(() => splitSlices(slices, 71), RangeError);
});

test('a slice returned after its grant expired becomes promo', () => {
  const slices = [
    { grantId: 1, amount: 30 },
    { grantId: 2, amount: 40 },
    { grantId: 3, amount: 5 },
  ];
  const expiry = new Map([
    [1, 100],
    [2, 101],
    [3, null],
  ]);
  assert.deepEqual(
    planReturn(slices, (id) => expiry.get(id) ?? null, 100),
    {
      back: [
        { grantId: 2, amount: 40 },
        { grantId: 3, amount: 5 },
      ],
      promo: 30,
    },
  );
});

test('a late capture takes at most what is there', () => {
  assert.deepEqual(planLateCapture(100, 250), { paid: 100, writtenOff: 0 });
  assert.deepEqual(planLateCapture(100, 40), { paid: 40, writtenOff: 60 });
});

test('an account pays first with what it would lose first, and never more than it has', () => {
  assert.deepEqual(planAccountSpend({ daily: 10, monthly: 50, package: 100 }, 70), {
    daily: 10,
    monthly: 50,
    package: 10,
  });
  assert.deepEqual(planAccountSpend({ daily: 0, monthly: 5, package: 0 }, 70), { daily: 0, monthly: 5, package: 0 });
});

test('no credit is made or lost between hold, capture and return', () => {
  const amount = fc.integer({ min: 1, max: 10_000 });
  fc.assert(
    fc.property(
      fc.array(amount, { minLength: 1, maxLength: 8 }),
      amount,
      fc.float({ min: 0, max: 1, noNaN: true }),
      (grants, price, share) => {
        const slices = planHold(
          grants.map((remaining, id) => grant(id, remaining)),
          price,
        );
        const total = grants.reduce((a, b) => a + b, 0);
        assert.equal(slices === null, total < price);
        if (!slices) return;
        assert.equal(sum(slices), price);
        for (const slice of slices) assert.ok(slice.amount > 0 && slice.amount <= (grants[slice.grantId] ?? 0));
        const captured = Math.floor(price * share);
        const returned = splitSlices(slices, captured);
        assert.equal(sum(returned), price - captured);
        const { back, promo } = planReturn(returned, (id) => (id % 2 === 0 ? 50 : null), 60);
        assert.equal(sum(back) + promo, price - captured);
      },
    ),
  );
});
