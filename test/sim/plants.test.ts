/** The simulation is worth what it finds: every known bug, planted, breaks a promise within a few runs. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { drawPlan } from './draw.ts';
import { PLANTS } from './plants.ts';
import { simulate } from './simulate.ts';

/** Runs in which a bug must show. The seeds are 1, 2, 3 …: nothing is chosen for a bug but the size of its runs. */
const RUNS_MAX = 80;

test('docs/simulation.md lists every planted bug', () => {
  const document = readFileSync(path.join(import.meta.dirname, '../../docs/simulation.md'), 'utf8');
  const rows = [...document.matchAll(/^\| `([\w-]+)` \| (.+) \|$/gm)].map(([, name, bug]) => [name, bug]);
  assert.deepEqual(
    rows,
    Object.entries(PLANTS).map(([name, { bug }]) => [name, bug]),
  );
});

for (const [name, { bug, plant, breaks, size = {} }] of Object.entries(PLANTS)) {
  test(`a program that ${bug} is found (${name})`, { timeout: 120_000 }, async (t) => {
    for (let seed = 1; seed <= RUNS_MAX; seed++) {
      const { violation } = await simulate(drawPlan(seed, size), { plant });
      if (!violation) continue;
      t.diagnostic(`seed ${seed}: ${violation.invariant}: ${violation.message}`);
      assert.ok(breaks.includes(violation.invariant), `${violation.invariant}: ${violation.message}`);
      return;
    }
    assert.fail(`${RUNS_MAX} runs with this bug broke no promise`);
  });
}
