import { type OptionTable, POOL_OPTIONS, parse } from './arguments.ts';
import { printJson } from './command.ts';
import { CliError, EXIT } from './exit.ts';
import { type Pool, withPool } from './pool.ts';
import type { Io } from './terminal.ts';

/** One verb of a command: `reelpool COMMAND VERB …`. */
export type Verb = (args: readonly string[], io: Io) => Promise<number>;

/** Runs the verb that the arguments begin with. */
export function verbs(command: string, known: Readonly<Record<string, Verb>>): Verb {
  const names = Object.keys(known);
  const said = (word: string) =>
    `${names.slice(0, -1).join(', ')}${names.length > 1 ? ` ${word} ` : ''}${names.at(-1)}`;
  return async (args, io) => {
    const [name, ...rest] = args;
    const verb = name !== undefined && Object.hasOwn(known, name) ? known[name] : undefined;
    if (verb) return await verb(rest, io);
    throw new CliError(
      EXIT.usage,
      name === undefined ? `Say ${said('or')}` : `${command} knows ${said('and')}, not ${name}`,
    );
  };
}

/** Asks the pool and prints its answer: as JSON, or as `show` words it for people. */
export async function answer<T>(
  io: Io,
  values: Parameters<typeof withPool>[1] & { json?: boolean | undefined },
  ask: (pool: Pool) => Promise<T>,
  show: (answer: T) => string,
): Promise<number> {
  return await withPool(io, values, async (pool) => {
    const got = await ask(pool);
    if (values.json) printJson(io, got);
    else io.out(show(got));
    return EXIT.ok;
  });
}

/** Reads the arguments of a verb that asks the pool. */
export function parseVerb<const O extends OptionTable>(
  args: readonly string[],
  options: O,
  positionals: readonly string[] = [],
) {
  return parse(args, { ...POOL_OPTIONS, ...options }, positionals);
}
