import type { PoolWire } from '../wire/native/schemas/pools.ts';
import { type OptionTable, oneOf, wholeNumber } from './arguments.ts';
import { type Command, POOL_USAGE } from './command.ts';
import { CliError, EXIT } from './exit.ts';
import { type Column, type Io, printableText, table, timeText } from './terminal.ts';
import { answer, parseVerb, verbs } from './verbs.ts';

const ID_MAX = Number.MAX_SAFE_INTEGER;
const STRATEGIES = ['spread', 'random', 'drain', 'priority'] as const;

/** `reelpool pools`. */
export const pools: Command = {
  usage: `Usage: reelpool pools list [options]
       reelpool pools show ID [options]
       reelpool pools create NAME [members] [--strategy HOW] [options]
       reelpool pools set ID [--name NAME] [members] [--strategy HOW] [options]
       reelpool pools remove ID [options]

A pool is a named set of accounts; every key uses one (reelpool keys set ID --pool ID). Members given with set replace
those there were. A pool that a key or an unfinished job uses cannot be removed, nor can the default one.

      --account ID       an account that belongs to it; may be given more than once
      --tag TAG          accounts with this tag belong to it; may be given more than once
      --all              every account belongs to it
      --strategy HOW     spread (default), random, drain or priority: how it chooses among eligible accounts
${POOL_USAGE}`,
  run: verbs('pools', { list, show, create, set, remove }),
};

const SETTINGS = {
  name: { type: 'string' },
  account: { type: 'string', multiple: true },
  tag: { type: 'string', multiple: true },
  all: { type: 'boolean' },
  strategy: { type: 'string' },
} as const satisfies OptionTable;

interface SettingValues {
  readonly account?: string[] | undefined;
  readonly tag?: string[] | undefined;
  readonly all?: boolean | undefined;
  readonly strategy?: string | undefined;
}

function membersOf({ account, tag, all }: SettingValues) {
  if (account === undefined && tag === undefined && all === undefined) return undefined;
  const accountIds = (account ?? []).map((text) => wholeNumber('--account', text, 1, ID_MAX));
  return { all: all ?? false, accountIds, tags: tag ?? [] };
}

const strategyOf = ({ strategy }: SettingValues) =>
  strategy === undefined ? {} : { strategy: oneOf('--strategy', strategy, STRATEGIES) };

function memberText({ members }: PoolWire): string {
  if (members.all) return 'every account';
  const ids = members.accountIds.length === 0 ? [] : [`accounts ${members.accountIds.join(', ')}`];
  return [...ids, ...members.tags.map((tag) => `tag ${tag}`)].join(', ');
}

const COLUMNS: readonly Column<PoolWire>[] = [
  { title: 'ID', right: true, cell: ({ id }) => String(id) },
  { title: 'NAME', cell: ({ name }) => name },
  { title: 'STRATEGY', cell: ({ strategy }) => strategy },
  { title: 'CHANGED (UTC)', cell: ({ updatedAt }) => timeText(updatedAt) },
  { title: 'MEMBERS', cell: memberText },
];

function list(args: readonly string[], io: Io): Promise<number> {
  const { values } = parseVerb(args, {});
  return answer(
    io,
    values,
    (pool) => pool.pools.list(),
    (got) => table(io, COLUMNS, got.pools),
  );
}

const idOf = (text: string | undefined): number => wholeNumber('ID', text ?? '', 1, ID_MAX);

function show(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseVerb(args, {}, ['ID']);
  const id = idOf(positionals[0]);
  return answer(
    io,
    values,
    (pool) => pool.pools.get(id),
    (pool) => table(io, COLUMNS, [pool]),
  );
}

async function create(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseVerb(args, SETTINGS, ['[NAME]']);
  const name = (positionals[0] ?? values.name ?? '').trim();
  const members = membersOf(values);
  if (name === '') throw new CliError(EXIT.usage, 'NAME is missing: what is the pool for?');
  if (members === undefined) throw new CliError(EXIT.usage, 'Say who belongs to it: --account, --tag or --all');
  const order = { name, members, ...strategyOf(values) };
  return await answer(
    io,
    values,
    (pool) => pool.pools.create(order),
    (pool) =>
      `Pool ${pool.id} "${printableText(pool.name)}" is made. Keys use it with: reelpool keys set ID --pool ${pool.id}\n`,
  );
}

async function set(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseVerb(args, SETTINGS, ['ID']);
  const id = idOf(positionals[0]);
  const members = membersOf(values);
  const change = {
    ...(values.name === undefined ? {} : { name: values.name.trim() }),
    ...(members === undefined ? {} : { members }),
    ...strategyOf(values),
  };
  if (Object.keys(change).length === 0) throw new CliError(EXIT.usage, 'Say what to change, such as --strategy drain');
  return await answer(
    io,
    values,
    (pool) => pool.pools.change(id, change),
    (pool) => table(io, COLUMNS, [pool]),
  );
}

function remove(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseVerb(args, {}, ['ID']);
  const id = idOf(positionals[0]);
  return answer(
    io,
    values,
    (pool) => pool.pools.remove(id),
    (pool) => `Pool ${pool.id} "${printableText(pool.name)}" is removed.\n`,
  );
}
