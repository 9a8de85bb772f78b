/**
 * Where a gateway's encryption keys come from: its settings, or a file in the data folder that the first start makes.
 * The file has one key a line, the first the one that is to seal; docs/secrets.md says how it changes.
 */
import { link, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Log } from './contracts/effects.ts';
import type { KeyRing } from './contracts/secrets.ts';
import { type SealKey, sealKeyOf } from './std/crypto.ts';
import { messageOf, Refusal } from './std/errors.ts';
import { type Random, systemRandom } from './std/random.ts';

/** Name of the file in the data folder. */
const FILE = 'encryption.key';
const KEY_BYTES = 32;
/** Times a change of the file is tried again because another process changed it meanwhile. */
const TRIES_MAX = 10;

const toSealKey = (hex: string): SealKey => sealKeyOf(Buffer.from(hex, 'hex'));

/** Keys as they were set: 64 hexadecimal digits each, the one that is to seal first. */
export function keysFromSettings(hexKeys: readonly string[]): KeyRing {
  const keys = distinct(hexKeys).map(toSealKey);
  const fixed = () => Promise.reject(new Refusal('internal', { message: 'keys of the settings cannot be changed' }));
  return {
    place: { type: 'settings' },
    keys: () => keys,
    former: () => [],
    reload: () => Promise.resolve(),
    make: fixed,
    keepOnly: fixed,
  };
}

/** What opening the file of keys depends on. */
export interface KeyFileOptions {
  readonly folder: string;
  /** Keys of the settings that may open what is there, beside those of the file. */
  readonly former: readonly string[];
  /** May a missing file be made? Where a store was made with one, a new one would open nothing. */
  readonly mayMake: boolean;
  readonly log: Log;
}

/** The keys of the file in a data folder, which is made where there is none. Rejects with a plain sentence. */
export async function keysFromFile(options: KeyFileOptions): Promise<KeyRing> {
  const file = path.join(options.folder, FILE);
  try {
    await stat(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    if (!options.mayMake) {
      throw new Error(
        `${file} is missing, and the store in this folder was made with it. Put it back, or name the key (REELPOOL_ENCRYPTION_KEY)`,
      );
    }
    await makeFirst(file).catch((cause: unknown) => {
      throw new Error(`${file} cannot be made: ${messageOf(cause)}`, { cause });
    });
  }
  const ring = new KeyFile(file, options, systemRandom);
  await ring.read();
  return ring;
}

class KeyFile implements KeyRing {
  readonly place: { type: 'file'; path: string };
  readonly #options: KeyFileOptions;
  readonly #random: Random;
  #lines: readonly string[] = [];
  #keys: readonly SealKey[] = [];
  /** What the file looked like when it was read. */
  #seen = '';

  constructor(file: string, options: KeyFileOptions, random: Random) {
    this.place = { type: 'file', path: file };
    this.#options = options;
    this.#random = random;
  }

  keys(): readonly SealKey[] {
    return this.#keys;
  }

  former(): readonly string[] {
    return this.#lines.slice(1).map((hex) => toSealKey(hex).id);
  }

  async read(): Promise<void> {
    const file = this.place.path;
    const { ino, size, mtimeMs } = await stat(file);
    const seen = `${ino} ${size} ${mtimeMs}`;
    if (seen === this.#seen) return;
    this.#lines = readLines(await readFile(file, 'utf8'), file);
    this.#keys = distinct([...this.#lines, ...this.#options.former]).map(toSealKey);
    this.#seen = seen;
  }

  async reload(): Promise<void> {
    try {
      await this.read();
    } catch (error) {
      this.#options.log.error({ cause: messageOf(error) }, 'the encryption keys could not be read again');
    }
  }

  make(): Promise<void> {
    const made = newKey(this.#random);
    return this.#change((lines) => [made, ...lines]);
  }

  async keepOnly(keyId: string): Promise<void> {
    await this.#change(([first, ...rest]) =>
      first && toSealKey(first).id === keyId ? [first] : [first ?? '', ...rest],
    );
    await removeLeftovers(this.place.path);
  }

  /** Replaces the file by a changed one, whole or not at all. */
  async #change(to: (lines: readonly string[]) => readonly string[]): Promise<void> {
    const file = this.place.path;
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const text = await readFile(file, 'utf8');
      const unchanged = async () => (await readFile(file, 'utf8')) === text;
      const lines = to(readLines(text, file));
      if (await replaceFile(file, `${lines.join('\n')}\n`, unchanged)) return this.read();
    }
    throw new Error(`${file} is changed by others all the time`);
  }
}

const newKey = (random: Random): string => Buffer.from(random.bytes(KEY_BYTES)).toString('hex');

const distinct = (hexKeys: readonly string[]): string[] => [...new Set(hexKeys.map((hex) => hex.toLowerCase()))];

function readLines(text: string, file: string): string[] {
  const lines = text.split(/\r?\n/).flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
  if (lines.length === 0 || !lines.every((line) => /^[0-9a-fA-F]{64}$/.test(line))) {
    throw new Error(`${file} does not hold keys: each of its lines must be 64 hexadecimal digits`);
  }
  return distinct(lines);
}

/** The first key of a data folder: the file is whole or absent, whatever ends this process. */
async function makeFirst(file: string): Promise<void> {
  const made = await writeBeside(file, `${newKey(systemRandom)}\n`);
  try {
    // A link does not replace: of two first starts at once, both go on with the key of the one that was faster.
    await link(made, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(made, { force: true });
  }
  await syncFolder(file);
}

/** Puts a new file in the place of another, if that is as it was when the new one was thought out. */
async function replaceFile(file: string, text: string, unchanged: () => Promise<boolean>): Promise<boolean> {
  const made = await writeBeside(file, text);
  try {
    if (!(await unchanged())) return false;
    await rename(made, file);
  } finally {
    await rm(made, { force: true });
  }
  await syncFolder(file);
  return true;
}

/** Writes a text to a file of its own beside another, durably and for its owner only; the path. */
async function writeBeside(file: string, text: string): Promise<string> {
  const made = `${file}.${Buffer.from(systemRandom.bytes(8)).toString('hex')}`;
  try {
    const handle = await open(made, 'w', 0o600);
    try {
      await handle.chmod(0o600);
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    await rm(made, { force: true });
    throw error;
  }
  return made;
}

async function syncFolder(file: string): Promise<void> {
  const folder = await open(path.dirname(file), 'r');
  await folder.sync();
  await folder.close();
}

/** Removes what processes left that were killed while they wrote: a key that is gone must not lie beside the file. */
async function removeLeftovers(file: string): Promise<void> {
  const folder = path.dirname(file);
  for (const name of await readdir(folder)) {
    if (name.startsWith(`${FILE}.`) && /^[0-9a-f]{16}$/.test(name.slice(FILE.length + 1)))
      await rm(path.join(folder, name), { force: true });
  }
}
