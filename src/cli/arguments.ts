import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { nearest } from '../std/nearest.ts';
import { CliError, EXIT } from './exit.ts';

/** Options by long name, for `parse`. */
export type OptionTable = ParseArgsOptionsConfig;

/** Options of every command that asks the pool. */
export const POOL_OPTIONS = {
  json: { type: 'boolean', default: false },
  url: { type: 'string' },
  key: { type: 'string' },
  config: { type: 'string' },
  data: { type: 'string' },
  database: { type: 'string' },
} as const satisfies OptionTable;

/**
 * Reads the arguments of a command; an unknown option is an error that names the nearest known one.
 * @param positionals names of what may follow, e.g. `['ID']`; `[NAME]` in brackets may be left out.
 */
export function parse<const O extends OptionTable>(
  args: readonly string[],
  options: O,
  positionals: readonly string[] = [],
) {
  const read = readArguments(args, options);
  const extra = read.positionals[positionals.length];
  if (extra !== undefined) throw new CliError(EXIT.usage, `There is one argument too many: ${extra}`);
  const missing = positionals[read.positionals.length];
  if (missing !== undefined && !missing.startsWith('[')) throw new CliError(EXIT.usage, `${missing} is missing`);
  return read;
}

function readArguments<const O extends OptionTable>(args: readonly string[], options: O) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new CliError(EXIT.usage, messageFor(error as NodeJS.ErrnoException, Object.keys(options)), { cause: error });
  }
}

function messageFor(error: NodeJS.ErrnoException, known: readonly string[]): string {
  const option = /'(-[^' ]*)/.exec(error.message)?.[1] ?? '';
  if (error.code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    const name = nearest(option.replace(/^-+/, ''), known);
    return `Unknown option ${option}${name === '' ? '' : `; did you mean --${name}?`}`;
  }
  if (error.code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE') {
    return error.message.includes('does not take') ? `${option} takes no value` : `${option} needs a value`;
  }
  return error.message;
}

/** A whole number from an option's text. */
export function wholeNumber(option: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^\d{1,16}$/.test(text) || !Number.isSafeInteger(value) || value < min || value > max) {
    throw new CliError(EXIT.usage, `${option} must be a whole number from ${min} to ${max}, not ${text}`);
  }
  return value;
}

/** One of several words from an option's text. */
export function oneOf<const T extends string>(option: string, text: string, words: readonly T[]): T {
  const word = words.find((candidate) => candidate === text);
  if (word === undefined) {
    throw new CliError(EXIT.usage, `${option} must be one of ${words.join(', ')}, not ${text}`);
  }
  return word;
}

/** Credits from an option's text, exact to a thousandth. */
export function creditsNumber(option: string, text: string, min = 0): number {
  const value = Number(text.replaceAll(',', ''));
  if (!/^-?\d[\d,]*(\.\d{1,3})?$/.test(text) || value < min) {
    throw new CliError(EXIT.usage, `${option} must be credits such as 500 or 1.5, not ${text}`);
  }
  return value;
}

/** Reads an option that may say `none`; undefined where it was not given. */
export function orNone<T>(text: string | undefined, read: (text: string) => T): T | null | undefined {
  if (text === undefined) return undefined;
  return text === 'none' ? null : read(text);
}

/** A time from an option's text: ISO 8601, or a date for its beginning in UTC. */
export function isoMoment(option: string, text: string): string {
  const at = Date.parse(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
  if (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(at)) {
    throw new CliError(EXIT.usage, `${option} must be a date or an ISO 8601 time such as 2026-12-31, not ${text}`);
  }
  return new Date(at).toISOString();
}

/** Words with commas between them. */
export function words(text: string): string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}
