import type { Catalog } from '../../core/pricing.ts';
import type { JobRequest, Quality } from '../../core/request.ts';
import { type Credits, ceilToWhole, credits } from '../../std/credits.ts';
import { clipPrice } from './clip-prices.ts';

/** What the tenant pays, whole credits; undefined where the tables have no price for exactly this request (promise P8). */
export function pixversePrice(request: JobRequest): Credits | undefined {
  const price = clipPrice(request);
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

/** The tables of this dialect as the engine reads them. */
export const pixverseCatalog: Catalog = {
  price: pixversePrice,
  expectedSlotMs: ({ quality, durationS }) => SLOT_MS_BASE + durationS * SLOT_MS_PER_S[quality ?? '720p'],
};
