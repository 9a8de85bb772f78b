import type { AssetView, BalanceView, JobView } from '../../contracts/views.ts';
import type { Operation } from '../../core/request.ts';
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

/** §3 "common create answer": the id always; `credits` is the spelling of the schemas. */
export interface CreateAnswer {
  readonly video_id?: number;
  /** §4.18. */
  readonly image_id?: number;
  /** Whole credits held for it. */
  readonly credits: number;
  /** §3: the guides of some operations spell it so; there it stands beside the other. */
  readonly credit?: number;
}

/** §3: operations whose guides print `credit`. */
const CREDIT_TOO: readonly Operation[] = ['multi-transition', 'swap', 'motion-control'];

/** The answer to a create that was accepted (or repeated). */
export function createAnswer(job: Pick<JobView, 'id' | 'price' | 'request'>): CreateAnswer {
  const { operation } = job.request;
  const charged = wholePrice(job);
  if (operation === 'image-template') return { image_id: job.id, credits: charged };
  return { video_id: job.id, credits: charged, ...(CREDIT_TOO.includes(operation) ? { credit: charged } : {}) };
}

function wholePrice({ price }: Pick<JobView, 'price'>): number {
  return toWhole(ceilToWhole(price));
}

/** §3: what one client asks for outside the documented API. 0 once the credits went back. */
export function creditsAnswer(job: JobView): { readonly video_id: number; readonly credit: number } {
  return { video_id: job.id, credit: job.credit.state === 'released' ? 0 : wholePrice(job) };
}

/** §4.11. */
export interface MaskAnswer {
  readonly keyframe_id: number;
  readonly keyframe_url: string;
  readonly credits: number;
  readonly mask_info: readonly { readonly mask_id: string; readonly mask_name: string; readonly mask_url: string }[];
}

/** What a mask selection found. @param origin public origin for the URLs, without a trailing slash. */
export function maskAnswer(job: JobView, origin: string): MaskAnswer {
  return {
    keyframe_id: job.request.options?.keyframes?.[0] ?? 1,
    keyframe_url: origin + (job.result?.path ?? ''),
    credits: wholePrice(job),
    mask_info: job.masks.map(({ name, asset }) => ({
      mask_id: String(asset.id),
      mask_name: name,
      mask_url: origin + asset.path,
    })),
  };
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

/** §4.19. Every field is always there, with the type of the page's own answer. */
export interface ImageStatusAnswer {
  readonly image_id: number;
  readonly status: number;
  readonly url: string;
  readonly prompt: string;
  readonly prompt_translate: string;
  readonly seed: number;
  readonly template_id: number;
  readonly create_time: string;
  readonly modify_time: string;
  readonly outputWidth: number;
  readonly outputHeight: number;
  readonly credits: number;
  readonly customer_paths: Readonly<Record<string, unknown>>;
}

/** How a job that makes a picture stands. @param origin public origin for the URL, without a trailing slash. */
export function imageStatusAnswer(job: JobView, origin: string): ImageStatusAnswer {
  const status = statusOf(job);
  const result = status === STATUS.success ? job.result : null;
  const { request } = job;
  return {
    image_id: job.id,
    status,
    url: result === null ? OURS.urlWithoutResult : origin + result.path,
    prompt: request.prompt,
    prompt_translate: '',
    seed: request.seed,
    template_id: request.options?.templateId ?? 0,
    create_time: isoTime(job.createdAt),
    modify_time: isoTime(job.updatedAt),
    outputWidth: result?.info.width ?? 0,
    outputHeight: result?.info.height ?? 0,
    credits: wholePrice(job),
    customer_paths: {
      ext_info: null,
      agent_info: null,
      cameo_id_list: null,
      duration_type: '',
      fusion_id_list: null,
      model_evaluator: '',
      customer_img_paths: [],
      gen_img_req_img_ids: request.inputs.map(({ assetId }) => assetId),
    },
  };
}

/** What a job's status is asked under: §4.17 or §4.19. Null: it was answered within its call. */
export function statusPathOf({ request }: Pick<JobView, 'request'>): 'video' | 'image' | null {
  if (request.operation === 'mask-selection') return null;
  return request.operation === 'image-template' ? 'image' : 'video';
}
