/** Keeping what a client sends: streamed to blobs, recognised by its content, checked against the dialect's limits, then recorded. */
import type { MediaInfo } from '../../contracts/media.ts';
import type { AssetRow } from '../../contracts/store.ts';
import type { AssetView, Principal } from '../../contracts/views.ts';
import { type ErrorCode, Refusal } from '../../std/errors.ts';
import type { Json } from '../../std/json.ts';
import { type KeyMemory, keyOf } from '../admin/access.ts';
import { discard, type Engine } from '../context.ts';
import type { UploadOrder, UploadPolicy } from '../gateway.ts';
import { remember, replayKey, type Twins } from '../replay.ts';
import { assetView, readAssetView } from '../views.ts';
import { refuseUpload } from './triggers.ts';

const FETCH_TIMEOUT_MS = 60_000;

/** Keeps a file, or refuses and keeps nothing. A repeated request gets the asset of the first. */
export function upload(
  engine: Engine,
  memory: KeyMemory,
  twins: Twins,
  who: Principal,
  order: UploadOrder,
): Promise<{ asset: AssetView; replayed: boolean }> {
  const scope = order.idempotency ? replayKey(who, order.idempotency).scope : undefined;
  return twins.run(scope, () => keep(engine, memory, who, order));
}

async function keep(
  engine: Engine,
  memory: KeyMemory,
  who: Principal,
  order: UploadOrder,
): Promise<{ asset: AssetView; replayed: boolean }> {
  await engine.effects.fault('upload.received');
  const id = engine.ids.next();
  const blobKey = `uploads/${id}`;
  const { body, source, declared } = await open(engine, order);
  engine.work.unnamed.add(blobKey);
  // True while it is certain that no row names the bytes.
  let orphaned = true;
  try {
    const stored = await store(engine, blobKey, body, order.policy);
    await engine.effects.fault('upload.stored');
    const info = await recognise(engine, blobKey, stored.bytes, order.policy, declared);
    refuseUpload(engine, await keyOf(engine, memory, who), order.policy, source);
    const row: AssetRow = {
      id,
      tenantId: who.tenantId,
      kind: 'upload',
      blobKey,
      bytes: stored.bytes,
      sha256: stored.sha256,
      info: info as unknown as Json,
      jobId: null,
      source,
      createdAt: engine.effects.clock.now(),
      deletedAt: null,
    };
    const replay = order.idempotency ? replayKey(who, order.idempotency, stored.sha256) : undefined;
    const first = await engine.store
      .write('upload', function* (q) {
        const twin = replay ? yield* remember(q, replay, id, row.createdAt) : undefined;
        if (twin === undefined) yield* q.assets.insert(row);
        return twin;
      })
      .catch((error: unknown) => {
        // A commit whose answer was lost may stand: then the row names the bytes, and if not, the sweep finds them.
        orphaned = error instanceof Refusal && error.code !== 'internal';
        throw error;
      });
    orphaned = first !== undefined;
    await engine.effects.fault('upload.recorded');
    if (first !== undefined) return { asset: await readAssetView(engine, who, first), replayed: true };
    return { asset: assetView(engine, row), replayed: false };
  } finally {
    engine.work.unnamed.delete(blobKey);
    if (orphaned) await discard(engine, blobKey);
  }
}

/** The bytes, and the content type their sender declared where it binds (a fetched address). */
async function open(
  engine: Engine,
  order: UploadOrder,
): Promise<{ body: AsyncIterable<Uint8Array>; source: string | null; declared: string | null }> {
  if (order.source.type === 'stream') return { body: order.source.body, source: order.source.filename, declared: null };
  const { url } = order.source;
  const fetched = await engine.fetch
    .open(url, { maxBytes: order.policy.maxBytes, timeoutMs: FETCH_TIMEOUT_MS })
    .catch((error: unknown) => {
      throw tooLarge(error, order.policy);
    });
  return { body: fetched.body, source: url, declared: fetched.mime };
}

async function store(engine: Engine, key: string, body: AsyncIterable<Uint8Array>, policy: UploadPolicy) {
  try {
    return await engine.blobs.put(key, body, policy.maxBytes);
  } catch (error) {
    throw tooLarge(error, policy);
  }
}

/** A body over the policy's size is refused in the policy's words. */
function tooLarge(error: unknown, policy: UploadPolicy): unknown {
  if (!(error instanceof Refusal)) return error;
  if (error.code === 'body_too_large') return overSize(policy, policy.maxBytes);
  return error.field
    ? error
    : new Refusal(error.code, {
        field: policy.field,
        message: `${policy.field}: ${error.message}`,
        ...(error.retryAfterS === undefined ? {} : { retryAfterS: error.retryAfterS }),
        cause: error,
      });
}

function overSize({ kind, field }: UploadPolicy, maxBytes: number): Refusal {
  const what = kind === 'image' ? 'pictures' : 'files of its kind';
  return new Refusal(kind === 'image' ? 'image_too_large' : 'parameter_invalid', {
    field,
    message: `${field} is larger than ${what} may be (${Math.floor(maxBytes / 1_000_000)} MB). Send a smaller one.`,
  });
}

/** Pictures have codes of their own for what is wrong with them; other files have the one for a value that is not allowed. */
function unfit(policy: UploadPolicy, code: ErrorCode, message: string, cause?: unknown): Refusal {
  return new Refusal(policy.kind === 'image' ? code : 'parameter_invalid', { field: policy.field, message, cause });
}

/** What the bytes are, judged by themselves, if the policy takes it. */
async function recognise(
  engine: Engine,
  blobKey: string,
  bytes: number,
  policy: UploadPolicy,
  declared: string | null,
): Promise<MediaInfo> {
  const { field, mimes } = policy;
  if (declared !== null && !policy.declared.includes(declared)) {
    const served = declared || 'no content type';
    const message = `${field} is served as ${served}. It must be served as one of: ${policy.declared.join(', ')}.`;
    throw unfit(policy, 'image_format_invalid', message);
  }
  const info = await engine.blobs.withFile(blobKey, async (path) => {
    try {
      return await engine.media.probe(path);
    } catch (error) {
      if (error instanceof Refusal) throw unfit(policy, error.code, `${field}: ${error.message}`, error);
      throw error;
    }
  });
  if (!info || !mimes.includes(info.mime)) {
    const found = info ? info.mime : 'no file type that is known';
    throw unfit(policy, 'image_format_invalid', `${field} is ${found}. It must be one of: ${mimes.join(', ')}.`);
  }
  checkLimits(info, bytes, policy);
  return info;
}

function checkLimits(info: MediaInfo, bytes: number, policy: UploadPolicy): void {
  const { field, of } = policy;
  const limits = of[info.kind];
  if (info.kind !== 'audio' && (info.width < 1 || info.height < 1)) {
    throw unfit(policy, 'image_size_invalid', `${field} has no pixels.`);
  }
  const maxSidePx = limits?.maxSidePx ?? policy.maxSidePx;
  if (Math.max(info.width, info.height) > maxSidePx) {
    const size = `${info.width}×${info.height}`;
    const message = `${field} is ${size} pixels; no side may be over ${maxSidePx}. Scale it down.`;
    throw unfit(policy, 'image_too_large', message);
  }
  if (limits === undefined) return;
  if (bytes > limits.maxBytes) throw overSize(policy, limits.maxBytes);
  if (info.durationMs > limits.maxDurationMs) {
    const [long, most] = [info.durationMs / 1000, limits.maxDurationMs / 1000];
    throw unfit(policy, 'parameter_invalid', `${field} is ${long} s long; at most ${most} s are taken. Cut it.`);
  }
}
