import type { JobRequest } from '../../core/request.ts';
import { durationsAt, isModel, isModelQuality, LIMITS, type Model, type ModelQuality } from './models.ts';
import { OURS } from './ours.ts';

/**
 * What clips of the models cost, in whole credits. Section numbers are places in reference/pixverse-platform.md; what it
 * lacks is in `OURS`.
 */

/** One number per quality. */
type ByQuality = Readonly<Record<ModelQuality, number>>;
/** Per quality, clip length in seconds → credits. A length that is not there has no price. */
type ByLength = Readonly<Record<ModelQuality, Readonly<Record<number, number>>>>;

/** Credits per second of clip. */
interface PerSecond {
  readonly silent: ByQuality;
  readonly audio: ByQuality;
}

/** Credits per clip. A column that is not there is not sold. */
interface PerClip {
  readonly silent: ByLength;
  readonly audio?: ByLength;
  readonly fast?: ByLength;
}

/** §10.1. */
const V6: PerSecond = {
  silent: { '360p': 5, '540p': 7, '720p': 9, '1080p': 18 },
  audio: { '360p': 7, '540p': 9, '720p': 12, '1080p': 23 },
};

/** §10.2. */
const C1: PerSecond = {
  silent: { '360p': 6, '540p': 8, '720p': 10, '1080p': 19 },
  audio: { '360p': 8, '540p': 10, '720p': 13, '1080p': 24 },
};

/** §10.3. */
const V5_6: PerClip = {
  silent: {
    '360p': { 5: 35, 8: 70, 10: 77 },
    '540p': { 5: 35, 8: 70, 10: 77 },
    '720p': { 5: 45, 8: 90, 10: 99 },
    '1080p': { 5: 75, 8: 150 },
  },
  audio: {
    '360p': { 5: 80, 8: 115, 10: 122 },
    '540p': { 5: OURS.v56Audio540p5s.plain, 8: 115, 10: 122 },
    '720p': { 5: 80, 8: 135, 10: 144 },
    '1080p': { 5: 150, 8: 195 },
  },
};

/** §10.4, V5. */
const V5: PerClip = {
  silent: {
    '360p': { 5: 45, 8: 90 },
    '540p': { 5: 45, 8: 90 },
    '720p': { 5: 60, 8: 120 },
    '1080p': { 5: 120, 8: 240 },
  },
};

/** §10.4, V3.5/V4/V4.5. */
const V3_5_TO_V4_5: PerClip = {
  silent: {
    '360p': { 5: 45, 8: 90 },
    '540p': { 5: 45, 8: 90 },
    '720p': { 5: 60, 8: 120 },
    '1080p': { 5: 120 },
  },
  fast: {
    '360p': { 5: 90 },
    '540p': { 5: 90 },
    '720p': { 5: 120 },
    '1080p': {},
  },
};

const PER_SECOND: Readonly<Partial<Record<Model, PerSecond>>> = { v6: V6, c1: C1 };

const PER_CLIP: Readonly<Partial<Record<Model, PerClip>>> = {
  'v5.6': V5_6,
  v5: V5,
  'v4.5': V3_5_TO_V4_5,
  v4: V3_5_TO_V4_5,
  'v3.5': V3_5_TO_V4_5,
};

const PRICED_LIKE: Readonly<Partial<Record<Model, Model>>> = OURS.pricedLike;

/** §10.5: lip sync as a parameter, credits per second of video. */
const INLINE_SPEECH_PER_S = 4;

/** The price of the picture and, where the model makes it, its sound. */
function clipCredits(request: JobRequest, model: Model, quality: ModelQuality): number | undefined {
  const { durationS } = request;
  const perSecond = PER_SECOND[model];
  const fast = request.motionMode === 'fast';
  const audio = request.audio && LIMITS[model].audioSwitch;
  if (perSecond !== undefined)
    return fast ? undefined : (audio ? perSecond.audio : perSecond.silent)[quality] * durationS;
  const clip = PER_CLIP[PRICED_LIKE[model] ?? model];
  const column = fast ? clip?.fast : audio ? clip?.audio : clip?.silent;
  return column?.[quality][durationS];
}

/** What the parameters of §4.1 add on models that take them; undefined where the request asks for what is not sold. */
function extraCredits(request: JobRequest, model: Model): number | undefined {
  const limits = LIMITS[model];
  const sound = request.soundEffect !== null;
  const speech = request.speech !== null;
  if ((sound || speech) && !limits.inlineSound) return undefined;
  // On these models sound comes from the parameters alone, so a sounding clip without either has no price.
  if (!limits.audioSwitch && request.audio !== (sound || speech)) return undefined;
  if (request.multiClip && limits.multiClip !== 'yes') return undefined;
  return (
    (sound ? Math.ceil(request.durationS / 5) * OURS.soundEffectPer5s : 0) +
    (speech ? request.durationS * INLINE_SPEECH_PER_S : 0) +
    (request.multiClip ? OURS.multiClipSurcharge : 0)
  );
}

/** The price of a clip of a model, whole credits; undefined where the tables have none for exactly this request. */
export function clipPrice(request: JobRequest): number | undefined {
  const { model, quality } = request;
  if (!isModel(model) || !isModelQuality(quality)) return undefined;
  if (!durationsAt(LIMITS[model], quality).includes(request.durationS)) return undefined;
  const clip = clipCredits(request, model, quality);
  const extra = extraCredits(request, model);
  return clip === undefined || extra === undefined ? undefined : clip + extra;
}
