/** Accepting a job: priced, paid for with a hold, and on disk before the answer leaves (promises P2, P8). */
import type { Op, Statements } from '../contracts/store.ts';
import type { JobView, Principal } from '../contracts/views.ts';
import { laneOf } from '../core/placement.ts';
import type { Credits } from '../std/credits.ts';
import { Refusal } from '../std/errors.ts';
import { madeAt } from '../std/ids.ts';
import type { Json } from '../std/json.ts';
import type { KeyMemory } from './access.ts';
import { type Engine, must } from './context.ts';
import type { JobOrder } from './gateway.ts';
import { openHold } from './money.ts';
import { type ReplayKey, recall, remember, replayKey, type Twins } from './replay.ts';
import { jobView, readJobView } from './views.ts';

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
  const accepted = await twins.run(replay?.scope, () => accept(engine, memory, who, order, replay));
  if (typeof accepted === 'number') return { job: await readJobView(engine, who, accepted), replayed: true };
  return { job: accepted, replayed: false };
}

async function accept(
  engine: Engine,
  memory: KeyMemory,
  who: Principal,
  order: JobOrder,
  replay: ReplayKey | undefined,
): Promise<JobView | number> {
  const { request } = order;
  const price = engine.catalog.price(request);
  const key = memory.byId(who.keyId)?.row ?? must(await engine.store.read((q) => q.keys.get(who.keyId)), 'key');
  const id = engine.ids.next();
  const now = engine.effects.clock.now();
  const outcome = await engine.store.write('admit', function* (q) {
    if (replay) {
      const first = yield* recall(q, replay);
      if (first !== undefined) return first;
    }
    if (price === undefined) throw new Refusal('price_unknown');
    yield* checkInputs(q, who, order);
    yield* checkDepth(q, key.id, key.queueDepthMax);
    if (replay) {
      const twin = yield* remember(q, replay, id, now);
      if (twin !== undefined) return twin;
    }
    yield* openHold(
      engine.books,
      q,
      { id, tenantId: who.tenantId, keyId: key.id, price },
      { day: key.budgetDay, month: key.budgetMonth },
      now,
    );
    return yield* insert(engine, q, who, order, { id, price, now });
  });
  if (typeof outcome === 'number') return outcome;
  await engine.effects.fault('admit.committed');
  engine.store.notify('queue');
  return outcome;
}

/** Every input must be an upload of the same tenant. */
function* checkInputs(q: Statements, who: Principal, order: JobOrder): Op<void> {
  for (const input of order.request.inputs) {
    const asset = yield* q.assets.get(input.assetId);
    const kind =
      asset && typeof asset.info === 'object' && asset.info !== null && 'kind' in asset.info
        ? asset.info['kind']
        : null;
    if (asset?.tenantId !== who.tenantId || asset.kind !== 'upload' || kind !== input.role) {
      throw new Refusal('image_id_invalid', {
        message: `No uploaded picture has the id ${input.assetId}. Upload it and use the id of that answer.`,
      });
    }
  }
}

function* checkDepth(q: Statements, keyId: number, depthMax: number): Op<void> {
  if ((yield* q.keys.waiting(keyId)) >= depthMax) {
    throw new Refusal('queue_full', {
      message: `This key already has ${depthMax} jobs waiting, its limit. Wait until some have started and send the request again.`,
    });
  }
}

function* insert(
  engine: Engine,
  q: Statements,
  who: Principal,
  order: JobOrder,
  made: { id: number; price: Credits; now: number },
): Op<JobView> {
  const { request } = order;
  const row = {
    id: made.id,
    tenantId: who.tenantId,
    keyId: who.keyId,
    dialect: order.dialect,
    operation: request.operation,
    model: request.model,
    request: request as unknown as Json,
    lane: laneOf(request, made.price),
    rank: madeAt(made.id),
    price: made.price,
    expectedSlotMs: engine.catalog.expectedSlotMs(request),
    traceId: order.idempotency?.id ?? null,
    createdAt: made.now,
  };
  yield* q.jobs.insert(row);
  return jobView(engine, { ...row, ...NEW_JOB, updatedAt: made.now }, {});
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
