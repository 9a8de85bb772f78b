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
import { CallFailed, vendorClient } from '../../net/vendor.ts';
import { credits } from '../../std/credits.ts';
import { messageOf } from '../../std/errors.ts';
import { isObject, type Json } from '../../std/json.ts';
import type { VendorInput } from '../../wire/pixverse/encode/parts.ts';
import { BALANCE_PATH, CREATED_IDS, resultPath } from '../../wire/pixverse/encode/paths.ts';
import { encodeCreate, isCallable } from '../../wire/pixverse/encode.ts';
import { INPUT_FAULTS, type Reading, readBalance, readStanding, readVendorId } from '../../wire/pixverse/read.ts';
import { type Calls, callsOver, failedAsking } from './calls.ts';
import { hearing } from './hear.ts';
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

/** Reference of an accepted attempt: the vendor's id of what is being made, as digits. */
type Ref = { readonly makes: 'video' | 'image'; readonly id: string };

function readRef(ref: Json): Ref | undefined {
  if (!isObject(ref)) return undefined;
  const { makes, id } = ref;
  const fits = (makes === 'video' || makes === 'image') && typeof id === 'string' && /^[0-9]{1,20}$/.test(id);
  return fits ? { makes, id } : undefined;
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
  const inputs = await carryAll(access, order, signal, parts);
  if ('type' in inputs) return inputs;
  const call = encodeCreate(order.request, inputs.ids, access.webhookId);
  if (call === undefined) {
    return { type: 'refused', code: 'operation_unsupported', message: `No call makes ${order.request.operation}.` };
  }
  try {
    const reading = await calls.post(access, call.path, call.body, order.id, signal);
    return await outcomeOf(reading, access, inputs.remembered, parts.uploads);
  } catch (error) {
    if (!(error instanceof CallFailed)) throw error;
    const { sent, message } = error;
    effects.log.debug({ attempt: order.id, sent, cause: messageOf(error.cause ?? error) }, 'a create was not answered');
    return { type: sent ? 'unknown' : 'unsent', message };
  }
}

/** The inputs by their ids at the account, with those that were there before. */
interface AllCarried {
  readonly ids: readonly VendorInput[];
  readonly remembered: AttemptOrder['inputs'];
}

async function carryAll(
  access: Access,
  order: AttemptOrder,
  signal: AbortSignal,
  { uploads, effects }: StartParts,
): Promise<AllCarried | NotCarried> {
  if (!isCallable(order.request)) return { ids: [], remembered: [] };
  if (signal.aborted) return { type: 'unsent', message: 'it was stopped before anything was sent' };
  // The uploads end while there is still time to say that nothing was created.
  const slow = new AbortController();
  const cancel = effects.clock.setTimer(START_TIMEOUT_MS - CREATE_TIMEOUT_MS, () =>
    slow.abort(new Error('it took too long')),
  );
  const until = AbortSignal.any([signal, slow.signal]);
  try {
    const ids: VendorInput[] = [];
    const remembered: AttemptOrder['inputs'][number][] = [];
    for (const input of order.inputs) {
      const one = await uploads.carry(access, order.id, input, until);
      if (one.type !== 'carried') return one;
      if (!one.fresh) remembered.push(input);
      const { role, kind, name } = input;
      ids.push({ role, kind, id: one.id, ...(name === undefined ? {} : { name }) });
    }
    if (until.aborted) return { type: 'unsent', message: 'it was stopped before the job was sent' };
    return { ids, remembered };
  } finally {
    cancel();
  }
}

/** What an answer to the create means. */
async function outcomeOf(
  reading: Reading,
  access: Access,
  remembered: AttemptOrder['inputs'],
  uploads: Uploads,
): Promise<StartOutcome> {
  if (reading.type === 'unclear') return { type: 'unknown', message: reading.message };
  if (reading.type === 'success') {
    for (const makes of ['video', 'image'] as const) {
      const id = readVendorId(reading.resp, CREATED_IDS[makes]);
      if (id !== undefined) return { type: 'accepted', ref: { makes, id } };
    }
    return { type: 'unknown', message: 'the create was answered without an id' };
  }
  const { code, message, vendorCode, retryAfterMs } = reading;
  // How long uploads are kept is not documented: where the vendor takes offence at one we remembered, it is carried anew.
  if (remembered.length > 0 && INPUT_FAULTS.has(vendorCode)) {
    await uploads.forget(access, remembered);
    return { type: 'refused', code: 'input_forgotten', message };
  }
  return { type: 'refused', code, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

async function status(access: Access, ref: Json, signal: AbortSignal, calls: Calls): Promise<StatusOutcome> {
  const known = readRef(ref);
  if (known === undefined) return { type: 'absent' };
  const reading = await calls.get(access, resultPath(known.makes, known.id), signal);
  if (reading.type === 'refused' && reading.code === 'not_found') return { type: 'absent' };
  if (reading.type !== 'success') throw failedAsking(reading);
  const standing = readStanding(reading.resp);
  switch (standing.type) {
    case 'done':
      return { type: 'done', results: [{ role: known.makes, url: standing.url } satisfies ResultSource] };
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
