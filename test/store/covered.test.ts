/** Every statement that the contract names is shown on both databases: the contract suite calls it. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const ROOT = path.join(import.meta.dirname, '../..');
const CONTRACTS = path.join(ROOT, 'src/contracts');
const SUITE = path.join(ROOT, 'test/store/contract');

const textsIn = (folder: string): string =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(path.join(folder, name), 'utf8'))
    .join('\n');

/** `noun.statement` for every statement of `Statements`. */
function statements(): string[] {
  const text = textsIn(CONTRACTS);
  const all = /export interface Statements \{([\s\S]*?)\n\}/.exec(text)?.[1] ?? '';
  const nouns = [...all.matchAll(/readonly (\w+): (\w+);/g)];
  return nouns.flatMap(([, noun = '', type = '']) => {
    const body = new RegExp(`export interface ${type}\\b[^{]*\\{([\\s\\S]*?)\\n\\}`).exec(text)?.[1];
    assert.ok(body !== undefined, `${type} is in no file of src/contracts/`);
    const names = [...body.replace(/\/\*\*[\s\S]*?\*\//g, '').matchAll(/^ {2}(\w+)\(/gm)];
    return names.map(([, name = '']) => `${noun}.${name}`);
  });
}

test('the contract suite calls every statement', () => {
  const known = statements();
  assert.ok(known.length > 100, `${known.length} statements were found`);
  const suite = textsIn(SUITE);
  assert.deepEqual(
    known.filter((name) => !new RegExp(`\\bq\\.${name.replace('.', '\\.')}\\(`).test(suite)),
    [],
  );
});
