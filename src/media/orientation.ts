/**
 * Filters that turn stored pixels upright, by EXIF orientation. Engines are told not to rotate by themselves: FFmpeg
 * versions differ in which formats they do that for.
 */
const UPRIGHT: Readonly<Record<number, readonly string[]>> = {
  2: ['hflip'],
  3: ['hflip', 'vflip'],
  4: ['vflip'],
  5: ['transpose=0'],
  6: ['transpose=1'],
  7: ['transpose=3'],
  8: ['transpose=2'],
};

/** @param orientation EXIF 1 … 8; anything else counts as upright. */
export function uprightFilters(orientation: number | undefined): readonly string[] {
  return UPRIGHT[orientation ?? 1] ?? [];
}
