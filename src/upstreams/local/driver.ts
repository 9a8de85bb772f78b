import { open } from 'node:fs/promises';
import type { Blobs } from '../../contracts/blobs.ts';
import type { Effects } from '../../contracts/effects.ts';
import type { Media } from '../../contracts/media.ts';
import type {
  AttemptOrder,
  CancelOutcome,
  StartOutcome,
  StatusOutcome,
  Upstream,
  UpstreamTraits,
} from '../../contracts/upstream.ts';
import type { Catalog } from '../../core/pricing.ts';
import type { JobRequest } from '../../core/request.ts';
import { messageOf } from '../../std/errors.ts';
import { isObject, type Json } from '../../std/json.ts';
import { DRAWINGS } from './operations.ts';
import { openRenders, type Renders } from './renders.ts';
import type { Drawing } from './studio.ts';
import { isAttemptId, isMadeFile, openShelf, type Shelf, type Spec } from './shelf.ts';
import { type Renderer, withTriggers } from './triggers.ts';

/** What the renderer is given. */
export interface LocalOptions {
  /** Its own folder; made when it is not there. */
  readonly folder: string;
  readonly media: Pick<Media, 'run' | 'workers' | 'fontPath'>;
  readonly blobs: Pick<Blobs, 'withFile'>;
  readonly effects: Effects;
  /** An account of ours pays what the tenant pays: the catalog's price. */
  readonly catalog: Catalog;
  /**
   * Are there other processes with this folder? Then what is undone at the start may be in their hands: it is rendered
   * here once somebody asks for it here, as whoever takes a job over does.
   */
  readonly shared: boolean;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const TRAITS: UpstreamTraits = {
  dedupeWindowMs: 24 * HOUR_MS,
  slotHorizonMs: 30 * MINUTE_MS,
  creditHorizonMs: 24 * HOUR_MS,
  startTimeoutMs: 30_000,
  statusTimeoutMs: 10_000,
  tolerance: 'exact',
  sandbox: true,
};

/**
 * The upstream that needs no account: a renderer that draws real, small, deterministic media for a request and says in
 * them what they are. It is a service like the others: `start` answers when the order is on disk, the same attempt id is
 * never rendered as two orders, and what a crash interrupts is rendered after the next start.
 */
export async function openLocal(options: LocalOptions): Promise<Upstream> {
  return withTriggers(await openRenderer(options), options);
}

async function openRenderer(options: LocalOptions): Promise<Renderer> {
  const { folder, effects, catalog, shared } = options;
  const shelf = await openShelf(folder, () => effects.clock.now(), effects.random);
  const listeners = new Set<(attemptId: string) => void>();
  const changed = (id: string) => {
    for (const listener of listeners) listener(id);
  };
  const renders = openRenders({ ...options, shelf, changed });
  const resumed = resume();
  const swept = resumed.then(() => shelf.sweep()).catch(logged);

  /** Goes on with what was left undone. In the background, so that a start-up does not wait for it. */
  async function resume(): Promise<void> {
    try {
      for (const id of shared ? [] : await shelf.unfinished()) renders.add(id);
    } catch (error) {
      logged(error);
    }
  }

  function logged(error: unknown): void {
    effects.log.error({ cause: messageOf(error) }, 'the renderer could not look through its folder');
  }

  return {
    kind: 'local',
    traits: TRAITS,
    cost: (request) => catalog.price(request),
    supports,
    async start(_account, order, signal): Promise<StartOutcome> {
      if (!isAttemptId(order.id) || !supports(order.request)) {
        return { type: 'refused', code: 'parameter_invalid', message: 'The renderer does not draw this request.' };
      }
      if (signal.aborted) return { type: 'unsent', message: 'stopped before the order was written' };
      await resumed;
      const recorded = await shelf.record(specOf(order, effects.clock.now()));
      await effects.fault('local.recorded');
      if (recorded === 'known') await shelf.recall(order.id);
      // A repeated start of an attempt that is done adds nothing: the render looks first.
      renders.add(order.id);
      if (recorded === 'known') effects.log.info({ attempt: order.id }, 'an order was repeated');
      return { type: 'accepted', ref: { attemptId: order.id } };
    },
    async status(_account, ref) {
      const id = idOf(ref);
      return id === undefined ? { type: 'absent' } : stateOf(shelf, renders, id);
    },
    async lookup(_account, attemptId) {
      const found = isAttemptId(attemptId) ? await shelf.recall(attemptId) : undefined;
      return found === undefined ? { type: 'absent' } : { type: 'accepted', ref: { attemptId } };
    },
    cancel: (_account, ref) => stop(shelf, renders, idOf(ref), false),
    takeBack: (ref) => stop(shelf, renders, idOf(ref), true),
    async fetch(_account, source, signal) {
      const { id, file } = placeIn(source.url);
      const body = await openMade(shelf.madePath(id, file), signal);
      // Asking how it stands renders it where it is not there any more.
      if (body === 'notYet') await stateOf(shelf, renders, id);
      return body;
    },
    watch(changed) {
      listeners.add(changed);
      return () => void listeners.delete(changed);
    },
    async forget(_account, ref) {
      const id = idOf(ref);
      if (id === undefined) return;
      renders.drop(id);
      await shelf.forget(id);
    },
    async close() {
      listeners.clear();
      await swept;
      await renders.close();
    },
  };
}

/** How an attempt stands. One that is undone is rendered for whoever asks. */
async function stateOf(shelf: Shelf, renders: Renders, id: string): Promise<StatusOutcome> {
  const attempt = await shelf.recall(id);
  if (attempt === undefined) return { type: 'absent' };
  const { outcome } = attempt;
  if (outcome?.type === 'done') {
    return { type: 'done', results: outcome.made.map(({ file, ...rest }) => ({ ...rest, url: urlOf(id, file) })) };
  }
  if (outcome?.type === 'failed') return outcome;
  renders.add(id);
  const progress = renders.progress(id) ?? 'waiting';
  return progress === 'waiting' ? { type: 'waiting' } : { type: 'running', progress };
}

/** Ends an attempt, and stops its render where it is under way here. @param unheard nobody was told that it is done. */
async function stop(
  shelf: Shelf,
  renders: Pick<Renders, 'drop'>,
  id: string | undefined,
  unheard: boolean,
): Promise<CancelOutcome> {
  const known = id === undefined ? undefined : await shelf.look(id);
  if (id === undefined || known === undefined) return { type: 'refused', message: 'The renderer does not know it.' };
  const outcome = await shelf.cancel(id, unheard);
  if (outcome.type === 'done') return { type: 'refused', message: 'It is rendered already.' };
  if (outcome.code !== 'cancelled') return { type: 'refused', message: outcome.message };
  renders.drop(id);
  return { type: 'cancelled' };
}

async function openMade(file: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array> | 'notYet'> {
  try {
    return (await open(file, 'r')).createReadStream({ signal });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'notYet';
    throw error;
  }
}

/** Is the request one of those that are drawn, with the inputs it needs? */
function supports(request: JobRequest): boolean {
  const drawing: Drawing | undefined = DRAWINGS[request.operation];
  return drawing?.supports(request) ?? false;
}

function specOf(order: AttemptOrder, recordedAt: number): Spec {
  const { id, jobId, request } = order;
  const inputs = order.inputs.map(({ assetId: _asset, made: _made, ...input }) => input);
  return { attemptId: id, jobId, request, inputs, recordedAt };
}

function urlOf(id: string, file: string): string {
  return `local:${id}/${file}`;
}

/** The attempt and the file that an address of ours names. */
function placeIn(url: string): { id: string; file: string } {
  const [, id, file] = /^local:([^/]+)\/([^/]+)$/.exec(url) ?? [];
  if (!isAttemptId(id) || !isMadeFile(file)) throw new Error(`not an address of the renderer: ${url}`);
  return { id, file };
}

function idOf(ref: Json): string | undefined {
  const id = isObject(ref) ? ref['attemptId'] : undefined;
  return isAttemptId(id) ? id : undefined;
}
