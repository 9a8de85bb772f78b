/**
 * Putting right what a crash, a lost answer or time left behind.
 */
import type { JobRow } from '../contracts/store.ts';
import type { StartOutcome } from '../contracts/upstream.ts';
import { messageOf } from '../std/errors.ts';
import { accessTo, type Engine, upstreamOf } from './context.ts';
import { withDeadline } from './deadline.ts';
import { record, submit } from './dispatch.ts';
import { type Followed, follow, keepWaiting } from './observe.ts';
import { refreshAccount } from './accounts/picture.ts';

/**
 * After the last moment at which an attempt's call can have been under way, by the clock of the process that made it:
 * clocks differ, and what was sent last may still arrive. Only then does an upstream that does not know it prove anything.
 */
const ARRIVAL_MS = 10_000;
/** Blobs this young may belong to a step that has not written its row yet. */
const ORPHAN_AGE_MS = 3_600_000;
/** What was carried to an account longer ago is carried again: how long upstreams keep it they do not say. */
const CARRIED_TTL_MS = 30 * 24 * 3_600_000;
/** Rows and files one sweep looks at. */
const SWEEP_MAX = 500;

/**
 * Goes on with a job whose create call was out when its process ended, or whose answer was lost: with the answer, where
 * this process has it and only the database did not take it; else with the same id once more where the upstream
 * de-duplicates on it and its window is open; else with what `lookup` can learn; else waiting for a late word or the
 * horizons. It is never submitted anew.
 */
export async function reconcile(engine: Engine, job: JobRow): Promise<void> {
  const followed = await follow(engine, job);
  const { attempt, traits } = followed;
  const answer = engine.work.answers.get(attempt.id);
  if (answer) return record(engine, { job, attempt }, answer);
  // A callback named it meanwhile: the upstream has the work, whatever became of the call's own answer.
  if (attempt.ref !== null) return record(engine, { job, attempt }, { type: 'accepted', ref: attempt.ref });
  const now = engine.effects.clock.now();
  const inTime = now < Math.min(attempt.slotHorizonAt, attempt.creditHorizonAt);
  const windowLeft = traits.dedupeWindowMs === null ? 0 : attempt.sentAt + traits.dedupeWindowMs - now;
  if (inTime && windowLeft > 0) {
    await submit(engine, { job, attempt, callBefore: engine.effects.clock.monotonic() + windowLeft }, true);
    return;
  }
  const settled = now >= attempt.sentAt + traits.startTimeoutMs + ARRIVAL_MS;
  const known = settled ? await lookUp(engine, followed) : undefined;
  if (known) await record(engine, { job, attempt }, known);
  else if (job.state === 'submitting') {
    await record(
      engine,
      { job, attempt },
      { type: 'unknown', message: 'the create call was out when its process ended' },
    );
  } else {
    await engine.store.write('wait', (q) => keepWaiting(engine, q, followed, null, now));
  }
  await refreshAccount(engine, followed.account.id);
  engine.store.notify('slots');
}

/** Asks the upstream, once no request can be on its way any more, whether it has the attempt; undefined where it cannot be asked or did not say. */
async function lookUp(engine: Engine, { attempt, account, traits }: Followed): Promise<StartOutcome | undefined> {
  const upstream = upstreamOf(engine, account.upstream);
  const lookup = upstream.lookup?.bind(upstream);
  if (!lookup) return undefined;
  try {
    const found = await withDeadline(engine, traits.statusTimeoutMs, (signal) =>
      lookup(accessTo(engine, account), attempt.id, signal),
    );
    if (found.type === 'unknown') return undefined;
    return found.type === 'absent' ? { type: 'unsent', message: 'the upstream never received the job' } : found;
  } catch (error) {
    engine.effects.log.warn({ attempt: attempt.id, cause: messageOf(error) }, 'a lost attempt could not be looked up');
    return undefined;
  }
}

/** Removes bytes that no row names: what a crash left between the file and its row. The number removed. */
export async function sweepBlobs(engine: Engine): Promise<number> {
  const before = engine.effects.clock.now() - ORPHAN_AGE_MS;
  let removed = 0;
  let batch: string[] = [];
  const flush = async () => {
    const keys = batch;
    batch = [];
    const known = new Set(await engine.store.read((q) => q.assets.known(keys)));
    for (const key of keys) {
      if (known.has(key) || engine.work.unnamed.has(key)) continue;
      await engine.blobs.remove(key);
      removed += 1;
    }
  };
  for await (const { key, modifiedAt } of engine.blobs.list()) {
    if (modifiedAt >= before) continue;
    batch.push(key);
    if (batch.length >= SWEEP_MAX) await flush();
  }
  if (batch.length > 0) await flush();
  return removed;
}

/** Forgets answered requests, timelines and deliveries that are past their age, a bounded number at a time. */
export async function sweepRows(engine: Engine): Promise<void> {
  const now = engine.effects.clock.now();
  await engine.store.write('sweep', (q) => q.replays.sweep(now - engine.settings.replayTtlMs, SWEEP_MAX));
  await engine.store.write('sweep', (q) => q.carried.sweep(now - CARRIED_TTL_MS, SWEEP_MAX));
  await engine.store.write('sweep', (q) => q.answers.sweep(now - engine.settings.replayTtlMs, SWEEP_MAX));
  await engine.store.write('sweep', (q) => q.jobs.sweepEvents(now - engine.settings.timelineTtlMs, SWEEP_MAX));
  const old = now - engine.settings.deliveryTtlMs;
  await engine.store.write('sweep', (q) => q.deliveries.sweep(old, SWEEP_MAX));
  await engine.store.write('sweep', (q) => q.webhooks.sweep(old, SWEEP_MAX));
}
