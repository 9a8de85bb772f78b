import { z } from 'zod';
import { Refusal, refuse } from '../../../std/errors.ts';
import { readId } from '../../../std/ids.ts';
import { isObject } from '../../../std/json.ts';

/**
 * Types of request fields. `null` counts as absent, as it does for the vendor's typed bodies; fields nobody names are
 * ignored (reference/what-clients-send.md). Each type says in its error what would be right; the refusal adds the field.
 */
export const textField = z.string({ error: 'a string' }).nullish();
export const flagField = z.boolean({ error: 'true or false' }).nullish();
/** §4.4: one page types the switches of inline speech as strings. */
export const looseFlagField = z
  .union([z.boolean(), z.stringbool({ truthy: ['true'], falsy: ['false', ''] })], { error: 'true or false' })
  .nullish();
export const wholeField = z.number({ error: 'an integer' }).refine(Number.isInteger, { error: 'an integer' }).nullish();
/** reference/what-clients-send.md: ids come as numbers or as strings. Their digits are judged later, by `readId`. */
export const idField = z
  .union([z.number(), z.string()], { error: 'an id of an earlier answer, as a number or a string' })
  .nullish();
export const idListField = z.array(z.unknown(), { error: 'a list of ids' }).nullish();

/** A list of objects with fields of these types. */
export function listField<S extends z.ZodRawShape>(shape: S) {
  return z.array(z.object(shape, { error: 'a list of objects' }), { error: 'a list of objects' }).nullish();
}
const webhookBody = z.object({ webhook_id: idField });

/** Checks a body against the types of its fields. Refuses with `parameter_type` (§7: 400013), naming every field at fault. */
export function readBody<T>(schema: z.ZodType<T>, raw: unknown): T {
  // A request without a body has no fields, so it is told which one is missing.
  const body = raw ?? {};
  if (!isObject(body)) {
    refuse('parameter_type', { message: 'The body must be a JSON object, with content type application/json.' });
  }
  const read = schema.safeParse(body);
  if (read.success) return read.data;
  const faults = new Map<string, string>();
  for (const { path, message } of read.error.issues) {
    const place = placeOf(path);
    faults.set(place, `${place} must be ${message}, not ${kindOf(at(body, path))}.`);
  }
  throw new Refusal('parameter_type', {
    field: [...faults.keys()][0] ?? 'body',
    message: [...faults.values()].join(' '),
  });
}

/** A place in a body as a caller writes it: `list[0].name`. */
function placeOf(path: readonly PropertyKey[]): string {
  const place = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return place.replace(/^\./, '') || 'body';
}

function at(body: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key], body);
}

/**
 * The webhook a create names (reference/pixverse-platform.md §9), as a number or a text; undefined where it names none,
 * which empty values and 0 say too. Whose it is, is for the gateway to say. Read here for every create alike: it belongs
 * to the call and not to what is made.
 */
export function readWebhookId(raw: unknown): number | undefined {
  // Most name none, and every create passes here.
  if (!isObject(raw) || raw['webhook_id'] === undefined) return undefined;
  const { webhook_id: value } = readBody(webhookBody, raw);
  if (value === undefined || value === null || value === '' || value === 0 || value === '0') return undefined;
  return readId(value) ?? invalid('webhook_id', 'It names no webhook of yours; leave it out, or use an id of yours.');
}

/** How a JSON value of the wrong type is named to the caller. Its content is not repeated: it may be long or private. */
function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'missing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number') return Number.isInteger(value) ? 'a number' : 'a fraction';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** The value of a required field. Refuses what is absent or blank with `parameter_missing` (§7: 400011). */
export function required<T>(field: string, value: T | null | undefined): T {
  if (value === undefined || value === null) return missing(field);
  return typeof value === 'string' && value.trim() === '' ? missing(field) : value;
}

/** Refuses an absent field. */
export function missing(field: string): never {
  refuse('parameter_missing', { field, message: `${field} is missing or empty. Add ${field} to the request.` });
}

/** Refuses a value that breaks a rule (§7: 400017). `rule` is a sentence that says what is allowed. */
export function invalid(field: string, rule: string): never {
  refuse('parameter_invalid', { field, message: `${field} is not valid. ${rule}` });
}

/** The value, if it is one of those allowed; else a refusal that lists them. `scope` says for what they hold. */
export function oneOf<T extends string | number>(
  field: string,
  value: string | number,
  allowed: readonly T[],
  scope = '',
): T {
  const found = allowed.find((candidate) => candidate === value);
  return found ?? invalid(field, `Allowed${scope}: ${allowed.join(', ')}.`);
}

/** Refuses a text of more than `max` characters (code points, not UTF-16 units) with the code given. */
export function limitText(
  field: string,
  text: string,
  max: number,
  code: 'prompt_too_long' | 'negative_prompt_too_long' | 'parameter_invalid' = 'parameter_invalid',
): void {
  // A text has at most as many code points as UTF-16 units, so most are judged without being walked through.
  if (text.length <= max) return;
  let count = 0;
  for (const _ of text) count += 1;
  if (count > max) {
    refuse(code, { field, message: `${field} has ${count} characters. At most ${max} are allowed; shorten it.` });
  }
}

/** True where a field names something: typed clients send 0 or an empty string for what they leave out. */
export function given(value: string | number | null | undefined): value is string | number {
  return value !== undefined && value !== null && value !== 0 && value !== '' && value !== '0';
}
