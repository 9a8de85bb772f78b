/** Between orders of jobs on the wire and what the gateway makes of them. Pure. */
import type { DryRunView, ExpectedView, PlanView, QuoteView, RefusalView } from '../../contracts/planning.ts';
import type { InputWish, JobWish } from '../../core/operations.ts';
import type { JobRequest } from '../../core/request.ts';
import { WAITING, waitsFor } from '../../core/waiting.ts';
import { isoTime } from '../../std/clock.ts';
import { toWhole } from '../../std/credits.ts';
import { ERRORS, refuse } from '../../std/errors.ts';
import { given, type Json } from '../../std/json.ts';
import type { Reader } from './encode.ts';
import type { DryRunWire, InputOrder, JobOrderWire, PlanWire } from './schemas/orders.ts';

/** What an order says about the job itself. */
export function wishOf(order: JobOrderWire): JobWish {
  const { webhookId: _webhook, sandbox: _sandbox, priority: _priority, poolId: _pool, inputs = [], ...wish } = order;
  return { ...given(wish), inputs: inputs.map(inputOf) } as JobWish;
}

function inputOf(input: InputOrder, index: number): InputWish {
  const { role, kind, name } = input;
  return { role, ...given({ kind, name }), from: fromOf(input, index) };
}

function fromOf({ assetId, jobId, url }: InputOrder, index: number): InputWish['from'] {
  if (assetId !== undefined) return { assetId };
  if (jobId !== undefined) return { jobId };
  const address = url?.trim() ?? '';
  if (/^https?:\/\/[^\s/]/i.test(address)) return { url: address };
  const field = `inputs[${index}].url`;
  return refuse('parameter_invalid', { field, message: `${field}: It must be an http or https address.` });
}

/** What an order asks of its place in line. */
export function placeOf({ sandbox, priority, poolId }: JobOrderWire) {
  return given({ sandbox, priority, poolId });
}

/** The answer to a dry run. */
export function encodeDryRun(view: DryRunView, reader: Pick<Reader, 'role'>, now: number): DryRunWire {
  if (view.request === null) throw new Error('a dry run has no request');
  const { available, after } = view.balance;
  return {
    dryRun: true,
    request: encodeRequest(view.request),
    ...encodeQuote(view, reader, now),
    balance: { available: toWhole(available), after: toWhole(after) },
    estimate: view.estimate,
  };
}

/** The answer to a plan. */
export function encodePlan(view: PlanView, reader: Pick<Reader, 'role'>, now: number): PlanWire {
  const { available, after } = view.balance;
  const numbered = view.jobs.map((job, index) => ({ job, index }));
  return {
    made: view.made,
    price: toWhole(view.price),
    balance: { available: toWhole(available), after: toWhole(after) },
    endsAt: view.endsAt === null ? null : isoTime(view.endsAt),
    refused: numbered.filter(({ job }) => job.refusal !== null).map(({ index }) => index),
    unplaced: numbered.filter(({ job }) => job.request !== null && job.expected === null).map(({ index }) => index),
    estimate: view.estimate,
    jobs: view.jobs.map((job) => ({
      operation: job.request?.operation ?? null,
      model: job.request?.model ?? null,
      durationS: job.request?.durationS ?? null,
      ...encodeQuote(job, reader, now),
      jobId: job.jobId,
    })),
  };
}

function encodeQuote(quote: QuoteView, reader: Pick<Reader, 'role'>, now: number) {
  const { request, price, refusal, expected, reasons } = quote;
  const what = request !== null && expected === null ? waitsFor(0, reasons) : null;
  return {
    price: price === null ? null : toWhole(price),
    refusal: refusal && encodeRefusal(refusal),
    expected: expected && encodeExpected(expected, reader, now),
    waitsFor: what && { what, message: WAITING[what] },
    reasons: reader.role === 'admin' ? { ...reasons } : null,
  };
}

function encodeRefusal({ code, message, field, retryAfterS }: RefusalView) {
  const after = retryAfterS === null ? null : Math.max(1, Math.ceil(retryAfterS));
  return { code, detail: message, field, retryable: ERRORS[code].retryable, retryAfterS: after };
}

function encodeExpected({ account, startsAt, endsAt }: ExpectedView, reader: Pick<Reader, 'role'>, now: number) {
  return {
    account: reader.role === 'admin' ? account.name : null,
    startsAt: isoTime(startsAt),
    endsAt: isoTime(endsAt),
    waitMs: Math.max(0, startsAt - now),
    takesMs: endsAt - startsAt,
  };
}

/** A request as it is priced and sent. */
export function encodeRequest({ options = {}, inputs, ...request }: JobRequest): DryRunWire['request'] {
  return {
    ...request,
    inputs: inputs.map(({ role, kind, assetId, jobId, name }) => ({ role, kind, assetId, ...given({ jobId, name }) })),
    options: options as Record<string, Json>,
  };
}
