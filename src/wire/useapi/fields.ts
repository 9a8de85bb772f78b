import { refuse } from '../../std/errors.ts';

/** A request body before its fields are read: a JSON object, or the text parts of a form by name. */
export type Body = Readonly<Record<string, unknown>>;

/** A text field; undefined where it is absent, null or empty. Refuses other types and texts over `maxChars`. */
export function optionalText(body: Body, name: string, maxChars: number): string | undefined {
  const value = Object.hasOwn(body, name) ? body[name] : undefined;
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') {
    return refuse('parameter_type', { field: name, message: `${name} must be text, given once.` });
  }
  if (value.length > maxChars) {
    return refuse('parameter_invalid', {
      field: name,
      message: `${name} has ${value.length} characters; at most ${maxChars} are accepted.`,
    });
  }
  return value;
}

/**
 * A required integer from `min` to `max`. In multipart every number is text (reference/useapi-pixverse.md §1.1), so
 * digits are read as a number in either encoding.
 */
export function requiredInteger(body: Body, name: string, min: number, max: number): number {
  const value = Object.hasOwn(body, name) ? body[name] : undefined;
  const wanted = `Send an integer from ${min} to ${max}.`;
  if (value === undefined || value === null || value === '') {
    return refuse('parameter_missing', { field: name, message: `${name} is required. ${wanted}` });
  }
  const number = typeof value === 'string' && /^\s*[+-]?\d{1,15}(\.0*)?\s*$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number') {
    return refuse('parameter_type', { field: name, message: `${name} must be a number. ${wanted}` });
  }
  if (!Number.isInteger(number) || number < min || number > max) {
    return refuse('parameter_invalid', { field: name, message: `${name} is ${number}. ${wanted}` });
  }
  return number;
}
