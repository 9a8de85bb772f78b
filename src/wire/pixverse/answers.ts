import type { AssetView, BalanceView, JobView } from '../../contracts/views.ts';
import { isoTime } from '../../std/clock.ts';
import { ceilToWhole, floorWhole, toWhole } from '../../std/credits.ts';
import { OURS } from './ours.ts';
import { STATUS, statusOf } from './status.ts';

/** Answers of this dialect. Section numbers are places in reference/pixverse-platform.md. */

/** §1: the envelope of every answer. `ErrCode` 0 is success, then `Resp` is there. */
export interface Envelope<T> {
  readonly ErrCode: number;
  readonly ErrMsg: string;
  readonly Resp: T;
}

/** Wraps what succeeded. */
export function success<T>(resp: T): Envelope<T> {
  return { ErrCode: 0, ErrMsg: 'success', Resp: resp };
}

/** §3 "common create answer": `video_id` always; `credits` is the spelling of the schemas. */
export interface CreateAnswer {
  readonly video_id: number;
  /** Whole credits held for it. */
  readonly credits: number;
}

/** The answer to a create that was accepted (or repeated). */
export function createAnswer(job: Pick<JobView, 'id' | 'price'>): CreateAnswer {
  return { video_id: job.id, credits: toWhole(ceilToWhole(job.price)) };
}

/** §5.1. */
export interface ImageUploadAnswer {
  readonly img_id: number;
  readonly img_url: string;
}

/** The answer to an upload. @param origin public origin for the URL, without a trailing slash. */
export function imageUploadAnswer(asset: Pick<AssetView, 'id' | 'path'>, origin: string): ImageUploadAnswer {
  return { img_id: asset.id, img_url: origin + asset.path };
}

/** §5.2. */
export interface MediaUploadAnswer {
  readonly media_id: number;
  readonly media_type: 'video' | 'audio';
  readonly url: string;
}

/** The answer to an upload of a video or a sound. @param origin as above. */
export function mediaUploadAnswer(asset: Pick<AssetView, 'id' | 'path' | 'info'>, origin: string): MediaUploadAnswer {
  return {
    media_id: asset.id,
    media_type: asset.info.kind === 'audio' ? 'audio' : 'video',
    url: origin + asset.path,
  };
}

/** §6. Whole credits, rounded down. */
export interface BalanceAnswer {
  readonly account_id: number;
  readonly credit_monthly: number;
  readonly credit_package: number;
}

/**
 * The tenant's books in the two kinds this dialect knows. Daily grants count as monthly and promo grants as package, so
 * that the sum is what can be spent now: it leaves out what is held for jobs.
 */
export function balanceAnswer(balance: BalanceView): BalanceAnswer {
  return {
    account_id: balance.tenantId,
    credit_monthly: floorWhole(balance.daily + balance.monthly),
    credit_package: floorWhole(balance.package + balance.promo),
  };
}

/** §4.17. Every field is always there, with the type its readers expect (reference/what-clients-send.md). */
export interface StatusAnswer {
  readonly id: number;
  readonly status: number;
  /** Not empty with status 1, empty with any other. */
  readonly url: string;
  readonly prompt: string;
  readonly negative_prompt: string;
  readonly style: string;
  readonly seed: number;
  /** Bytes; 0 until there is a result. */
  readonly size: number;
  /** Pixels; 0 until there is a result. */
  readonly outputWidth: number;
  readonly outputHeight: number;
  readonly resolution_ratio: number;
  /** ISO 8601, UTC. */
  readonly create_time: string;
  readonly modify_time: string;
  /** Judged by the file, so false until there is a result. */
  readonly has_audio: boolean;
  readonly customer_paths: Readonly<Record<string, never>>;
}

/** How a job stands. @param origin public origin for the URL, without a trailing slash. */
export function statusAnswer(job: JobView, origin: string): StatusAnswer {
  const status = statusOf(job);
  const result = status === STATUS.success ? job.result : null;
  const { request } = job;
  return {
    id: job.id,
    status,
    url: result === null ? OURS.urlWithoutResult : origin + result.path,
    prompt: request.prompt,
    negative_prompt: request.negativePrompt,
    style: request.style,
    seed: request.seed,
    size: result?.bytes ?? 0,
    outputWidth: result?.info.width ?? 0,
    outputHeight: result?.info.height ?? 0,
    resolution_ratio: request.quality === null ? 0 : OURS.resolutionRatio[request.quality],
    create_time: isoTime(job.createdAt),
    modify_time: isoTime(job.updatedAt),
    has_audio: result?.info.hasAudio ?? false,
    customer_paths: OURS.customerPaths,
  };
}
