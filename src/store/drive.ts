import type { Op, RawRow, Step } from '../contracts/store.ts';

/** Runs a unit's statements one after the other, without ever leaving the turn: nothing can come between them. */
export function driveSync<T>(unit: Op<T>, run: (step: Step) => RawRow[]): T {
  let turn = unit.next();
  while (!turn.done) turn = unit.next(run(turn.value));
  return turn.value;
}

/** The same where each statement is a round trip. A failed statement ends the unit; the unit does not get to catch it. */
export async function drive<T>(unit: Op<T>, run: (step: Step) => Promise<RawRow[]>): Promise<T> {
  let turn = unit.next();
  while (!turn.done) turn = unit.next(await run(turn.value));
  return turn.value;
}
