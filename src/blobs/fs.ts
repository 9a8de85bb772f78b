import { createReadStream } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, opendir, readdir, rename, stat, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import type { Blobs, StoredBlob } from '../contracts/blobs.ts';
import type { Clock } from '../std/clock.ts';
import { sha256Hex, sha256Stream } from '../std/crypto.ts';
import { Refusal } from '../std/errors.ts';
import { machineFault } from '../std/machine.ts';
import { freePieces } from '../std/memory.ts';

/**
 * Blobs as files. `results/123-0` lies at `<folder>/data/<two hex digits>/results/123-0`; the digits are the beginning
 * of the key's SHA-256, so that no folder grows with the number of blobs.
 *
 * A write goes to `<folder>/tmp`, is flushed, renamed to its place, and then every folder that gained an entry is flushed:
 * whatever is under a key is whole, and survives the power going out once `put` has answered. What a killed process left in
 * `tmp` is removed at the next start: at once where the file's name says that its process is gone, else when it is old.
 */

/** One or more segments of these characters; none may begin with a dot, so none can be `..`. */
const KEY = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}){0,7}$/;

/** A temporary file of another machine (or of a living process) that was not written to for this long belongs to nobody. */
const STALE_MS = 3_600_000;

/** This machine, in the names of temporary files: process numbers mean nothing elsewhere. */
const MACHINE = sha256Hex(hostname()).slice(0, 12);

/**
 * Opens (and makes, with mode 0700) the folder. Rejects with a plain sentence where it cannot be used.
 * Several processes may share one folder: keys are never reused, and a rename decides.
 */
export async function openFsBlobs(folder: string, clock: Clock): Promise<Blobs> {
  const roots = { data: join(folder, 'data'), tmp: join(folder, 'tmp') };
  try {
    await makeFolder(roots.data);
    await makeFolder(roots.tmp);
    await syncFolder(folder);
    await removeStale(roots.tmp, clock.now());
  } catch (error) {
    throw new Error(`the blob folder ${folder} cannot be used: ${(error as Error).message}`, { cause: error });
  }
  let counter = 0;
  // Folders whose own entry is known to be on disk.
  const durable = new Set<string>([roots.data]);
  const pathOf = (key: string): string => {
    if (!KEY.test(key)) throw new Error(`not a blob key: ${JSON.stringify(key)}`);
    return join(roots.data, sha256Hex(key).slice(0, 2), key);
  };
  return {
    async put(key, source, limit) {
      const path = pathOf(key);
      expectErrors(source);
      const temporary = join(roots.tmp, `${MACHINE}-${process.pid}-${counter++}-${sha256Hex(key).slice(0, 16)}`);
      try {
        const written = await writeWhole(temporary, source, limit);
        await moveInto(temporary, path, durable);
        return { key, ...written };
      } catch (error) {
        abandon(source);
        await unlink(temporary).catch(() => {});
        throw explained(error);
      }
    },
    async size(key) {
      const found = await stat(pathOf(key)).catch(absent);
      return found?.size;
    },
    async read(key, range) {
      // Opened here, not by the stream, so that a missing blob rejects instead of breaking an answer that has begun.
      const file = await open(pathOf(key), 'r').catch((error: unknown) => {
        throw machineFault(error) === undefined ? error : explained(error);
      });
      return createReadStream('', { fd: file, ...range });
    },
    async withFile(key, use) {
      const path = pathOf(key);
      await stat(path);
      return await use(path);
    },
    async remove(key) {
      await unlink(pathOf(key)).catch(absent);
    },
    list: () => listAll(roots.data),
  };
}

/** Memory of pieces that went by is given back this often. */
const FREE_EVERY_BYTES = 8 * 1024 * 1024;

/** Streams into a new file of mode 0600 and flushes it. */
async function writeWhole(
  path: string,
  source: AsyncIterable<Uint8Array>,
  limit: number,
): Promise<Omit<StoredBlob, 'key'>> {
  const file = await open(path, 'wx', 0o600);
  const hash = sha256Stream();
  let bytes = 0;
  let freedAt = 0;
  try {
    for await (const chunk of source) {
      bytes += chunk.length;
      if (bytes > limit) {
        throw new Refusal('body_too_large', { message: `The file is larger than ${limit} bytes. Send a smaller one.` });
      }
      hash.update(chunk);
      await writeAll(file, chunk);
      if (bytes - freedAt >= FREE_EVERY_BYTES) {
        freePieces();
        freedAt = bytes;
      }
    }
    await file.datasync();
  } finally {
    await file.close();
  }
  return { bytes, sha256: hash.hex() };
}

/** `write` may take less than it was given. */
async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  let offset = 0;
  while (offset < chunk.length) {
    const { bytesWritten } = await file.write(chunk, offset, chunk.length - offset);
    offset += bytesWritten;
  }
}

/** Renames into place and flushes the folder, and those above it that may have just been made. */
async function moveInto(from: string, to: string, durable: Set<string>): Promise<void> {
  const parent = dirname(to);
  await makeFolder(parent);
  await rename(from, to);
  await syncFolder(parent);
  for (let folder = parent; !durable.has(folder); folder = dirname(folder)) {
    await syncFolder(dirname(folder));
    durable.add(folder);
  }
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function removeStale(folder: string, now: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await lstat(path).catch(absent);
    if (found === undefined) continue;
    const [machine, pid] = name.split('-');
    const orphaned = machine === MACHINE && !isAlive(Number(pid));
    if (orphaned || now - found.mtimeMs > STALE_MS) await unlink(path).catch(absent);
  }
}

/** Does a process with this number run here? One we may not signal does. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function* listAll(root: string): AsyncGenerator<{ key: string; modifiedAt: number }> {
  for await (const shard of await opendir(root)) {
    if (!shard.isDirectory()) continue;
    const base = join(root, shard.name);
    for await (const entry of await opendir(base, { recursive: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      const found = await stat(path).catch(absent);
      if (found !== undefined) yield { key: path.slice(base.length + 1), modifiedAt: Math.floor(found.mtimeMs) };
    }
  }
}

/** Swallows "there is no such file"; anything else is thrown on. */
function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

/** A full, broken or vanished disk is our own fault, and no secret: the job keeps, the log says what to do. */
function explained(error: unknown): unknown {
  if (error instanceof Refusal) return error;
  const gone = (error as NodeJS.ErrnoException).code === 'ENOENT';
  const fault = gone ? 'the folder it keeps them in is gone' : machineFault(error);
  if (fault === undefined) return error;
  return new Refusal('unavailable', {
    message: `The gateway cannot use its files: ${fault}. Try again later.`,
    cause: error,
  });
}

/** A stream may break before it is read: then whoever reads it hears of it, and the process must not end over it. */
function expectErrors(source: AsyncIterable<Uint8Array>): void {
  if (source instanceof Readable) source.on('error', () => {});
}

/** A stream that nobody will read to its end holds a file or a connection until it is destroyed. */
function abandon(source: AsyncIterable<Uint8Array>): void {
  if (source instanceof Readable) source.destroy();
}
