import type { Random } from './random.ts';

/**
 * Exponential backoff with jitter: `base × 2^(tries−1)`, at most `cap`, spread over ±25 % so that many waiters do not
 * come back at one instant. `tries` counts from 1. Milliseconds.
 */
export function backoffMs(tries: number, baseMs: number, capMs: number, random: Random): number {
  const exact = Math.min(capMs, baseMs * 2 ** Math.min(30, Math.max(0, tries - 1)));
  return Math.round(exact * (0.75 + random.float() / 2));
}
