import type { BalanceWire } from '../wire/native/schemas/ledger.ts';
import { POOL_OPTIONS, parse } from './arguments.ts';
import { type Command, POOL_USAGE, printJson } from './command.ts';
import { EXIT } from './exit.ts';
import { withPool } from './pool.ts';
import { type Column, creditText, table } from './terminal.ts';

/** `reelpool balance`. */
export const balance: Command = {
  usage: `Usage: reelpool balance [options]

Shows the credits of the key's tenant: AVAILABLE is what new jobs can use (the sum of the four kinds after it), HELD is
set aside for jobs that are not finished.

${POOL_USAGE}`,
  async run(args, io) {
    const { values } = parse(args, POOL_OPTIONS);
    return await withPool(io, values, async (pool) => {
      const answer = await pool.balances.list();
      if (values.json) printJson(io, answer);
      else io.out(table(io, COLUMNS, answer.balances));
      return EXIT.ok;
    });
  },
};

const amount = (title: string, of: (row: BalanceWire) => number): Column<BalanceWire> => ({
  title,
  right: true,
  cell: (row) => creditText(of(row)),
});

const COLUMNS: readonly Column<BalanceWire>[] = [
  { title: 'TENANT', cell: ({ tenant }) => tenant },
  { ...amount('AVAILABLE', (row) => row.available), style: () => 'bold' },
  amount('DAILY', (row) => row.daily),
  amount('MONTHLY', (row) => row.monthly),
  amount('PACKAGE', (row) => row.package),
  amount('PROMO', (row) => row.promo),
  amount('HELD', (row) => row.held),
];
