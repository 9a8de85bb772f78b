import type { AccountWire } from '../wire/native/schemas.ts';
import { POOL_OPTIONS, parse } from './arguments.ts';
import { type Command, POOL_USAGE, printJson } from './command.ts';
import { CliError, EXIT } from './exit.ts';
import { withPool } from './pool.ts';
import { type Column, creditText, table } from './terminal.ts';

/** `reelpool accounts`. */
export const accounts: Command = {
  usage: `Usage: reelpool accounts list [options]

Lists the accounts of the pool: slots in use, and credits each has of its own.

${POOL_USAGE}`,
  async run(args, io) {
    const [verb, ...rest] = args;
    if (verb !== 'list') {
      throw new CliError(EXIT.usage, verb === undefined ? 'Say list' : `accounts knows list, not ${verb}`);
    }
    const { values } = parse(rest, POOL_OPTIONS);
    return await withPool(io, values, async (pool) => {
      const answer = await pool.accounts();
      if (values.json) printJson(io, answer);
      else if (answer.accounts.length === 0) io.out('No accounts.\n');
      else io.out(table(io, COLUMNS, answer.accounts));
      return EXIT.ok;
    });
  },
};

const COLUMNS: readonly Column<AccountWire>[] = [
  { title: 'ID', right: true, cell: ({ id }) => String(id) },
  { title: 'ACCOUNT', cell: ({ name }) => name },
  { title: 'UPSTREAM', cell: ({ upstream }) => upstream },
  {
    title: 'STATE',
    cell: ({ state }) => state,
    style: ({ state }) => (state === 'enabled' ? 'green' : 'yellow'),
  },
  { title: 'SLOTS', right: true, cell: ({ inUse, maxJobs }) => `${inUse}/${maxJobs}` },
  { title: 'DAILY', right: true, cell: ({ credits }) => creditText(credits.daily) },
  { title: 'MONTHLY', right: true, cell: ({ credits }) => creditText(credits.monthly) },
  { title: 'PACKAGE', right: true, cell: ({ credits }) => creditText(credits.package) },
  { title: 'RESERVED', right: true, cell: ({ credits }) => creditText(credits.reserved) },
  { title: 'PLAN', cell: ({ plan }) => plan },
];
