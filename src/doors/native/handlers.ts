import type { Route } from '../../wire/native/route.ts';
import type { NamedRoute } from '../../wire/native/routes.ts';
import { accounts } from './accounts.ts';
import { assets, uploads } from './assets.ts';
import { audit, balances, grants, ledger } from './books.ts';
import type { AllHandlers, Handler } from './call.ts';
import { events } from './events.ts';
import { jobs } from './jobs.ts';
import { plans } from './plans.ts';
import { secrets } from './secrets.ts';
import { templates } from './templates.ts';
import { keys, pools, tenants } from './tenants.ts';
import { deliveries, webhooks } from './webhooks.ts';

/** A handler for every route. */
const HANDLERS: AllHandlers = {
  jobs,
  plans,
  uploads,
  assets,
  events,
  balances,
  ledger,
  accounts,
  tenants,
  keys,
  grants,
  pools,
  templates,
  webhooks,
  deliveries,
  audit,
  secrets,
};

/** The handler of a route. */
export function handlerOf({ subject, name }: NamedRoute): Handler<Route> {
  // The type of the table says that it is there, and what it takes; whoever goes through the table cannot know which it is.
  const handler = (HANDLERS[subject] as Readonly<Record<string, Handler<Route>>>)[name];
  if (handler === undefined) throw new Error(`${subject}.${name} has no handler`);
  return handler;
}
