import { existsSync } from 'node:fs';
import { type Asked, methodsOver } from '../client/methods.ts';
import type { Config } from '../config.ts';
import { CliError, EXIT } from './exit.ts';
import type { Pool } from './pool.ts';
import { startFailure } from './start-failure.ts';
import type { Io } from './terminal.ts';

const NEEDS_GATEWAY = 'This needs a running gateway: name one with --url';

/** Opens the configured store itself, as its operator, for one command. Takes no jobs and listens nowhere. */
export async function openOffline(config: Config, io: Io): Promise<Pool> {
  if (config.database === null && !existsSync(config.data)) {
    throw new CliError(
      EXIT.unavailable,
      `No gateway answers, and there is no store in ${config.data}. Start one with \`reelpool serve\`, or name it with --url or --data`,
    );
  }
  const { compose } = await import('../compose.ts');
  const app = await compose({ ...config, logLevel: quiet(config) }).catch((error: unknown) => {
    if ((error as Error).name !== 'FolderInUse') throw startFailure(error);
    throw new CliError(
      EXIT.unavailable,
      `Another process has the data folder ${config.data}. If it is a gateway, ask it instead: --url or REELPOOL_URL`,
      { cause: error },
    );
  });
  const { adminKey } = app.firstStart;
  if (adminKey !== null) io.err(`First use of this store. Its admin key, shown this once: ${adminKey}\n`);
  const pool = methodsOver({
    ask: async ({ named, params, query, body }) => {
      if (named.route.file !== undefined) throw new CliError(EXIT.unavailable, NEEDS_GATEWAY);
      return await app.native(named, { params: texts(params), query: texts(query), body });
    },
    stream: () => {
      throw new CliError(EXIT.unavailable, NEEDS_GATEWAY);
    },
  });
  return { ...pool, close: () => app.close() };
}

/** A command's answer is not buried under what the parts say of their start. */
const quiet = ({ logLevel }: Config): Config['logLevel'] => (logLevel === 'info' ? 'warn' : logLevel);

/** As they would stand in an address. */
function texts(values: Asked['query']): Record<string, string> {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
}
