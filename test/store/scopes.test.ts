import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ScopeIndex } from '../../src/store/scopes.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { fc } from '../support/property.ts';
import { silent } from './contract/backend.ts';

test('the index names every subject that was added, through growth and sweeps', () => {
  const steps = fc.array(fc.record({ scope: fc.nat(400), sweep: fc.boolean() }), { maxLength: 3000 });
  fc.assert(
    fc.property(steps, fc.nat(3000), (plan, expected) => {
      const index = new ScopeIndex(expected);
      const subjects = new Map<string, number[]>();
      let oldest = 0;
      for (const [i, { scope, sweep }] of plan.entries()) {
        const name = `scope ${scope}`;
        index.add(name, i + 1);
        index.add(name, i + 1);
        subjects.set(name, [...(subjects.get(name) ?? []), i + 1]);
        if (sweep && i % 100 === 0) {
          oldest = i / 2;
          index.forgetBelow(oldest);
        }
      }
      for (const [name, added] of subjects) {
        const found = index.candidates(name);
        for (const subject of added) if (subject >= oldest) assert.ok(found.includes(subject), `${name} ${subject}`);
        assert.equal(new Set(found).size, found.length);
      }
      assert.ok(index.size <= plan.length);
    }),
    { numRuns: 30, seed: 3 },
  );
});

test('an answer is remembered over a restart; a rolled back one is not', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'reelpool-scopes-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const row = (n: number) => ({ scope: `s${n}`, fingerprint: 'f', subject: n, createdAt: n });
  const first = await openSqlite({ folder, log: silent });
  await first.write('add', function* (q) {
    for (let n = 1; n <= 2500; n++) yield* q.replays.insert(row(n));
  });
  await assert.rejects(
    first.write('undone', function* (q) {
      yield* q.replays.insert(row(2501));
      throw new Error('undone');
    }),
    /undone/,
  );
  assert.equal(await first.read((q) => q.replays.get('s2501')), undefined);
  // The id is free again, also for another subject.
  const other = { ...row(2501), subject: 2600 };
  assert.equal(await first.write('again', (q) => q.replays.insert(other)), undefined);
  await first.close();
  const second = await openSqlite({ folder, log: silent });
  t.after(() => second.close());
  assert.deepEqual(await second.read((q) => q.replays.get('s1234')), row(1234));
  assert.deepEqual(await second.write('twin', (q) => q.replays.insert({ ...row(9000), scope: 's2501' })), other);
});
