/**
 * The settings of a gateway: one schema, read from a JSON file, then the environment, then the command line; the later
 * wins. Every key `someKey` is `REELPOOL_SOME_KEY` in the environment. An unknown key is an error that names the nearest
 * known one, so that a misspelled setting is never silently the default. docs/configuration.md lists the keys and is
 * tested against this file.
 */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { ASPECT_RATIOS, QUALITIES } from './core/request.ts';
import { isKeyShape } from './std/crypto.ts';
import { parseJson } from './std/json.ts';
import { nearest } from './std/nearest.ts';

const DAY_MS = 24 * 3600 * 1000;

/** An http(s) address without path, query or credentials; a trailing slash is taken off. */
const origin = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const bare = url !== undefined && url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '';
  if (url === undefined || !bare || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    context.addIssue('must be http(s)://host or http(s)://host:port, without a path');
    return z.NEVER;
  }
  return url.origin;
});

/** A template of the accounts at hand: what it takes and makes, as `core/template.ts` has it. */
const template = z
  .strictObject({
    id: z.int().positive(),
    name: z.string().min(1),
    makes: z.enum(['video', 'image']).default('video'),
    pictures: z.strictObject({ min: z.int().min(0), max: z.int().min(1).max(20) }).default({ min: 1, max: 1 }),
    durationS: z.number().min(0).max(600),
    qualities: z.array(z.enum(QUALITIES)).default(['360p', '540p', '720p', '1080p']),
    ratio: z.enum(ASPECT_RATIOS).default('16:9'),
    price: z.union([z.number().positive(), z.partialRecord(z.enum(QUALITIES), z.number().positive())]),
    open: z.boolean().default(true),
    prompt: z.string().default(''),
  })
  .refine(({ pictures }) => pictures.min <= pictures.max, 'pictures: min must not be over max')
  .refine(({ makes, durationS }) => (makes === 'image') === (durationS === 0), 'durationS is 0 for pictures only');

const postgresUrl = z
  .string()
  .refine(
    (text) => /^postgres(ql)?:\/\/./.test(text) && URL.canParse(text),
    'must be a postgres://… address, or absent',
  );

/** An address, a range, or a name for ranges that the HTTP server knows. */
const PROXY = /^(loopback|linklocal|uniquelocal|[0-9a-fA-F:.]+(\/\d{1,3})?)$/;
const TRUST_RULE = 'must be true, false, a number of proxies from 1 to 100, or a list of addresses such as 10.0.0.0/8';

/**
 * Every key with its type, default and meaning. The descriptions are the documentation; times are milliseconds, sizes
 * bytes.
 */
export const configSchema = z.strictObject({
  port: z.int().min(0).max(65535).default(8080).describe('TCP port to listen on; 0 takes any free one.'),
  host: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('Address to listen on. `0.0.0.0` or `::` opens the gateway to the network.'),
  data: z
    .string()
    .min(1)
    .default('reelpool-data')
    .describe(
      'Folder for the embedded store, the kept files and the encryption key; made with mode 0700. A relative path counts from the file it stands in, elsewhere from the working directory.',
    ),
  publicUrl: origin
    .nullable()
    .default(null)
    .describe(
      'Origin that clients reach the gateway under, e.g. `https://video.example.com`: every URL handed out begins with it. Null: the address the request came to.',
    ),
  trustProxy: z
    .union([z.boolean(), z.int().min(1).max(100), z.array(z.string().regex(PROXY, TRUST_RULE)).min(1)], TRUST_RULE)
    .default(false)
    .describe(
      'Whose `X-Forwarded-*` headers are believed: `false` nobody, a number of proxies in front, or a list of addresses and CIDR ranges (comma-separated in the environment). `true` believes everyone.',
    ),
  database: postgresUrl
    .nullable()
    .default(null)
    .describe('`postgres://…` to use PostgreSQL. Null: the embedded store in the data folder.'),
  bootstrapKey: z
    .string()
    .refine(isKeyShape, 'must be ak_ followed by 32 letters or digits')
    .nullable()
    .default(null)
    .describe(
      'Value of the first admin key (`ak_` and 32 letters or digits); counts on the first start. Null: random.',
    ),
  encryptionKey: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/, 'must be 64 hexadecimal digits (openssl rand -hex 32)')
    .nullable()
    .default(null)
    .describe(
      'The encryption key, 64 hexadecimal digits. Null: `encryption.key` in the data folder, made on the first start.',
    ),
  formerEncryptionKeys: z
    .array(z.string().regex(/^[0-9a-fA-F]{64}$/, 'each must be 64 hexadecimal digits'))
    .max(16)
    .default([])
    .describe(
      'Keys that may open what they sealed before, while the encryption key is being changed (comma-separated in the environment): [secrets.md](secrets.md).',
    ),
  mediaEngine: z
    .enum(['auto', 'wasm', 'cli'])
    .default('auto')
    .describe(
      'What renders: `cli` the `ffmpeg` on PATH, `wasm` the built-in engine, `auto` the first where it is suitable.',
    ),
  renderWorkers: z
    .int()
    .min(1)
    .max(256)
    .nullable()
    .default(null)
    .describe('Renders at a time. Null: one less than the processors, at least 1.'),
  font: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe(
      'TrueType file for the text in drawn clips. Null: the one that comes along (no Chinese, Japanese, Korean).',
    ),
  fetchLoopback: z
    .enum(['auto', 'allow', 'refuse'])
    .default('auto')
    .describe(
      'May addresses that clients name (`image_url`) lead to this machine itself? `auto`: only while `host` is a loopback address. Private networks are refused always.',
    ),
  requestsPerSecond: z
    .number()
    .min(0)
    .max(1_000_000)
    .default(0)
    .describe('Requests per second one key may send; 0 for no limit.'),
  queueDepth: z.int().min(1).max(10_000_000).default(1000).describe('Jobs that a new key may have waiting at a time.'),
  mediaTtlMs: z
    .int()
    .min(60_000)
    .default(7 * DAY_MS)
    .describe('How long the address of a kept file is valid at least, ms; asking for the job again gives a new one.'),
  replayTtlMs: z
    .int()
    .min(7 * DAY_MS)
    .default(8 * DAY_MS)
    .describe('How long answered POSTs are remembered so that a repeat gets the same answer, ms; at least 7 days.'),
  timelineTtlMs: z
    .int()
    .min(DAY_MS)
    .default(90 * DAY_MS)
    .describe('Age at which the timelines of finished jobs are removed, ms.'),
  deliveryTtlMs: z
    .int()
    .min(DAY_MS)
    .default(30 * DAY_MS)
    .describe('Age at which webhook deliveries that succeeded or failed for good are removed, ms.'),
  resultMaxBytes: z
    .int()
    .min(1_000_000)
    .default(1_000_000_000)
    .describe('Largest result fetched from an account, bytes.'),
  prices: z
    .record(z.string(), z.number().min(0).max(1_000_000))
    .default({})
    .describe(
      'Prices of operations the vendor publishes none for, in credits by their names in the price table of its API document, e.g. `{"restyle": 12}`; JSON in the environment. What is not named keeps its default.',
    ),
  templates: z
    .array(template)
    .default([])
    .describe(
      'Templates (effects) that your PixVerse accounts have, beside those of the local renderer: docs/upstream-pixverse.md; JSON in the environment.',
    ),
  pixverseReplayMs: z
    .int()
    .min(0)
    .max(DAY_MS)
    .default(5 * 60_000)
    .describe(
      'How long after the first call a create whose answer was lost is sent again to a PixVerse account, under the same trace id, ms. The vendor does not say how long it knows an id. 0: never.',
    ),
  pixverseSlotHorizonMs: z
    .int()
    .min(5 * 60_000)
    .max(DAY_MS)
    .default(10 * 60_000)
    .describe('When the slot of a job at a PixVerse account counts as free if nothing was heard, ms.'),
  pixverseCreditHorizonMs: z
    .int()
    .min(5 * 60_000)
    .max(7 * DAY_MS)
    .default(2 * 3600_000)
    .describe(
      'When a job at a PixVerse account that was not heard of expires and its credits go back, ms; at least the slot horizon.',
    ),
  gracePeriodMs: z
    .int()
    .min(0)
    .max(3_600_000)
    .default(30_000)
    .describe('How long a stop waits for work that is under way, ms; what is not finished goes on at the next start.'),
  logLevel: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('Lines below this level are not logged. Logs go to stderr, one JSON object a line.'),
});

/** A key of the configuration. */
export type ConfigKey = keyof typeof configSchema.shape;

/** A complete configuration: paths absolute, the number of workers decided. */
export type Config = Readonly<Omit<z.output<typeof configSchema>, 'renderWorkers'> & { renderWorkers: number }>;

/** All keys, in the order of the documentation. */
export const CONFIG_KEYS = Object.keys(configSchema.shape) as ConfigKey[];

/** Keys whose values are never printed (of `database`, its password is not). */
export const SECRET_KEYS: ReadonlySet<ConfigKey> = new Set(['bootstrapKey', 'encryptionKey', 'formerEncryptionKeys']);

/** Environment variables of the program that are no configuration keys, with who reads them. */
export const OTHER_VARIABLES: Readonly<Record<string, string>> = {
  REELPOOL_CONFIG: 'Path of the configuration file, like `--config`.',
  REELPOOL_URL: 'Address of the gateway the commands talk to, like `--url`.',
  REELPOOL_KEY: 'Key the commands send, like `--key`.',
  REELPOOL_FAULT_POINT: 'Ends the process at a named point; for crash tests only.',
};

/** Name of the file that is read from the working directory when none is named. */
export const DEFAULT_FILE = 'reelpool.json';

/** The configuration cannot be used. The message has one line for each problem, and no secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** Where a configuration comes from. */
export interface ConfigSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Values of the command line, as texts, by key. */
  readonly overrides?: Readonly<Partial<Record<ConfigKey, string | undefined>>>;
  /** `--config`; a file named here or in REELPOOL_CONFIG must exist. */
  readonly file?: string | undefined;
  readonly cwd: string;
  /** The text of a file, or undefined where there is none. */
  readonly readFile: (path: string) => string | undefined;
  /** Processors of the machine; asked from the system where absent. */
  readonly cpus?: number;
}

/** `publicUrl` → `REELPOOL_PUBLIC_URL`. */
export function variableOf(key: ConfigKey): string {
  return `REELPOOL_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/** `publicUrl` → `--public-url`. */
export function flagOf(key: ConfigKey): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** Reads, checks and completes the configuration. Throws `ConfigError` with every problem found. */
export function loadConfig(sources: ConfigSources): Config {
  const problems: string[] = [];
  const values: Partial<Record<ConfigKey, unknown>> = {};
  /** Checks one value and keeps it; `place` names it in a message as its author wrote it. */
  const take = (key: ConfigKey, value: unknown, place: string, base: string): void => {
    const read = configSchema.shape[key].safeParse(value);
    if (!read.success) {
      problems.push(
        `${place}: ${read.error.issues.map((issue) => issue.message.replace('Invalid input: ', '')).join('; ')}${shown(key, value)}`,
      );
      return;
    }
    const isPath = (key === 'data' || key === 'font') && typeof read.data === 'string';
    values[key] = isPath ? path.resolve(base, String(read.data)) : read.data;
  };
  readConfigFile(sources, take, problems);
  readEnvironment(sources, take, problems);
  for (const key of CONFIG_KEYS) {
    const text = sources.overrides?.[key];
    if (text !== undefined) take(key, fromText(key, text), flagOf(key), sources.cwd);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  const config = configSchema.parse(values);
  return {
    ...config,
    data: path.resolve(sources.cwd, config.data),
    renderWorkers: config.renderWorkers ?? Math.max(1, (sources.cpus ?? availableParallelism()) - 1),
  };
}

type Take = (key: ConfigKey, value: unknown, place: string, base: string) => void;

function readConfigFile(sources: ConfigSources, take: Take, problems: string[]): void {
  const named = sources.file ?? (sources.env['REELPOOL_CONFIG'] || undefined);
  const file = path.resolve(sources.cwd, named ?? DEFAULT_FILE);
  const text = sources.readFile(file);
  const name = named ?? DEFAULT_FILE;
  if (text === undefined) {
    if (named !== undefined) problems.push(`${name}: there is no such file`);
    return;
  }
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    problems.push(`${name}: not valid JSON`);
    return;
  }
  if (content === null || typeof content !== 'object' || Array.isArray(content)) {
    problems.push(`${name}: must hold one JSON object`);
    return;
  }
  for (const [key, value] of Object.entries(content)) {
    if (isConfigKey(key)) take(key, value, `${name}: ${key}`, path.dirname(file));
    else problems.push(`${name}: unknown key ${key}; did you mean ${nearest(key, CONFIG_KEYS)}?`);
  }
}

function readEnvironment(sources: ConfigSources, take: Take, problems: string[]): void {
  const keyOf = new Map(CONFIG_KEYS.map((key) => [variableOf(key), key]));
  for (const [variable, text] of Object.entries(sources.env)) {
    // Empty counts as not set: that is what `NAME=${NAME}` in a compose file gives.
    if (!variable.startsWith('REELPOOL_') || text === undefined || text === '') continue;
    const key = keyOf.get(variable);
    if (key !== undefined) take(key, fromText(key, text), variable, sources.cwd);
    else if (!Object.hasOwn(OTHER_VARIABLES, variable)) {
      const known = [...keyOf.keys(), ...Object.keys(OTHER_VARIABLES)];
      problems.push(`unknown environment variable ${variable}; did you mean ${nearest(variable, known)}?`);
    }
  }
}

const isConfigKey = (key: string): key is ConfigKey => Object.hasOwn(configSchema.shape, key);

const NUMBER_KEYS: ReadonlySet<ConfigKey> = new Set([
  'port',
  'renderWorkers',
  'requestsPerSecond',
  'queueDepth',
  'mediaTtlMs',
  'replayTtlMs',
  'timelineTtlMs',
  'deliveryTtlMs',
  'resultMaxBytes',
  'pixverseReplayMs',
  'pixverseSlotHorizonMs',
  'pixverseCreditHorizonMs',
  'gracePeriodMs',
]);

/** What a text from the environment or the command line stands for; what cannot be read stays text and fails its check. */
function fromText(key: ConfigKey, text: string): unknown {
  const trimmed = text.trim();
  if (NUMBER_KEYS.has(key)) return /^\d+(\.\d+)?$/.test(trimmed) ? Number(trimmed) : text;
  if (key === 'formerEncryptionKeys') return trimmed.split(',').map((part) => part.trim());
  if (key === 'prices' || key === 'templates') return parseJson(trimmed) ?? text;
  if (key !== 'trustProxy') return text;
  if (trimmed === 'true' || trimmed === 'false') return trimmed === 'true';
  if (/^\d+$/.test(trimmed)) return trimmed === '0' ? false : Number(trimmed);
  return trimmed.split(',').map((part) => part.trim());
}

/** The refused value for a message, unless it may be a secret. */
function shown(key: ConfigKey, value: unknown): string {
  return SECRET_KEYS.has(key) || key === 'database' ? ' (*** given)' : ` (given: ${JSON.stringify(value)})`;
}

/** The configuration for people: secrets as ***, of the database address its password. */
export function printable(config: Config): Record<ConfigKey, unknown> {
  const shownConfig: Record<string, unknown> = {};
  for (const key of CONFIG_KEYS) {
    const value = config[key];
    shownConfig[key] = SECRET_KEYS.has(key) && value !== null ? '***' : value;
  }
  shownConfig['database'] = config.database === null ? null : printableDatabase(config.database);
  return shownConfig as Record<ConfigKey, unknown>;
}

/** A database address without its password, and without parameters, which may hold one too. */
export function printableDatabase(database: string): string {
  const url = new URL(database);
  const user = url.username === '' ? '' : `${url.username}${url.password === '' ? '' : ':***'}@`;
  return `${url.protocol}//${user}${url.host}${url.pathname}`;
}
