import type { Blobs } from '../../contracts/blobs.ts';
import type { Effects } from '../../contracts/effects.ts';
import type { StrangerFetch } from '../../contracts/fetch.ts';
import type {
  AttemptOrder,
  CarriedInputs,
  ResultSource,
  StartOutcome,
  StatusOutcome,
  Upstream,
  UpstreamTraits,
} from '../../contracts/upstream.ts';
import type { Catalog } from '../../core/pricing.ts';
import type { JobRequest } from '../../core/request.ts';
import { CallFailed, vendorClient } from '../../net/vendor.ts';
import { credits } from '../../std/credits.ts';
import { messageOf } from '../../std/errors.ts';
import type { Json } from '../../std/json.ts';
import { BALANCE_PATH, CREATED_IDS, resultPath } from '../../wire/pixverse/encode/paths.ts';
import { encodeCreate, isCallable } from '../../wire/pixverse/encode.ts';
import {
  INPUT_FAULTS,
  type Reading,
  readBalance,
  readMasks,
  readStanding,
  readVendorId,
} from '../../wire/pixverse/read.ts';
import { type Calls, callsOver, failedAsking } from './calls.ts';
import { hearing } from './hear.ts';
import { type AllCarried, carryAll } from './inputs.ts';
import { type Ref, readRef } from './ref.ts';
import { fetchResult } from './results.ts';
import { type Access, openAccess, readSecret, showSecret } from './secret.ts';
import { type NotCarried, type Uploads, uploadsOver } from './uploads.ts';

/** What an operator may set; see config.ts. Milliseconds. */
export interface PixverseSettings {
  /** How long after the first call a create is sent again under its trace id (reference/pixverse-platform.md §2 does not say). */
  readonly replayWindowMs: number;
  readonly slotHorizonMs: number;
  readonly creditHorizonMs: number;
}

/** What the driver is given. */
export interface PixverseParts {
  readonly blobs: Pick<Blobs, 'read' | 'size'>;
  readonly effects: Effects;
  /** An account pays what the tenant pays: the vendor's own prices. */
  readonly catalog: Catalog;
  /** For addresses that the vendor's answers name. */
  readonly fetch: StrangerFetch;
  readonly carried: CarriedInputs;
  readonly settings: PixverseSettings;
}

const START_TIMEOUT_MS = 240_000;
/** What is left of the start's time for the create call itself once every input is there. */
const CREATE_TIMEOUT_MS = 60_000;

function traitsOf({ replayWindowMs, slotHorizonMs, creditHorizonMs }: PixverseSettings): UpstreamTraits {
  return {
    dedupeWindowMs: replayWindowMs === 0 ? null : replayWindowMs,
    slotHorizonMs,
    creditHorizonMs: Math.max(slotHorizonMs, creditHorizonMs),
    startTimeoutMs: START_TIMEOUT_MS,
    statusTimeoutMs: 15_000,
    tolerance: 'upstream',
    unit: 'pixverse-api',
    sandbox: false,
  };
}

/** The PixVerse platform, or whatever else speaks its protocol: docs/upstream-pixverse.md. */
export async function openPixverse(parts: PixverseParts): Promise<Upstream> {
  const { effects, catalog, settings } = parts;
  const client = vendorClient();
  const calls = callsOver(client, effects);
  const uploads = uploadsOver({ calls, blobs: parts.blobs, carried: parts.carried });
  return {
    kind: 'pixverse',
    traits: traitsOf(settings),
    cost: (request) => catalog.price(request),
    supports: isCallable,
    // §4.12: a mask has an id at the account that found it, and cannot be uploaded.
    pinned: ({ role }) => role === 'mask',
    readSecret,
    showSecret,
    start: (account, order, signal) => start(openAccess(account), order, signal, { calls, uploads, effects }),
    status: (account, ref, signal) => status(openAccess(account), ref, signal, calls),
    fetch: (account, source, signal) =>
      fetchResult(openAccess(account), source, signal, { client, fetch: parts.fetch }),
    async balance(account, signal) {
      const reading = await calls.get(openAccess(account), BALANCE_PATH, signal);
      if (reading.type !== 'success') throw failedAsking(reading);
      const balance = readBalance(reading.resp);
      if (balance === undefined) throw new Error('the balance was answered without credits');
      return { daily: 0, monthly: credits(balance.monthly), package: credits(balance.package) };
    },
    hear: hearing(effects.clock),
    close: () => client.close(),
  };
}

interface StartParts {
  readonly calls: Calls;
  readonly uploads: Uploads;
  readonly effects: Effects;
}

/** Carries the inputs to the account, then makes the one call that costs. */
async function start(
  access: Access,
  order: AttemptOrder,
  signal: AbortSignal,
  parts: StartParts,
): Promise<StartOutcome> {
  const { calls, effects } = parts;
  if (!isCallable(order.request)) {
    return { type: 'refused', code: 'operation_unsupported', message: `No call makes ${order.request.operation}.` };
  }
  const carried = await carryInTime(access, order, signal, parts);
  if (carried.type !== 'carried') return carried;
  const call = encodeCreate(order.request, carried.inputs, access.webhookId);
  if (call === undefined) throw new Error(`no call makes ${order.request.operation}`);
  try {
    const reading = await calls.post(access, call.path, call.body, order.id, signal);
    return await outcomeOf(reading, access, order.request, carried, parts.uploads);
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error;
    const { sent, message } = error;
    effects.log.debug({ attempt: order.id, sent, cause: messageOf(error.cause ?? error) }, 'a create was not answered');
    return { type: sent ? 'unknown' : 'unsent', message };
  }
}

/** The uploads end while there is still time to say that nothing was created. */
async function carryInTime(
  access: Access,
  order: AttemptOrder,
  signal: AbortSignal,
  { uploads, effects }: StartParts,
): Promise<AllCarried | NotCarried> {
  if (signal.aborted) return { type: 'unsent', message: 'it was stopped before anything was sent' };
  const slow = new AbortController();
  const cancel = effects.clock.setTimer(START_TIMEOUT_MS - CREATE_TIMEOUT_MS, () =>
    slow.abort(new Error('it took too long')),
  );
  const until = AbortSignal.any([signal, slow.signal]);
  try {
    const carried = await carryAll({ access, attemptId: order.id, signal: until }, order, uploads);
    if (carried.type !== 'carried' || !until.aborted) return carried;
    return { type: 'unsent', message: 'it was stopped before the job was sent' };
  } finally {
    cancel();
  }
}

/** What an answer to the create means. */
async function outcomeOf(
  reading: Reading,
  access: Access,
  { operation }: JobRequest,
  { inputs, remembered }: AllCarried,
  uploads: Uploads,
): Promise<StartOutcome> {
  if (reading.type === 'unclear') return { type: 'unknown', message: reading.message };
  if (reading.type === 'success') {
    return (operation === 'mask-selection' ? found(reading.resp, inputs) : created(reading.resp)) ?? NAMELESS;
  }
  const { code, message, vendorCode, retryAfterMs } = reading;
  // How long uploads are kept is not documented: where the vendor takes offence at one we remembered, it is carried anew.
  if (remembered.length > 0 && INPUT_FAULTS.has(vendorCode)) {
    await uploads.forget(access, remembered);
    return { type: 'refused', code: 'input_forgotten', message };
  }
  return { type: 'refused', code, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

const NAMELESS: StartOutcome = { type: 'unknown', message: 'the create was answered without what it made' };

function created(resp: unknown): StartOutcome | undefined {
  for (const makes of ['video', 'image'] as const) {
    const id = readVendorId(resp, CREATED_IDS[makes]);
    if (id !== undefined) return { type: 'accepted', ref: { makes, id } };
  }
  return undefined;
}

/** §4.11: masks are in the answer itself. They belong to the video by the name it was sent by. */
function found(resp: unknown, inputs: AllCarried['inputs']): StartOutcome | undefined {
  const masks = readMasks(resp);
  const source = inputs.find(({ role }) => role === 'source');
  if (masks === undefined || source === undefined) return undefined;
  const ref: Ref = { makes: 'masks', video: { id: source.id, generated: source.generated === true }, ...masks };
  return { type: 'accepted', ref: ref as unknown as Json, ready: true };
}

async function status(access: Access, given: Json, signal: AbortSignal, calls: Calls): Promise<StatusOutcome> {
  const ref = readRef(given);
  if (ref === undefined) return { type: 'absent' };
  if (ref.makes === 'masks') {
    const masks = ref.masks.map(({ url, name }) => ({ role: 'image', url, name }) as const);
    return { type: 'done', results: [{ role: 'image', url: ref.keyframeUrl }, ...masks] };
  }
  const reading = await calls.get(access, resultPath(ref.makes, ref.id), signal);
  if (reading.type === 'refused' && reading.code === 'not_found') return { type: 'absent' };
  if (reading.type !== 'success') throw failedAsking(reading);
  const standing = readStanding(reading.resp);
  switch (standing.type) {
    case 'done':
      return { type: 'done', results: [{ role: ref.makes, url: standing.url } satisfies ResultSource] };
    case 'moderated':
      return { type: 'failed', code: 'moderated', message: 'The result did not pass moderation.' };
    case 'failed':
      return { type: 'failed', code: 'generation_failed', message: 'The generation failed.' };
    case 'deleted':
      return { type: 'failed', code: 'result_deleted', message: 'The result was deleted at the account.' };
    case 'running':
      return standing;
  }
}
