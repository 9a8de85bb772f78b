import type { Op, TrialStatements } from '../../contracts/store.ts';

const BEGIN = 'savepoint part';
const BACK = 'rollback to savepoint part';
const END = 'release savepoint part';

/** Parts of units that may be undone. One within another is another: the name means the innermost. */
export function trialStatements(): TrialStatements {
  function* run<T>(part: () => Op<T>, keep: boolean): Op<T> {
    yield { text: BEGIN, params: [] };
    let undo = true;
    try {
      const came = yield* part();
      undo = !keep;
      return came;
    } finally {
      if (undo) yield { text: BACK, params: [] };
      yield { text: END, params: [] };
    }
  }
  return { attempt: (part) => run(part, true), undo: (part) => run(part, false) };
}
