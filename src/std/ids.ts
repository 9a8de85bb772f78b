import type { Clock } from './clock.ts';

/**
 * Job and asset ids: integers below 2^53, because clients of several dialects read them as JSON numbers.
 *
 *     milliseconds since 2026-01-01 (40 bits) · node number (6 bits) · counter (7 bits)
 *
 * They sort by time, never repeat within a process (a burst borrows from the next millisecond, a clock set back does
 * not rewind), and two live processes on one database hold different node numbers (see engine/processes.ts).
 */
const EPOCH_MS = Date.UTC(2026, 0, 1);
const COUNTER_SPAN = 128;

/** How many processes may share one database. */
export const NODE_COUNT = 64;

/** Makes ids for one process. */
export interface IdMint {
  next(): number;
}

/**
 * @param node this process's number, 0 … NODE_COUNT − 1.
 * @param after the greatest id there is: a clock that was set back between two processes must not repeat it.
 */
export function idMint(clock: Clock, node: number, after = 0): IdMint {
  if (!Number.isInteger(node) || node < 0 || node >= NODE_COUNT) throw new RangeError(`node number ${node}`);
  let lastMs = Math.floor(after / (COUNTER_SPAN * NODE_COUNT));
  let counter = COUNTER_SPAN - 1;
  return {
    next() {
      const ms = Math.max(clock.now() - EPOCH_MS, lastMs, 1);
      if (ms > lastMs) {
        lastMs = ms;
        counter = 0;
      } else if (++counter === COUNTER_SPAN) {
        lastMs += 1;
        counter = 0;
      }
      return (lastMs * NODE_COUNT + node) * COUNTER_SPAN + counter;
    },
  };
}

/** When an id was made, ms since the epoch, by a clock that never goes back: a later id is never earlier. */
export function madeAt(id: number): number {
  return Math.floor(id / (COUNTER_SPAN * NODE_COUNT)) + EPOCH_MS;
}

/** The least id that is made at a time, ms since the epoch; 1 before there were any. */
export function firstIdAt(ms: number): number {
  return Math.max(1, Math.min((ms - EPOCH_MS) * COUNTER_SPAN * NODE_COUNT, Number.MAX_SAFE_INTEGER));
}

/**
 * Reads an id a client sent as a number or a decimal string, without losing digits: anything that is not an integer
 * in 1 … 2^53 − 1 is undefined (and so "not found", never a neighbour's id).
 */
export function readId(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value > 0 ? value : undefined;
  if (typeof value !== 'string' || !/^[0-9]{1,16}$/.test(value)) return undefined;
  const id = Number(value);
  return Number.isSafeInteger(id) && id > 0 ? id : undefined;
}
