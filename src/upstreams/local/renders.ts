import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Blobs } from '../../contracts/blobs.ts';
import type { Effects } from '../../contracts/effects.ts';
import type { Media } from '../../contracts/media.ts';
import { EngineFailure } from '../../media/engine.ts';
import { openGate } from '../../media/gate.ts';
import { messageOf } from '../../std/errors.ts';
import { machineFault } from '../../std/machine.ts';
import { type FontMetrics, readFont } from './font.ts';
import { DRAWINGS } from './operations.ts';
import { FONT_FILE } from './scene.ts';
import type { Outcome, Shelf, Spec } from './shelf.ts';
import { type Drawing, inputFile, type Made } from './studio.ts';

/** Attempts being rendered or waiting for it in this process. */
export interface Renders {
  /** Renders an attempt unless it is at it already; in order of the calls, as many at a time as there are workers. */
  add(id: string): void;
  /** 0 … 1, or `waiting`; undefined where this process is not at it. */
  progress(id: string): number | 'waiting' | undefined;
  /** Stops an attempt's render and leaves it without an outcome. */
  drop(id: string): void;
  /** Stops everything, and resolves when nothing runs any more. What was not done is done after the next start. */
  close(): Promise<void>;
}

/** What renders need. */
export interface RenderParts {
  readonly media: Pick<Media, 'run' | 'workers' | 'fontPath'>;
  readonly blobs: Pick<Blobs, 'withFile'>;
  readonly effects: Effects;
  readonly shelf: Shelf;
  /** Called when an attempt has an outcome, and at every eighth of its way there: whoever follows it may look again. */
  readonly changed: (id: string) => void;
}

/** A render that failed is repeated this often. */
const REPEATS = 1;

/** A spec that was begun this often without an outcome is one that ends the process it runs in. */
const BEGINNINGS_MAX = 10;

/** What one call of the engine may take: WebAssembly on a busy machine, and its due for long videos. */
const RENDER_TIMEOUT_MS = 10 * 60_000;
const RENDER_TIMEOUT_MS_PER_S = 5_000;

/** Pause after a fault of this machine (a full disk), before the attempt may be begun again. */
const FAULT_PAUSE_MS = 10_000;

/** News of a render's progress come this often on its way. */
const NEWS_STEPS = 8;

/** How an attempt ended, and what there is to keep of it. */
interface Ending {
  readonly outcome: Outcome;
  readonly made: readonly Made[];
}

interface Active {
  progress: number | 'waiting';
  readonly abort: AbortController;
}

export function openRenders(parts: RenderParts): Renders {
  const { media, effects, shelf } = parts;
  const gate = openGate(media.workers);
  const active = new Map<string, Active>();
  const closing = new AbortController();
  const font = lazyFont(parts.media.fontPath);

  const attempt = async (id: string, entry: Active): Promise<void> => {
    const found = await shelf.look(id);
    if (found === undefined || found.outcome !== null) return;
    const begun = await shelf.countTry(id);
    entry.progress = 0;
    try {
      const { outcome, made } =
        begun > BEGINNINGS_MAX
          ? failed('it was begun too often without an end')
          : await renderWithRepeat(parts, found.spec, font, entry);
      await shelf.finish(id, outcome, made);
    } catch (error) {
      // Beginnings are counted to find what ends the process; this one ended by itself.
      await shelf.uncountTry(id);
      throw error;
    }
    await effects.fault('local.rendered');
    parts.changed(id);
  };

  return {
    add(id) {
      if (active.has(id) || closing.signal.aborted) return;
      const abort = new AbortController();
      const entry: Active = { progress: 'waiting', abort };
      active.set(id, entry);
      const signal = AbortSignal.any([abort.signal, closing.signal]);
      gate
        .run(() => attempt(id, entry), { signal })
        .then(
          () => active.delete(id),
          (error: unknown) => {
            if (signal.aborted) {
              active.delete(id);
              return;
            }
            effects.log.error({ attempt: id, cause: messageOf(error) }, 'a render could not be kept; it is done again');
            entry.progress = 'waiting';
            effects.clock.setTimer(FAULT_PAUSE_MS, () => active.delete(id));
          },
        );
    },
    progress: (id) => active.get(id)?.progress,
    drop: (id) => active.get(id)?.abort.abort(),
    async close() {
      closing.abort();
      for (const { abort } of active.values()) abort.abort();
      await gate.close();
    },
  };
}

const failed = (why: string): Ending => ({
  outcome: { type: 'failed', code: 'render_failed', message: `The renderer could not make the video: ${why}.` },
  made: [],
});

/**
 * Renders, and repeats once; the second failure is the attempt's. Rejects when it was stopped, and for a fault of the
 * machine (a full disk), which says nothing about the attempt.
 */
async function renderWithRepeat(
  parts: RenderParts,
  spec: Spec,
  font: () => Promise<Font>,
  entry: Active,
): Promise<Ending> {
  for (let repeat = 0; ; repeat++) {
    try {
      const made = await renderOnce(parts, spec, await font(), entry);
      return { outcome: { type: 'done', made: made.map(({ bytes: _, ...rest }) => rest) }, made };
    } catch (error) {
      if (entry.abort.signal.aborted) throw error;
      // The media runner was closed under it: the attempt goes on after the next start.
      if (error instanceof EngineFailure && error.reason === 'cancelled') throw error;
      if (machineFault(error) !== undefined) throw error;
      const reason = error instanceof EngineFailure ? error.reason : 'fault';
      const log = error instanceof EngineFailure ? error.log : '';
      const fields = { attempt: spec.attemptId, job: spec.jobId, reason, cause: messageOf(error), engine_log: log };
      parts.effects.log.warn(fields, repeat < REPEATS ? 'a render failed; it is repeated' : 'a render failed again');
      if (repeat === REPEATS) return failed(REASONS[reason]);
    }
  }
}

const REASONS: Readonly<Record<EngineFailure['reason'] | 'fault', string>> = {
  exit: 'the engine refused it twice',
  crash: 'the engine died twice',
  timeout: 'it took too long twice',
  cancelled: 'it was stopped twice',
  fault: 'its inputs or its font could not be read',
};

async function renderOnce(parts: RenderParts, spec: Spec, font: Font, entry: Active): Promise<readonly Made[]> {
  const { request } = spec;
  const drawing: Drawing | undefined = DRAWINGS[request.operation];
  if (drawing === undefined) throw new RangeError(`no drawing of ${request.operation}`);
  const { signal } = entry.abort;
  return withFiles(parts.blobs, spec.inputs, (paths) => {
    const inputs = spec.inputs.map((input, index) => ({ ...input, file: inputFile(index) }));
    const known = Object.fromEntries(paths.map((path, index) => [inputFile(index), { path }]));
    const timeoutMs = RENDER_TIMEOUT_MS + RENDER_TIMEOUT_MS_PER_S * request.durationS;
    return drawing.draw({
      request,
      inputs,
      font: font.metrics,
      async run({ argv, outputs, files, durationS }) {
        const all = { ...files, [FONT_FILE]: { path: font.path }, ...known };
        const watched =
          durationS === undefined ? {} : { onTime: (at: number) => noteProgress(parts, spec, entry, at / durationS) };
        return (await parts.media.run({ argv, outputs, files: all, timeoutMs, signal, ...watched })).outputs;
      },
    });
  });
}

function noteProgress(parts: RenderParts, spec: Spec, entry: Active, share: number): void {
  const before = entry.progress === 'waiting' ? 0 : entry.progress;
  entry.progress = Math.min(1, Math.max(0, share));
  if (Math.floor(entry.progress * NEWS_STEPS) > Math.floor(before * NEWS_STEPS)) parts.changed(spec.attemptId);
}

/** Calls `use` with local files that hold the inputs' bytes, in their order. */
function withFiles<T>(
  blobs: RenderParts['blobs'],
  inputs: Spec['inputs'],
  use: (paths: readonly string[]) => Promise<T>,
  paths: readonly string[] = [],
): Promise<T> {
  const next = inputs[paths.length];
  if (next === undefined) return use(paths);
  return blobs.withFile(next.blobKey, (path) => withFiles(blobs, inputs, use, [...paths, path]));
}

/** The font text is drawn with, and its measures. */
interface Font {
  readonly path: string;
  readonly metrics: FontMetrics;
}

/** Reads the font at the first render, not at start-up. */
function lazyFont(named: string | undefined): () => Promise<Font> {
  const path = named ?? fileURLToPath(import.meta.resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf'));
  let loading: Promise<Font> | undefined;
  return () => {
    loading ??= readFile(path).then((bytes) => ({ path, metrics: readFont(bytes) }));
    loading.catch(() => {
      loading = undefined;
    });
    return loading;
  };
}
