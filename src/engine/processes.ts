/**
 * Which processes are alive. Each registers under a node number of its own and keeps a heartbeat. One whose heartbeat
 * another has seen stand still for `DEAD_AFTER_MS`, by its own monotonic clock, is buried: its jobs are freed with a
 * higher fence, and whatever it still writes for them is refused. Wall clocks are not compared for that: one that jumps
 * must neither bury the living nor keep a dead process alive. A process whose heartbeat finds no row has been buried
 * and must stop (promise P4: within 30 s).
 */

import type { Effects } from '../contracts/effects.ts';
import type { ProcessRow, Store } from '../contracts/store.ts';
import { uuid } from '../std/random.ts';
import type { Engine } from './context.ts';

export const HEARTBEAT_MS = 5_000;
export const DEAD_AFTER_MS = 20_000;

/** Any job whose owner has no row is free, whatever the time of a heartbeat. */
const ANY_TIME = Number.MIN_SAFE_INTEGER;

/**
 * Registers this process. On a store that only one process can open, every earlier one is dead. Elsewhere nobody is buried
 * here, for the clock of this process may be the one that is off: who is silent is found by watching. Only where every
 * number is taken, by processes that died faster than anybody watched, the oldest heartbeat has to do.
 */
export async function register(store: Store, effects: Effects, alone: boolean): Promise<ProcessRow> {
  const id = uuid(effects.random);
  const now = effects.clock.now();
  return store.write('register', function* (q) {
    if (alone) yield* q.processes.bury(Number.MAX_SAFE_INTEGER);
    yield* q.jobs.orphan(ANY_TIME, now);
    yield* q.deliveries.orphan(now);
    return yield* q.processes.register(id, now, now - DEAD_AFTER_MS);
  });
}

/** One beat: says that we live, buries the dead and frees their jobs. False when we were buried ourselves. */
export async function beat(engine: Engine): Promise<boolean> {
  const now = engine.effects.clock.now();
  const outcome = await engine.store.write('heartbeat', function* (q) {
    if (!(yield* q.processes.heartbeat(engine.processId, now))) return { alive: false, freed: 0 };
    for (const id of silentOnes(engine, yield* q.processes.list())) yield* q.processes.remove(id);
    // Also what a process took that did not know yet that it was buried.
    const freed = yield* q.jobs.orphan(ANY_TIME, now);
    yield* q.deliveries.orphan(now);
    return { alive: true, freed };
  });
  if (outcome.freed > 0) {
    engine.effects.log.warn({ jobs: outcome.freed }, 'took over the jobs of a process that is gone');
    engine.store.notify('jobs');
  }
  return outcome.alive;
}

/**
 * The others whose heartbeat has stood still for too long, as far as we have watched it. Where we have not watched for a
 * while (the database was away, or we were frozen) they may have been as silent as we were: then the watch begins anew.
 */
function silentOnes(engine: Engine, rows: readonly ProcessRow[]): string[] {
  const { heard } = engine.work;
  const nowMs = engine.effects.clock.monotonic();
  if (nowMs - (heard.get(engine.processId)?.sinceMs ?? nowMs) > 2 * HEARTBEAT_MS) heard.clear();
  for (const id of heard.keys()) if (!rows.some((row) => row.id === id)) heard.delete(id);
  const silent: string[] = [];
  for (const { id, heartbeatAt } of rows) {
    const before = heard.get(id);
    // Our own row tells when we looked last.
    if (before?.heartbeatAt !== heartbeatAt || id === engine.processId) heard.set(id, { heartbeatAt, sinceMs: nowMs });
    else if (nowMs - before.sinceMs >= DEAD_AFTER_MS) silent.push(id);
  }
  return silent;
}

/**
 * Has this process taken more than its share of the jobs (one over is no matter)? Then it leaves what becomes free to the
 * others for a moment: whoever frees a slot hears of it first, and would keep all the work for as long as jobs wait.
 */
export async function hasMoreThanItsShare(engine: Engine): Promise<boolean> {
  if (engine.store.exclusive) return false;
  const { processes, taken, mine } = await engine.store.read((q) => q.processes.shares(engine.processId));
  return mine > taken / processes + 1;
}

/** Says goodbye: the jobs are free at once. */
export async function unregister(engine: Engine): Promise<void> {
  const now = engine.effects.clock.now();
  await engine.store.write('unregister', function* (q) {
    yield* q.processes.remove(engine.processId);
    yield* q.jobs.orphan(ANY_TIME, now);
    yield* q.deliveries.orphan(now);
  });
}
