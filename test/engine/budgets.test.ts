/** Whatever comes at once: no budget is exceeded, what comes back returns to its window, and the books balance. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UNLIMITED } from '../../src/core/limits.ts';
import { captureHold, giveGrant, openHold, releaseHold } from '../../src/engine/books/money.ts';
import { verifyLedger } from '../../src/engine/books/verify.ts';
import { Refusal } from '../../src/std/errors.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { silent } from '../store/contract/backend.ts';
import { fc } from '../support/property.ts';

const NOON = Date.UTC(2026, 10, 20, 12);
const DAY_MS = 24 * 3600 * 1000;
const GIVEN = 1_000_000;

/** A hold, and what becomes of it: nothing yet, given back, or paid in part. */
const WORK = fc.record({
  price: fc.integer({ min: 1, max: 40_000 }),
  day: fc.integer({ min: 0, max: 2 }),
  budgeted: fc.boolean(),
  end: fc.constantFrom('released', 'captured', 'part'),
});

test('budgets hold under creates at once, and the books balance', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(WORK, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 0, max: 120_000 }),
      async (works, limit) => {
        const store = await openSqlite({ folder: ':memory:', log: silent });
        try {
          const { tenantId, keyId } = await store.write('seed', function* (q) {
            const order = { name: 't', weight: 1, monthlyCredits: 0, anchorDay: 1, createdAt: NOON } as const;
            const tenant = yield* q.tenants.insert({ ...order, mode: 'metered', unit: null });
            const made = { name: 'k', role: 'client', hash: 'h', prefix: 'ak_0000', queueDepthMax: 1000 } as const;
            const key = yield* q.keys.insert({ ...UNLIMITED, ...made, tenantId: tenant.id, createdAt: NOON });
            const grant = {
              tenantId: tenant.id,
              kind: 'package',
              amount: GIVEN,
              expiresAt: null,
              period: null,
            } as const;
            yield* giveGrant(new Map(), q, grant, NOON);
            return { tenantId: tenant.id, keyId: key.id };
          });
          const day = (n: number) => new Date(NOON + n * DAY_MS).toISOString().slice(0, 10);
          const spent = (n: number) => store.write('spent', (q) => q.books.spend(keyId, day(n), 0));
          const hold = (index: number, { price, day: n, budgeted }: (typeof works)[number]) => {
            const job = { id: index + 1, tenantId, keyId, price };
            const budget = { day: budgeted ? limit : null, month: null };
            return store
              .write('hold', (q) => openHold(new Map(), q, job, budget, NOON + n * DAY_MS))
              .then(
                () => true,
                (error: unknown) => {
                  assert.ok(
                    error instanceof Refusal && ['budget_exceeded', 'credits_insufficient'].includes(error.code),
                  );
                  return false;
                },
              );
          };
          const held = await Promise.all(works.map((work, index) => hold(index, work)));
          const counted = (n: number, of: (work: (typeof works)[number]) => number) =>
            works.reduce((sum, work, i) => sum + (held[i] && work.day === n && work.budgeted ? of(work) : 0), 0);
          for (const n of [0, 1, 2]) {
            assert.equal(
              await spent(n),
              counted(n, ({ price }) => price),
            );
            assert.ok((await spent(n)) <= limit, `a budget of ${limit} was exceeded`);
          }
          const paidOf = ({ price, end }: (typeof works)[number]) =>
            end === 'released' ? 0 : end === 'captured' ? price : Math.floor(price / 2);
          await Promise.all(
            works.map((work, index) =>
              store.write('end', function* (q) {
                const row = yield* q.books.hold(index + 1);
                // Ended later than held: it returns to the window it was held in.
                const at = NOON + 5 * DAY_MS;
                if (!row) return;
                if (work.end === 'released') yield* releaseHold(new Map(), q, row, at);
                else yield* captureHold(new Map(), q, row, paidOf(work), at);
              }),
            ),
          );
          for (const n of [0, 1, 2]) assert.equal(await spent(n), counted(n, paidOf));
          const report = await verifyLedger({ store });
          assert.deepEqual(report.problems, []);
        } finally {
          await store.close();
        }
      },
    ),
    { numRuns: 40 },
  );
});
