/** A token bucket: `rate` tokens a second, at most one second's worth saved up. Time is an argument. */
export interface Bucket {
  tokens: number;
  updatedAt: number;
}

/** Takes one token, or says in how many whole seconds one will be there. */
export function takeToken(
  bucket: Bucket,
  rate: number,
  nowMs: number,
): { ok: true } | { ok: false; retryAfterS: number } {
  const gained = (Math.max(0, nowMs - bucket.updatedAt) / 1000) * rate;
  bucket.tokens = Math.min(Math.max(1, rate), bucket.tokens + gained);
  bucket.updatedAt = nowMs;
  if (bucket.tokens >= 1) {
    bucket.tokens -= 1;
    return { ok: true };
  }
  return { ok: false, retryAfterS: Math.max(1, Math.ceil((1 - bucket.tokens) / rate)) };
}
