/** What doors are shown. A tenant's question about another's resource is answered as if it did not exist (P9). */
import type { MediaInfo } from '../contracts/media.ts';
import type { AssetRow, JobRow, Op, Statements } from '../contracts/store.ts';
import type { AssetView, JobView, Principal } from '../contracts/views.ts';
import { isTerminal } from '../core/job.ts';
import { type MediaPath, mediaClaim, mediaPath } from '../core/media-path.ts';
import type { JobRequest } from '../core/request.ts';
import { equalSecrets, hmacBase64Url } from '../std/crypto.ts';
import { Refusal } from '../std/errors.ts';
import { readId } from '../std/ids.ts';
import { isObject } from '../std/json.ts';
import { type Engine, findOr, must } from './context.ts';
import type { Memo } from './memo.ts';

const DAY_MS = 24 * 3600 * 1000;
/** Places in the queue are counted up to here. */
const QUEUE_PLACE_MAX = 1000;

/** The signature of a media path, with the newest key that may sign already. */
export function signMedia(engine: Engine, assetId: number, extension: string, expires: string): string {
  const now = engine.effects.clock.now();
  const { media } = engine.secrets;
  const { key } = must(media.findLast(({ from }) => from <= now) ?? media[0], 'a key that signs media paths');
  return signature(key, mediaClaim(assetId, extension, expires));
}

/** Was the path signed here, with a key whose signatures still count? */
export function isSignedMedia(engine: Engine, path: Omit<MediaPath, 'signature'>, given: string): boolean {
  const now = engine.effects.clock.now();
  const claim = mediaClaim(path.assetId, path.extension, path.expires);
  return engine.secrets.media.some(
    ({ key, until }) => (until === null || until > now) && equalSecrets(given, signature(key, claim)),
  );
}

const signature = (key: Uint8Array, claim: string): string => hmacBase64Url(key, claim).slice(0, 32);

/** An asset with a signed path; the expiry is rounded up to a day, so that repeated reads give one URL. */
export function assetView(engine: Engine, row: AssetRow): AssetView {
  const info = row.info as unknown as MediaInfo;
  const expires = Math.ceil((engine.effects.clock.now() + engine.settings.mediaTtlMs) / DAY_MS) * DAY_MS;
  const signed = signMedia(engine, row.id, info.extension, String(expires));
  return {
    id: row.id,
    path: mediaPath(row.id, info.extension, expires, signed),
    bytes: row.bytes,
    sha256: row.sha256,
    info,
  };
}

/** What a job's view needs beside its row. */
interface Beside {
  readonly result?: AssetRow | undefined;
  readonly cover?: AssetRow | undefined;
  readonly masks?: readonly AssetRow[];
  readonly queuePlace?: number;
  readonly account?: string | undefined;
}

/** A job as its tenant may see it. */
export function jobView(engine: Engine, row: JobRow, beside: Beside): JobView {
  const held = !isTerminal(row.state);
  return {
    id: row.id,
    tenantId: row.tenantId,
    dialect: row.dialect,
    request: row.request as unknown as JobRequest,
    state: row.state,
    price: row.price,
    credit: { state: held ? 'held' : row.state === 'succeeded' ? 'captured' : 'released', amount: row.price },
    progress: row.progress === null ? null : row.progress / 1000,
    queuePlace: beside.queuePlace ?? null,
    account: beside.account ?? null,
    attempts: row.attempts,
    error: row.error,
    result: beside.result && row.deletedAt === null ? assetView(engine, beside.result) : null,
    cover: beside.cover && row.deletedAt === null ? assetView(engine, beside.cover) : null,
    masks:
      row.deletedAt === null
        ? (beside.masks ?? []).map((mask) => ({ name: mask.source ?? '', asset: assetView(engine, mask) }))
        : [],
    traceId: row.traceId,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    finishedAt: row.finishedAt,
    deleted: row.deletedAt !== null,
  };
}

/**
 * Reads a job and what its view needs. The place in the queue and the account's name cost more than the rest, and most
 * readers are pollers who do not look at them: they come with `detail`.
 */
export function* jobViewOp(engine: Engine, q: Statements, row: JobRow, detail: boolean): Op<JobView> {
  if (row.state === 'queued') {
    return jobView(engine, row, detail ? { queuePlace: yield* q.jobs.ahead(row, QUEUE_PLACE_MAX) } : {});
  }
  const result = row.resultAssetId === null ? undefined : yield* q.assets.get(row.resultAssetId);
  const cover = row.coverAssetId === null ? undefined : yield* q.assets.get(row.coverAssetId);
  const account = detail ? yield* accountName(q, row) : undefined;
  return jobView(engine, row, { result, cover, account, masks: yield* masksOf(q, row) });
}

/** What was kept beside a job's result: the sources after the first say which assets they became. */
function* masksOf(q: Statements, row: JobRow): Op<AssetRow[]> {
  if (row.resultAssetId === null) return [];
  const masks: AssetRow[] = [];
  for (const id of maskIds(row)) {
    const asset = yield* q.assets.get(id);
    if (asset?.kind === 'mask') masks.push(asset);
  }
  return masks;
}

/** The assets that a job's sources after the first became. */
export function maskIds({ sources }: JobRow): number[] {
  if (!Array.isArray(sources)) return [];
  const ids = sources.slice(1).map((source) => readId(isObject(source) ? source['assetId'] : undefined));
  return ids.filter((id) => id !== undefined);
}

/** The account of a job's current or last attempt. */
function* accountName(q: Statements, row: JobRow): Op<string | undefined> {
  const attempt = row.attemptId === null ? undefined : yield* q.attempts.get(row.attemptId);
  return attempt && (yield* q.accounts.get(attempt.accountId))?.name;
}

/** May this key see the job? */
export function maySee(who: Principal, row: { tenantId: number }): boolean {
  return who.role === 'admin' || row.tenantId === who.tenantId;
}

/** One job, or `not_found`. */
export async function readJobView(
  engine: Engine,
  who: Principal,
  id: number,
  options: { detail?: boolean; memo?: Memo<JobView | undefined> } = {},
): Promise<JobView> {
  const read = () =>
    engine.store.read(function* (q) {
      const row = yield* q.jobs.get(id);
      return row && (yield* jobViewOp(engine, q, row, options.detail ?? false));
    });
  const view = await (options.memo ? options.memo.get(id, read) : read());
  if (view && maySee(who, view)) return view;
  throw noSuchJob(id);
}

/** A job that this key may see; throws `not_found` for every other id. */
export function* seenJob(q: Statements, who: Principal, id: number): Op<JobRow> {
  const row = yield* q.jobs.get(id);
  if (row && maySee(who, row)) return row;
  throw noSuchJob(id);
}

function noSuchJob(id: number): Refusal {
  return new Refusal('not_found', { message: `There is no job ${id}. Check the id; only your own jobs can be seen.` });
}

/** One asset of this tenant, or `not_found`. */
export function readAssetView(engine: Engine, who: Principal, id: number): Promise<AssetView> {
  return findOr(
    engine,
    function* (q) {
      const row = yield* q.assets.get(id);
      return row && row.deletedAt === null && maySee(who, row) ? assetView(engine, row) : undefined;
    },
    'not_found',
    `There is nothing kept under the id ${id}.`,
  );
}

/** A refusal for a media path that opens nothing. */
export function noSuchMedia(): Refusal {
  return new Refusal('not_found', {
    message: 'Nothing is kept here, or the address has expired. Ask for the job again to get a new one.',
  });
}
