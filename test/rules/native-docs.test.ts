/** docs/native-api.md has every route of the native API, as the table has it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ALL_ROUTES } from '../../src/wire/native/routes.ts';
import { root } from './source.ts';

test('every route stands in docs/native-api.md, under "Every route", and no other', () => {
  const document = readFileSync(path.join(root, 'docs/native-api.md'), 'utf8');
  const rows = ALL_ROUTES.map(
    ({ subject, name, route: { method, path: below, role = 'any', summary } }) =>
      `| \`${method} ${below}\` | \`${subject}.${name}\` | ${role} | ${summary} |`,
  );
  const section = document.slice(document.indexOf('## Every route'));
  const listed = section.split('\n').filter((line) => line.startsWith('| `'));
  // First what is missing or too much, which says what to write; then the order.
  assert.deepEqual(
    listed.filter((row) => !rows.includes(row)),
    [],
  );
  assert.deepEqual(
    rows.filter((row) => !listed.includes(row)),
    [],
  );
  assert.deepEqual(listed, rows);
});
