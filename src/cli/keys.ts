import type { KeyWire } from '../wire/native/schemas.ts';
import { oneOf, POOL_OPTIONS, parse, wholeNumber } from './arguments.ts';
import { type Command, POOL_USAGE, printJson } from './command.ts';
import { CliError, EXIT } from './exit.ts';
import { withPool } from './pool.ts';
import { type Column, type Io, paint, printableText, table, timeText } from './terminal.ts';

/** `reelpool keys`. */
export const keys: Command = {
  usage: `Usage: reelpool keys list [options]
       reelpool keys create NAME [--role client|admin] [options]
       reelpool keys revoke ID [options]

create prints the secret, this once: only its hash is kept. A revoked key opens nothing from then on.

      --role ROLE        client (default): jobs and balance of its tenant; admin: everything
${POOL_USAGE}`,
  async run(args, io) {
    const [verb, ...rest] = args;
    if (verb === 'list') return await list(rest, io);
    if (verb === 'create') return await create(rest, io);
    if (verb === 'revoke') return await revoke(rest, io);
    const known = 'list, create and revoke';
    throw new CliError(
      EXIT.usage,
      verb === undefined ? `Say ${known.replace('and', 'or')}` : `keys knows ${known}, not ${verb}`,
    );
  },
};

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

async function list(args: readonly string[], io: Io): Promise<number> {
  const { values } = parse(args, POOL_OPTIONS);
  return await withPool(io, values, async (pool) => {
    const answer = await pool.keys();
    if (values.json) printJson(io, answer);
    else if (answer.keys.length === 0) io.out('No keys.\n');
    else io.out(table(io, COLUMNS, answer.keys));
    return EXIT.ok;
  });
}

async function create(args: readonly string[], io: Io): Promise<number> {
  const options = { ...POOL_OPTIONS, role: { type: 'string', default: 'client' }, name: { type: 'string' } } as const;
  const { values, positionals } = parse(args, options, ['[NAME]']);
  const name = (positionals[0] ?? values.name ?? '').trim();
  if (name === '') throw new CliError(EXIT.usage, 'NAME is missing: what is the key for?');
  if (name.length > 100) throw new CliError(EXIT.usage, 'NAME must have at most 100 characters');
  const role = oneOf('--role', values.role, ['client', 'admin']);
  return await withPool(io, values, async (pool) => {
    const made = await pool.createKey({ name, role });
    if (values.json) printJson(io, made);
    else {
      io.out(
        `Key ${made.key.id} "${printableText(made.key.name)}", role ${made.key.role}. Shown this once; keep it:\n\n`,
      );
      io.out(`  ${paint(io, 'bold', made.secret)}\n`);
    }
    return EXIT.ok;
  });
}

async function revoke(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parse(args, POOL_OPTIONS, ['ID']);
  const id = wholeNumber('ID', positionals[0] ?? '', 1, Number.MAX_SAFE_INTEGER);
  return await withPool(io, values, async (pool) => {
    const key = await pool.revokeKey(id);
    if (values.json) printJson(io, key);
    else io.out(`Key ${key.id} "${printableText(key.name)}" (${key.prefix}…) is revoked.\n`);
    return EXIT.ok;
  });
}
