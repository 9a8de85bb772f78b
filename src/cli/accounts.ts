import type { AccountWire, DriftsWire } from '../wire/native/schemas/accounts.ts';
import { ACCOUNT_OPTIONS, ACCOUNT_USAGE, readAccountOptions } from './account-options.ts';
import { wholeNumber } from './arguments.ts';
import { type Command, POOL_USAGE } from './command.ts';
import { CliError, EXIT } from './exit.ts';
import { type Column, creditText, fields, type Io, printableText, type Style, table, timeText } from './terminal.ts';
import { answer, parseVerb, verbs } from './verbs.ts';

/** `reelpool accounts`. */
export const accounts: Command = {
  usage: `Usage: reelpool accounts list [options]
       reelpool accounts show ACCOUNT [options]
       reelpool accounts add KIND NAME [settings] [options]
       reelpool accounts set ACCOUNT [settings] [options]
       reelpool accounts pause|resume|drain|remove|refresh ACCOUNT [options]
       reelpool accounts drift [ACCOUNT] [--limit N] [options]

The accounts of the pool (docs/pool.md). ACCOUNT is an id or a name; KIND a kind of upstream, such as local.
pause stops new jobs for now, drain for good; resume ends either, and whatever the account rests for. remove drains it
first while jobs need it. refresh asks its upstream what it has; drift shows where that was not what was counted.

${ACCOUNT_USAGE}      --limit N          at most N lines of drift, 1 to 200 (default 50)
${POOL_USAGE}`,
  run: verbs('accounts', {
    list,
    show,
    add,
    set,
    pause: tell('pause', 'takes no jobs until it is resumed'),
    resume: tell('resume', 'takes jobs'),
    drain: tell('drain', 'takes no new jobs'),
    remove,
    refresh,
    drift,
  }),
};

const COLUMNS: readonly Column<AccountWire>[] = [
  { title: 'ID', right: true, cell: ({ id }) => String(id) },
  { title: 'ACCOUNT', cell: ({ name }) => name },
  { title: 'KIND', cell: ({ upstream }) => upstream },
  { title: 'STATE', cell: stateText, style: stateStyle },
  { title: 'SLOTS', right: true, cell: slotText },
  { title: 'DAILY', right: true, cell: ({ credits }) => creditText(credits.daily) },
  { title: 'MONTHLY', right: true, cell: ({ credits }) => creditText(credits.monthly) },
  { title: 'PACKAGE', right: true, cell: ({ credits }) => creditText(credits.package) },
  { title: 'RESERVED', right: true, cell: ({ credits }) => creditText(credits.reserved) },
  { title: 'PLAN', cell: ({ plan }) => plan },
];

/** Its state, or what it rests for. */
function stateText({ state, health }: AccountWire): string {
  return state === 'enabled' && health.state !== 'ok' ? health.state : state;
}

function stateStyle(account: AccountWire): Style {
  if (account.health.state === 'refused') return 'red';
  return stateText(account) === 'enabled' ? 'green' : 'yellow';
}

function slotText({ inUse, maxJobs, maxJobsNow }: AccountWire): string {
  return maxJobsNow < maxJobs ? `${inUse}/${maxJobsNow} (of ${maxJobs})` : `${inUse}/${maxJobs}`;
}

async function list(args: readonly string[], io: Io): Promise<number> {
  const { values } = parseVerb(args, {});
  return await answer(
    io,
    values,
    (pool) => pool.accounts.list(),
    (got) => (got.accounts.length === 0 ? 'No accounts.\n' : table(io, COLUMNS, got.accounts)),
  );
}

async function show(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseVerb(args, {}, ['ACCOUNT']);
  const account = positionals[0] ?? '';
  return await answer(
    io,
    values,
    (pool) => pool.accounts.get(account),
    (got) => describe(io, got),
  );
}

function describe(io: Io, account: AccountWire): string {
  const { credits, health, today, group, refreshAt } = account;
  const time = (at: string | null) => (at === null ? '-' : `${timeText(at)} UTC`);
  const few = (words: readonly string[] | null) => (words === null ? 'all' : words.join(', ') || 'none');
  const kinds = [
    `daily ${creditText(credits.daily)}`,
    `monthly ${creditText(credits.monthly)}`,
    `package ${creditText(credits.package)}`,
    `${creditText(credits.reserved)} of it reserved`,
  ];
  const cap = [
    account.dailyJobs === null ? '' : `${account.dailyJobs} jobs`,
    account.dailyCredits === null ? '' : `${creditText(account.dailyCredits)} credits`,
  ].filter(Boolean);
  return fields(io, [
    ['Account', `${account.id}, ${printableText(account.name)}`],
    ['Kind', account.upstream],
    ['State', account.state],
    ['Health', health.reason === null ? health.state : `${health.state}: ${printableText(health.reason)}`],
    [
      'Rests until',
      health.until === null ? (health.state === 'refused' ? 'it is changed or resumed' : '-') : time(health.until),
    ],
    ['Slots', slotText(account)],
    ['Group', group === null ? '-' : `${printableText(group.name)}, ${group.inUse}/${group.maxJobs} together`],
    ['Credits', `${kinds.join(', ')} (${printableText(account.unit)})`],
    ['Refreshes', `daily ${time(refreshAt.daily)}, monthly ${time(refreshAt.monthly)}`],
    ['Asked', account.refreshedAt === null ? 'never' : time(account.refreshedAt)],
    ['Today', `${today.jobs} jobs, ${creditText(today.credits)} credits`],
    ['Daily cap', cap.join(', ') || 'none'],
    ['Hours', account.hours.length === 0 ? 'always' : account.hours.join(', ')],
    ['Pace', account.paceMs === 0 ? 'none' : `${account.paceMs} ms`],
    ['Weight', String(account.weight)],
    ['Models', few(account.models)],
    ['Operations', few(account.operations)],
    ['Tags', few(account.tags)],
    ['Plan', printableText(account.plan) || '-'],
    ['Secret', printableText(JSON.stringify(account.secret))],
    ['Last used', time(account.lastUsedAt)],
  ]);
}

async function add(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseVerb(args, ACCOUNT_OPTIONS, ['KIND', 'NAME']);
  const [kind = '', name = ''] = positionals;
  const settings = readAccountOptions(values);
  const order = { ...settings, kind, name, maxJobs: settings.maxJobs ?? 1 };
  return await answer(
    io,
    values,
    (pool) => pool.accounts.create(order),
    (account) =>
      `Account ${account.id} "${printableText(account.name)}" (${account.upstream}) is in the pool${healthNote(account)}.\n`,
  );
}

/** What its upstream had against it, where it was asked. */
function healthNote({ health }: AccountWire): string {
  return health.reason === null ? '' : `, and rests: ${printableText(health.reason)}`;
}

async function set(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseVerb(args, ACCOUNT_OPTIONS, ['ACCOUNT']);
  const change = readAccountOptions(values);
  if (Object.keys(change).length === 0) throw new CliError(EXIT.usage, 'Say what to change, such as --max-jobs 3');
  return await answer(
    io,
    values,
    (pool) => pool.accounts.change(positionals[0] ?? '', change),
    (account) => `Account ${account.id} "${printableText(account.name)}" is changed${healthNote(account)}.\n`,
  );
}

/** The verb that tells an account what to do. */
function tell(verb: 'pause' | 'resume' | 'drain', said: string) {
  return async (args: readonly string[], io: Io): Promise<number> => {
    const { values, positionals } = parseVerb(args, {}, ['ACCOUNT']);
    return await answer(
      io,
      values,
      (pool) => pool.accounts[verb](positionals[0] ?? ''),
      ({ id, name, inUse }) =>
        `Account ${id} "${printableText(name)}" ${said}${verb === 'resume' || inUse === 0 ? '' : `; ${inUse} go on`}.\n`,
    );
  };
}

async function remove(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseVerb(args, {}, ['ACCOUNT']);
  return await answer(
    io,
    values,
    (pool) => pool.accounts.remove(positionals[0] ?? ''),
    ({ id, name, gone }) =>
      `Account ${id} "${printableText(name)}" ${gone ? 'is gone' : 'takes no new jobs and goes with the last that needs it'}.\n`,
  );
}

async function refresh(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseVerb(args, {}, ['ACCOUNT']);
  return await answer(
    io,
    values,
    (pool) => pool.accounts.refresh(positionals[0] ?? ''),
    (account) => describe(io, account),
  );
}

type Drift = DriftsWire['drifts'][number];

const DRIFT_COLUMNS: readonly Column<Drift>[] = [
  { title: 'WHEN (UTC)', cell: ({ at }) => timeText(at) },
  { title: 'ACCOUNT', cell: ({ account }) => account },
  { title: 'COUNTED', right: true, cell: ({ expected }) => creditText(expected) },
  { title: 'THERE', right: true, cell: ({ observed }) => creditText(observed) },
  { title: 'DIFFERENCE', right: true, cell: ({ expected, observed }) => creditText(observed - expected) },
  { title: 'MOST LIKELY', cell: ({ explanation }) => explanation },
];

async function drift(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseVerb(args, { limit: { type: 'string', default: '50' } }, ['[ACCOUNT]']);
  const limit = wholeNumber('--limit', values.limit, 1, 200);
  return await answer(
    io,
    values,
    (pool) => pool.accounts.drift({ account: positionals[0], limit }),
    (got) => (got.drifts.length === 0 ? 'Every balance was as counted.\n' : table(io, DRIFT_COLUMNS, got.drifts)),
  );
}
