import type { GrantWire } from '../wire/native/schemas/grants.ts';
import { creditsNumber, isoMoment, oneOf, wholeNumber } from './arguments.ts';
import { type Command, POOL_USAGE } from './command.ts';
import { CliError, EXIT } from './exit.ts';
import { type Column, creditsText, creditText, type Io, table, timeText } from './terminal.ts';
import { answer, parseVerb, verbs } from './verbs.ts';

const ID_MAX = Number.MAX_SAFE_INTEGER;

/** `reelpool grants`. */
export const grants: Command = {
  usage: `Usage: reelpool grants list --tenant ID [options]
       reelpool grants give CREDITS --tenant ID [--kind KIND] [--expires TIME] [--priority N] [options]
       reelpool grants adjust ID --by CREDITS [--note TEXT] [options]

Credits given to a tenant. Those that expire soonest are spent first. adjust adds to what remains of one, or with a
negative number (--by=-5) takes away; what is held of it stays.

      --tenant ID        whose credits
      --kind KIND        daily, monthly, package (default) or promo: how balances name them
      --expires TIME     a date or an ISO 8601 time (default: never)
      --priority N       among those that expire together the higher is spent first
      --by CREDITS       credits to add or take away
      --note TEXT        why, for the audit log
${POOL_USAGE}`,
  run: verbs('grants', { list, give, adjust }),
};

const COLUMNS: readonly Column<GrantWire>[] = [
  { title: 'ID', right: true, cell: ({ id }) => String(id) },
  { title: 'KIND', cell: ({ kind }) => kind },
  { title: 'GIVEN', right: true, cell: ({ amount }) => creditText(amount) },
  { title: 'REMAINING', right: true, cell: ({ remaining }) => creditText(remaining), style: () => 'bold' },
  { title: 'EXPIRES (UTC)', cell: ({ expiresAt }) => (expiresAt === null ? 'never' : timeText(expiresAt)) },
  { title: 'CREATED (UTC)', cell: ({ createdAt }) => timeText(createdAt) },
  { title: 'PERIOD', cell: ({ period }) => period ?? '' },
];

function tenantOf(text: string | undefined): number {
  if (text === undefined) throw new CliError(EXIT.usage, 'Say whose credits: --tenant ID');
  return wholeNumber('--tenant', text, 1, ID_MAX);
}

async function list(args: readonly string[], io: Io): Promise<number> {
  const { values } = parseVerb(args, { tenant: { type: 'string' } });
  const tenant = tenantOf(values.tenant);
  return await answer(
    io,
    values,
    (pool) => pool.grants.list({ tenant }),
    (got) => (got.grants.length === 0 ? 'No credits were given.\n' : table(io, COLUMNS, got.grants)),
  );
}

async function give(args: readonly string[], io: Io): Promise<number> {
  const options = {
    tenant: { type: 'string' },
    kind: { type: 'string', default: 'package' },
    expires: { type: 'string' },
    priority: { type: 'string', default: '0' },
  } as const;
  const { values, positionals } = parseVerb(args, options, ['CREDITS']);
  const order = {
    tenantId: tenantOf(values.tenant),
    amount: creditsNumber('CREDITS', positionals[0] ?? '', 0.001),
    kind: oneOf('--kind', values.kind, ['daily', 'monthly', 'package', 'promo']),
    expiresAt: values.expires === undefined ? null : isoMoment('--expires', values.expires),
    priority: wholeNumber('--priority', values.priority, 0, 1000),
  };
  return await answer(
    io,
    values,
    (pool) => pool.grants.give(order),
    (grant) => `Tenant ${grant.tenantId} was given ${creditsText(grant.amount)} (${grant.kind}, grant ${grant.id}).\n`,
  );
}

async function adjust(args: readonly string[], io: Io): Promise<number> {
  const options = { by: { type: 'string' }, note: { type: 'string', default: '' } } as const;
  const { values, positionals } = parseVerb(args, options, ['ID']);
  const id = wholeNumber('ID', positionals[0] ?? '', 1, ID_MAX);
  if (values.by === undefined) throw new CliError(EXIT.usage, 'Say by how much: --by 5, or --by=-5 to take away');
  const change = { by: creditsNumber('--by', values.by, -ID_MAX), note: values.note };
  return await answer(
    io,
    values,
    (pool) => pool.grants.adjust(id, change),
    (grant) => `${creditsText(grant.remaining)} remain of grant ${grant.id}.\n`,
  );
}
