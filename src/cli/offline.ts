import { existsSync } from 'node:fs';
import type { Config } from '../config.ts';
import type { Principal } from '../contracts/views.ts';
import type { Gateway } from '../engine/gateway.ts';
import { encodeBalance, encodeJob, encodeJobs, encodeLedger, encodeTimeline } from '../wire/native/encode.ts';
import { offlineAccounts } from './account-pool.ts';
import { CliError, EXIT } from './exit.ts';
import { offlineAdmin } from './offline-admin.ts';
import type { Pool } from './pool.ts';
import { offlineSecrets } from './secret-pool.ts';
import { startFailure } from './start-failure.ts';
import type { Io } from './terminal.ts';
import { offlineWebhooks } from './webhook-pool.ts';

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
  return { ...operatorPool(app.gateway, app.operator), close: () => app.close() };
}

/** A command's answer is not buried under what the parts say of their start. */
const quiet = ({ logLevel }: Config): Config['logLevel'] => (logLevel === 'info' ? 'warn' : logLevel);

/** The façade in the shapes of the native API. Addresses are paths: nobody serves them now. */
function operatorPool(gateway: Gateway, operator: Principal): Omit<Pool, 'close'> {
  const reader = { origin: '', role: operator.role };
  return {
    async jobs({ state, before, limit }) {
      const filter = { limit, ...(state === undefined ? {} : { state }), ...(before === undefined ? {} : { before }) };
      return encodeJobs(await gateway.jobs(operator, filter), limit, reader);
    },
    job: async (id) => encodeJob(await gateway.job(operator, id), reader),
    timeline: async (id) => encodeTimeline(await gateway.timeline(operator, id), reader),
    balances: async () => ({ balances: [encodeBalance(await gateway.balance(operator))] }),
    ...offlineAccounts(gateway, operator),
    ...offlineAdmin(gateway, operator),
    ...offlineSecrets(gateway.secrets, operator),
    ...offlineWebhooks(gateway.webhooks, operator),
    verifyLedger: async () => encodeLedger(await gateway.verifyLedger(operator)),
  };
}
