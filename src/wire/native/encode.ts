/** From the gateway's views to the wire. Pure; the caller says which origin addresses begin with. */
import type { AssetView, BalanceView, EventView, FeedEvent, JobView, LedgerReport } from '../../contracts/views.ts';
import type { KeptView } from '../../contracts/library.ts';
import { isoTime } from '../../std/clock.ts';
import { toWhole } from '../../std/credits.ts';
import { isObject, type Json, type JsonObject } from '../../std/json.ts';
import type { EventWire } from './schemas/events.ts';
import type { AssetsWire, AssetWire } from './schemas/assets.ts';
import type { FileWire, JobsWire, JobWire, TimelineWire } from './schemas/jobs.ts';
import type { BalanceWire, LedgerWire } from './schemas/ledger.ts';

/** What an encoder has to know of the reader. */
export interface Reader {
  /** `https://host[:port]`, or empty for paths alone. */
  readonly origin: string;
  /** A client key is shown no account. */
  readonly role: 'admin' | 'client';
}

const timeOrNull = (at: number | null): string | null => (at === null ? null : isoTime(at));

/** A job. `id` comes first: the first number of an answer to `GET /jobs?limit=1` is the newest job's id. */
export function encodeJob(job: JobView, reader: Reader): JobWire {
  const { request } = job;
  return {
    id: job.id,
    state: job.state,
    operation: request.operation,
    model: request.model,
    prompt: request.prompt,
    quality: request.quality,
    durationS: request.durationS,
    aspectRatio: request.aspectRatio,
    audio: request.audio,
    seed: request.seed,
    inputs: request.inputs.map(({ role, kind, assetId }) => ({ role, kind, assetId })),
    tenantId: job.tenantId,
    dialect: job.dialect,
    traceId: job.traceId,
    price: toWhole(job.price),
    credit: { state: job.credit.state, amount: toWhole(job.credit.amount) },
    progress: job.progress,
    queuePlace: job.queuePlace,
    account: reader.role === 'admin' ? job.account : null,
    attempts: job.attempts,
    error: job.error,
    result: job.result && encodeFile(job.result, reader),
    cover: job.cover && encodeFile(job.cover, reader),
    deleted: job.deleted,
    createdAt: isoTime(job.createdAt),
    updatedAt: isoTime(job.updatedAt),
    finishedAt: timeOrNull(job.finishedAt),
  };
}

/** A page of jobs; a full one may be followed by another. */
export function encodeJobs(jobs: readonly JobView[], limit: number, reader: Reader): JobsWire {
  const last = jobs.at(-1);
  return {
    jobs: jobs.map((job) => encodeJob(job, reader)),
    nextBefore: last !== undefined && jobs.length === limit ? last.id : null,
  };
}

function encodeFile(asset: AssetView, reader: Reader): FileWire {
  const { mime, width, height, durationMs, fps, hasAudio } = asset.info;
  const { id, bytes, sha256 } = asset;
  return { id, url: `${reader.origin}${asset.path}`, bytes, sha256, mime, width, height, durationMs, fps, hasAudio };
}

/** A kept file. */
export function encodeAsset(asset: KeptView, reader: Reader): AssetWire {
  const { kind, tenantId, jobId, name, createdAt } = asset;
  return { ...encodeFile(asset, reader), kind, tenantId, jobId, name, createdAt: isoTime(createdAt) };
}

/** A page of kept files; a full one may be followed by another. */
export function encodeAssets(assets: readonly KeptView[], limit: number, reader: Reader): AssetsWire {
  return {
    assets: assets.map((asset) => encodeAsset(asset, reader)),
    nextBefore: assets.length === limit ? (assets.at(-1)?.id ?? null) : null,
  };
}

/** Members of an event's data that are amounts, in thousandths like everything the engine writes down. */
const CREDIT_MEMBERS: ReadonlySet<string> = new Set(['price', 'paid']);
/** Members that a client key is not shown. */
const ADMIN_MEMBERS: ReadonlySet<string> = new Set(['account']);

/** A job's timeline. */
export function encodeTimeline(events: readonly EventView[], reader: Pick<Reader, 'role'>): TimelineWire {
  return { events: events.map(({ at, kind, data }) => ({ at: isoTime(at), kind, data: encodeData(data, reader) })) };
}

/** A page of the stream of events. */
export function encodeEvents(events: readonly FeedEvent[], reader: Pick<Reader, 'role'>): EventWire[] {
  return events.map(({ id, jobId, at, kind, data }) => ({
    id,
    jobId,
    at: isoTime(at),
    kind,
    data: encodeData(data, reader),
  }));
}

function encodeData(data: Json, reader: Pick<Reader, 'role'>): Json {
  if (!isObject(data)) return data;
  const shown = Object.entries(data as JsonObject)
    .filter(([name]) => reader.role === 'admin' || !ADMIN_MEMBERS.has(name))
    .map(([name, value]) => [name, CREDIT_MEMBERS.has(name) && typeof value === 'number' ? toWhole(value) : value]);
  return Object.fromEntries(shown) as JsonObject;
}

/** A tenant's credits. */
export function encodeBalance(balance: BalanceView): BalanceWire {
  return {
    tenantId: balance.tenantId,
    tenant: balance.tenant,
    available: toWhole(balance.available),
    held: toWhole(balance.held),
    daily: toWhole(balance.daily),
    monthly: toWhole(balance.monthly),
    package: toWhole(balance.package),
    promo: toWhole(balance.promo),
  };
}

/** The proof that the books balance. */
export function encodeLedger(report: LedgerReport): LedgerWire {
  return {
    ok: report.ok,
    entries: report.entries,
    books: report.books.map(({ owner, name, balance }) => ({ owner, name, balance: toWhole(balance) })),
    problems: [...report.problems],
  };
}
