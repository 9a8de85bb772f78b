import { given } from '../../std/json.ts';
import { encodeWhy } from '../../wire/native/account-encode.ts';
import { encodeStatement } from '../../wire/native/admin-encode.ts';
import { encodeJob, encodeJobs, encodeTimeline } from '../../wire/native/encode.ts';
import { encodeDryRun } from '../../wire/native/order-encode.ts';
import type { Handlers } from './call.ts';
import { keepOrder, readOrder } from './orders.ts';

/** Jobs, as the key may see them. */
export const jobs: Handlers<'jobs'> = {
  list: async ({ who, reader, query }, { gateway }) =>
    encodeJobs(await gateway.jobs(who, given(query)), query.limit, reader),
  create: async (call, context) => {
    const { who, reader, body, query } = call;
    const { gateway, clock } = context;
    if (query.dry_run) {
      call.http?.reply.code(200);
      return encodeDryRun(await gateway.dryRun(who, readOrder(context, call, body)), reader, clock.now());
    }
    return encodeJob((await gateway.createJob(who, await keepOrder(context, call, body))).job, reader);
  },
  cancel: async ({ who, reader, params }, { gateway }) => encodeJob(await gateway.cancelJob(who, params.id), reader),
  get: async ({ who, reader, params }, { gateway }) =>
    encodeJob(await gateway.job(who, params.id, { detail: true }), reader),
  timeline: async ({ who, reader, params }, { gateway }) =>
    encodeTimeline(await gateway.timeline(who, params.id), reader),
  statement: async ({ who, params }, { gateway }) => encodeStatement(await gateway.statement(who, params.id)),
  why: async ({ who, params }, { gateway }) => encodeWhy(await gateway.why(who, params.id)),
  removeResults: async ({ who, reader, params, once }, { gateway }) =>
    encodeJob(await gateway.removeResults(who, params.id, once), reader),
};
