/**
 * Every requirement is cited by a test: its id stands in square brackets in a test's name. An id nobody cites, or a
 * citation of nothing, is red.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const root = path.join(import.meta.dirname, '..');

interface Requirement {
  readonly id: string;
  readonly text: string;
  readonly source: string;
}

/** The requirements of every file of this folder, by file. */
async function families(): Promise<Map<string, readonly Requirement[]>> {
  const found = new Map<string, readonly Requirement[]>();
  for (const file of globSync('requirements/*.ts', { cwd: root }).sort()) {
    if (file.endsWith('.test.ts')) continue;
    const module = (await import(path.join(root, file))) as { REQUIREMENTS?: readonly Requirement[] };
    assert.ok(module.REQUIREMENTS !== undefined, `${file} exports no REQUIREMENTS`);
    found.set(path.basename(file, '.ts'), module.REQUIREMENTS);
  }
  return found;
}

/** Every id in square brackets in the name of a test, with the file it stands in. */
function citations(): { id: string; file: string }[] {
  const name = /\b(?:test|it|describe|suite)(?:\.\w+)?\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/g;
  const id = /\[([a-z0-9-]+(?:\.[a-z0-9-]+)+)\]/g;
  return globSync('**/*.test.ts', { cwd: root }).flatMap((file) => {
    const text = readFileSync(path.join(root, file), 'utf8');
    return [...text.matchAll(name)].flatMap((found) =>
      [...(found[2] ?? '').matchAll(id)].map((match) => ({ id: match[1] ?? '', file })),
    );
  });
}

/** Families whose requirements are to be met over HTTP: how a client finds it, not how a function of ours returns it. */
const OVER_HTTP: ReadonlySet<string> = new Set(['pixverse', 'pixverse-lists', 'pixverse-ops', 'webhooks']);

/** Requirements that no request can meet, with the reason. */
const NOT_OVER_HTTP: Readonly<Record<string, string>> = {
  'pixverse-ops.unsupported':
    'every kind of account that is built in carries out every operation; the engine is given one that does not',
};

/** True for a file whose tests speak HTTP with a gateway, or are spoken to by one. */
function isOverHttp(file: string): boolean {
  if (!/^(cli|doors|e2e|webhooks)\//.test(file)) return false;
  return /\b(startGateway|startAlone|receiver|fetch|request)\(/.test(readFileSync(path.join(root, file), 'utf8'));
}

const cited = citations();
const all = await families();

for (const [family, requirements] of all) {
  test(`every requirement of ${family} is cited by a test`, () => {
    const known = new Set(cited.map(({ id }) => id));
    assert.deepEqual(
      requirements.filter(({ id }) => !known.has(id)).map(({ id }) => id),
      [],
    );
  });

  test(`every requirement of ${family} has an id of its own, a sentence and a source`, () => {
    assert.equal(new Set(requirements.map(({ id }) => id)).size, requirements.length);
    for (const { id, text, source } of requirements) {
      assert.match(id, new RegExp(`^${family}\\.`));
      assert.match(text, /\S.*\.$|\}\.?$/s, `${id} has no sentence`);
      assert.match(source, /§|reference\/|ours/, `${id} has no source`);
    }
  });
}

test('every requirement of these families is cited by a test over HTTP', () => {
  const files = new Map(cited.map(({ file }) => [file, isOverHttp(file)]));
  const met = new Set(cited.filter(({ file }) => files.get(file)).map(({ id }) => id));
  const unmet = [...OVER_HTTP].flatMap((family) => (all.get(family) ?? []).filter(({ id }) => !met.has(id)));
  assert.deepEqual(
    unmet.map(({ id }) => id),
    Object.keys(NOT_OVER_HTTP),
  );
});

test('no test cites a requirement that does not exist', () => {
  const ids = new Set([...all.values()].flat().map(({ id }) => id));
  const prefixes = [...all.keys()];
  const stray = cited.filter(({ id }) => prefixes.some((prefix) => id.startsWith(`${prefix}.`)) && !ids.has(id));
  assert.deepEqual(stray, []);
});
