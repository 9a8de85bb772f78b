import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const folder = path.join(import.meta.dirname, '../../src/store');

test('no statement changes or removes an entry of the ledger', () => {
  const files = globSync('**/*.ts', { cwd: folder });
  assert.ok(files.length > 10, 'the files of the store were found');
  let appends = 0;
  for (const file of files) {
    const source = readFileSync(path.join(folder, file), 'utf8');
    assert.doesNotMatch(source, /\b(update\s+entries|delete\s+from\s+entries|replace\s+into\s+entries)\b/i, file);
    assert.doesNotMatch(source, /\binto\s+entries\b[^`]*\bon\s+conflict\b[^`]*\bdo\s+update\b/i, file);
    appends += source.match(/\binsert\s+into\s+entries\b/gi)?.length ?? 0;
  }
  assert.equal(appends, 1, 'there is one statement that appends entries');
});
