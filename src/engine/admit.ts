/** Accepting a job: priced, paid for with a hold, and on disk before the answer leaves (promises P2, P8). */
import type { MediaInfo } from '../contracts/media.ts';
import type { AssetRow, JobRow, KeyRow, Op, Statements } from '../contracts/store.ts';
import type { JobView, KnownInput, Principal } from '../contracts/views.ts';
import { laneFor, rankOf } from '../core/limits.ts';
import { laneOf } from '../core/placement.ts';
import { type InputDraft, type InputKind, type InputRef, type JobRequest, settledDraft } from '../core/request.ts';
import type { Credits } from '../std/credits.ts';
import { Refusal, refuse } from '../std/errors.ts';
import { madeAt } from '../std/ids.ts';
import type { Json } from '../std/json.ts';
import { type KeyMemory, keyOf } from './admin/access.ts';
import { askedOf, carries, makersOf } from './accounts/choice.ts';
import { type Engine, must } from './context.ts';
import type { JobOrder } from './gateway.ts';
import { checkAllowed, checkPool, looksForRoom, noRoom, placedKey, roomFor } from './limits.ts';
import { openHold } from './books/money.ts';
import { FasterTwin, type ReplayKey, recall, remember, replayKey, type Twins } from './replay.ts';
import { refuseInput } from './assets/triggers.ts';
import { isVerified } from './assets/verified.ts';
import { checkTemplate } from './templates.ts';
import { jobView } from './views.ts';
import { namedWebhook } from './webhooks.ts';

/** Accepts the job, or refuses and changes nothing. A repeated request gets the job of the first. */
export async function admit(
  engine: Engine,
  memory: KeyMemory,
  twins: Twins,
  who: Principal,
  order: JobOrder,
): Promise<{ job: JobView; replayed: boolean }> {
  const replay = order.idempotency ? replayKey(who, order.idempotency) : undefined;
  await engine.effects.fault('admit.decoded');
  const run = () => accept(engine, memory, who, order, replay);
  // Where one process writes, of two twins the later finds the row of the first; elsewhere it would wait for a lock.
  const accepted = await (engine.store.exclusive ? run() : twins.run(replay?.scope, run));
  if (typeof accepted === 'number') return { job: await firstView(engine, accepted), replayed: true };
  return { job: accepted, replayed: false };
}

async function accept(
  engine: Engine,
  memory: KeyMemory,
  who: Principal,
  order: JobOrder,
  replay: ReplayKey | undefined,
): Promise<JobView | number> {
  const key = await keyFor(engine, memory, who, order.place);
  const id = engine.ids.next();
  const now = engine.effects.clock.now();
  const unit = function* (q: Statements): Op<JobView | number> {
    if (replay) {
      const first = yield* recall(q, replay);
      if (first !== undefined) return first;
    }
    const prepared = yield* prepare(engine, q, who, key, order, { id, now });
    yield* enter(engine, q, key, prepared, replay);
    return jobView(engine, prepared.job, {});
  };
  let outcome: JobView | number;
  try {
    outcome = await engine.store.write('admit', unit);
  } catch (error) {
    if (error instanceof FasterTwin) return error.subject;
    throw error;
  }
  if (typeof outcome === 'number') return outcome;
  await engine.effects.fault('admit.committed');
  engine.store.notify('queue');
  return outcome;
}

/** A job as it was answered with when it was accepted. */
async function firstView(engine: Engine, id: number): Promise<JobView> {
  const row = must(await engine.store.read((q) => q.jobs.get(id)), `job ${id}`);
  return jobView(engine, { ...row, ...NEW_JOB, updatedAt: row.createdAt }, {});
}

/** The key of who sends an order, with what the order asks of its place. */
export async function keyFor(
  engine: Engine,
  memory: KeyMemory,
  who: Principal,
  place: JobOrder['place'],
): Promise<KeyRow> {
  const key = await keyOf(engine, memory, who);
  return place === undefined ? key : placedKey(key, place);
}

/** A job that may be accepted. */
export interface Prepared {
  readonly job: JobRow;
  readonly request: JobRequest;
  readonly webhook: { readonly id: number; readonly origin: string } | null;
}

/** What an order comes to, priced; or the refusal of what no waiting makes right. Writes nothing. */
export function* prepare(
  engine: Engine,
  q: Statements,
  who: Principal,
  key: KeyRow,
  order: JobOrder,
  made: { id: number; now: number },
): Op<Prepared> {
  const request = settled(order, yield* findInputs(engine, q, key, order.request));
  const price = engine.catalog.price(request);
  if (price === undefined) throw new Refusal('price_unknown');
  checkAllowed(key, request);
  yield* checkTemplate(engine, q, who, request);
  if (order.place?.poolId !== undefined) yield* checkPool(q, key.poolId);
  const makers = yield* makersOf(engine, q, request.inputs);
  if (makers.length > 1 || makers[0]?.state === 'removed') throw scattered(order.request.inputs);
  if (!isSupported(engine, request, key, makers.length > 0)) throw new Refusal('operation_unsupported');
  const webhook = order.webhook && (yield* namedWebhook(q, who, order.webhook));
  const job = newJob(engine, who, order, key, { ...made, request, price });
  return { job, request, webhook: webhook ? { id: webhook.id, origin: order.webhook?.origin ?? '' } : null };
}

/** Accepts what was prepared: there is room for it, and its price is set aside. Or refuses what may be right later. */
export function* enter(
  engine: Engine,
  q: Statements,
  key: KeyRow,
  { job, webhook }: Prepared,
  replay?: ReplayKey,
): Op<void> {
  // First of the writes, because what it refuses is refused most often: a client whose queue is full tries again.
  const room = looksForRoom(key) ? yield* roomFor(engine, q, key, job) : key.queueDepthMax;
  if (!(yield* q.jobs.insert(job, room))) throw noRoom(key);
  const { id, tenantId, price, createdAt: now } = job;
  if (webhook) yield* q.webhooks.attach(id, webhook.id, webhook.origin);
  const twin = replay && (yield* remember(q, replay, id, now));
  if (twin !== undefined) throw new FasterTwin(twin);
  const budget = { day: key.budgetDay, month: key.budgetMonth };
  yield* openHold(engine.books, q, { id, tenantId, keyId: key.id, price }, budget, now);
}

/** The request as it is priced and sent (promise P8): the draft with its inputs found and its length settled. */
function settled(order: JobOrder, inputs: readonly KnownInput[]): JobRequest {
  if (order.complete) return order.complete(order.request, inputs);
  const refs = inputs.map(({ ref }) => ref);
  return settledDraft(order.request, refs) ?? refuse('price_unknown');
}

/**
 * Does any kind of account of the key's pool carry the request out (engine/accounts/choice.ts)? Before the first account there is,
 * any kind that is built in will do.
 */
function isSupported(engine: Engine, request: JobRequest, key: KeyRow, pinned: boolean): boolean {
  const kinds = [...engine.pool.upstreams(key.poolId)];
  const known = kinds.length > 0 ? kinds : [...engine.upstreams.keys()];
  return askedOf(engine, known, key).some((kind) => carries(engine, kind, request, pinned));
}

/** What the request goes on from is at no one account. */
function scattered(inputs: readonly InputDraft[]): Refusal {
  const field = inputs.find(({ role }) => role === 'mask')?.field ?? inputs[0]?.field ?? 'inputs';
  const message = `${field}: What this goes on from was made by several accounts, or by one that is gone. Make it again.`;
  return new Refusal('parameter_invalid', { field, message });
}

/** The bytes behind each input: an upload, or the result of a finished job, of the same tenant and of the right kind. */
function* findInputs(
  engine: Engine,
  q: Statements,
  key: KeyRow,
  { inputs, operation }: JobOrder['request'],
): Op<KnownInput[]> {
  const found: KnownInput[] = [];
  for (const draft of inputs) {
    const { role, kind, name } = draft;
    const asset = yield* assetOf(q, key, draft);
    const info = asset?.info as unknown as MediaInfo | undefined;
    if (!asset || info?.kind !== kind) throw noSuchInput(draft);
    refuseInput(engine, key, operation, asset, draft);
    if (draft.verified === true && !(yield* isVerified(q, asset.id))) {
      const message = `${draft.field}: The sound ${asset.id} was not verified. Send it to the verification first.`;
      throw new Refusal('audio_unverified', { field: draft.field, message });
    }
    if (role === 'voice') continue;
    const ref: InputRef = {
      role,
      kind,
      assetId: asset.id,
      ...(asset.jobId === null ? {} : { jobId: asset.jobId }),
      ...(name === undefined ? {} : { name }),
    };
    const made = asset.kind === 'mask' && asset.jobId !== null ? yield* q.jobs.get(asset.jobId) : undefined;
    const request = made && { madeBy: made.request as unknown as JobRequest };
    found.push({ ref, info, bytes: asset.bytes, field: draft.field, ...request });
  }
  return found;
}

function* assetOf(q: Statements, key: KeyRow, draft: InputDraft): Op<AssetRow | undefined> {
  const { from, role } = draft;
  if ('url' in from) throw new Error(`${draft.field} is an address, which its door has to keep first`);
  if ('jobId' in from) return yield* resultOf(q, key, draft, from.jobId);
  const asset = yield* q.assets.get(from.assetId);
  const wanted = role === 'mask' || role === 'voice' ? role : 'upload';
  const isThere = asset?.tenantId === key.tenantId && asset.kind === wanted && asset.deletedAt === null;
  return isThere ? asset : undefined;
}

function* resultOf(q: Statements, key: KeyRow, draft: InputDraft, jobId: number): Op<AssetRow | undefined> {
  const job = yield* q.jobs.get(jobId);
  if (job?.tenantId !== key.tenantId || job.resultAssetId === null) return undefined;
  if (job.deletedAt !== null) {
    const message = `${draft.field}: The result of ${jobId} was deleted. Use another one.`;
    throw new Refusal('content_deleted', { field: draft.field, message });
  }
  return yield* q.assets.get(job.resultAssetId);
}

const KIND_WORDS: Readonly<Record<InputKind, string>> = { image: 'picture', video: 'video', audio: 'sound' };

function noSuchInput({ kind, role, from, field }: InputDraft): Refusal {
  const what = KIND_WORDS[kind];
  if (role === 'mask') {
    const message = `${field}: No mask of yours has this id. Ask for the masks of the video and use an id of that answer.`;
    return new Refusal('parameter_invalid', { field, message });
  }
  if (role === 'voice') {
    const message = `${field}: No voice of yours has this id. Ask for the list of voices and use an id of it.`;
    return new Refusal('parameter_invalid', { field, message });
  }
  if ('jobId' in from) {
    const message = `No finished ${what} of yours has the id ${from.jobId}. Wait until it has succeeded, or upload the ${what}.`;
    return new Refusal('parameter_invalid', { field, message: `${field}: ${message}` });
  }
  const id = 'assetId' in from ? ` has the id ${from.assetId}` : '';
  const message = `${field}: No uploaded ${what}${id}. Upload it and use the id of that answer.`;
  return new Refusal(kind === 'image' ? 'image_id_invalid' : 'parameter_invalid', { field, message });
}

function newJob(
  engine: Engine,
  who: Principal,
  order: JobOrder,
  key: KeyRow,
  made: { id: number; request: JobRequest; price: Credits; now: number },
): JobRow {
  const { request } = made;
  return {
    ...NEW_JOB,
    id: made.id,
    tenantId: who.tenantId,
    keyId: who.keyId,
    dialect: order.dialect,
    operation: request.operation,
    model: request.model,
    poolId: key.poolId,
    sandbox: key.sandbox,
    request: request as unknown as Json,
    lane: laneFor(laneOf(request, made.price), key),
    rank: rankOf(madeAt(made.id), key.priority),
    price: made.price,
    expectedSlotMs: engine.catalog.expectedSlotMs(request),
    traceId: order.idempotency?.id ?? null,
    createdAt: made.now,
    updatedAt: made.now,
  };
}

const NEW_JOB = {
  state: 'queued',
  nextAt: null,
  owner: null,
  fence: 0,
  attempts: 0,
  attemptId: null,
  progress: null,
  error: null,
  sources: null,
  resultAssetId: null,
  coverAssetId: null,
  finishedAt: null,
  deletedAt: null,
} as const;
