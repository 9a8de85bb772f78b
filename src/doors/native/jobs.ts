import { given } from '../../std/json.ts';
import { encodeWhy } from '../../wire/native/account-encode.ts';
import { encodeStatement } from '../../wire/native/admin-encode.ts';
import { encodeJob, encodeJobs, encodeTimeline } from '../../wire/native/encode.ts';
import type { Handlers } from './call.ts';

/** Jobs, as the key may see them. */
export const jobs: Handlers<'jobs'> = {
  list: async ({ who, reader, query }, { gateway }) =>
    encodeJobs(await gateway.jobs(who, given(query)), query.limit, reader),
  get: async ({ who, reader, params }, { gateway }) =>
    encodeJob(await gateway.job(who, params.id, { detail: true }), reader),
  timeline: async ({ who, reader, params }, { gateway }) =>
    encodeTimeline(await gateway.timeline(who, params.id), reader),
  statement: async ({ who, params }, { gateway }) => encodeStatement(await gateway.statement(who, params.id)),
  why: async ({ who, params }, { gateway }) => encodeWhy(await gateway.why(who, params.id)),
  removeResults: async ({ who, reader, params, once }, { gateway }) =>
    encodeJob(await gateway.removeResults(who, params.id, once), reader),
};
