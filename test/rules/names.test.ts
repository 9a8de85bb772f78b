/**
 * A vendor's name occurs in its own folders and in the registries, so that the cost of one more dialect or upstream is
 * its own files and one line. Comments may say where a fact comes from.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Source, sources } from './source.ts';

const ownFolders = (name: string) => [
  `src/wire/${name}/`,
  `src/doors/${name}/`,
  `src/doors/${name}.ts`,
  `src/upstreams/${name}/`,
];

/** Name → how it looks in code, and the folders that are its own. */
const NAMES: Readonly<Record<string, { pattern: RegExp; own: readonly string[] }>> = {
  // useapi.net resells it: the name is part of that vendor's own paths and messages.
  pixverse: { pattern: /pix_?verse/i, own: [...ownFolders('pixverse'), ...ownFolders('useapi')] },
  useapi: { pattern: /use_?api/i, own: ownFolders('useapi') },
  crun: { pattern: /\bcrun/i, own: ownFolders('crun') },
  openai: { pattern: /open_?ai\b/i, own: ownFolders('openai') },
  // An English word, so only the name itself as a text counts.
  local: { pattern: /(['"`])local\1/, own: ['src/upstreams/local/'] },
};

/** Elsewhere a name is allowed only here, for the reason given. */
const ALLOWED: readonly { path: string; names: readonly string[]; why: string }[] = [
  { path: 'src/doors/registry.ts', names: ['pixverse', 'useapi', 'crun', 'openai'], why: 'the list of doors' },
  {
    path: 'src/upstreams/registry.ts',
    names: ['pixverse', 'useapi', 'crun', 'openai', 'local'],
    why: 'the list of drivers',
  },
  {
    path: 'src/wire/formats.ts',
    names: ['pixverse'],
    why: 'the list of webhook formats',
  },
  {
    path: 'src/compose.ts',
    names: ['local', 'pixverse'],
    why: 'the root: makes the first account, and names the price table',
  },
  { path: 'src/net/guard.ts', names: ['local'], why: 'there it is a suffix of host names' },
  { path: 'src/config.ts', names: ['pixverse'], why: 'settings of one driver carry its name' },
  { path: 'src/cli/demo.ts', names: ['pixverse'], why: 'the demo speaks a vendor protocol, as any client would' },
];

const files = sources('src');

function hits(source: Source, pattern: RegExp): string[] {
  return source.code
    .split('\n')
    .flatMap((line, index) => (pattern.test(line) ? [`${source.path}:${index + 1} ${line.trim().slice(0, 80)}`] : []));
}

for (const [name, { pattern, own }] of Object.entries(NAMES)) {
  test(`${name} is named only in its own folders and the registries`, () => {
    const found = files
      .filter(({ path }) => !own.some((folder) => path.startsWith(folder)))
      .filter(({ path }) => !ALLOWED.some((entry) => entry.path === path && entry.names.includes(name)))
      .flatMap((source) => hits(source, pattern));
    assert.deepEqual(found, []);
  });
}

test('every exception is still needed', () => {
  const idle = ALLOWED.flatMap(({ path, names }) => {
    const source = files.find((file) => file.path === path);
    if (source === undefined) return [];
    return names.some((name) => hits(source, NAMES[name]?.pattern ?? /$^/).length > 0) ? [] : [path];
  });
  assert.deepEqual(idle, []);
});
