/**
 * What a conditional or partial GET asks for (RFC 9110 §13 and §14), as decisions over header texts. No I/O.
 */

/** Which bytes to send. Positions count from 0; `end` is inclusive. */
export type RangeChoice =
  | { readonly type: 'whole' }
  | { readonly type: 'part'; readonly start: number; readonly end: number }
  | { readonly type: 'unsatisfiable' };

const WHOLE: RangeChoice = { type: 'whole' };

/**
 * Reads a `Range` header against a representation of `size` bytes. What cannot be parsed, other units and several
 * ranges at once are answered with the whole, as RFC 9110 §14.2 allows; a single range that starts behind the end, or
 * an empty suffix, is unsatisfiable (416).
 */
export function chooseRange(header: string | undefined, size: number): RangeChoice {
  if (header === undefined) return WHOLE;
  const match = /^bytes\s*=\s*([0-9]*)\s*-\s*([0-9]*)\s*$/i.exec(header.trim());
  if (match === null) return WHOLE;
  const [, first = '', last = ''] = match;
  if (first === '') {
    if (last === '') return WHOLE;
    const length = Math.min(Number(last), size);
    return length === 0 ? { type: 'unsatisfiable' } : { type: 'part', start: size - length, end: size - 1 };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return WHOLE;
  if (start >= size) return { type: 'unsatisfiable' };
  return { type: 'part', start, end: last === '' ? size - 1 : Math.min(Number(last), size - 1) };
}

/** What identifies the bytes. */
export interface Validators {
  /** Strong, with its quotes. */
  readonly etag: string;
  /** Milliseconds since 1970; compared in whole seconds, which is all HTTP dates carry. */
  readonly modifiedAt: number;
}

/** Headers of a request that make it conditional or partial. */
export interface ConditionalHeaders {
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
  readonly ifModifiedSince?: string | undefined;
  readonly ifUnmodifiedSince?: string | undefined;
  readonly ifRange?: string | undefined;
}

/**
 * Judges the preconditions of a GET or HEAD in the order of RFC 9110 §13.2.2: `failed` is 412, `unchanged` is 304.
 */
export function judgeConditions(headers: ConditionalHeaders, now: Validators): 'go' | 'unchanged' | 'failed' {
  if (headers.ifMatch !== undefined) {
    if (!listed(headers.ifMatch, now.etag, 'strong')) return 'failed';
  } else if (headers.ifUnmodifiedSince !== undefined && changedSince(headers.ifUnmodifiedSince, now) === true) {
    return 'failed';
  }
  if (headers.ifNoneMatch !== undefined) return listed(headers.ifNoneMatch, now.etag, 'weak') ? 'unchanged' : 'go';
  if (headers.ifModifiedSince !== undefined && changedSince(headers.ifModifiedSince, now) === false) return 'unchanged';
  return 'go';
}

/** May `Range` be honoured? Without `If-Range` yes; with it only for exactly these bytes, else the whole is sent. */
export function rangeApplies(ifRange: string | undefined, now: Validators): boolean {
  if (ifRange === undefined) return true;
  const value = ifRange.trim();
  if (value.startsWith('"') || value.startsWith('W/')) return value === now.etag;
  return Date.parse(value) === wholeSeconds(now.modifiedAt);
}

/** Milliseconds since 1970 as an HTTP date. */
export function httpDate(atMs: number): string {
  return new Date(atMs).toUTCString();
}

function wholeSeconds(atMs: number): number {
  return Math.floor(atMs / 1000) * 1000;
}

/** Undefined where the date cannot be read: then the condition does not count. */
function changedSince(header: string, now: Validators): boolean | undefined {
  const since = Date.parse(header);
  return Number.isNaN(since) ? undefined : wholeSeconds(now.modifiedAt) > since;
}

function listed(header: string, etag: string, comparison: 'strong' | 'weak'): boolean {
  if (header.trim() === '*') return true;
  for (const candidate of header.match(/(?:W\/)?"[^"]*"/g) ?? []) {
    if (candidate === etag) return true;
    if (comparison === 'weak' && candidate === `W/${etag}`) return true;
  }
  return false;
}
