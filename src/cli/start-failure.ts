import { messageOf } from '../std/errors.ts';
import { CliError, EXIT } from './exit.ts';

/** What the system's error codes mean to someone who starts a gateway. */
const CAUSES: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of the path is not a folder',
  EEXIST: 'there is a file where a folder is needed',
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'host not found',
  ETIMEDOUT: 'no answer',
};

/**
 * Why a gateway or a store could not be opened, in one line: the folder is locked or not writable, the port is taken,
 * the database is away, the schema is newer than the program.
 */
export function startFailure(error: unknown): CliError {
  if (error instanceof CliError) return error;
  const { code, path, address } = error as NodeJS.ErrnoException & { address?: string };
  const cause = code === undefined ? undefined : CAUSES[code];
  const line = messageOf(error).split('\n')[0] ?? '';
  if (cause === undefined) return new CliError(EXIT.unavailable, line || 'cannot start', { cause: error });
  const what = path ?? address;
  return new CliError(EXIT.unavailable, what === undefined ? `${line} (${cause})` : `${what}: ${cause}`, {
    cause: error,
  });
}
