import type { Route } from './route.ts';
import { accountRoutes } from './routes/accounts.ts';
import { assetRoutes, uploadRoutes } from './routes/assets.ts';
import { auditRoutes } from './routes/audit.ts';
import { eventRoutes } from './routes/events.ts';
import { grantRoutes } from './routes/grants.ts';
import { jobRoutes } from './routes/jobs.ts';
import { keyRoutes } from './routes/keys.ts';
import { balanceRoutes, ledgerRoutes } from './routes/ledger.ts';
import { planRoutes } from './routes/plans.ts';
import { poolRoutes } from './routes/pools.ts';
import { secretRoutes } from './routes/secrets.ts';
import { templateRoutes } from './routes/templates.ts';
import { tenantRoutes } from './routes/tenants.ts';
import { deliveryRoutes, webhookRoutes } from './routes/webhooks.ts';

/**
 * Every route of `/pool/v1`, by subject. To add one: its entry in `routes/`, its schemas in `schemas/`, its handler in
 * `doors/native/` (the compiler asks for it).
 */
export const ROUTES = {
  jobs: jobRoutes,
  uploads: uploadRoutes,
  assets: assetRoutes,
  plans: planRoutes,
  events: eventRoutes,
  balances: balanceRoutes,
  ledger: ledgerRoutes,
  accounts: accountRoutes,
  tenants: tenantRoutes,
  keys: keyRoutes,
  grants: grantRoutes,
  pools: poolRoutes,
  templates: templateRoutes,
  webhooks: webhookRoutes,
  deliveries: deliveryRoutes,
  audit: auditRoutes,
  secrets: secretRoutes,
} as const;

/** Path prefix of every route. */
export const NATIVE_PREFIX = '/pool/v1';

/** What routes are about. */
export type Subject = keyof typeof ROUTES;

/** A route with the names it has among the others. */
export interface NamedRoute {
  readonly subject: Subject;
  readonly name: string;
  readonly route: Route;
}

/** The routes one after the other. */
export const ALL_ROUTES: readonly NamedRoute[] = (Object.keys(ROUTES) as Subject[]).flatMap((subject) =>
  Object.entries<Route>(ROUTES[subject]).map(([name, route]) => ({ subject, name, route })),
);
