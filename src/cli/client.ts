import type { z } from 'zod';
import { systemClock } from '../std/clock.ts';
import { messageOf } from '../std/errors.ts';
import { parseJson } from '../std/json.ts';
import { nativeDialect } from '../wire/native/dialect.ts';
import { type Problem, problemSchema } from '../wire/native/schemas/common.ts';
import { jobSchema, jobsSchema, timelineSchema } from '../wire/native/schemas/jobs.ts';
import { balancesSchema, ledgerSchema } from '../wire/native/schemas/ledger.ts';
import { accountClient } from './account-pool.ts';
import { adminClient } from './admin-client.ts';
import { CliError, EXIT } from './exit.ts';
import type { Pool } from './pool.ts';
import { secretClient } from './secret-pool.ts';
import { webhookClient } from './webhook-pool.ts';

/** No answer of the native API takes longer than this. */
const ANSWER_TIMEOUT_MS = 60_000;
/** A gateway on this machine answers `/healthz` at once. */
const PROBE_TIMEOUT_MS = 2_000;

/** A refusal of the gateway, as its problem document says it. */
export class RefusedError extends CliError {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.owner === 'us' ? EXIT.failed : EXIT.refused, problem.detail, { code: problem.code });
    this.problem = problem;
  }
}

/** The native API of the gateway at `url` (an origin without a trailing slash), with every answer checked. */
export function nativeClient(url: string, key: string): Pool {
  const call = async <T extends z.ZodType>(schema: T, method: string, path: string, body?: unknown) => {
    const { status, text } = await request(`${url}${nativeDialect.prefix}${path}`, ANSWER_TIMEOUT_MS, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = parseJson(text);
    if (status >= 200 && status < 300) {
      const read = schema.safeParse(answer);
      if (read.success) return read.data;
    }
    const problem = problemSchema.safeParse(answer);
    if (problem.success) throw new RefusedError(problem.data);
    throw new CliError(EXIT.unavailable, `${url} does not answer like a Reelpool gateway (HTTP ${status})`);
  };
  return {
    jobs({ state, before, limit }) {
      const query = new URLSearchParams({ limit: String(limit) });
      if (state !== undefined) query.set('state', state);
      if (before !== undefined) query.set('before', String(before));
      return call(jobsSchema, 'GET', `/jobs?${query}`);
    },
    job: (id) => call(jobSchema, 'GET', `/jobs/${id}`),
    timeline: (id) => call(timelineSchema, 'GET', `/jobs/${id}/timeline`),
    balances: () => call(balancesSchema, 'GET', '/balances'),
    ...accountClient(call),
    ...adminClient(call),
    ...secretClient(call),
    ...webhookClient(call),
    verifyLedger: () => call(ledgerSchema, 'POST', '/ledger/verify'),
    close: async () => {},
  };
}

/** Does a gateway answer at this origin? */
export async function gatewayAnswers(url: string): Promise<boolean> {
  try {
    const { status, text } = await request(`${url}/healthz`, PROBE_TIMEOUT_MS, {});
    return status === 200 && problemFree(text);
  } catch {
    return false;
  }
}

/** `{"status":"alive"}`: something else on this port is not a gateway, and is sent no key. */
function problemFree(text: string): boolean {
  const body = parseJson(text);
  return body !== null && typeof body === 'object' && !Array.isArray(body) && body?.['status'] === 'alive';
}

async function request(url: string, timeoutMs: number, init: RequestInit): Promise<{ status: number; text: string }> {
  const abort = new AbortController();
  const cancel = systemClock.setTimer(timeoutMs, () =>
    abort.abort(new Error(`no answer within ${timeoutMs / 1000} s`)),
  );
  try {
    // A key is sent to the address it was meant for and to no other.
    const response = await fetch(url, { ...init, redirect: 'error', signal: abort.signal });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
    throw new CliError(EXIT.unavailable, `No gateway answers at ${new URL(url).origin} (${cause})`, { cause: error });
  } finally {
    cancel();
  }
}
