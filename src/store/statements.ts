import type { Statements } from '../contracts/store.ts';
import type { Flags } from './flags.ts';
import type { ScopeIndex } from './scopes.ts';
import { accountStatements } from './statements/accounts.ts';
import { answerStatements } from './statements/answers.ts';
import { assetStatements } from './statements/assets.ts';
import { attemptStatements } from './statements/attempts.ts';
import { auditLogStatements } from './statements/audit-log.ts';
import { bookStatements } from './statements/books.ts';
import { carriedStatements } from './statements/carried.ts';
import { deliveryStatements } from './statements/deliveries.ts';
import { jobStatements } from './statements/jobs.ts';
import { keyStatements } from './statements/keys.ts';
import { metaStatements } from './statements/meta.ts';
import { poolStatements } from './statements/pools.ts';
import { processStatements } from './statements/processes.ts';
import { replayStatements } from './statements/replays.ts';
import { templateStatements } from './statements/templates.ts';
import { sealedStatements } from './statements/sealed.ts';
import { tenantStatements } from './statements/tenants.ts';
import { trialStatements } from './statements/trials.ts';
import { usageStatements } from './statements/usage.ts';
import { webhookStatements } from './statements/webhooks.ts';

/** Every statement, written for one database's flags. `scopes`: the index of replays, where the database has none. */
export function statementsFor(flags: Flags, scopes?: ScopeIndex): Statements {
  return {
    meta: metaStatements(flags),
    tenants: tenantStatements(),
    keys: keyStatements(flags),
    pools: poolStatements(),
    accounts: accountStatements(flags),
    books: bookStatements(flags),
    jobs: jobStatements(flags),
    attempts: attemptStatements(),
    assets: assetStatements(),
    carried: carriedStatements(),
    replays: replayStatements(scopes),
    answers: answerStatements(),
    auditLog: auditLogStatements(),
    processes: processStatements(flags),
    webhooks: webhookStatements(),
    deliveries: deliveryStatements(flags),
    usage: usageStatements(),
    templates: templateStatements(),
    sealed: sealedStatements(flags),
    trials: trialStatements(),
  };
}
