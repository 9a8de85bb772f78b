import { readFileSync } from 'node:fs';
import type { Reelpool } from '../client/types.ts';
import type { Config, ConfigSources } from '../config.ts';
import { CliError, EXIT } from './exit.ts';
import type { Io } from './terminal.ts';

/**
 * What the commands ask: the client of the native API, over a running gateway or, where none runs, over the store itself
 * (offline.ts).
 */
export type Pool = Reelpool & { close(): Promise<void> };

/** The options that decide where a command goes. */
export interface PoolOptions {
  readonly url?: string | undefined;
  readonly key?: string | undefined;
  readonly config?: string | undefined;
  readonly data?: string | undefined;
  readonly database?: string | undefined;
}

/**
 * Finds the pool:
 *
 * 1. `--url` or REELPOOL_URL: the gateway there, and no other.
 * 2. `--data` or `--database`: that store, opened by this command.
 * 3. A gateway that answers at the configured host and port (127.0.0.1:8080).
 * 4. The configured store.
 *
 * A gateway is asked with `--key`, REELPOOL_KEY, or the bootstrap key of the configuration (only in case 3, so that it is
 * sent nowhere else). Opening the store needs no key: who may read its folder is its operator.
 */
export async function openPool(io: Io, options: PoolOptions): Promise<Pool> {
  const url = options.url ?? (io.env['REELPOOL_URL'] || undefined);
  const key = options.key ?? (io.env['REELPOOL_KEY'] || undefined);
  if (url !== undefined) return await online(readUrl(url), key);
  const { loadConfig } = await import('../config.ts');
  const config = loadConfig(configSources(io, options));
  if (options.data === undefined && options.database === undefined) {
    const { gatewayAnswers } = await import('./probe.ts');
    const local = localUrl(config);
    if (config.port !== 0 && (await gatewayAnswers(local))) return await online(local, key ?? config.bootstrapKey);
  }
  const { openOffline } = await import('./offline.ts');
  return await openOffline(config, io);
}

async function online(url: string, key: string | null | undefined): Promise<Pool> {
  if (key === undefined || key === null) {
    throw new CliError(EXIT.refused, `The gateway at ${url} wants a key: give it with REELPOOL_KEY or --key`);
  }
  const { createClient } = await import('../client/client.ts');
  return { ...createClient({ url, key }), close: async () => {} };
}

/** Runs `use` with the pool and closes it, whatever happens. */
export async function withPool<T>(io: Io, options: PoolOptions, use: (pool: Pool) => Promise<T>): Promise<T> {
  const pool = await openPool(io, options);
  try {
    return await use(pool);
  } finally {
    await pool.close();
  }
}

/** Where the configuration of a command comes from. */
export function configSources(
  io: Io,
  options: PoolOptions & { port?: string | undefined; host?: string | undefined },
): ConfigSources {
  const { port, host, data, database } = options;
  return {
    env: io.env,
    cwd: io.cwd,
    file: options.config,
    overrides: { port, host, data, database },
    readFile(path) {
      try {
        return readFileSync(path, 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw new CliError(EXIT.usage, `${path} cannot be read: ${(error as Error).message}`, { cause: error });
      }
    },
  };
}

/** The origin a gateway with this configuration has on this machine. */
function localUrl(config: Config): string {
  const { host, port } = config;
  if (host === '0.0.0.0') return `http://127.0.0.1:${port}`;
  if (host === '::') return `http://[::1]:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function readUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new CliError(EXIT.usage, `--url must be http(s)://host:port, not ${text}`);
  }
  return url.origin;
}
