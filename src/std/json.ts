/** A JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A JSON object. */
export type JsonObject = { [key: string]: Json };

/**
 * JSON text with object keys in code-unit order, so that equal values give equal text. `undefined` members are left out.
 * Written out instead of through a replacer, which takes four times as long: every create passes here.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item) ?? 'null').join(',')}]`;
  if ('toJSON' in value && typeof value.toJSON === 'function') return canonicalJson(value.toJSON());
  const source = value as Record<string, unknown>;
  let text = '';
  for (const key of Object.keys(source).sort()) {
    const member = canonicalJson(source[key]);
    if (member !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${member}`;
  }
  return `{${text}}`;
}

/** Parses JSON, or returns undefined where the text is not JSON. */
export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/**
 * Like `parseJson`, with integers that a number cannot hold exactly as the text of their digits: ids of a stranger may be
 * larger than 2^53.
 */
export function parseJsonExact(text: string): Json | undefined {
  const exact = (_key: string, value: unknown, context?: { readonly source?: string }): unknown => {
    const source = context?.source;
    const lossy = typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined;
    return lossy && /^-?[0-9]+$/.test(source) ? source : value;
  };
  try {
    return JSON.parse(text, exact) as Json;
  } catch {
    return undefined;
  }
}

/** JSON whose integers may be larger than 2^53. */
export type WideJson = null | boolean | number | bigint | string | WideJson[] | { [key: string]: WideJson };

/** JSON text in which a `bigint` is a number with all its digits. */
export function wideJson(value: WideJson): string {
  if (typeof value === 'bigint') return value.toString();
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(wideJson).join(',')}]`;
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}:${wideJson(member)}`);
  return `{${members.join(',')}}`;
}

/** True for a plain object (not null, not an array). */
export function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** The object without the members that are undefined: what was left out is not there. */
export function given<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
