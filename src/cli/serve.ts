import { type Config, loadConfig, printableDatabase } from '../config.ts';
import { parse } from './arguments.ts';
import type { Command } from './command.ts';
import { EXIT } from './exit.ts';
import { configSources } from './pool.ts';
import { stopSignals } from './signals.ts';
import { startFailure } from './start-failure.ts';
import { type Io, paint } from './terminal.ts';

/** `reelpool serve`. */
export const serve: Command = {
  usage: `Usage: reelpool serve [options]

Runs the gateway until SIGTERM or SIGINT; then it takes nothing new, lets what runs end within the grace period and
exits with 0. A second signal ends it at once.

      --port PORT        default 8080; 0 takes any free port
      --host ADDRESS     default 127.0.0.1
      --data FOLDER      default ./reelpool-data
      --database URL     postgres://…; default: the embedded store in the data folder
      --config FILE      configuration file; default ./reelpool.json where there is one
      --json             print one line of JSON when it listens: url, data, database, pid, adminKey

Everything else is set in the file or the environment: docs/configuration.md.
`,
  async run(args, io) {
    const { values } = parse(args, {
      port: { type: 'string' },
      host: { type: 'string' },
      data: { type: 'string' },
      database: { type: 'string' },
      config: { type: 'string' },
      json: { type: 'boolean', default: false },
    });
    const config = loadConfig(configSources(io, values));
    const signals = stopSignals();
    const fatal = Promise.withResolvers<string>();
    const { compose } = await import('../compose.ts');
    const app = await compose(config, { onFatal: fatal.resolve }).catch((error: unknown) => {
      throw startFailure(error);
    });
    const { adminKey } = app.firstStart;
    let url: string;
    try {
      ({ url } = await app.listen());
    } catch (error) {
      // The store has its first key now, and nothing else will ever tell it.
      if (adminKey !== null) io.err(`The store is made. Its admin key, shown this once: ${adminKey}\n`);
      await app.close();
      throw startFailure(error);
    }
    const { data, database } = config;
    const shownDatabase = database === null ? null : printableDatabase(database);
    if (values.json) {
      io.out(`${JSON.stringify({ url, data, database: shownDatabase, pid: process.pid, adminKey })}\n`);
    } else announce(io, config, url, adminKey);

    const why = await Promise.race([signals.first, fatal.promise.then((reason) => ({ reason }))]);
    if (typeof why === 'string') io.err(`Stopping on ${why}: nothing new is taken, what runs may end.\n`);
    else io.err(`reelpool: stopping, because ${why.reason}\n`);
    await app.close();
    if (typeof why !== 'string') return EXIT.failed;
    io.err('Stopped. The next start goes on where this one was.\n');
    return EXIT.ok;
  },
};

function announce(io: Io, config: Config, url: string, adminKey: string | null): void {
  const store = config.database === null ? 'embedded store' : printableDatabase(config.database);
  io.out(`${paint(io, 'bold', 'Reelpool')} listens on ${paint(io, 'cyan', url)}\n`);
  io.out(`  data  ${config.data} (${store})\n`);
  if (config.publicUrl !== null) io.out(`  public address  ${config.publicUrl}\n`);
  if (adminKey !== null) {
    io.out(`\nFirst start. This is the admin key, shown this once; keep it:\n\n  ${paint(io, 'bold', adminKey)}\n`);
  }
  const key = adminKey ?? '$REELPOOL_KEY';
  const hint = adminKey === null ? ' (with your key in REELPOOL_KEY)' : '';
  io.out(`\nMake a video${hint}:\n\n  ${createLine(url, key)}\n`);
  io.out(`\nAsk how the newest job stands, and for the address of its video:\n\n  ${pollLine(url, key)}\n\n`);
}

/** A UUID from the kernel, or from the tool where there is no such file. */
const SHELL_UUID = '$(cat /proc/sys/kernel/random/uuid 2>/dev/null || uuidgen)';

const EXAMPLE = {
  model: 'v6',
  prompt: 'A paper boat sails down a rainy street at night, neon lights in the puddles',
  duration: 5,
  quality: '540p',
  aspect_ratio: '16:9',
};

/** A create that works when pasted into a shell. */
export function createLine(url: string, key: string): string {
  const headers = `-H "API-KEY: ${key}" -H "Ai-trace-id: ${SHELL_UUID}" -H "Content-Type: application/json"`;
  return `curl -sS ${url}/openapi/v2/video/text/generate ${headers} -d '${JSON.stringify(EXAMPLE)}'`;
}

/** A status call that works when pasted: the id is that of the newest job, the first number of the list. */
export function pollLine(url: string, key: string): string {
  const newest = `$(curl -sS "${url}/pool/v1/jobs?limit=1" -H "API-KEY: ${key}" | sed 's/[^0-9]*\\([0-9]*\\).*/\\1/')`;
  return `curl -sS ${url}/openapi/v2/video/result/${newest} -H "API-KEY: ${key}" -H "Ai-trace-id: ${SHELL_UUID}"`;
}
