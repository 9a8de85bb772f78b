/**
 * The gateway under test: composed as `serve` composes it, embedded store on disk, in a data folder of its own.
 *
 *     --credits=N     gives its tenant N more credits
 *     --idle-pool     pauses its account: jobs wait, nothing is rendered
 *     --engine=NAME   media engine (default wasm)
 *     --workers=N     renders at a time
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { compose } from '../../src/compose.ts';
import { type Config, loadConfig } from '../../src/config.ts';
import { giveGrant } from '../../src/engine/books/money.ts';
import { systemClock } from '../../src/std/clock.ts';
import { credits } from '../../src/std/credits.ts';
import { pinoLog } from '../../src/std/log.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { report } from './report.ts';

const KEY = 'ak_benchbenchbenchbenchbenchbench00';

const option = (name: string) =>
  process.argv
    .slice(2)
    .find((arg) => arg === `--${name}` || arg.startsWith(`--${name}=`))
    ?.replace(/^--[^=]+=?/, '');

const data = await mkdtemp(path.join(tmpdir(), 'reelpool-bench-'));
const config = loadConfig({
  env: {
    REELPOOL_DATA: data,
    REELPOOL_PORT: '0',
    REELPOOL_BOOTSTRAP_KEY: KEY,
    REELPOOL_QUEUE_DEPTH: '10000000',
    REELPOOL_MEDIA_ENGINE: option('engine') ?? 'wasm',
    REELPOOL_RENDER_WORKERS: option('workers'),
    REELPOOL_LOG_LEVEL: 'error',
    REELPOOL_GRACE_PERIOD_MS: '5000',
  },
  cwd: data,
  readFile: () => undefined,
});
await prepare(config);
const app = await compose(config);
const { url } = await app.listen();
process.on('SIGTERM', async () => {
  await app.close();
  await rm(data, { recursive: true, force: true });
  process.exit(0);
});
report(Number(new URL(url).port), { key: KEY, data });

/** A first start, and then what no route can do yet, written to the store while no gateway has it open. */
async function prepare(config: Config): Promise<void> {
  await (await compose(config)).close();
  const amount = Number(option('credits') ?? 0);
  const idle = option('idle-pool') !== undefined;
  if (amount === 0 && !idle) return;
  const store = await openSqlite({ folder: config.data, log: pinoLog('error') });
  const at = systemClock.now();
  await store.write('bench', function* (q) {
    const [tenant] = yield* q.tenants.list();
    if (amount > 0 && tenant !== undefined) {
      const grant = {
        tenantId: tenant.id,
        kind: 'package',
        amount: credits(amount),
        expiresAt: null,
        period: null,
      } as const;
      yield* giveGrant(new Map(), q, grant, at);
    }
    if (!idle) return;
    for (const account of yield* q.accounts.list()) yield* q.accounts.upsert({ ...account, state: 'paused', at });
  });
  await store.close();
}
