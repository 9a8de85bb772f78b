/**
 * Success is checked (promise P5). A result is fetched, kept, decoded and compared with what its job could expect;
 * only then is the job settled. A source that is missing or still a placeholder is fetched again until the credit
 * horizon. A result that fails its check gives the tenant's credits back and is never resubmitted. What goes wrong on
 * our side (a full disk) keeps the job where it is.
 */
import type { StoredBlob } from '../contracts/blobs.ts';
import type { MediaInfo } from '../contracts/media.ts';
import type { AssetRow, JobRow, Op, Statements } from '../contracts/store.ts';
import type { ResultSource } from '../contracts/upstream.ts';
import { checkResult, type Expectation, expectationOf } from '../core/expectation.ts';
import type { JobRequest } from '../core/request.ts';
import { messageOf, Refusal } from '../std/errors.ts';
import type { Json } from '../std/json.ts';
import { accessTo, discard, type Engine, Fenced, type KeptResult, must, upstreamOf } from './context.ts';
import { withDeadline } from './deadline.ts';
import { type Followed, follow, keepWaiting } from './observe.ts';
import { refreshAccount } from './accounts/picture.ts';
import { fail, moveJob, succeed } from './settle.ts';

const FETCH_TIMEOUT_MS = 10 * 60_000;
const RETRY_BASE_MS = 2_000;
const RETRY_CAP_MS = 60_000;

/** What one look at a result came to. */
type Look = ({ type: 'good' } & KeptResult) | { type: 'later'; why: string } | { type: 'bad'; why: string };

/** Fetches, checks and settles the results of one job, or sets the time to try again. */
export async function ingest(engine: Engine, job: JobRow): Promise<void> {
  const followed = await follow(engine, job);
  const look = await lookOnce(engine, followed);
  const now = engine.effects.clock.now();
  const settle = function* (q: Statements): Op<void> {
    if (look.type === 'good') yield* succeed(engine, q, job, followed.attempt, look, now);
    else if (look.type === 'bad') {
      const message = `The upstream's result did not pass its check: ${look.why}`;
      yield* fail(engine, q, job, followed.attempt, { code: 'result_rejected', message, cost: 'writeoff' }, now);
    } else if (now >= followed.attempt.creditHorizonAt) yield* keepWaiting(engine, q, followed, null, now);
    else {
      const next = Math.min(now + retryDelayMs(followed, now), followed.attempt.creditHorizonAt);
      yield* moveJob(q, job, { nextAt: next }, { kind: 'fetch-later', data: { why: look.why } }, now);
    }
  };
  await engine.store.write('settle', settle).catch((error: unknown) => {
    if (error instanceof Fenced) letGo(engine, followed.attempt.id);
    throw error;
  });
  letGo(engine, followed.attempt.id);
  await engine.effects.fault('settle.committed');
  await refreshAccount(engine, followed.account.id);
  engine.store.notify('jobs');
  if (look.type === 'later') return;
  engine.work.balances.paid(followed.account.id);
  engine.work.attempts.delete(followed.attempt.id);
  await forget(engine, followed);
}

/** Looks at the result, or remembers what a look came to that could not be written down: it is not kept twice. */
async function lookOnce(engine: Engine, followed: Followed): Promise<Look> {
  const { kept } = engine.work;
  const { job, attempt } = followed;
  const before = kept.get(attempt.id);
  if (before) return { type: 'good', ...before };
  try {
    const look = await lookAtResult(engine, followed);
    if (look.type === 'good') kept.set(attempt.id, look);
    return look;
  } catch (error) {
    if (error instanceof Refusal && error.owner === 'upstream') return { type: 'later', why: error.message };
    engine.effects.log.error({ job: job.id, cause: messageOf(error) }, 'a result could not be kept; it is tried again');
    return { type: 'later', why: `our side: ${messageOf(error)}` };
  }
}

/** What was kept for an attempt has its rows now, or never will. */
function letGo(engine: Engine, attemptId: string): void {
  const { kept, unnamed } = engine.work;
  const known = kept.get(attemptId);
  kept.delete(attemptId);
  if (!known) return;
  for (const row of [known.result, known.cover, ...known.masks]) if (row) unnamed.delete(row.blobKey);
}

/** The longer a result has been missing, the less often it is looked for. */
function retryDelayMs({ attempt }: Followed, now: number): number {
  return Math.round(Math.min(RETRY_CAP_MS, Math.max(RETRY_BASE_MS, (now - (attempt.endedAt ?? now)) / 4)));
}

/** Fetches and checks every source, all or nothing: what is short of one is fetched anew as a whole. */
async function lookAtResult(engine: Engine, followed: Followed): Promise<Look> {
  const sources = (followed.job.sources as unknown as ResultSource[] | null) ?? [];
  const kept: AssetRow[] = [];
  let whole = false;
  try {
    for (const source of sources) {
      const one = await keepOne(engine, followed, source, kept.length === 0 ? 'result' : 'mask');
      if (one.type !== 'good') return one;
      kept.push(one.row);
    }
    const [result, ...masks] = kept;
    if (!result) return { type: 'bad', why: 'it named no result' };
    const { tenantId, jobId, createdAt, deletedAt, blobKey } = result;
    const cover = await keepCover(engine, { tenantId, jobId, createdAt, deletedAt }, blobKey);
    whole = true;
    return { type: 'good', result, cover, masks };
  } finally {
    if (!whole) for (const { blobKey } of kept) await discard(engine, blobKey);
  }
}

/** One source as a row, or why there is none yet or never will be. */
type One = { type: 'good'; row: AssetRow } | Exclude<Look, { type: 'good' }>;

async function keepOne(
  engine: Engine,
  followed: Followed,
  source: ResultSource,
  kind: 'result' | 'mask',
): Promise<One> {
  const id = engine.ids.next();
  const blobKey = `${kind}s/${id}`;
  engine.work.unnamed.add(blobKey);
  let one: One | undefined;
  try {
    one = await fetchAndCheck(engine, followed, source, { id, blobKey, kind });
    return one;
  } finally {
    // Bytes that no row will name: each look fetches them anew, so none may leave them behind.
    if (one?.type !== 'good') await discard(engine, blobKey);
  }
}

async function fetchAndCheck(
  engine: Engine,
  { job, attempt, account, traits }: Followed,
  source: ResultSource,
  made: { id: number; blobKey: string; kind: 'result' | 'mask' },
): Promise<One> {
  const { id, blobKey, kind } = made;
  const upstream = upstreamOf(engine, account.upstream);
  let stored: StoredBlob;
  try {
    const fetched = await withDeadline(engine, FETCH_TIMEOUT_MS, async (signal) => {
      const body = await upstream.fetch(accessTo(engine, account), source, signal);
      return body === 'notYet' ? body : engine.blobs.put(blobKey, body, engine.settings.resultMaxBytes);
    });
    if (fetched === 'notYet') return { type: 'later', why: 'the result is not there yet' };
    stored = fetched;
  } catch (error) {
    if (error instanceof Refusal && error.code === 'body_too_large')
      return { type: 'bad', why: 'it is larger than results may be' };
    throw error;
  }
  await engine.effects.fault('ingest.fetched');
  const info = await engine.blobs.withFile(blobKey, (path) => readable(engine, path));
  const request = job.request as unknown as JobRequest;
  const expected = kind === 'mask' ? MASK : expectationOf(request, await inputInfos(engine, request));
  const why = info ? checkResult(info, expected, traits.tolerance) : 'it cannot be decoded';
  await engine.effects.fault('ingest.checked');
  if (why !== null || !info) return { type: 'bad', why: why ?? 'it cannot be decoded' };
  const row: AssetRow = {
    id,
    tenantId: job.tenantId,
    kind,
    ...blobOf(stored),
    info: info as unknown as Json,
    jobId: job.id,
    source: kind === 'mask' ? (source.name ?? null) : `${account.upstream}:${attempt.id}`,
    createdAt: engine.effects.clock.now(),
    deletedAt: null,
  };
  return { type: 'good', row };
}

/** What a mask has to be: a picture. Its pixels are those of its frame, whatever was asked for. */
const MASK: Expectation = { kind: 'image', size: null, durationMs: null, fps: null, audio: null, oursAlone: [] };

/** What a file is, or undefined where it is damaged or nothing we know. */
async function readable(engine: Engine, path: string): Promise<MediaInfo | undefined> {
  try {
    return await engine.media.check(path);
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

const blobOf = (stored: StoredBlob): Pick<AssetRow, 'blobKey' | 'bytes' | 'sha256'> => ({
  blobKey: stored.key,
  bytes: stored.bytes,
  sha256: stored.sha256,
});

/** The result's first frame as a picture. A job is not held up by a cover that cannot be made. */
async function keepCover(
  engine: Engine,
  base: Pick<AssetRow, 'tenantId' | 'jobId' | 'createdAt' | 'deletedAt'>,
  resultKey: string,
): Promise<AssetRow | null> {
  const id = engine.ids.next();
  const blobKey = `covers/${id}`;
  try {
    const jpeg = await engine.blobs.withFile(resultKey, (path) => engine.media.cover(path));
    engine.work.unnamed.add(blobKey);
    const stored = await engine.blobs.put(blobKey, one(jpeg), jpeg.length);
    const info = await engine.blobs.withFile(stored.key, (path) => engine.media.probe(path));
    await engine.effects.fault('ingest.cover-stored');
    if (!info) throw new Error('what was made is no picture');
    return { ...base, id, kind: 'cover', ...blobOf(stored), info: info as unknown as Json, source: null };
  } catch (error) {
    engine.effects.log.warn({ job: base.jobId, cause: messageOf(error) }, 'no cover could be made');
    await discard(engine, blobKey);
    return null;
  }
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function inputInfos(engine: Engine, request: JobRequest): Promise<MediaInfo[]> {
  return engine.store.read(function* (q) {
    const infos: MediaInfo[] = [];
    for (const input of request.inputs) {
      infos.push(must(yield* q.assets.get(input.assetId), `asset ${input.assetId}`).info as unknown as MediaInfo);
    }
    return infos;
  });
}

/** Lets the upstream drop what it kept. Housekeeping: a failure is only logged. */
async function forget(engine: Engine, { attempt, account }: Followed): Promise<void> {
  const upstream = upstreamOf(engine, account.upstream);
  if (!upstream.forget || attempt.ref === null) return;
  try {
    await upstream.forget(accessTo(engine, account), attempt.ref);
  } catch (error) {
    engine.effects.log.warn(
      { attempt: attempt.id, cause: messageOf(error) },
      'the upstream kept what it should forget',
    );
  }
}
