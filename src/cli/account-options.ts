import { readFileSync } from 'node:fs';
import { isObject, type JsonObject, parseJson } from '../std/json.ts';
import type { AccountChangeWire } from '../wire/native/schemas/accounts.ts';
import { creditsNumber, type OptionTable, orNone, wholeNumber, words } from './arguments.ts';
import { CliError, EXIT } from './exit.ts';

const MANY = 1_000_000;

/** What can be set about an account. */
export const ACCOUNT_OPTIONS = {
  secret: { type: 'string', multiple: true },
  'secret-file': { type: 'string' },
  'max-jobs': { type: 'string' },
  hours: { type: 'string' },
  'daily-jobs': { type: 'string' },
  'daily-credits': { type: 'string' },
  'pace-ms': { type: 'string' },
  weight: { type: 'string' },
  models: { type: 'string' },
  operations: { type: 'string' },
  tags: { type: 'string' },
  group: { type: 'string' },
  'group-max-jobs': { type: 'string' },
  unit: { type: 'string' },
  daily: { type: 'string' },
  monthly: { type: 'string' },
  package: { type: 'string' },
} as const satisfies OptionTable;

/** The part of the usage text that tells of them. */
export const ACCOUNT_USAGE = `      --secret NAME=VALUE  a credential or a setting of its kind, e.g. apiKey=…; may be given more than once.
                         Other users of the machine can read a command line: --secret-file is safer
      --secret-file FILE the same as a JSON object; - reads it from standard input
      --max-jobs N       jobs at a time (default 1 for a new account)
      --hours LIST       UTC windows in which it works, e.g. "mon-fri 08:00-18:00,sat 10:00-14:00", or always
      --daily-jobs N     jobs of a UTC day, or none
      --daily-credits N  what its jobs of a UTC day may cost, or none
      --pace-ms N        least time between the starts of two jobs, ms
      --weight N         its share beside other accounts, 1 to 100
      --models LIST      models it may be used for, or all
      --operations LIST  operations it may be used for, or all
      --tags LIST        words that pools may name, or none
      --group NAME       accounts of one group share a cap; or none
      --group-max-jobs N that cap
      --unit UNIT        what its credits are
      --daily N, --monthly N, --package N
                         what it has, where its upstream cannot be asked
`;

/** Values of the options above. */
export type AccountValues = { readonly [K in keyof typeof ACCOUNT_OPTIONS]?: string | string[] | undefined };

/** The change that the options ask for; what was not given is left out. */
export function readAccountOptions(values: AccountValues): AccountChangeWire {
  const text = (name: keyof AccountValues) => values[name] as string | undefined;
  const number = (name: keyof AccountValues, min: number, max: number) => {
    const given = text(name);
    return given === undefined ? undefined : wholeNumber(`--${name}`, given, min, max);
  };
  const list = (name: keyof AccountValues, empty: string) => {
    const given = text(name);
    return given === undefined ? undefined : given === empty ? [] : words(given);
  };
  const few = (name: keyof AccountValues) => {
    const given = list(name, 'all');
    return given === undefined ? undefined : given.length === 0 ? null : given;
  };
  const change = {
    secret: readSecret(values['secret'] as string[] | undefined, text('secret-file')),
    maxJobs: number('max-jobs', 1, 1000),
    hours: list('hours', 'always'),
    dailyJobs: orNone(text('daily-jobs'), (given) => wholeNumber('--daily-jobs', given, 1, MANY)),
    dailyCredits: orNone(text('daily-credits'), (given) => creditsNumber('--daily-credits', given)),
    paceMs: number('pace-ms', 0, 86_400_000),
    weight: number('weight', 1, 100),
    models: few('models'),
    operations: few('operations') as AccountChangeWire['operations'],
    tags: list('tags', 'none'),
    group: readGroup(text('group'), text('group-max-jobs')),
    unit: text('unit'),
    credits: readCredits(text('daily'), text('monthly'), text('package')),
  };
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as AccountChangeWire;
}

function readSecret(pairs: readonly string[] | undefined, file: string | undefined): JsonObject | undefined {
  if (pairs === undefined && file === undefined) return undefined;
  const secret: JsonObject = file === undefined ? {} : readSecretFile(file);
  for (const pair of pairs ?? []) {
    const at = pair.indexOf('=');
    // The value is not repeated: it may be a credential.
    if (at < 1) throw new CliError(EXIT.usage, '--secret must be NAME=VALUE');
    secret[pair.slice(0, at)] = pair.slice(at + 1);
  }
  return secret;
}

function readSecretFile(file: string): JsonObject {
  let text: string;
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new CliError(EXIT.usage, `${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  const secret = parseJson(text);
  if (!isObject(secret)) throw new CliError(EXIT.usage, `${file} must hold one JSON object`);
  return { ...(secret as JsonObject) };
}

function readGroup(name: string | undefined, cap: string | undefined): AccountChangeWire['group'] {
  if (name === undefined) {
    if (cap !== undefined) throw new CliError(EXIT.usage, 'Say which group: --group NAME');
    return undefined;
  }
  if (name === 'none') return null;
  if (cap === undefined) throw new CliError(EXIT.usage, 'Say what the group shares: --group-max-jobs N');
  return { name, maxJobs: wholeNumber('--group-max-jobs', cap, 1, 1000) };
}

function readCredits(daily?: string, monthly?: string, bought?: string): AccountChangeWire['credits'] {
  if (daily === undefined && monthly === undefined && bought === undefined) return undefined;
  return {
    daily: daily === undefined ? 0 : creditsNumber('--daily', daily),
    monthly: monthly === undefined ? 0 : creditsNumber('--monthly', monthly),
    package: bought === undefined ? 0 : creditsNumber('--package', bought),
  };
}
