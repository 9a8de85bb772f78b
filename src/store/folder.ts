import { chmodSync, closeSync, existsSync, fsyncSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isBusy, openingFailure } from './sqlite-errors.ts';

/** Another process has the folder open. */
export class FolderInUse extends Error {
  override readonly name = 'FolderInUse';

  constructor(folder: string, cause: unknown) {
    super(
      `The data folder ${folder} is used by another Reelpool process. Stop that one first, or start this one with ` +
        'another folder (REELPOOL_DATA).',
      { cause },
    );
  }
}

/** Names of the database and of the file whose lock says who has the folder. */
const DATABASE = 'reelpool.sqlite';
const LOCK = 'reelpool.lock';

function syncFile(path: string, flags: string): void {
  const file = openSync(path, flags, 0o600);
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/**
 * Makes the folder and an empty database file in it, so durable that a power cut right after leaves both. Done before
 * SQLite opens the file: closing a second descriptor of a file drops this process's locks on it (POSIX record locks).
 */
function create(folder: string): string {
  const path = join(folder, DATABASE);
  const made = mkdirSync(folder, { recursive: true, mode: 0o700 });
  syncFile(path, 'a');
  syncFile(folder, 'r');
  if (made !== undefined) {
    for (let above = folder; above !== dirname(made); ) {
      above = dirname(above);
      syncFile(above, 'r');
    }
  }
  return path;
}

/** A folder that is ours until `release`. */
export interface OwnedFolder {
  /** The database file. */
  readonly path: string;
  /** False when the file at that path is not the one that was opened: the folder was removed, or a disk is gone. */
  stands(): boolean;
  release(): void;
}

/** True where a folder holds a database, or did. */
export function holdsStore(folder: string): boolean {
  return existsSync(join(folder, DATABASE));
}

/** True where a folder's database, with its log, has nothing in it. */
export function isEmptyStore(folder: string): boolean {
  const path = join(folder, DATABASE);
  return [path, `${path}-wal`].every((file) => (statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0);
}

/**
 * Takes a folder for this process. The lock is SQLite's own exclusive lock on a file beside the database: the kernel
 * drops it with the process, however that ends, so a killed one is never in the way. Throws FolderInUse.
 */
export function ownFolder(folder: string): OwnedFolder {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = new DatabaseSync(join(folder, LOCK));
  try {
    chmodSync(join(folder, LOCK), 0o600);
    lock.exec('begin exclusive');
  } catch (error) {
    lock.close();
    throw isBusy(error) ? new FolderInUse(folder, error) : openingFailure(error, join(folder, LOCK));
  }
  try {
    const path = create(folder);
    const opened = statSync(path);
    const stands = () => {
      const found = statSync(path, { throwIfNoEntry: false });
      return found?.ino === opened.ino && found.dev === opened.dev;
    };
    return { path, stands, release: () => lock.close() };
  } catch (error) {
    lock.close();
    throw error;
  }
}
