/** The list of outcomes, its document and its tests say the same. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { failureDocument } from './document.ts';
import { GROUPS, OUTCOMES } from './outcomes.ts';

const here = import.meta.dirname;

test('docs/when-the-machine-fails.md is what the list says', () => {
  const document = readFileSync(path.join(here, '../../docs/when-the-machine-fails.md'), 'utf8');
  assert.equal(document, failureDocument(), 'npm exec -- node scripts/failure-table.ts writes it anew');
});

test('every outcome is proved by one test, and every test proves one', () => {
  const tests = readdirSync(here).filter((name) => name.endsWith('.test.ts'));
  const proved = tests.flatMap((name) =>
    [...readFileSync(path.join(here, name), 'utf8').matchAll(/\bproves\('([^']+)'/g)].map(([, id]) => id),
  );
  assert.deepEqual(proved.sort(), [...OUTCOMES.keys()].sort());
  assert.equal(OUTCOMES.size, GROUPS.flatMap((group) => group.outcomes).length, 'no id stands for two');
});
