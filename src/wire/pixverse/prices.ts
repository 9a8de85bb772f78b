import type { Catalog } from '../../core/pricing.ts';
import type { JobRequest, Operation, Quality } from '../../core/request.ts';
import type { Template, TemplatePrice } from '../../core/template.ts';
import { type Credits, ceilToWhole, credits } from '../../std/credits.ts';
import { nearest } from '../../std/nearest.ts';
import { clipPrice } from './clip-prices.ts';
import { OUR_PRICES, OURS, type OurPrice, type OurPrices } from './ours.ts';
import { utf8Bytes } from './requests/speech.ts';
import { TEMPLATES } from './templates.ts';

/**
 * What each operation costs, in whole credits (rounded up). Section numbers are places in
 * reference/pixverse-platform.md; what it has no price for is in `OUR_PRICES`, which an operator may change.
 */

/** Undefined where there is no price for exactly this request (promise P8). */
type PriceOf = (request: JobRequest, ours: OurPrices) => number | undefined;

/** §10.5: credits per second of motion control. 1080p is not made. */
const MOTION_PER_S: Readonly<Partial<Record<Quality, number>>> = { '360p': 9, '540p': 10, '720p': 12 };
/** §10.5, Music MV: credits per started second of sound. */
const MUSIC_PER_S: Readonly<Partial<Record<Quality, number>>> = { '720p': 15, '1080p': 22.5 };
/** §10.5, lip sync: credits per started second of sound, and per so many started bytes of text. */
const LIP_SYNC = { perS: 4, perText: 4, textBytes: 15 };
/** §10.5, sound effect: credits per started five seconds. */
const SOUND_EFFECT = { per: 10, seconds: 5 };
/** §10.5, swap mask: the sample's credits. */
const MASK_SELECTION = 2;
/** §10.1: references that are videos double the price of a clip. */
const OMNI_FACTOR = 2;

const started = (amount: number, unit = 1): number => Math.ceil(amount / unit);

/** §4.3: background music of a template. */
const musicOf = (durationS: number): number => started(durationS, 5) * OURS.soundEffectPer5s;

/** So many credits for each started second, by the quality. */
const perSecond =
  (rates: Readonly<Partial<Record<Quality, number>>>): PriceOf =>
  ({ quality, durationS }) => {
    const rate = quality === null ? undefined : rates[quality];
    return rate === undefined ? undefined : rate * started(durationS);
  };

/** The price of ours with this name, for each started second. Names that do not exist have no price. */
const ourPerSecond =
  (name: string, byQuality = true): PriceOf =>
  ({ quality, durationS }, ours) => {
    const rate = ours[(byQuality ? `${name}.${quality}` : name) as OurPrice] as number | undefined;
    return rate === undefined ? undefined : rate * started(durationS);
  };

const PRICES: Readonly<Record<Operation, PriceOf>> = {
  'text-to-video': clipPrice,
  'image-to-video': clipPrice,
  transition: clipPrice,
  extend: clipPrice,
  fusion: (request) => {
    const { model, quality, durationS, audio } = request;
    if (model === 'v5.6' && quality === '540p' && durationS === 5 && audio) return OURS.v56Audio540p5s.fusion;
    const clip = clipPrice(request);
    return clip === undefined ? undefined : clip * (request.options?.omni === true ? OMNI_FACTOR : 1);
  },
  // §10.4: fast is double.
  'multi-transition': (request, ours) => {
    const price = ourPerSecond('multi-transition')(request, ours);
    return price === undefined ? undefined : price * (request.motionMode === 'fast' ? 2 : 1);
  },
  template: (request, ours) => {
    const price = ourPerSecond('template')(request, ours);
    const music = request.soundEffect === null ? 0 : musicOf(request.durationS);
    return price === undefined ? undefined : price + music;
  },
  'lip-sync': ({ speech, options }) => {
    if (speech !== null) return started(utf8Bytes(speech.text), LIP_SYNC.textBytes) * LIP_SYNC.perText;
    return options?.soundS === undefined ? undefined : started(options.soundS) * LIP_SYNC.perS;
  },
  'sound-effect': ({ durationS }) => started(durationS, SOUND_EFFECT.seconds) * SOUND_EFFECT.per,
  restyle: ourPerSecond('restyle', false),
  'mask-selection': () => MASK_SELECTION,
  swap: ourPerSecond('swap'),
  'motion-control': perSecond(MOTION_PER_S),
  modify: ourPerSecond('modify'),
  upscale: ourPerSecond('upscale', false),
  avatar: ourPerSecond('avatar'),
  agent: (request, ours) => ourPerSecond(`agent.${request.options?.agent?.name}`)(request, ours),
  'music-video': perSecond(MUSIC_PER_S),
  'image-template': (_request, ours) => ours['image-template'],
};

/** What the tenant pays, whole credits; undefined where the tables have no price for exactly this request (promise P8). */
export function pixversePrice(request: JobRequest, ours: OurPrices = OUR_PRICES): Credits | undefined {
  const price = PRICES[request.operation](request, ours);
  return price === undefined ? undefined : ceilToWhole(credits(price));
}

/** Slot time per second of clip before any was observed, ms. Ours: grows with the number of pixels. */
const SLOT_MS_PER_S: Readonly<Record<Quality, number>> = {
  '360p': 3_000,
  '480p': 4_000,
  '540p': 4_500,
  '720p': 7_000,
  '1080p': 14_000,
};
/** Slot time of a clip of no length, ms. Ours. */
const SLOT_MS_BASE = 10_000;

/** §4.3, §8: what the plan named there gives; others give one or five. */
const ACTIVATIONS_PER_MONTH = 3;

/** What an operator may say of this dialect's tables. */
export interface PixverseTables {
  /** Prices of ours, by name. */
  readonly prices?: Readonly<Record<string, number>>;
  /** Templates that the accounts at hand have. */
  readonly templates?: readonly Template[];
}

/** The tables of this dialect as the engine reads them. Throws for a price there is none of and a template there is already. */
export function pixverseCatalogWith({ prices = {}, templates = [] }: PixverseTables): Catalog {
  for (const name of Object.keys(prices)) {
    if (Object.hasOwn(OUR_PRICES, name)) continue;
    throw new Error(`prices: unknown price ${name}; did you mean ${nearest(name, Object.keys(OUR_PRICES))}?`);
  }
  const ours: OurPrices = { ...OUR_PRICES, ...prices };
  const known = new Map(TEMPLATES.map((template) => [template.id, template]));
  for (const template of templates) {
    if (known.has(template.id)) throw new Error(`templates: there is a template ${template.id} already`);
    known.set(template.id, template);
  }
  return {
    price: (request) => {
      const own = known.get(request.options?.templateId ?? 0)?.price;
      return own === undefined ? pixversePrice(request, ours) : templatePrice(request, own);
    },
    expectedSlotMs: ({ quality, durationS }) => SLOT_MS_BASE + durationS * SLOT_MS_PER_S[quality ?? '720p'],
    templates: [...known.values()],
    activationsPerMonth: ACTIVATIONS_PER_MONTH,
  };
}

/** The price a template has of its own, with the music that may go with it. */
function templatePrice({ quality, durationS, soundEffect }: JobRequest, own: TemplatePrice): Credits | undefined {
  const price = typeof own === 'number' ? own : quality === null ? undefined : own[quality];
  if (price === undefined) return undefined;
  return ceilToWhole(credits(price + (soundEffect === null ? 0 : musicOf(durationS))));
}

/** The tables with our own prices as they are. */
export const pixverseCatalog: Catalog = pixverseCatalogWith({});
