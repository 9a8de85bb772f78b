import type { z } from 'zod';
import { Refusal } from '../../std/errors.ts';
import { isObject } from '../../std/json.ts';

/**
 * Reads a body or a query by its schema, strictly. Refuses with `body_unreadable`, `parameter_missing`,
 * `parameter_type` or `parameter_invalid`, naming the field.
 */
export function readWire<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  if (!isObject(value)) throw new Refusal('body_unreadable', { message: 'Send one JSON object as the body.' });
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  if (issue === undefined) throw new Refusal('body_unreadable');
  if (issue.code === 'unrecognized_keys') throw notAField(placeOf([...issue.path, issue.keys[0] ?? '']));
  const field = placeOf(issue.path);
  if (issue.path.length > 0 && at(value, issue.path) === undefined) {
    throw new Refusal('parameter_missing', { field, message: `${field} is missing. Add it.` });
  }
  const text = issue.message.replace('Invalid input: ', '').replace('Invalid option: ', '');
  const code = issue.code === 'invalid_type' ? 'parameter_type' : 'parameter_invalid';
  throw new Refusal(code, { field, message: `${field}: ${text}.` });
}

/** A place in a body as a caller writes it: `inputs[0].role`. */
function placeOf(path: readonly PropertyKey[]): string {
  const place = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return place.replace(/^\./, '');
}

function at(body: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key], body);
}

/** Reads a query where none is taken: refuses whatever is in it with `parameter_invalid`. */
export function readNothing(value: unknown): undefined {
  const [field] = isObject(value) ? Object.keys(value) : [];
  if (field !== undefined) throw notAField(field);
}

function notAField(field: string): Refusal {
  return new Refusal('parameter_invalid', { field, message: `${field} is not a field of this route. Leave it out.` });
}
