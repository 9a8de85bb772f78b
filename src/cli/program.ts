import { readFileSync } from 'node:fs';
import { messageOf, Refusal } from '../std/errors.ts';
import { nearest } from '../std/nearest.ts';
import type { Command } from './command.ts';
import { CliError, EXIT, told } from './exit.ts';
import type { Io } from './terminal.ts';

const COMMANDS: Readonly<Record<string, { summary: string; load: () => Promise<Command> }>> = {
  serve: { summary: 'run the gateway', load: async () => (await import('./serve.ts')).serve },
  demo: { summary: 'make two videos through a gateway of its own', load: async () => (await import('./demo.ts')).demo },
  jobs: {
    summary: 'list | show ID | why ID | create OPERATION | quote OPERATION | cancel ID',
    load: async () => (await import('./jobs.ts')).jobs,
  },
  plans: {
    summary: 'quote FILE | run FILE (many jobs together)',
    load: async () => (await import('./plans.ts')).plans,
  },
  tenants: {
    summary: 'list | show ID | create NAME | set ID',
    load: async () => (await import('./tenants.ts')).tenants,
  },
  keys: {
    summary: 'list | show ID | create NAME | set ID | revoke ID',
    load: async () => (await import('./keys.ts')).keys,
  },
  grants: { summary: 'list | give CREDITS | adjust ID', load: async () => (await import('./grants.ts')).grants },
  pools: {
    summary: 'list | show ID | create NAME | set ID | remove ID',
    load: async () => (await import('./pools.ts')).pools,
  },
  accounts: {
    summary: 'list | show | add | set | pause | resume | drain | remove | refresh | drift',
    load: async () => (await import('./accounts.ts')).accounts,
  },
  balance: { summary: 'credits of a tenant', load: async () => (await import('./balance.ts')).balance },
  ledger: {
    summary: 'verify (prove that the books balance) | entries | statement JOB',
    load: async () => (await import('./ledger.ts')).ledger,
  },
  assets: {
    summary: 'list | show ID | upload FILE | fetch ID | delete ID',
    load: async () => (await import('./assets.ts')).assets,
  },
  templates: {
    summary: 'list | activate ID',
    load: async () => (await import('./templates.ts')).templates,
  },
  webhooks: {
    summary: 'list | show ID | add URL | set ID | remove ID | test ID | deliveries | replay ID | listen',
    load: async () => (await import('./webhooks.ts')).webhooks,
  },
  secrets: {
    summary: 'status | rotate (a new encryption key, while the gateways work)',
    load: async () => (await import('./secrets.ts')).secrets,
  },
  audit: { summary: 'what admins changed', load: async () => (await import('./audit.ts')).audit },
};

const HELP = `Reelpool: one endpoint, one balance and one queue in front of every AI-video account you own.

Usage: reelpool COMMAND [options]

${Object.entries(COMMANDS)
  .map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`)
  .join('\n')}
  help       this text; \`reelpool help COMMAND\` tells about one

Every command has --help; those that print tables have --json.
Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 refused, 4 no gateway or store to work with.
`;

/**
 * `reelpool COMMAND …`: each command is a file beside this one, loaded when it is called, so that help is printed at
 * once and a command pays only for what it uses. Resolves with the exit code (exit.ts, docs/cli.md); never rejects.
 */
export async function run(args: readonly string[], io: Io): Promise<number> {
  try {
    return await dispatch(args, io);
  } catch (error) {
    return report(told(error), args, io);
  }
}

async function dispatch(args: readonly string[], io: Io): Promise<number> {
  const [first, ...rest] = args;
  if (first === '--version' || first === '-v') {
    io.out(`${version()}\n`);
    return EXIT.ok;
  }
  const asksHelp = first === 'help' || first === '--help' || first === '-h';
  const name = asksHelp ? rest[0] : first;
  if (name === undefined) {
    // Called with nothing at all it was not understood; asked for help it was.
    (asksHelp ? io.out : io.err)(HELP);
    return asksHelp ? EXIT.ok : EXIT.usage;
  }
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (entry === undefined) {
    const known = nearest(name, Object.keys(COMMANDS));
    throw new CliError(EXIT.usage, `There is no command ${name}; did you mean ${known}?`);
  }
  const command = await entry.load();
  if (asksHelp || rest.includes('--help') || rest.includes('-h')) {
    io.out(command.usage);
    return EXIT.ok;
  }
  return await command.run(rest, io);
}

/** Version of the package. */
function version(): string {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return String(manifest.version);
}

/** Prints why a command ended, in a line (JSON where --json was given), and returns its exit code. */
function report(error: unknown, args: readonly string[], io: Io): number {
  const known = error instanceof CliError || error instanceof Refusal || (error as Error)?.name === 'ConfigError';
  const exit = exitOf(error);
  const code = error instanceof CliError || error instanceof Refusal ? error.code : undefined;
  if (args.includes('--json')) {
    io.err(`${JSON.stringify({ error: { message: messageOf(error), code: code ?? null, exit } })}\n`);
  } else {
    io.err(`reelpool: ${messageOf(error)}\n`);
    const topic = args[0] !== undefined && Object.hasOwn(COMMANDS, args[0]) ? ` ${args[0]}` : '';
    if (exit === EXIT.usage) io.err(`See \`reelpool help${topic}\`.\n`);
  }
  // A stack is for whoever mends the program: a defect, or somebody who asked for it.
  const debug = io.env['REELPOOL_LOG_LEVEL'] === 'debug';
  if (error instanceof Error && (debug || !known))
    io.err(`${(error.cause as Error | undefined)?.stack ?? error.stack}\n`);
  return exit;
}

function exitOf(error: unknown): number {
  if (error instanceof CliError) return error.exit;
  if (error instanceof Refusal) return error.owner === 'us' ? EXIT.failed : EXIT.refused;
  return (error as Error)?.name === 'ConfigError' ? EXIT.usage : EXIT.failed;
}
