/**
 * The connection to the database can end between a commit and its acknowledgement. Then only the database knows what
 * stands, and only this process knows what it has done: neither may be lost, or a job that was never sent would wait
 * for its horizons.
 */
import { messageOf } from '../std/errors.ts';
import type { Engine } from './context.ts';
import type { Placed } from './dispatch.ts';

/**
 * Which of the placements of a unit that failed stand all the same: those that are found are ours, and have not been
 * called for. Throws the unit's error where there are none.
 */
export async function standing(engine: Engine, made: readonly Placed[], failure: unknown): Promise<Placed[]> {
  if (made.length === 0) throw failure;
  const found = await engine.store.read(function* (q) {
    const found: Placed[] = [];
    for (const placed of made) {
      const row = yield* q.jobs.get(placed.job.id);
      if (row?.attemptId === placed.attempt.id && row.fence === placed.job.fence) found.push(placed);
    }
    return found;
  });
  if (found.length === 0) throw failure;
  const fields = { jobs: found.length, cause: messageOf(failure) };
  engine.effects.log.warn(fields, 'placements stand whose commit was not acknowledged; they go on');
  return found;
}
