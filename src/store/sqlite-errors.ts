import { messageOf, Refusal } from '../std/errors.ts';

/*
 * What an error of SQLite means. Codes: https://sqlite.org/rescode.html, the lowest eight bits.
 */

const BUSY = 5;
const IO_ERROR = 10;
const CORRUPT = 11;
const NOT_A_DATABASE = 26;
/** NOMEM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN: the fault is the machine's, not the statement's. */
const MACHINE_FAULTS = new Set([7, 8, IO_ERROR, CORRUPT, 13, 14]);

function codeOf(error: unknown): number | undefined {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
  return typeof code === 'number' ? code & 255 : undefined;
}

/** Somebody else holds the lock. */
export function isBusy(error: unknown): boolean {
  return codeOf(error) === BUSY;
}

export function isMachineFault(error: unknown): boolean {
  return MACHINE_FAULTS.has(codeOf(error) ?? 0);
}

/** Nothing was kept, and trying again later may help. */
export function notWritten(error: unknown): Refusal {
  return new Refusal('database_failed', {
    message: `The database could not be written (${messageOf(error)}); nothing of the request was kept. Free space or repair the disk, then send the request again.`,
    cause: error,
  });
}

/** The disk, or the database on it, could not be read. */
export function notRead(error: unknown): Refusal {
  return new Refusal('database_failed', {
    message: `The database could not be read (${messageOf(error)}). Repair the disk, then send the request again.`,
    cause: error,
  });
}

/** The database file is not what was written to it. */
export class StoreDamaged extends Error {
  override readonly name = 'StoreDamaged';

  constructor(path: string, what: string, cause?: unknown) {
    super(
      `The database ${path} is damaged (${what}), so nothing is served from it. Put a backup of the data folder in its place.`,
      { cause },
    );
  }
}

/** Why the database could not be opened, for a person who starts the program. */
export function openingFailure(error: unknown, path: string): unknown {
  const code = codeOf(error);
  if (code === CORRUPT || code === NOT_A_DATABASE) return new StoreDamaged(path, messageOf(error), error);
  if (!isMachineFault(error)) return error;
  // On a full disk SQLite cannot map its index of the log, and calls that an I/O error.
  const hint = code === IO_ERROR ? '; is the disk full?' : '';
  return new Error(`The database ${path} cannot be opened: ${messageOf(error)}${hint}`, { cause: error });
}
