import type { KeyChangeWire, KeyWire } from '../wire/native/schemas/keys.ts';
import { creditsNumber, isoMoment, type OptionTable, oneOf, orNone, wholeNumber, words } from './arguments.ts';
import { type Command, POOL_USAGE } from './command.ts';
import { CliError, EXIT } from './exit.ts';
import { type Column, creditText, fields, type Io, paint, printableText, table, timeText } from './terminal.ts';
import { answer, parseVerb, verbs } from './verbs.ts';

const ID_MAX = Number.MAX_SAFE_INTEGER;

/** `reelpool keys`. */
export const keys: Command = {
  usage: `Usage: reelpool keys list [--tenant ID] [options]
       reelpool keys show ID [options]
       reelpool keys create NAME [--role client|admin] [--tenant ID] [limits] [options]
       reelpool keys set ID [--name NAME] [limits] [options]
       reelpool keys revoke ID [options]

create prints the secret, this once: only its hash is kept. set changes what is given, at once. A revoked key opens
nothing from then on.

      --role ROLE        client (default): jobs and balance of its tenant; admin: everything
      --tenant ID        list: only its keys; create: whose key it is (default: your own)

Limits; none takes one away:

      --pool ID          the pool its jobs are placed in
      --rate N           requests a second; 0 for no limit, none for the gateway's setting
      --running N        jobs in flight at a time
      --queue N          jobs that may wait
      --overflow HOW     queue (default), or reject: refuse a job for which no slot is free
      --priority N       0 to 100; each step moves its jobs one minute forward among those of its tenant
      --sandbox YES      yes: its jobs may go to the built-in renderer, whatever else the pool has
      --models LIST      models it may use, with commas
      --operations LIST  operations it may use, with commas
      --expires TIME     a date or an ISO 8601 time
      --budget-day N     credits of a UTC day
      --budget-month N   credits of a UTC month
${POOL_USAGE}`,
  run: verbs('keys', { list, show, create, set, revoke }),
};

const LIMITS = {
  name: { type: 'string' },
  pool: { type: 'string' },
  rate: { type: 'string' },
  running: { type: 'string' },
  queue: { type: 'string' },
  overflow: { type: 'string' },
  priority: { type: 'string' },
  sandbox: { type: 'string' },
  models: { type: 'string' },
  operations: { type: 'string' },
  expires: { type: 'string' },
  'budget-day': { type: 'string' },
  'budget-month': { type: 'string' },
} as const satisfies OptionTable;

/** What the limit options say, as the native API takes it; what was not given is not there. */
function readLimits(values: Partial<Record<keyof typeof LIMITS, string | undefined>>): KeyChangeWire {
  const whole = (name: keyof typeof LIMITS, min: number, max: number) => (text: string) =>
    wholeNumber(`--${name}`, text, min, max);
  const credits = (name: keyof typeof LIMITS) => orNone(values[name], (text) => creditsNumber(`--${name}`, text));
  const { name, pool, queue, overflow, priority, sandbox } = values;
  const change = {
    name: name?.trim(),
    poolId: pool === undefined ? undefined : whole('pool', 1, ID_MAX)(pool),
    requestsPerSecond: orNone(values.rate, whole('rate', 0, 1_000_000)),
    runningMax: orNone(values.running, whole('running', 1, 1_000_000)),
    queueDepthMax: queue === undefined ? undefined : whole('queue', 1, 10_000_000)(queue),
    overflow: overflow === undefined ? undefined : oneOf('--overflow', overflow, ['queue', 'reject']),
    priority: priority === undefined ? undefined : whole('priority', 0, 100)(priority),
    sandbox: sandbox === undefined ? undefined : oneOf('--sandbox', sandbox, ['yes', 'no']) === 'yes',
    models: orNone(values.models, words),
    operations: orNone(values.operations, words) as KeyChangeWire['operations'],
    expiresAt: orNone(values.expires, (text) => isoMoment('--expires', text)),
    budgetDay: credits('budget-day'),
    budgetMonth: credits('budget-month'),
  };
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as KeyChangeWire;
}

const COLUMNS: readonly Column<KeyWire>[] = [
  { title: 'ID', right: true, cell: ({ id }) => String(id) },
  { title: 'KEY', cell: ({ prefix }) => `${prefix}…` },
  { title: 'ROLE', cell: ({ role }) => role },
  { title: 'TENANT', right: true, cell: ({ tenantId }) => String(tenantId) },
  { title: 'CREATED (UTC)', cell: ({ createdAt }) => timeText(createdAt) },
  {
    title: 'STATE',
    cell: ({ revokedAt }) => (revokedAt === null ? 'active' : `revoked ${timeText(revokedAt)}`),
    style: ({ revokedAt }) => (revokedAt === null ? 'green' : 'dim'),
  },
  { title: 'NAME', cell: ({ name }) => name },
];

function list(args: readonly string[], io: Io): Promise<number> {
  const { values } = parseVerb(args, { tenant: { type: 'string' } });
  const tenant = values.tenant === undefined ? undefined : wholeNumber('--tenant', values.tenant, 1, ID_MAX);
  return answer(
    io,
    values,
    (pool) => pool.keys.list({ tenant }),
    (got) => (got.keys.length === 0 ? 'No keys.\n' : table(io, COLUMNS, got.keys)),
  );
}

function show(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseVerb(args, {}, ['ID']);
  const id = wholeNumber('ID', positionals[0] ?? '', 1, ID_MAX);
  return answer(
    io,
    values,
    (pool) => pool.keys.get(id),
    (key) => describe(io, key),
  );
}

async function create(args: readonly string[], io: Io): Promise<number> {
  const options = { ...LIMITS, role: { type: 'string', default: 'client' }, tenant: { type: 'string' } } as const;
  const { values, positionals } = parseVerb(args, options, ['[NAME]']);
  const name = (positionals[0] ?? values.name ?? '').trim();
  if (name === '') throw new CliError(EXIT.usage, 'NAME is missing: what is the key for?');
  if (name.length > 100) throw new CliError(EXIT.usage, 'NAME must have at most 100 characters');
  const role = oneOf('--role', values.role, ['client', 'admin']);
  const tenant = values.tenant === undefined ? {} : { tenantId: wholeNumber('--tenant', values.tenant, 1, ID_MAX) };
  const order = { ...readLimits(values), ...tenant, name, role };
  return await answer(
    io,
    values,
    (pool) => pool.keys.create(order),
    ({ key, secret }) =>
      `Key ${key.id} "${printableText(key.name)}", role ${key.role}. Shown this once; keep it:\n\n  ${paint(io, 'bold', secret)}\n`,
  );
}

async function set(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseVerb(args, LIMITS, ['ID']);
  const id = wholeNumber('ID', positionals[0] ?? '', 1, ID_MAX);
  const change = readLimits(values);
  if (Object.keys(change).length === 0) throw new CliError(EXIT.usage, 'Say what to change, such as --running 3');
  return await answer(
    io,
    values,
    (pool) => pool.keys.change(id, change),
    (key) => describe(io, key),
  );
}

function revoke(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseVerb(args, {}, ['ID']);
  const id = wholeNumber('ID', positionals[0] ?? '', 1, ID_MAX);
  return answer(
    io,
    values,
    (pool) => pool.keys.revoke(id),
    (key) => `Key ${key.id} "${printableText(key.name)}" (${key.prefix}…) is revoked.\n`,
  );
}

function describe(io: Io, key: KeyWire): string {
  const limit = (value: number | null, none = 'none') => (value === null ? none : creditText(value));
  const list = (value: readonly string[] | null) => printableText(value === null ? 'all' : value.join(', '));
  return fields(io, [
    ['Key', `${key.id}, ${key.prefix}…`],
    ['Name', printableText(key.name)],
    ['Role', key.role],
    ['Tenant', String(key.tenantId)],
    ['Pool', String(key.poolId)],
    ['Requests/s', key.requestsPerSecond === 0 ? 'no limit' : limit(key.requestsPerSecond, "the gateway's setting")],
    ['Running', limit(key.runningMax)],
    ['Queue', creditText(key.queueDepthMax)],
    ['Overflow', key.overflow],
    ['Priority', String(key.priority)],
    ['Sandbox', key.sandbox ? 'yes' : 'no'],
    ['Models', list(key.models)],
    ['Operations', list(key.operations)],
    ['Budget/day', limit(key.budgetDay)],
    ['Budget/month', limit(key.budgetMonth)],
    ['Expires', key.expiresAt === null ? 'never' : `${timeText(key.expiresAt)} UTC`],
    ['Created', `${timeText(key.createdAt)} UTC`],
    ['Revoked', key.revokedAt === null ? '-' : `${timeText(key.revokedAt)} UTC`],
  ]);
}
