/**
 * Every job's timeline as one stream, in the order of its ids, for whoever watches.
 *
 * Readers pull: a page is read when the one before has left, so nothing is kept for a reader that is slow. Where several
 * processes write, ids are given before they are committed, so an event may appear after one with a higher id: behind a
 * gap the stream waits a little, until the gap is filled or old enough to be one that stays (a unit that failed, a
 * timeline that was swept).
 */
import type { FeedPage, Principal } from '../contracts/views.ts';
import type { EventRow } from '../contracts/store.ts';
import { sleep } from '../std/clock.ts';
import type { Engine } from './context.ts';

/** Events read at a time. */
const PAGE_EVENTS = 200;
/** How long nothing new is waited for before it is looked for again. */
const LOOK_MS = 250;
/** No unit of work takes longer than this between an id and its commit. */
const GAP_MS = 5_000;

/**
 * The events that the key may see, in pages, until `signal` aborts or the gateway stops. The first page comes at once and is
 * empty: it says where the stream begins.
 * @param after the last event that was seen; null for those from now on.
 */
export async function* feed(
  engine: Engine,
  who: Principal,
  after: number | null,
  signal: AbortSignal,
): AsyncGenerator<FeedPage> {
  const { clock } = engine.effects;
  const newest = await engine.store.read((q) => q.jobs.lastEvent());
  // An id that was never given is from another store, or from before a backup: there is nothing to go on from.
  let last = after === null || after > newest ? newest : after;
  let seen: number | undefined;
  yield { last, events: [] };
  while (!signal.aborted && !engine.work.stopping) {
    const version = engine.store.version();
    if (version !== undefined && version === seen) {
      await sleep(clock, LOOK_MS, signal);
      continue;
    }
    const rows = await engine.store.read((q) => q.jobs.eventsAfter(last, PAGE_EVENTS));
    const ready = untilGap(rows, last, clock.now());
    last = ready.at(-1)?.id ?? last;
    const visible = ready.filter((row) => who.role === 'admin' || row.tenantId === who.tenantId);
    if (visible.length > 0) {
      yield { last, events: visible.map(({ id, jobId, at, kind, data }) => ({ id, jobId, at, kind, data })) };
    }
    if (ready.length === PAGE_EVENTS) continue;
    if (ready.length === rows.length) seen = version;
    await sleep(clock, LOOK_MS, signal);
  }
}

/** The events up to the first gap that may still be filled. */
function untilGap<E extends Pick<EventRow, 'id' | 'at'>>(rows: readonly E[], last: number, now: number): readonly E[] {
  let before = last;
  for (const [index, row] of rows.entries()) {
    if (row.id !== before + 1 && Math.abs(now - row.at) < GAP_MS) return rows.slice(0, index);
    before = row.id;
  }
  return rows;
}
