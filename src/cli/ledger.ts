import type { StatementWire } from '../wire/native/schemas/jobs.ts';
import type { EntriesWire, LedgerWire } from '../wire/native/schemas/ledger.ts';
import { wholeNumber } from './arguments.ts';
import { type Command, POOL_USAGE, printJson } from './command.ts';
import { EXIT } from './exit.ts';
import { withPool } from './pool.ts';
import {
  type Column,
  creditsText,
  creditText,
  fields,
  type Io,
  paint,
  printableText,
  table,
  timeText,
} from './terminal.ts';
import { answer, parseVerb, verbs } from './verbs.ts';

const ID_MAX = Number.MAX_SAFE_INTEGER;

/** `reelpool ledger`. */
export const ledger: Command = {
  usage: `Usage: reelpool ledger verify [options]
       reelpool ledger entries [--tenant ID] [--limit N] [--before ID] [options]
       reelpool ledger statement JOB [options]

verify proves that the books balance: every book is the sum of its entries, all books together are zero, what tenants
have is what remains of their grants, and every hold belongs to an unfinished job. Exits with 1 where they do not.
entries shows lines of the ledger, newest first. statement tells where the credits of one job came from and went.

      --tenant ID        only lines that touch this tenant's books
      --limit N          at most N lines, 1 to 200 (default 20)
      --before ID        only lines older than this one
${POOL_USAGE}`,
  run: verbs('ledger', { verify, entries, statement }),
};

async function verify(args: readonly string[], io: Io): Promise<number> {
  const { values } = parseVerb(args, {});
  return await withPool(io, values, async (pool) => {
    const report = await pool.ledger.verify();
    if (values.json) printJson(io, report);
    else {
      io.out(table(io, BOOKS, report.books));
      const verdict = report.ok
        ? paint(io, 'green', 'The books balance')
        : paint(io, 'red', 'The books do not balance');
      io.out(`\n${verdict}: ${creditText(report.entries)} entries in ${report.books.length} books.\n`);
      for (const problem of report.problems) io.out(`  ${printableText(problem)}\n`);
    }
    return report.ok ? EXIT.ok : EXIT.failed;
  });
}

const BOOKS: readonly Column<LedgerWire['books'][number]>[] = [
  { title: 'OWNER', cell: ({ owner }) => owner },
  { title: 'BOOK', cell: ({ name }) => name },
  { title: 'BALANCE', right: true, cell: ({ balance }) => creditText(balance) },
];

type Line = Omit<EntriesWire['entries'][number], 'id' | 'jobId'>;

const LINE: readonly Column<Line>[] = [
  { title: 'WHEN (UTC)', cell: ({ at }) => timeText(at) },
  { title: 'REASON', cell: ({ reason }) => reason },
  { title: 'CREDITS', right: true, cell: ({ amount }) => creditText(amount) },
  { title: 'FROM', cell: ({ from }) => `${from.owner}/${from.name}` },
  { title: 'TO', cell: ({ to }) => `${to.owner}/${to.name}` },
];
const ENTRIES: readonly Column<EntriesWire['entries'][number]>[] = [
  { title: 'ID', right: true, cell: ({ id }) => String(id) },
  ...LINE,
  { title: 'JOB', right: true, cell: ({ jobId }) => (jobId === null ? '' : String(jobId)) },
];

function entries(args: readonly string[], io: Io): Promise<number> {
  const { values } = parseVerb(args, {
    tenant: { type: 'string' },
    limit: { type: 'string', default: '20' },
    before: { type: 'string' },
  });
  const id = (option: string, text: string | undefined) =>
    text === undefined ? undefined : wholeNumber(option, text, 1, ID_MAX);
  const filter = {
    tenant: id('--tenant', values.tenant),
    before: id('--before', values.before),
    limit: wholeNumber('--limit', values.limit, 1, 200),
  };
  return answer(
    io,
    values,
    (pool) => pool.ledger.entries(filter),
    (page) => {
      const shown = page.entries.length === 0 ? 'No lines here.\n' : table(io, ENTRIES, page.entries);
      const tenant = filter.tenant === undefined ? '' : ` --tenant ${filter.tenant}`;
      if (page.nextBefore === null) return shown;
      return shown + paint(io, 'dim', `More: reelpool ledger entries${tenant} --before ${page.nextBefore}\n`);
    },
  );
}

function statement(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseVerb(args, {}, ['JOB']);
  const job = wholeNumber('JOB', positionals[0] ?? '', 1, ID_MAX);
  return answer(
    io,
    values,
    (pool) => pool.jobs.statement(job),
    (got) => describe(io, got),
  );
}

const HOLD_WORDS = { open: 'held', captured: 'paid', released: 'given back' } as const;

function describe(io: Io, got: StatementWire): string {
  const { hold } = got;
  const slices = (hold?.slices ?? []).map(
    ({ grantId, kind, amount }) => `${creditText(amount)} of grant ${grantId} (${kind})`,
  );
  return (
    fields(io, [
      ['Job', `${got.jobId}, tenant ${got.tenantId}`],
      ['Price', creditsText(got.price)],
      ['Hold', hold === null ? 'none' : `${creditsText(hold.amount)}, ${HOLD_WORDS[hold.state]}`],
      ['Paid', creditsText(hold?.captured ?? 0)],
      ['From', slices.length === 0 ? '-' : slices.join(', ')],
    ]) + (got.lines.length === 0 ? '' : `\n${table(io, LINE, got.lines)}`)
  );
}
