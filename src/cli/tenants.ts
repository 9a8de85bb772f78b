import type { BalanceWire } from '../wire/native/schemas/ledger.ts';
import type { TenantChangeWire, TenantWire } from '../wire/native/schemas/tenants.ts';
import { creditsNumber, type OptionTable, oneOf, wholeNumber } from './arguments.ts';
import { type Command, POOL_USAGE } from './command.ts';
import { CliError, EXIT } from './exit.ts';
import { type Column, creditText, fields, type Io, printableText, table, timeText } from './terminal.ts';
import { answer, parseVerb, verbs } from './verbs.ts';

const ID_MAX = Number.MAX_SAFE_INTEGER;

/** `reelpool tenants`. */
export const tenants: Command = {
  usage: `Usage: reelpool tenants list [options]
       reelpool tenants show ID [options]
       reelpool tenants create NAME [settings] [options]
       reelpool tenants set ID [--name NAME] [settings] [options]

A tenant is a customer: it owns keys, jobs, uploads and books. show tells its credits too; set changes what is given.

      --weight N         its share of the pool beside other tenants, 1 to 1000 (default 1)
      --monthly N        credits given every month, without rollover (default 0)
      --anchor-day N     UTC day of the month on which they come, 1 to 31 (default 1)
      --mode MODE        metered (default): its books are the limit; pooled: its credits follow the accounts
      --unit UNIT        for a pooled tenant: the unit of the accounts it follows
${POOL_USAGE}`,
  run: verbs('tenants', { list, show, create, set }),
};

const SETTINGS = {
  name: { type: 'string' },
  weight: { type: 'string' },
  monthly: { type: 'string' },
  'anchor-day': { type: 'string' },
  mode: { type: 'string' },
  unit: { type: 'string' },
} as const satisfies OptionTable;

function readSettings(values: Partial<Record<keyof typeof SETTINGS, string | undefined>>): TenantChangeWire {
  const { name, weight, monthly, mode, unit } = values;
  const day = values['anchor-day'];
  return {
    ...(name === undefined ? {} : { name: name.trim() }),
    ...(weight === undefined ? {} : { weight: wholeNumber('--weight', weight, 1, 1000) }),
    ...(monthly === undefined ? {} : { monthlyCredits: creditsNumber('--monthly', monthly) }),
    ...(day === undefined ? {} : { anchorDay: wholeNumber('--anchor-day', day, 1, 31) }),
    ...(mode === undefined ? {} : { mode: oneOf('--mode', mode, ['metered', 'pooled']) }),
    ...(unit === undefined ? {} : { unit: unit === 'none' ? null : unit }),
  };
}

const COLUMNS: readonly Column<TenantWire>[] = [
  { title: 'ID', right: true, cell: ({ id }) => String(id) },
  { title: 'WEIGHT', right: true, cell: ({ weight }) => String(weight) },
  { title: 'MODE', cell: ({ mode, unit }) => (unit === null ? mode : `${mode} (${unit})`) },
  { title: 'MONTHLY', right: true, cell: ({ monthlyCredits }) => creditText(monthlyCredits) },
  { title: 'CREATED (UTC)', cell: ({ createdAt }) => timeText(createdAt) },
  { title: 'NAME', cell: ({ name }) => name },
];

function list(args: readonly string[], io: Io): Promise<number> {
  const { values } = parseVerb(args, {});
  return answer(
    io,
    values,
    (pool) => pool.tenants.list(),
    (got) => table(io, COLUMNS, got.tenants),
  );
}

function show(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseVerb(args, {}, ['ID']);
  const id = wholeNumber('ID', positionals[0] ?? '', 1, ID_MAX);
  return answer(
    io,
    values,
    async (pool) => ({ tenant: await pool.tenants.get(id), balance: await pool.tenants.balance(id) }),
    ({ tenant, balance }) => describe(io, tenant, balance),
  );
}

async function create(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseVerb(args, SETTINGS, ['[NAME]']);
  const name = (positionals[0] ?? values.name ?? '').trim();
  if (name === '') throw new CliError(EXIT.usage, 'NAME is missing: whose tenant is it?');
  const order = { ...readSettings(values), name };
  return await answer(
    io,
    values,
    (pool) => pool.tenants.create(order),
    (tenant) =>
      `Tenant ${tenant.id} "${printableText(tenant.name)}" is made. Give it a key: reelpool keys create NAME --tenant ${tenant.id}\n`,
  );
}

async function set(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseVerb(args, SETTINGS, ['ID']);
  const id = wholeNumber('ID', positionals[0] ?? '', 1, ID_MAX);
  const change = readSettings(values);
  if (Object.keys(change).length === 0) throw new CliError(EXIT.usage, 'Say what to change, such as --weight 3');
  return await answer(
    io,
    values,
    (pool) => pool.tenants.change(id, change),
    (tenant) => describe(io, tenant),
  );
}

function describe(io: Io, tenant: TenantWire, balance?: BalanceWire): string {
  const entries: [string, string][] = [
    ['Tenant', String(tenant.id)],
    ['Name', printableText(tenant.name)],
    ['Weight', String(tenant.weight)],
    ['Mode', tenant.unit === null ? tenant.mode : `${tenant.mode}, follows accounts that count in ${tenant.unit}`],
    ['Monthly', `${creditText(tenant.monthlyCredits)} on day ${tenant.anchorDay}`],
    ['Created', `${timeText(tenant.createdAt)} UTC`],
  ];
  if (balance) {
    const { available, held, daily, monthly, package: bought, promo } = balance;
    entries.push(
      ['Available', creditText(available)],
      [
        '',
        `daily ${creditText(daily)}, monthly ${creditText(monthly)}, package ${creditText(bought)}, promo ${creditText(promo)}`,
      ],
      ['Held', creditText(held)],
    );
  }
  return fields(io, entries);
}
