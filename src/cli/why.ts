import type { WhyWire } from '../wire/native/schemas/jobs.ts';
import { wholeNumber } from './arguments.ts';
import { type Column, fields, type Io, paint, printableText, spanText, table, timeText } from './terminal.ts';
import { answer, parseVerb } from './verbs.ts';

/** `reelpool jobs why ID`. */
export async function why(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseVerb(args, {}, ['ID']);
  const id = wholeNumber('ID', positionals[0] ?? '', 1, Number.MAX_SAFE_INTEGER);
  return await answer(
    io,
    values,
    (pool) => pool.jobs.why(id),
    (got) => explain(io, got),
  );
}

type Verdict = NonNullable<WhyWire['accounts']>[number];

const COLUMNS: readonly Column<Verdict>[] = [
  { title: 'ID', right: true, cell: ({ id }) => String(id) },
  { title: 'ACCOUNT', cell: ({ account }) => account },
  {
    title: 'VERDICT',
    cell: ({ verdict }) => verdict,
    style: ({ verdict }) => (verdict === 'eligible' ? 'green' : 'yellow'),
  },
  { title: 'UNTIL (UTC)', cell: ({ until }) => (until === null ? '' : timeText(until)) },
];

function explain(io: Io, why: WhyWire): string {
  const { waitsFor, place, accounts, placements } = why;
  const lines: [string, string][] = [
    ['Job', String(why.jobId)],
    ['State', why.state],
  ];
  if (waitsFor) {
    lines.push(['Waits for', `${waitsFor.what}: ${waitsFor.message}`]);
    if (waitsFor.usualMs !== null) lines.push(['Usually', `${spanText(waitsFor.usualMs)} more`]);
  }
  if (place) {
    lines.push(['In its line', place.ahead === 0 ? 'next' : `${place.ahead} before it`]);
    lines.push(['Tenants', `${place.tenantsBefore} of ${place.tenantsWaiting} come first`]);
  }
  const parts = [fields(io, lines)];
  if (accounts && accounts.length > 0) parts.push(table(io, COLUMNS, accounts));
  for (const { number, account, state, code, placedAt, placement } of placements ?? []) {
    const heading = `Attempt ${number}: ${printableText(account)}, ${timeText(placedAt)} UTC, ${state}${code === null ? '' : ` (${code})`}`;
    parts.push(`${paint(io, 'bold', heading)}\n  ${printableText(JSON.stringify(placement))}\n`);
  }
  return parts.join('\n');
}
