import { NoAnswerError, ReelpoolError } from '../client/errors.ts';

/** Exit codes of every command; docs/cli.md documents them. */
export const EXIT = {
  ok: 0,
  /** The command ran and what it was to do failed: a job of the demo, books that do not balance, a defect. */
  failed: 1,
  /** The command line or the configuration is wrong. */
  usage: 2,
  /** The gateway refused: key missing or wrong, no permission, not found, a field invalid. */
  refused: 3,
  /** No gateway and no store to work with: not reachable, port taken, folder locked or not writable, database away. */
  unavailable: 4,
} as const;

/** A command that cannot go on, for a reason its user can understand: one line, no stack. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exit: number;
  /** Error code of the registry where a gateway gave one. */
  readonly code: string | undefined;

  constructor(exit: number, message: string, options: { cause?: unknown; code?: string } = {}) {
    super(message, { cause: options.cause });
    this.exit = exit;
    this.code = options.code;
  }
}

/** What the client of the native API throws, as a command says it; anything else as it is. */
export function told(error: unknown): unknown {
  if (error instanceof ReelpoolError) {
    const { code, message, owner } = error;
    return new CliError(owner === 'us' ? EXIT.failed : EXIT.refused, message, { code, cause: error });
  }
  if (!(error instanceof NoAnswerError)) return error;
  const doubt = error.maybeDone ? '. Whether the change was made is not known: look first' : '';
  return new CliError(EXIT.unavailable, `${error.message}${doubt}`, { cause: error });
}
