/** The shape of the code: small files, no `any`, no default exports, no barrels, documented contracts. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { imports, lineAt, root, sources } from './source.ts';

const FILE_LINES_MAX = 400;
const RULE_LINES_MAX = 150;
const FUNCTION_LINES_MAX = 70;

/** Longer files, each a table: many lines of one shape that are looked up, not read through. */
const TABLES: Readonly<Record<string, string>> = {
  'src/contracts/store.ts': 'every row and statement of the store, one after the other',
  'test/requirements/pixverse.ts': 'every rule of the dialect, with its place in the reference',
};

const everything = sources('src', 'test', 'bench', 'scripts');
const lines = (text: string) => text.trimEnd().split('\n').length;

test(`no file is longer than ${FILE_LINES_MAX} lines, tables apart`, () => {
  const long = everything
    .filter(({ path, text }) => lines(text) > FILE_LINES_MAX && !(path in TABLES))
    .map(({ path, text }) => `${path}: ${lines(text)} lines`);
  assert.deepEqual(long, []);
});

test('no file is listed as a long table that is not one any more', () => {
  const idle = Object.keys(TABLES).filter((table) => {
    const source = everything.find(({ path }) => path === table);
    return source === undefined || lines(source.text) <= FILE_LINES_MAX;
  });
  assert.deepEqual(idle, []);
});

test(`no rule is longer than ${RULE_LINES_MAX} lines, but for the list of pins`, () => {
  const long = everything
    .filter(({ path }) => path.startsWith('test/rules/') && !path.endsWith('.pins.ts'))
    .filter(({ text }) => lines(text) > RULE_LINES_MAX)
    .map(({ path, text }) => `${path}: ${lines(text)} lines`);
  assert.deepEqual(long, []);
});

test(`the linter refuses functions longer than ${FUNCTION_LINES_MAX} lines, \`any\`, default exports and \`!\``, () => {
  const biome = JSON.parse(readFileSync(path.join(root, 'biome.json'), 'utf8'));
  const { complexity, style, suspicious } = biome.linter.rules;
  assert.deepEqual(complexity.noExcessiveLinesPerFunction, {
    level: 'error',
    options: { maxLines: FUNCTION_LINES_MAX },
  });
  assert.equal(style.noDefaultExport, 'error');
  assert.equal(style.noNonNullAssertion, 'error');
  assert.equal(style.useImportType, 'error');
  assert.equal(suspicious.noExplicitAny, 'error');
  // Tests are lists of cases; nothing else may be exempt from the length of functions.
  assert.deepEqual(
    biome.overrides.map((override: { includes: string[] }) => override.includes),
    [['test/**']],
  );
});

test('no `any`, no default export, no excuse to the linter or the compiler without a reason', () => {
  const found = everything.flatMap(({ path, bare, text }) => [
    ...[...bare.matchAll(/(?:\bas|[:<|&,(=])\s*any\b(?!\w|\s*:)/g)].map((m) => `${path}:${lineAt(bare, m.index)} any`),
    ...[...text.matchAll(/(?<!noDefaultExport: .+\n)^export default\b/gm)].map(
      (m) => `${path}:${lineAt(text, m.index)} default export`,
    ),
    ...[...text.matchAll(/^.*(?:@ts-(?:ignore|expect-error|nocheck)|biome-ignore(?![^:]*: \w+ \w+)).*$/gm)]
      .filter(([line]) => !line.includes('matchAll('))
      .map((m) => `${path}:${lineAt(text, m.index)} ${m[0].trim().slice(0, 60)}`),
  ]);
  assert.deepEqual(found, []);
});

test('no barrel files: only the registries gather what is elsewhere', () => {
  const barrels = everything.flatMap((source) => [
    ...(/(?:^|\/)index\.ts$/.test(source.path) ? [source.path] : []),
    ...[...source.bare.matchAll(/^export\s+(?:type\s+)?(?:\*|\{[^}]*\})\s*from\b/gm)].map(
      (m) => `${source.path}:${lineAt(source.bare, m.index)} re-exports`,
    ),
  ]);
  assert.deepEqual(barrels, []);
});

test('imports name the file, with its extension', () => {
  const found = everything.flatMap((source) =>
    imports(source)
      .filter(({ specifier }) => specifier.startsWith('.') && !/\.(?:ts|json|mjs)$/.test(specifier))
      .map(({ specifier, line }) => `${source.path}:${line} imports ${specifier}`),
  );
  assert.deepEqual(found, []);
});

/** Exported names of a file without a docstring right above them. */
function undocumented(source: { path: string; text: string; bare: string }): string[] {
  const exported = /^export\s+(?:async\s+)?(?:type|interface|const|function\*?|class)\s+(\w+)/gm;
  return [...source.bare.matchAll(exported)]
    .filter((match) => !/\*\/\s*$/.test(source.text.slice(0, match.index)))
    .map((match) => `${source.path}:${lineAt(source.bare, match.index)} ${match[1]}`);
}

test('everything contracts/ exports is documented', () => {
  const found = sources('src/contracts').flatMap(undocumented);
  assert.deepEqual(found, []);
});
