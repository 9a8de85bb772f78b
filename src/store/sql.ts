import type { RawRow, SqlValue } from '../contracts/store.ts';
import type { JobState } from '../core/job.ts';
import type { Json } from '../std/json.ts';

/** JSON out of a text column. */
export function readJson(value: SqlValue | undefined): Json {
  return typeof value === 'string' ? (JSON.parse(value) as Json) : null;
}

/** The first row of a statement that returns one for certain. A missing row is a defect of ours. */
export function sole(rows: RawRow[], what: string): RawRow {
  const row = rows[0];
  if (row === undefined) throw new Error(`the database returned no row for ${what}`);
  return row;
}

/** How many rows a statement without a result changed; the drivers answer such a statement with this one row. */
export function changed(rows: RawRow[]): number {
  return (rows[0]?.['changes'] as number | undefined) ?? 0;
}

/**
 * Ends a `select` after as many rows as parameter `n` says. A bare `limit $n` is planned anew by SQLite each time it is
 * bound, which costs ten times what finding the rows does; an expression is not.
 */
export function atMost(n: number): string {
  return `limit cast($${n} as bigint)`;
}

/**
 * Texts of statements whose shape depends on what is asked for (a `set` list, a filter), built once per shape, so that
 * both databases prepare each only once.
 */
export function byShape(build: (shape: string) => string): (shape: string) => string {
  const texts = new Map<string, string>();
  return (shape) => {
    let text = texts.get(shape);
    if (text === undefined) {
      text = build(shape);
      texts.set(shape, text);
    }
    return text;
  };
}

/** A `set` list and its values, from an object that names only the columns to change. */
export interface Changes {
  /** Column names, comma separated: the shape. */
  readonly shape: string;
  readonly params: SqlValue[];
}

/** Collects the columns of a change; columns given as `undefined` stay as they are. */
export function changesOf(columns: Record<string, SqlValue | undefined>): Changes {
  const names: string[] = [];
  const params: SqlValue[] = [];
  for (const name in columns) {
    const value = columns[name];
    if (value === undefined) continue;
    names.push(name);
    params.push(value);
  }
  return { shape: names.join(','), params };
}

/** `a = $2, b = $3` for a shape, counting from `first`. */
export function setList(shape: string, first: number): string {
  return shape
    .split(',')
    .map((name, index) => `${name} = $${first + index}`)
    .join(', ');
}

/** Sizes of `in (…)` lists, so that lists of any length need few different texts. */
const LIST_SIZES = [1, 8, 64, 512];

/** Splits values into lists of the sizes above; the last is filled up by repeating its first value. */
export function listsOf<T extends SqlValue>(values: readonly T[]): T[][] {
  const lists: T[][] = [];
  for (let at = 0; at < values.length; ) {
    const left = values.length - at;
    const size = LIST_SIZES.find((candidate) => candidate >= left) ?? 512;
    const list = values.slice(at, at + size);
    const filler = list[0];
    while (filler !== undefined && list.length < size) list.push(filler);
    lists.push(list);
    at += size;
  }
  return lists;
}

/** `$1, $2, …`, or from another number on. */
export function placeholders(count: number, first = 1): string {
  return Array.from({ length: count }, (_, index) => `$${index + first}`).join(', ');
}

/** Term of the partial index over deliveries that may be taken; a query that uses it repeats it word for word. */
export const DELIVERY_FREE = "state = 'pending' and owner is null";

/**
 * Terms of partial indexes over `jobs.state`; a query that uses one repeats it word for word. Not `in (…)`: for that
 * SQLite builds a table of the list with every row it writes, which cost a new job more than all its indexes.
 */
export const QUEUED = "state = 'queued'";
export const IN_FLIGHT = anyState('submitting', 'running', 'storing', 'unknown');
export const FINISHED = anyState('succeeded', 'failed', 'moderated', 'cancelled', 'expired');

function anyState(...states: JobState[]): string {
  return `(${states.map((state) => `state = '${state}'`).join(' or ')})`;
}

/** Term of the partial index over the names of accounts. */
export const LIVING = "state <> 'removed'";
