/** A real gateway in this process, on a free port and a folder of its own, gone when the test ends. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type App, type ComposeOptions, compose } from '../../src/compose.ts';
import { type Config, loadConfig } from '../../src/config.ts';

/** The admin key of every test gateway. */
export const TEST_KEY = 'ak_0123456789abcdef0123456789abcdef';

/** A gateway that answers. */
export interface TestGateway {
  readonly url: string;
  /** An admin key. */
  readonly key: string;
  readonly app: App;
  readonly config: Config;
  readonly folder: string;
  /** Stops it; the folder stays until the test ends. */
  stop(): Promise<void>;
  /** Stops it and starts one on the same folder. */
  restart(): Promise<TestGateway>;
}

/** The configuration of a test gateway: the WebAssembly engine, one render at a time, a quiet log. */
export function testConfig(folder: string, overrides: Partial<Config> = {}): Config {
  const env = {
    REELPOOL_DATA: folder,
    REELPOOL_PORT: '0',
    REELPOOL_MEDIA_ENGINE: 'wasm',
    REELPOOL_LOG_LEVEL: 'error',
    REELPOOL_BOOTSTRAP_KEY: TEST_KEY,
  };
  const readFile = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : undefined);
  return { ...loadConfig({ env, cwd: folder, readFile, cpus: 2 }), ...overrides };
}

/** Anything with an end to hook on: a test's context, or `{ after }` of the runner for a whole file. */
export type Ending = { after(end: () => Promise<void>): void };

/** Do the gateways of this run render nothing themselves (`npm run in-a-row`)? Their jobs run at another gateway behind them. */
export const IN_A_ROW = process.env['REELPOOL_TEST_IN_A_ROW'] === '1';

/** Starts a gateway that ends with the test. */
export async function startGateway(
  t: Ending,
  overrides: Partial<Config> = {},
  options: ComposeOptions = {},
): Promise<TestGateway> {
  if (!IN_A_ROW) return startAlone(t, overrides, options);
  const { addFarAccount } = await import('./in-a-row.ts');
  const far = await startAlone(t);
  const near = await startAlone(t, overrides, options);
  await addFarAccount(near, far, { maxJobs: 5 });
  return near;
}

/** Starts a gateway that ends with the test, with its own renderer. */
export async function startAlone(
  t: Ending,
  overrides: Partial<Config> = {},
  options: ComposeOptions = {},
): Promise<TestGateway> {
  const folder = await mkdtemp(path.join(tmpdir(), 'reelpool-test-'));
  const apps: App[] = [];
  t.after(async () => {
    for (const app of apps) await app.close();
    await rm(folder, { recursive: true, force: true });
  });
  return start(folder, overrides, options, apps);
}

async function start(
  folder: string,
  overrides: Partial<Config>,
  options: ComposeOptions,
  apps: App[],
): Promise<TestGateway> {
  const config = testConfig(folder, overrides);
  const app = await compose(config, options);
  apps.push(app);
  const { url } = await app.listen();
  return {
    url,
    key: TEST_KEY,
    app,
    config,
    folder,
    stop: () => app.close(),
    async restart() {
      await app.close();
      return start(folder, overrides, options, apps);
    },
  };
}
