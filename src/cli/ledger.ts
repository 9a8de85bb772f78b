import type { LedgerWire } from '../wire/native/schemas.ts';
import { POOL_OPTIONS, parse } from './arguments.ts';
import { type Command, POOL_USAGE, printJson } from './command.ts';
import { CliError, EXIT } from './exit.ts';
import { withPool } from './pool.ts';
import { type Column, creditText, paint, printableText, table } from './terminal.ts';

/** `reelpool ledger`. */
export const ledger: Command = {
  usage: `Usage: reelpool ledger verify [options]

Proves that the books balance: every book is the sum of its entries, all books together are zero, what tenants have is
what remains of their grants, and every hold belongs to an unfinished job. Exits with 1 where they do not.

${POOL_USAGE}`,
  async run(args, io) {
    const [verb, ...rest] = args;
    if (verb !== 'verify') {
      throw new CliError(EXIT.usage, verb === undefined ? 'Say verify' : `ledger knows verify, not ${verb}`);
    }
    const { values } = parse(rest, POOL_OPTIONS);
    return await withPool(io, values, async (pool) => {
      const report = await pool.verifyLedger();
      if (values.json) printJson(io, report);
      else {
        io.out(table(io, COLUMNS, report.books));
        const verdict = report.ok
          ? paint(io, 'green', 'The books balance')
          : paint(io, 'red', 'The books do not balance');
        io.out(`\n${verdict}: ${creditText(report.entries)} entries in ${report.books.length} books.\n`);
        for (const problem of report.problems) io.out(`  ${printableText(problem)}\n`);
      }
      return report.ok ? EXIT.ok : EXIT.failed;
    });
  },
};

const COLUMNS: readonly Column<LedgerWire['books'][number]>[] = [
  { title: 'OWNER', cell: ({ owner }) => owner },
  { title: 'BOOK', cell: ({ name }) => name },
  { title: 'BALANCE', right: true, cell: ({ balance }) => creditText(balance) },
];
