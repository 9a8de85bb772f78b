import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { pixverseDocument } from './pixverse-document.ts';

test('docs/pixverse-api.md is what its tables come to [pixverse.errors.table]', () => {
  const file = path.join(import.meta.dirname, '../../docs/pixverse-api.md');
  const expected = pixverseDocument();
  assert.ok(readFileSync(file, 'utf8') === expected, `docs/pixverse-api.md must be:\n\n${expected}`);
});
