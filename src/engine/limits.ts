/**
 * What the limits of a key mean for one more job. Only keys that have a limit pay for it: the others ask nothing here.
 * Requests a second and the end of a key are checked before (access.ts), budgets with the hold (money.ts), the depth of
 * the queue with the job's own insert, jobs in flight when it is placed (dispatch.ts).
 */
import type { JobRow, KeyRow, Op, Statements } from '../contracts/store.ts';
import type { Requirement } from '../core/account.ts';
import { keyOfLane, PRIORITY_MAX } from '../core/limits.ts';
import type { JobRequest } from '../core/request.ts';
import { Refusal } from '../std/errors.ts';
import { chooseAccount, wanted } from './accounts/choice.ts';
import type { Engine } from './context.ts';
import type { JobPlace } from './gateway.ts';

/** As long as a caller is told to wait for a slot; vendors tell theirs 10 to 30 s. */
const SLOT_RETRY_S = 10;

/** Refuses a model or an operation that the key may not use. */
export function checkAllowed(key: KeyRow, request: Pick<JobRequest, 'model' | 'operation'>): void {
  const { models, operations } = key;
  if (models !== null && !models.includes(request.model)) {
    throw notAllowed('model', `This key may not use the model ${request.model}`, models);
  }
  if (operations !== null && !operations.includes(request.operation)) {
    throw notAllowed('operation', `This key may not use the operation ${request.operation}`, operations);
  }
}

/** The key as one job of it is placed: what the job asks, as far as the key may. */
export function placedKey(key: KeyRow, { sandbox, priority, poolId }: JobPlace): KeyRow {
  if (sandbox === false && key.sandbox) {
    const message = 'sandbox: This key may use nothing but the stand-in that draws. Leave it out.';
    throw new Refusal('request_not_allowed', { field: 'sandbox', message });
  }
  const highest = key.role === 'admin' ? PRIORITY_MAX : key.priority;
  if (priority !== undefined && priority > highest) {
    const message = `priority: This key may give at most ${highest}. Send less, or leave it out.`;
    throw new Refusal('request_not_allowed', { field: 'priority', message });
  }
  if (poolId !== undefined && poolId !== key.poolId && key.role !== 'admin') {
    const message = 'poolId: This key uses one pool, and it is not this one. Leave it out.';
    throw new Refusal('request_not_allowed', { field: 'poolId', message });
  }
  return {
    ...key,
    sandbox: sandbox ?? key.sandbox,
    priority: priority ?? key.priority,
    poolId: poolId ?? key.poolId,
  };
}

/** Refuses a pool that is not there. Read with the job, so that it is not removed meanwhile. */
export function* checkPool(q: Statements, poolId: number): Op<void> {
  if (yield* q.pools.get(poolId)) return;
  throw new Refusal('parameter_invalid', { field: 'poolId', message: `poolId: There is no pool ${poolId}.` });
}

function notAllowed(field: string, message: string, allowed: readonly string[]): Refusal {
  const way = allowed.length === 0 ? 'It may use none.' : `It may use ${allowed.join(', ')}.`;
  return new Refusal('request_not_allowed', { field, message: `${message}. ${way}` });
}

/** Is there more to ask than how many jobs of the key wait? */
export function looksForRoom(key: KeyRow): boolean {
  return key.tenantMode === 'pooled' || key.overflow === 'reject';
}

/**
 * How many jobs of the key may be waiting when this one comes. Refuses with `credits_insufficient` a job of a pooled
 * tenant that no single account could pay for.
 */
export function* roomFor(engine: Engine, q: Statements, key: KeyRow, job: JobRow): Op<number> {
  const { choice, requirement } = chooseAccount(engine, yield* wanted(engine, q, job));
  if (key.tenantMode === 'pooled' && !isPayable(engine, requirement)) {
    throw new Refusal('credits_insufficient', {
      message:
        'Not enough credits: no single account that could take this job has enough for it. Add credits to one, or ask for less (shorter, lower quality).',
    });
  }
  if (key.overflow !== 'reject') return key.queueDepthMax;
  const waiting = yield* q.keys.waiting(key.id);
  let free = choice.candidates.reduce((sum, { maxJobs, inUse }) => sum + maxJobs - inUse, 0);
  // More accounts than a choice names may be free: then, and only then, all are counted.
  if (waiting >= free && choice.candidates.length > 0) free = freeSlots(engine, requirement);
  if (key.runningMax !== null && free > 0) {
    free = Math.min(free, key.runningMax - (yield* q.keys.running(key.id)));
  }
  return Math.min(free, key.queueDepthMax);
}

/** The refusal of a job for which there was no room. */
export function noRoom(key: KeyRow): Refusal {
  if (key.overflow === 'reject') {
    return new Refusal('concurrency_reached', {
      retryAfterS: SLOT_RETRY_S,
      message:
        'No slot is free for this job, and this key does not queue. Wait until a job has finished and send it again.',
    });
  }
  return new Refusal('queue_full', {
    retryAfterS: SLOT_RETRY_S,
    message: `This key already has ${key.queueDepthMax} jobs waiting, its limit. Wait until some have started and send the request again.`,
  });
}

/** Does the lane hold jobs of one key that already runs as many as it may? Keys without a limit are not asked. */
export function* runsAllItMay(q: Statements, lane: string): Op<boolean> {
  const keyId = keyOfLane(lane);
  if (keyId === undefined) return false;
  const limit = (yield* q.keys.get(keyId))?.runningMax ?? null;
  return limit !== null && (yield* q.keys.running(keyId)) >= limit;
}

/** Reasons that no waiting ends. */
const FOR_GOOD: ReadonlySet<string> = new Set([
  'unsupported',
  'not-allowed',
  'other-pool',
  'sandbox-only',
  'pinned-elsewhere',
  'paused',
  'draining',
  'refused',
]);

/** Could one account pay, be it busy now? */
function isPayable(engine: Engine, requirement: Requirement): boolean {
  for (const id of engine.pool.ids()) {
    const account = engine.pool.get(id);
    const cost = account && requirement.costs.get(account.upstream);
    if (!account || cost === undefined || account.spendable < cost) continue;
    const why = engine.pool.verdict(account, requirement);
    if (why === null || !FOR_GOOD.has(why)) return true;
  }
  return false;
}

function freeSlots(engine: Engine, requirement: Requirement): number {
  let free = 0;
  for (const id of engine.pool.ids()) {
    const account = engine.pool.get(id);
    if (account && engine.pool.verdict(account, requirement) === null) free += account.maxJobs - account.inUse;
  }
  return free;
}
