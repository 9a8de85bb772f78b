/** Keeping what a client sends: streamed to blobs, recognised by its content, checked against the dialect's limits, then recorded. */
import type { MediaInfo } from '../contracts/media.ts';
import type { AssetRow } from '../contracts/store.ts';
import type { AssetView, Principal } from '../contracts/views.ts';
import { Refusal } from '../std/errors.ts';
import type { Json } from '../std/json.ts';
import { discard, type Engine } from './context.ts';
import type { UploadOrder, UploadPolicy } from './gateway.ts';
import { remember, replayKey, type Twins } from './replay.ts';
import { assetView, readAssetView } from './views.ts';

const FETCH_TIMEOUT_MS = 60_000;

/** Keeps a file, or refuses and keeps nothing. A repeated request gets the asset of the first. */
export function upload(
  engine: Engine,
  twins: Twins,
  who: Principal,
  order: UploadOrder,
): Promise<{ asset: AssetView; replayed: boolean }> {
  const scope = order.idempotency ? replayKey(who, order.idempotency).scope : undefined;
  return twins.run(scope, () => keep(engine, who, order));
}

async function keep(
  engine: Engine,
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
    const info = await recognise(engine, blobKey, order.policy, declared);
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
  if (error.code === 'body_too_large') {
    const what = policy.kind === 'image' ? 'pictures' : 'files';
    return new Refusal('image_too_large', {
      field: policy.field,
      message: `${policy.field} is larger than ${what} may be (${Math.floor(policy.maxBytes / 1_000_000)} MB). Send a smaller one.`,
    });
  }
  return error.field
    ? error
    : new Refusal(error.code, { field: policy.field, message: `${policy.field}: ${error.message}`, cause: error });
}

/** What the bytes are, judged by themselves, if the policy takes it. */
async function recognise(
  engine: Engine,
  blobKey: string,
  policy: UploadPolicy,
  declared: string | null,
): Promise<MediaInfo> {
  const { field } = policy;
  if (declared !== null && !policy.mimes.includes(declared) && declared !== 'image/jpg') {
    throw new Refusal('image_format_invalid', {
      field,
      message: `${field} is served as ${declared || 'no content type'}. It must be served as one of: ${policy.mimes.join(', ')}.`,
    });
  }
  const info = await engine.blobs.withFile(blobKey, async (path) => {
    try {
      return await engine.media.probe(path);
    } catch (error) {
      if (error instanceof Refusal)
        throw new Refusal(error.code, { field, message: `${field}: ${error.message}`, cause: error });
      throw error;
    }
  });
  if (!info || !policy.mimes.includes(info.mime)) {
    throw new Refusal('image_format_invalid', {
      field,
      message: `${field} is ${info ? info.mime : 'no file type that is known'}. It must be one of: ${policy.mimes.join(', ')}.`,
    });
  }
  checkSize(info, policy);
  return info;
}

function checkSize(info: MediaInfo, policy: UploadPolicy): void {
  const { field, maxSidePx, maxDurationMs } = policy;
  if (info.kind !== 'audio' && (info.width < 1 || info.height < 1)) throw new Refusal('image_size_invalid', { field });
  if (maxSidePx !== null && Math.max(info.width, info.height) > maxSidePx) {
    throw new Refusal('image_too_large', {
      field,
      message: `${field} is ${info.width}×${info.height} pixels; no side may be over ${maxSidePx}. Scale it down.`,
    });
  }
  if (maxDurationMs !== null && info.durationMs > maxDurationMs) {
    throw new Refusal('parameter_invalid', {
      field,
      message: `${field} is ${info.durationMs / 1000} s long; at most ${maxDurationMs / 1000} s are taken.`,
    });
  }
}
