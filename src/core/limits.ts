/** What a key may do, and what that means for the place of its jobs in line. */
import type { Credits } from '../std/credits.ts';
import { DEFAULT_POOL_ID } from './pools.ts';

/** The settings of a key that nobody limited; its queue depth is the gateway's own setting. */
export const UNLIMITED = {
  poolId: DEFAULT_POOL_ID,
  requestsPerSecond: null,
  runningMax: null,
  overflow: 'queue',
  priority: 0,
  sandbox: false,
  models: null,
  operations: null,
  expiresAt: null,
  budgetDay: null as Credits | null,
  budgetMonth: null as Credits | null,
} as const;

/** How far one step of priority moves a job forward: as if it had been sent this much earlier. */
export const PRIORITY_STEP_MS = 60_000;
export const PRIORITY_MAX = 100;

/**
 * Where a job stands among those of its tenant; lower is sooner. Waiting makes up for priority: a job that was sent
 * `priority` minutes earlier comes first all the same, so none waits for ever behind more important ones.
 */
export function rankOf(arrivedAt: number, priority: number): number {
  return arrivedAt - priority * PRIORITY_STEP_MS;
}

/**
 * The lane of a job (core/placement.ts) with what its key adds: jobs of other pools can be placed where these cannot, and
 * so can those of other keys when its key runs as many as it may.
 */
export function laneFor(
  lane: string,
  key: { id: number; poolId: number; sandbox: boolean; runningMax: number | null },
): string {
  const pool = key.poolId === DEFAULT_POOL_ID ? '' : ` in ${key.poolId}`;
  const sandbox = key.sandbox ? ' sandbox' : '';
  return `${lane}${pool}${sandbox}${key.runningMax === null ? '' : keyLane(key.id)}`;
}

/** The key whose jobs alone wait in the lane; undefined for a lane of several. */
export function keyOfLane(lane: string): number | undefined {
  const found = / of (\d+)(?= |$)/.exec(lane)?.[1];
  return found === undefined ? undefined : Number(found);
}

/** What ends the name of a lane that holds jobs of one key alone. */
export function keyLane(keyId: number): string {
  return ` of ${keyId}`;
}
