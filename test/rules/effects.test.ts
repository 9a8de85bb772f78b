/** No SQL outside src/store/; no clock and no randomness outside src/std/: what makes a simulated hour possible. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { imports, lineAt, sources } from './source.ts';

const files = sources('src');

const SQL =
  /\b(?:select\s[\s\S]+?\sfrom\s|insert\s+(?:or\s+\w+\s+)?into\s|update\s+\w+\s+set\s|delete\s+from\s|create\s+(?:unique\s+)?(?:table|index)\s|pragma\s+\w+\s*[=(]|begin\s+immediate)/i;

test('no SQL outside src/store/', () => {
  const outside = files.filter(({ path }) => !path.startsWith('src/store/'));
  const texts = outside.flatMap(({ path, texts }) =>
    texts.filter(({ value }) => SQL.test(value)).map(({ line, value }) => `${path}:${line} ${value.slice(0, 60)}`),
  );
  const drivers = outside.flatMap((source) =>
    imports(source)
      .filter(({ specifier }) => specifier === 'node:sqlite' || specifier === 'pg')
      .map(({ specifier, line }) => `${source.path}:${line} imports ${specifier}`),
  );
  assert.deepEqual([...texts, ...drivers], []);
});

/** How time and chance would be taken from the machine; each is an argument (`Clock`, `Random`) everywhere but in std/. */
const MACHINE: readonly (readonly [RegExp, string])[] = [
  [/\bDate\.now\b/g, 'Date.now'],
  [/\bnew Date\(\s*\)/g, 'new Date()'],
  [/\bDate\(\s*\)/g, 'Date()'],
  [/\bperformance\.now\b/g, 'performance.now'],
  [/\bprocess\.(?:hrtime|uptime)\b/g, 'process.hrtime'],
  [/\bMath\.random\b/g, 'Math.random'],
  [/\brandom(?:UUID|Bytes|FillSync)\b/g, 'node:crypto randomness'],
  [/\brandomInt\b[^;]*from 'node:crypto'/g, 'node:crypto randomness'],
  [/\bgetRandomValues\b/g, 'getRandomValues'],
  [/(?<![.\w])set(?:Timeout|Interval)\s*\(/g, 'a timer'],
  [/(?<![.\w])setImmediate\b/g, 'setImmediate'],
  [/\bAbortSignal\.timeout\b/g, 'AbortSignal.timeout'],
  [/'node:timers(?:\/promises)?'/g, 'node:timers'],
];

/** Exceptions: file → what it may use, and why. */
const EXCUSED: Readonly<Record<string, { uses: string; why: string }>> = {
  'src/store/sqlite.ts': {
    uses: 'setImmediate',
    why: 'commits once the I/O events of this turn are through; a simulation passes its own `defer`',
  },
};

test('no clock and no randomness outside src/std/', () => {
  const found = files
    .filter(({ path }) => !path.startsWith('src/std/'))
    .flatMap(({ path, bare, code }) =>
      MACHINE.filter(([, name]) => EXCUSED[path]?.uses !== name).flatMap(([pattern, name]) => {
        const text = pattern.source.includes("'") ? code : bare;
        return [...text.matchAll(pattern)].map((match) => `${path}:${lineAt(text, match.index)} uses ${name}`);
      }),
    );
  assert.deepEqual(found, []);
});

test('no file is excused that does not exist', () => {
  const paths = new Set(files.map(({ path }) => path));
  assert.deepEqual(
    Object.keys(EXCUSED).filter((path) => !paths.has(path)),
    [],
  );
});

test('the environment is read in the configuration and at the start of a process only', () => {
  // media/cli.ts looks for a program on PATH, and hands the loader's path on to it.
  const readers = ['src/config.ts', 'src/compose.ts', 'src/media/cli.ts'];
  const found = files
    .filter(({ path }) => !readers.includes(path) && !path.startsWith('src/cli/'))
    .flatMap(({ path, bare }) =>
      [...bare.matchAll(/\bprocess\.env\b/g)].map((match) => `${path}:${lineAt(bare, match.index)} reads process.env`),
    );
  assert.deepEqual(found, []);
});
