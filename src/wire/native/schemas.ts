/**
 * Every schema that a route names (routes.ts), by that name. Loading them takes longer than the rest of the native API
 * together, so nobody does before the first request: import only their types from here, or this file with `import()`.
 */
import * as accounts from './schemas/accounts.ts';
import * as assets from './schemas/assets.ts';
import * as audit from './schemas/audit.ts';
import * as events from './schemas/events.ts';
import * as grants from './schemas/grants.ts';
import * as jobs from './schemas/jobs.ts';
import * as keys from './schemas/keys.ts';
import * as ledger from './schemas/ledger.ts';
import * as orders from './schemas/orders.ts';
import * as pools from './schemas/pools.ts';
import * as secrets from './schemas/secrets.ts';
import * as templates from './schemas/templates.ts';
import * as tenants from './schemas/tenants.ts';
import * as webhooks from './schemas/webhooks.ts';

/** Name → schema. */
export const SCHEMAS = {
  ...jobs,
  ...assets,
  ...orders,
  ...events,
  ...ledger,
  ...accounts,
  ...tenants,
  ...keys,
  ...grants,
  ...pools,
  ...templates,
  ...webhooks,
  ...audit,
  ...secrets,
};

/** The types of the schemas, by name. */
export type Schemas = typeof SCHEMAS;
