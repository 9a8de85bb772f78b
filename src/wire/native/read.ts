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
  if (issue.code === 'unrecognized_keys') throw notAField(issue.keys[0] ?? '');
  const field = issue.path.join('.');
  const top = issue.path[0];
  if (top !== undefined && value[String(top)] === undefined) {
    throw new Refusal('parameter_missing', { field, message: `${field} is missing. Add it.` });
  }
  const text = issue.message.replace('Invalid input: ', '').replace('Invalid option: ', '');
  const code = issue.code === 'invalid_type' ? 'parameter_type' : 'parameter_invalid';
  throw new Refusal(code, { field, message: `${field}: ${text}.` });
}

/** Reads a query where none is taken: refuses whatever is in it with `parameter_invalid`. */
export function readNothing(value: unknown): undefined {
  const [field] = isObject(value) ? Object.keys(value) : [];
  if (field !== undefined) throw notAField(field);
}

function notAField(field: string): Refusal {
  return new Refusal('parameter_invalid', { field, message: `${field} is not a field of this route. Leave it out.` });
}
