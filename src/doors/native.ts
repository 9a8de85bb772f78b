import { nativeDialect } from '../wire/native/dialect.ts';
import { encodeBalance, encodeJob, encodeJobs, encodeLedger, encodeTimeline } from '../wire/native/encode.ts';
import {
  type BalancesWire,
  type JobsWire,
  type JobWire,
  jobsQuerySchema,
  type LedgerWire,
  type TimelineWire,
} from '../wire/native/schemas.ts';
import type { Door } from './context.ts';
import { armDoor } from './http.ts';
import { mountAccounts } from './native/accounts.ts';
import { mountAdmin } from './native/admin.ts';
import { enter, enterWith, idOf } from './native/enter.ts';
import { mountEvents } from './native/events.ts';
import { mountWebhooks } from './native/webhooks.ts';

/** `/pool/v1`: Reelpool's own API, which the commands use. Keys come as `Authorization: Bearer`, `API-KEY` or `x-api-key`. */
export const nativeDoor: Door = {
  name: nativeDialect.name,
  prefix: nativeDialect.prefix,
  mount(app, context) {
    const { gateway, log } = context;
    armDoor(app, { refusal: nativeDialect.refusal, log });

    app.get('/jobs', async (request): Promise<JobsWire> => {
      const { who, reader, query } = await enterWith(context, request, jobsQuerySchema);
      const { state, before, limit } = query;
      const filter = { limit, ...(state === undefined ? {} : { state }), ...(before === undefined ? {} : { before }) };
      return encodeJobs(await gateway.jobs(who, filter), limit, reader);
    });
    app.get<{ Params: { id: string } }>('/jobs/:id', async (request): Promise<JobWire> => {
      const { who, reader } = await enter(context, request);
      return encodeJob(await gateway.job(who, idOf(request.params.id, 'job'), { detail: true }), reader);
    });
    app.get<{ Params: { id: string } }>('/jobs/:id/timeline', async (request): Promise<TimelineWire> => {
      const { who, reader } = await enter(context, request);
      return encodeTimeline(await gateway.timeline(who, idOf(request.params.id, 'job')), reader);
    });
    app.get('/balances', async (request): Promise<BalancesWire> => {
      const { who } = await enter(context, request);
      return { balances: [encodeBalance(await gateway.balance(who))] };
    });
    app.post('/ledger/verify', async (request): Promise<LedgerWire> => {
      const { who } = await enter(context, request);
      return encodeLedger(await gateway.verifyLedger(who));
    });
    mountEvents(app, context);
    mountAccounts(app, context);
    mountAdmin(app, context);
    mountWebhooks(app, context);
  },
};
