import { nativeDialect } from '../wire/native/dialect.ts';
import type { Door } from './context.ts';
import { serveDocument } from './documents.ts';
import { armDoor } from './http.ts';
import { accounts } from './native/accounts.ts';
import { assets, uploads } from './native/assets.ts';
import { audit, balances, grants, ledger } from './native/books.ts';
import { events } from './native/events.ts';
import { jobs } from './native/jobs.ts';
import { mountRoutes } from './native/mount.ts';
import { secrets } from './native/secrets.ts';
import { templates } from './native/templates.ts';
import { keys, pools, tenants } from './native/tenants.ts';
import { deliveries, webhooks } from './native/webhooks.ts';

/** `/pool/v1`: Reelpool's own API, which the commands use. Keys come as `Authorization: Bearer`, `API-KEY` or `x-api-key`. */
export const nativeDoor: Door = {
  name: nativeDialect.name,
  prefix: nativeDialect.prefix,
  mount(app, context) {
    armDoor(app, { refusal: nativeDialect.refusal, log: context.log });
    serveDocument(app, { page: '/docs', document: '/openapi.json' }, async () =>
      (await import('../wire/native/openapi.ts')).nativeOpenApi(),
    );
    mountRoutes(app, context, {
      jobs,
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
    });
  },
};
