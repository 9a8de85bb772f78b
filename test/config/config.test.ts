/** The configuration: where values come from, what is refused, what is shown. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import {
  CONFIG_KEYS,
  type Config,
  ConfigError,
  type ConfigSources,
  flagOf,
  loadConfig,
  printable,
  variableOf,
} from '../../src/config.ts';
import { documentTables } from './document.ts';

const KEY = 'ak_0123456789abcdefghijABCDEFGHIJ01';

/** Loads with files given as name → text; absent files are absent. */
function load(sources: Partial<ConfigSources> & { files?: Record<string, string> } = {}): Config {
  const { files = {}, ...rest } = sources;
  return loadConfig({ env: {}, cwd: '/srv', cpus: 4, readFile: (file) => files[file], ...rest });
}

function problemsOf(sources: Parameters<typeof load>[0]): readonly string[] {
  try {
    load(sources);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems;
  }
  assert.fail('the configuration was accepted');
}

test('without any source everything has its default', () => {
  const config = load();
  assert.deepEqual(
    { port: config.port, host: config.host, data: config.data, database: config.database },
    { port: 8080, host: '127.0.0.1', data: '/srv/reelpool-data', database: null },
  );
  assert.equal(config.renderWorkers, 3);
  assert.equal(load({ cpus: 1 }).renderWorkers, 1);
});

test('the file gives way to the environment, the environment to the command line', () => {
  const files = { '/srv/reelpool.json': '{"port": 1, "host": "::1", "queueDepth": 5}' };
  const env = { REELPOOL_PORT: '2', REELPOOL_HOST: '0.0.0.0' };
  assert.equal(load({ files }).port, 1);
  assert.equal(load({ files, env }).port, 2);
  const config = load({ files, env, overrides: { port: '3', data: undefined } });
  assert.deepEqual([config.port, config.host, config.queueDepth], [3, '0.0.0.0', 5]);
});

test('a named file is read instead of reelpool.json, and must be there', () => {
  const files = {
    '/srv/reelpool.json': '{"port": 1}',
    '/etc/pool.json': '{"port": 2}',
    '/srv/own.json': '{"port": 3}',
  };
  assert.equal(load({ files, env: { REELPOOL_CONFIG: '/etc/pool.json' } }).port, 2);
  assert.equal(load({ files, env: { REELPOOL_CONFIG: '/etc/pool.json' }, file: 'own.json' }).port, 3);
  assert.deepEqual(problemsOf({ file: 'gone.json' }), ['gone.json: there is no such file']);
});

test('a relative folder counts from the file it stands in, or from the working directory', () => {
  const files = { '/etc/reelpool/pool.json': '{"data": "store", "font": "a.ttf"}' };
  const config = load({ files, file: '/etc/reelpool/pool.json' });
  assert.deepEqual([config.data, config.font], ['/etc/reelpool/store', '/etc/reelpool/a.ttf']);
  assert.equal(load({ env: { REELPOOL_DATA: 'store' } }).data, '/srv/store');
  assert.equal(load({ overrides: { data: '../x' } }).data, path.resolve('/x'));
});

test('every key can be set in the environment under its name', () => {
  const values: Record<(typeof CONFIG_KEYS)[number], [text: string, value: unknown]> = {
    port: ['0', 0],
    host: ['::', '::'],
    data: ['/d', '/d'],
    publicUrl: ['https://video.example.com/', 'https://video.example.com'],
    trustProxy: ['10.0.0.0/8, ::1', ['10.0.0.0/8', '::1']],
    database: ['postgres://u:p@h/db', 'postgres://u:p@h/db'],
    bootstrapKey: [KEY, KEY],
    encryptionKey: ['a'.repeat(64), 'a'.repeat(64)],
    formerEncryptionKeys: [`${'b'.repeat(64)}, ${'c'.repeat(64)}`, ['b'.repeat(64), 'c'.repeat(64)]],
    mediaEngine: ['wasm', 'wasm'],
    renderWorkers: ['7', 7],
    font: ['/f.ttf', '/f.ttf'],
    fetchLoopback: ['refuse', 'refuse'],
    requestsPerSecond: ['2.5', 2.5],
    queueDepth: ['9', 9],
    mediaTtlMs: ['60000', 60_000],
    replayTtlMs: ['604800000', 604_800_000],
    timelineTtlMs: ['86400000', 86_400_000],
    deliveryTtlMs: ['86400000', 86_400_000],
    resultMaxBytes: ['1000000', 1_000_000],
    prices: ['{"restyle": 12.5}', { restyle: 12.5 }],
    templates: [
      '[{"id": 9001, "name": "Tide", "durationS": 6, "price": {"540p": 40}}]',
      [
        {
          id: 9001,
          name: 'Tide',
          makes: 'video',
          pictures: { min: 1, max: 1 },
          durationS: 6,
          qualities: ['360p', '540p', '720p', '1080p'],
          ratio: '16:9',
          price: { '540p': 40 },
          open: true,
          prompt: '',
        },
      ],
    ],
    pixverseReplayMs: ['0', 0],
    pixverseSlotHorizonMs: ['300000', 300_000],
    pixverseCreditHorizonMs: ['300000', 300_000],
    gracePeriodMs: ['0', 0],
    logLevel: ['silent', 'silent'],
  };
  for (const key of CONFIG_KEYS) {
    const [text, value] = values[key];
    assert.deepEqual(load({ env: { [variableOf(key)]: text } })[key], value, key);
    assert.deepEqual(load({ overrides: { [key]: text } })[key], value, flagOf(key));
  }
  assert.equal(variableOf('requestsPerSecond'), 'REELPOOL_REQUESTS_PER_SECOND');
});

test('whom to trust is a yes or no, a number of proxies, or addresses', () => {
  const read = (text: string) => load({ env: { REELPOOL_TRUST_PROXY: text } }).trustProxy;
  assert.deepEqual(['true', 'false', '0', '2', '::1'].map(read), [true, false, false, 2, ['::1']]);
});

test('an empty variable counts as not set', () => {
  assert.equal(load({ env: { REELPOOL_PORT: '', REELPOOL_DATABASE: '', REELPOOL_CONFIG: '' } }).port, 8080);
});

test('variables of the commands and of other programs are left alone', () => {
  assert.equal(load({ env: { REELPOOL_KEY: KEY, REELPOOL_URL: 'http://x', PORT: 'x', NODE_ENV: 'test' } }).port, 8080);
});

const REFUSED: readonly (readonly [name: string, sources: Parameters<typeof load>[0], problem: RegExp])[] = [
  ['an unknown key', { files: { '/srv/reelpool.json': '{"prot": 1}' } }, /unknown key prot; did you mean port\?$/],
  [
    'an unknown variable',
    { env: { REELPOOL_PUBLICURL: 'x' } },
    /REELPOOL_PUBLICURL; did you mean REELPOOL_PUBLIC_URL\?$/,
  ],
  ['a key in the wrong case', { files: { '/srv/reelpool.json': '{"publicURL": null}' } }, /did you mean publicUrl\?$/],
  ['a name every object has', { files: { '/srv/reelpool.json': '{"constructor": 1}' } }, /unknown key constructor/],
  ['a file that is no JSON', { files: { '/srv/reelpool.json': '{port: 1}' } }, /^reelpool\.json: not valid JSON$/],
  ['a file that is no object', { files: { '/srv/reelpool.json': '[]' } }, /must hold one JSON object$/],
  [
    'a number as text in the file',
    { files: { '/srv/reelpool.json': '{"port": "80"}' } },
    /^reelpool\.json: port: .*number/,
  ],
  ['a port that is none', { env: { REELPOOL_PORT: '65536' } }, /^REELPOOL_PORT: .*65535/],
  ['a number with a unit', { env: { REELPOOL_GRACE_PERIOD_MS: '30s' } }, /^REELPOOL_GRACE_PERIOD_MS: .*"30s"/],
  ['an empty host on the command line', { overrides: { host: '' } }, /^--host: /],
  ['a public address with a path', { env: { REELPOOL_PUBLIC_URL: 'https://x.example/pool' } }, /without a path/],
  ['a public address that is none', { env: { REELPOOL_PUBLIC_URL: 'video.example.com' } }, /^REELPOOL_PUBLIC_URL/],
  [
    'another database',
    { env: { REELPOOL_DATABASE: 'mysql://u:secret@h/db' } },
    /^REELPOOL_DATABASE: must be a postgres/,
  ],
  ['a key of another shape', { env: { REELPOOL_BOOTSTRAP_KEY: 'sk-secret' } }, /must be ak_ followed by 32/],
  [
    'a former key that is none',
    { env: { REELPOOL_FORMER_ENCRYPTION_KEYS: `${'b'.repeat(64)},secret` } },
    /each must be 64 hexadecimal digits \(\*\*\* given\)$/,
  ],
  ['a short master key', { env: { REELPOOL_ENCRYPTION_KEY: 'secret' } }, /64 hexadecimal digits/],
  ['a word that is no choice', { env: { REELPOOL_MEDIA_ENGINE: 'gpu' } }, /auto.*wasm.*cli/],
  ['a memory of answers under 7 days', { env: { REELPOOL_REPLAY_TTL_MS: '604799999' } }, /^REELPOOL_REPLAY_TTL_MS/],
  [
    'a proxy that is no address',
    { env: { REELPOOL_TRUST_PROXY: 'yes' } },
    /^REELPOOL_TRUST_PROXY: must be true, false/,
  ],
];

for (const [name, sources, problem] of REFUSED) {
  test(`refused: ${name}`, () => {
    const problems = problemsOf(sources);
    assert.equal(problems.length, 1, problems.join('\n'));
    assert.match(problems[0] ?? '', problem);
    assert.doesNotMatch(problems[0] ?? '', /secret/, 'a refused secret is not repeated');
  });
}

test('all problems are told at once', () => {
  const files = { '/srv/reelpool.json': '{"prot": 1, "host": 5}' };
  assert.equal(problemsOf({ files, env: { REELPOOL_PORT: 'x' }, overrides: { database: 'x' } }).length, 4);
});

test('secrets print as ***', () => {
  const config = load({
    env: {
      REELPOOL_BOOTSTRAP_KEY: KEY,
      REELPOOL_ENCRYPTION_KEY: 'b'.repeat(64),
      REELPOOL_DATABASE: 'postgres://user:hidden@host:5432/pool?sslpassword=hidden',
    },
  });
  const text = JSON.stringify(printable(config));
  assert.doesNotMatch(text, /hidden|bbbb|0123456789abcdef/);
  assert.equal(printable(config).database, 'postgres://user:***@host:5432/pool');
  assert.deepEqual(Object.keys(printable(config)), CONFIG_KEYS);
});

test('docs/configuration.md lists exactly these keys, defaults and meanings', () => {
  const document = readFileSync(path.join(import.meta.dirname, '../../docs/configuration.md'), 'utf8');
  const tables = documentTables();
  assert.ok(document.includes(tables), `the tables of docs/configuration.md must be:\n\n${tables}`);
});
