import {
  appendFile,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import type { AttemptInput } from '../../contracts/upstream.ts';
import type { JobRequest } from '../../core/request.ts';
import { isoTime } from '../../std/clock.ts';
import type { ErrorCode } from '../../std/errors.ts';
import { type Random, uuid } from '../../std/random.ts';
import type { Made } from './studio.ts';

/**
 * The renderer's own durable state: a folder per attempt.
 *
 *     attempts/<id>/spec.json      what to render; its folder appears whole, by one rename, or not at all
 *     attempts/<id>/video.mp4      the render; pictures are image.jpg, keyframe.jpg, mask-person.png and so on
 *     attempts/<id>/outcome.json   how it ended, written after what was rendered
 *     attempts/<id>/forgotten      the result was fetched; what is left can be rendered again
 *     attempts/<id>/tries          a byte for each time a render was begun
 *     open/<id>                    says that an attempt may still have to be rendered; written first, removed last
 *     starts/<day>/<id>            an empty file for each attempt folder that was made that day; tells what to sweep
 *     tmp/                         folders in the making
 *
 * A crash between any two steps leaves either nothing, or an attempt that is rendered (again). An id is remembered
 * for `REMEMBERED_DAYS`, and a second start of it finds the first.
 */
export interface Shelf {
  /** Keeps a spec durably under its id; `known` where the id was there before, and then nothing is changed. */
  record(spec: Spec): Promise<'recorded' | 'known'>;
  /** How the attempt stands; undefined where the id is unknown or forgotten. */
  look(id: string): Promise<{ spec: Spec; outcome: Outcome | null } | undefined>;
  /** Counts a beginning; how many there were with this one. */
  countTry(id: string): Promise<number>;
  /** Takes the last beginning back: it ended without a word about the attempt. */
  uncountTry(id: string): Promise<void>;
  /**
   * Ends an attempt durably as cancelled, unless it has another outcome: then that one. `unheard`: nobody was told of an
   * outcome yet, so that a render that is done may be taken back too.
   */
  cancel(id: string, unheard: boolean): Promise<Outcome>;
  /** Keeps what was rendered (nothing where it failed) and the outcome durably. The first outcome stands. */
  finish(id: string, outcome: Outcome, made: readonly Made[]): Promise<void>;
  /** Path of a file that was rendered. */
  madePath(id: string, file: string): string;
  forget(id: string): Promise<void>;
  /**
   * Takes up again what was forgotten. Whoever asks for it has lost what it fetched (a torn log), and has no other way to
   * it: the same order is rendered once more and is the same to the byte. How the attempt stands, as `look`.
   */
  recall(id: string): ReturnType<Shelf['look']>;
  /** Ids without an outcome that are not to be swept, oldest first. Repairs what a crash left half done. */
  unfinished(): Promise<string[]>;
  /** Removes what is older than the time an id is remembered. */
  sweep(): Promise<void>;
}

/** What an attempt is to render. */
export interface Spec {
  readonly attemptId: string;
  readonly jobId: number;
  readonly request: JobRequest;
  readonly inputs: readonly Omit<AttemptInput, 'assetId' | 'made'>[];
  /** Milliseconds since the epoch. */
  readonly recordedAt: number;
}

/** How an attempt ended. */
export type Outcome =
  | { readonly type: 'done'; readonly made: readonly Omit<Made, 'bytes'>[] }
  | { readonly type: 'failed'; readonly code: ErrorCode; readonly message: string };

/** Whole days after the day of its start for which an attempt id is remembered. Covers de-duplication and horizons. */
export const REMEMBERED_DAYS = 3;

const DAY_MS = 24 * 60 * 60_000;
const HOUR_MS = 60 * 60_000;

/** Names of files that are rendered: plain, and never one of the shelf's own. */
export function isMadeFile(name: unknown): name is string {
  return typeof name === 'string' && /^[a-z]+(?:-[a-z]+)?\.(?:mp4|png|jpg)$/.test(name);
}

/** Attempt ids are folder names: nothing else is let near a path. */
export function isAttemptId(id: unknown): id is string {
  return typeof id === 'string' && /^[0-9A-Za-z][0-9A-Za-z-]{0,63}$/.test(id);
}

/** @param now the time, ms since the epoch. */
export async function openShelf(folder: string, now: () => number, random: Random): Promise<Shelf> {
  for (const each of ['attempts', 'open', 'starts', 'tmp']) {
    await mkdir(path.join(folder, each), { recursive: true, mode: 0o700 });
  }
  return new FolderShelf(folder, now, random);
}

class FolderShelf implements Shelf {
  readonly #folder: string;
  readonly #now: () => number;
  readonly #random: Random;

  constructor(folder: string, now: () => number, random: Random) {
    this.#folder = folder;
    this.#now = now;
    this.#random = random;
  }

  async record(spec: Spec): Promise<'recorded' | 'known'> {
    const id = spec.attemptId;
    if (await exists(this.#attempt(id))) return this.#known(id);
    await writeFile(this.#marker(id), '');
    const draft = path.join(this.#folder, 'tmp', uuid(this.#random));
    try {
      await mkdir(draft);
      await writeFile(path.join(draft, 'spec.json'), JSON.stringify(spec), { flush: true });
      await syncFolder(draft);
      // The folder is never empty, so a rename onto one that is there fails: only one start can win.
      await rename(draft, this.#attempt(id));
    } catch (error) {
      await rm(draft, { recursive: true, force: true });
      if (await exists(this.#attempt(id))) return this.#known(id);
      throw error;
    }
    await syncFolder(path.join(this.#folder, 'attempts'));
    await this.#noteStart(spec);
    return 'recorded';
  }

  /** Notes the start of an attempt that is there: the process that made it may have been killed before it came to that. */
  async #known(id: string): Promise<'known'> {
    const spec = await readJson<Spec>(this.#attempt(id, 'spec.json'));
    if (spec) await this.#noteStart(spec);
    return 'known';
  }

  async look(id: string): Promise<{ spec: Spec; outcome: Outcome | null } | undefined> {
    const spec = await readJson<Spec>(this.#attempt(id, 'spec.json'));
    if (spec === undefined || (await exists(this.#attempt(id, 'forgotten')))) return undefined;
    return { spec, outcome: (await readJson<Outcome>(this.#attempt(id, 'outcome.json'))) ?? null };
  }

  async countTry(id: string): Promise<number> {
    await appendFile(this.#attempt(id, 'tries'), '.');
    return (await stat(this.#attempt(id, 'tries'))).size;
  }

  async uncountTry(id: string): Promise<void> {
    const file = this.#attempt(id, 'tries');
    const found = await statOf(file);
    if (found) await truncate(file, Math.max(0, found.size - 1));
  }

  async finish(id: string, outcome: Outcome, made: readonly Made[]): Promise<void> {
    try {
      await this.#keep(id, outcome, made);
    } finally {
      // Another process rendered it too, and its result was fetched: who comes later takes everything away again.
      if (await exists(this.#attempt(id, 'forgotten'))) await this.forget(id);
    }
  }

  async #keep(id: string, outcome: Outcome, made: readonly Made[]): Promise<void> {
    for (const { file, bytes } of made) await this.#writeWhole(id, file, bytes);
    await this.#settle(id, outcome);
  }

  async cancel(id: string, unheard: boolean): Promise<Outcome> {
    const outcome = { type: 'failed', code: 'cancelled', message: 'The render was stopped on request.' } as const;
    if (!unheard) return await this.#settle(id, outcome);
    await this.#writeWhole(id, 'outcome.json', JSON.stringify(outcome));
    await syncFolder(this.#attempt(id));
    await rm(this.#marker(id), { force: true });
    return outcome;
  }

  /** Keeps an outcome unless there is one; the one that stands. */
  async #settle(id: string, outcome: Outcome): Promise<Outcome> {
    const part = await this.#writePart(id, 'outcome.json', JSON.stringify(outcome));
    // A link does not replace: of an end and a cancellation at once, one is first.
    const first = await link(part, this.#attempt(id, 'outcome.json')).then(() => true, present);
    await rm(part, { force: true });
    await syncFolder(this.#attempt(id));
    await rm(this.#marker(id), { force: true });
    return first ? outcome : ((await this.look(id))?.outcome ?? outcome);
  }

  madePath(id: string, file: string): string {
    return this.#attempt(id, file);
  }

  async forget(id: string): Promise<void> {
    if (!(await exists(this.#attempt(id)))) return;
    await writeFile(this.#attempt(id, 'forgotten'), '');
    for (const name of await readdir(this.#attempt(id))) {
      if (name !== 'spec.json' && name !== 'forgotten') await rm(this.#attempt(id, name), { force: true });
    }
    await rm(this.#marker(id), { force: true });
  }

  async recall(id: string): ReturnType<Shelf['look']> {
    if (await exists(this.#attempt(id, 'forgotten'))) {
      await writeFile(this.#marker(id), '');
      await rm(this.#attempt(id, 'forgotten'), { force: true });
    }
    return this.look(id);
  }

  async unfinished(): Promise<string[]> {
    const ids = (await readdir(path.join(this.#folder, 'open'))).filter(isAttemptId);
    if (ids.length === 0) return [];
    const waiting: Spec[] = [];
    for (const id of ids) {
      const attempt = await this.look(id);
      if (attempt?.outcome === null && this.#isOld(dayOf(attempt.spec.recordedAt))) continue;
      if (attempt?.outcome === null) {
        waiting.push(attempt.spec);
        // Perhaps killed between the rename and the note of it.
        await this.#noteStart(attempt.spec);
      } else if (attempt !== undefined || (await olderThan(this.#marker(id), this.#now() - HOUR_MS))) {
        await rm(this.#marker(id), { force: true });
      }
    }
    return waiting.sort((a, b) => a.recordedAt - b.recordedAt).map((spec) => spec.attemptId);
  }

  async sweep(): Promise<void> {
    const starts = path.join(this.#folder, 'starts');
    for (const day of await readdir(starts)) {
      if (!this.#isOld(day)) continue;
      for (const id of ((await readdir(path.join(starts, day)).catch(absent)) ?? []).filter(isAttemptId)) {
        await rm(this.#attempt(id), { recursive: true, force: true });
        await rm(this.#marker(id), { force: true });
      }
      await rm(path.join(starts, day), { recursive: true, force: true });
    }
    const temp = path.join(this.#folder, 'tmp');
    for (const draft of await readdir(temp)) {
      const stale = await olderThan(path.join(temp, draft), this.#now() - HOUR_MS);
      if (stale) await rm(path.join(temp, draft), { recursive: true, force: true });
    }
  }

  /** True for a day whose attempts are to be swept. */
  #isOld(day: string): boolean {
    return day < dayOf(this.#now() - REMEMBERED_DAYS * DAY_MS);
  }

  #attempt(id: string, name = ''): string {
    return path.join(this.#folder, 'attempts', id, name);
  }

  #marker(id: string): string {
    return path.join(this.#folder, 'open', id);
  }

  /** Writes a file of an attempt so that it is whole or absent. */
  async #writeWhole(id: string, name: string, data: string | Uint8Array): Promise<void> {
    const part = await this.#writePart(id, name, data);
    try {
      await rename(part, this.#attempt(id, name));
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
  }

  async #writePart(id: string, name: string, data: string | Uint8Array): Promise<string> {
    const part = this.#attempt(id, `${name}.${uuid(this.#random)}.part`);
    try {
      await writeFile(part, data, { flush: true });
      return part;
    } catch (error) {
      // On a full disk what is left of it would keep the next try from its place.
      await rm(part, { force: true });
      throw error;
    }
  }

  async #noteStart({ attemptId, recordedAt }: Spec): Promise<void> {
    const day = path.join(this.#folder, 'starts', dayOf(recordedAt));
    await mkdir(day, { recursive: true });
    await writeFile(path.join(day, attemptId), '');
    await syncFolder(day);
  }
}

/** How many starts of an attempt id were noted: 0 or 1, unless the renderer is broken. */
export async function startsOf(folder: string, id: string): Promise<number> {
  const starts = path.join(folder, 'starts');
  const noted = await Promise.all((await readdir(starts)).map((day) => exists(path.join(starts, day, id))));
  return noted.filter(Boolean).length;
}

function dayOf(at: number): string {
  return isoTime(at).slice(0, 10);
}

async function exists(file: string): Promise<boolean> {
  return (await statOf(file)) !== undefined;
}

async function olderThan(file: string, at: number): Promise<boolean> {
  const found = await statOf(file);
  return found !== undefined && found.mtimeMs < at;
}

function statOf(file: string) {
  return stat(file).catch((error: unknown) => absent(error));
}

async function readJson<T>(file: string): Promise<T | undefined> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => absent(error));
  return text === undefined ? undefined : (JSON.parse(text) as T);
}

/** Undefined for "no such file"; whatever else went wrong is thrown on. */
function absent(error: unknown): undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
  return undefined;
}

/** False for "there is one already"; whatever else went wrong is thrown on. */
function present(error: unknown): false {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'EEXIST') throw error;
  return false;
}

/** Makes the names in a folder durable. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
