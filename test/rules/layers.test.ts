/** Who may import whom (ARCHITECTURE.md, "Layers"). A red line here means a layer was crossed, not that the list is old. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { imports, type Source, sources } from './source.ts';

const OWN_GATEWAY = ['std/', 'client/', 'cli/', 'types:wire/native/', 'config.ts', 'compose.ts'];

/**
 * Layer → what it may import of ours, as path prefixes below src/. `types:` before a prefix allows types only.
 * `{own}` is the file's own second-level folder, e.g. `wire/crun/`; `{shared}` is what all doors use.
 */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'std/': ['std/'],
  'core/': ['std/', 'core/'],
  'contracts/': ['types:std/', 'types:core/', 'types:contracts/'],
  'wire/': ['std/', 'core/', 'types:contracts/', 'wire/openapi.ts', '{own}'],
  // The one list of webhook formats.
  'wire/formats.ts': ['types:contracts/', 'wire/'],
  'net/': ['std/', 'core/', 'types:contracts/', 'net/'],
  'blobs/': ['std/', 'core/', 'types:contracts/', 'blobs/'],
  'media/': ['std/', 'core/', 'types:contracts/', 'media/'],
  'store/': ['std/', 'core/', 'types:contracts/', 'store/'],
  'upstreams/': ['std/', 'core/', 'types:contracts/', 'wire/', 'net/', 'media/', '{own}'],
  // The one list of drivers.
  'upstreams/registry.ts': ['std/', 'types:contracts/', 'upstreams/'],
  'engine/': ['std/', 'core/', 'types:contracts/', 'engine/'],
  'doors/': ['std/', 'core/', 'types:contracts/', 'wire/', 'types:engine/gateway.ts', '{own}', '{shared}'],
  // The one list of doors.
  'doors/registry.ts': ['doors/'],
  'client/': ['std/', 'types:wire/native/', 'wire/native/routes.ts', 'wire/native/uploads.ts', 'client/'],
  'cli/': [
    'std/',
    'client/',
    'core/',
    'types:contracts/',
    'types:wire/native/',
    'wire/formats.ts',
    'cli/',
    'config.ts',
  ],
  // The commands that need a gateway of their own.
  'cli/serve.ts': OWN_GATEWAY,
  'cli/demo.ts': OWN_GATEWAY,
  'cli/offline.ts': OWN_GATEWAY,
  'config.ts': ['std/', 'core/request.ts'],
  'keys.ts': ['std/', 'types:contracts/'],
  'compose.ts': [''],
};

/** Files of doors/ that are no door. */
const SHARED_BY_DOORS = /^doors\/(?:addresses|context|documents|forms|http|keys|plain|uploads|written)\.ts$/;

/** Package → where it may be imported. A package that is not here has no argument in DEPENDENCIES.md either. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  fastify: ['doors/', 'net/', 'compose.ts'],
  '@fastify/formbody': ['doors/'],
  '@fastify/multipart': ['doors/'],
  zod: ['wire/', 'doors/', 'config.ts', 'cli/'],
  pg: ['store/'],
  undici: ['net/', 'cli/'],
  'ipaddr.js': ['net/'],
  pino: ['std/log.ts'],
  '@ffmpeg/core': ['media/'],
  mediabunny: ['media/'],
  'dejavu-fonts-ttf': ['media/', 'upstreams/local/'],
};

/** Layers that do no I/O: pure decisions and codecs, and the engine, which acts only through its arguments. */
const NO_NODE: Readonly<Record<string, readonly string[]>> = {
  'core/': [],
  'contracts/': [],
  'wire/': [],
  'engine/': [],
  // It runs in browsers too.
  'client/': [],
};

const files = sources('src').map((source) => ({ source, file: source.path.replace(/^src\//, '') }));

/** The most specific key of a table that names the file. */
function ruleFor<T>(table: Readonly<Record<string, T>>, file: string): T | undefined {
  const key = Object.keys(table)
    .filter((prefix) => file === prefix || file.startsWith(prefix))
    .sort((a, b) => b.length - a.length)[0];
  return key === undefined ? undefined : table[key];
}

/** What of ours a file imports, as paths below src/, with what is wrong about each. */
function crossings(file: string, source: Source): string[] {
  const allowed = ruleFor(ALLOWED, file);
  if (allowed === undefined)
    return [`${file} is in no layer: give its folder a line in this test and in ARCHITECTURE.md`];
  const own = file.split('/').slice(0, 2).join('/');
  const ownPrefix = `${own.replace(/\.ts$/, '')}/`;
  return imports(source).flatMap(({ specifier, typeOnly, line }) => {
    if (!specifier.startsWith('.')) return [];
    const target = path.posix.join(path.posix.dirname(file), specifier);
    const ok = allowed.some((entry) => {
      if (entry === '{shared}') return SHARED_BY_DOORS.test(target);
      if (entry.startsWith('types:')) return typeOnly && target.startsWith(entry.slice('types:'.length));
      return target.startsWith(entry === '{own}' ? ownPrefix : entry);
    });
    return ok ? [] : [`${file}:${line} imports ${target}${typeOnly ? '' : ' (a value)'}`];
  });
}

test('every file imports only what its layer may', () => {
  assert.deepEqual(
    files.flatMap(({ file, source }) => crossings(file, source)),
    [],
  );
});

test('packages are imported only where they are argued for', () => {
  const wrong = files.flatMap(({ file, source }) =>
    imports(source).flatMap(({ specifier, line }) => {
      if (specifier.startsWith('.') || specifier.startsWith('node:')) return [];
      const name = specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/');
      const ok = PACKAGES[name]?.some((place) => file === place || file.startsWith(place)) === true;
      return ok ? [] : [`${file}:${line} imports ${specifier}`];
    }),
  );
  assert.deepEqual(wrong, []);
});

test('pure layers import nothing of the machine', () => {
  const wrong = files.flatMap(({ file, source }) => {
    const excused = ruleFor(NO_NODE, file);
    if (excused === undefined) return [];
    return imports(source)
      .filter(({ specifier }) => specifier.startsWith('node:') && !excused.includes(specifier))
      .map(({ specifier, line }) => `${file}:${line} imports ${specifier}`);
  });
  assert.deepEqual(wrong, []);
});

test('contracts hold types only', () => {
  const values = files
    .filter(({ file }) => file.startsWith('contracts/'))
    .flatMap(({ file, source }) => {
      const found = source.bare.matchAll(/^(?:export\s+)?(?:declare\s+)?(const|let|var|function|class|enum)\b/gm);
      return [...found].map((match) => `${file} declares a ${match[1]}`);
    });
  assert.deepEqual(values, []);
});
