import { DatabaseError } from 'pg';
import { messageOf, Refusal } from '../std/errors.ts';

/*
 * What an error of the server means for the unit it came up in. Codes: appendix A of the PostgreSQL manual.
 */

/** serialization_failure, deadlock_detected: the server undid the unit so that another could go on. */
const CONFLICTS = new Set(['40001', '40P01']);
/** disk_full, out_of_memory, too many configuration limits, I/O error: the machine's fault, not the statement's. */
const MACHINE_FAULTS = new Set(['53100', '53200', '53400', '58030']);
/** Connection lost or refused: class 08, the server stopping or starting, too many connections. */
const LOST = /^(08...|57P0[1235]|53300)$/;

function codeOf(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined;
}

/** The server undid the unit for the sake of another: run it again. */
export function isConflict(error: unknown): boolean {
  return CONFLICTS.has(codeOf(error) ?? '');
}

/** The connection is gone: the server said so, or an error that is not the server's and not a defect of a value. */
export function isLost(error: unknown): boolean {
  if (error instanceof DatabaseError) return LOST.test(error.code ?? '');
  return !(error instanceof RangeError || error instanceof TypeError);
}

export function isMachineFault(error: unknown): boolean {
  return MACHINE_FAULTS.has(codeOf(error) ?? '');
}

/** How long a client is asked to wait for a database that is away. */
const RETRY_AFTER_S = 5;

/** What happened, for whoever sent the request: not where our database is. The whole error is the refusal's cause. */
function causeOf(error: unknown): string {
  if (error instanceof AggregateError) return causeOf(error.errors[0]);
  const isSystem = error instanceof Error && 'syscall' in error && 'code' in error;
  return isSystem ? String(error.code) : messageOf(error);
}

/** Nothing was kept, and trying again later may help. */
export function unavailable(error: unknown): Refusal {
  return new Refusal('database_failed', {
    message: `The database could not be used (${causeOf(error)}); nothing of the request was kept. Check that PostgreSQL runs and has space, then send the request again.`,
    retryAfterS: RETRY_AFTER_S,
    cause: error,
  });
}

/** The commit was sent and its answer never came: it may stand or not, so it must not be repeated by itself. */
export function commitUnknown(error: unknown): Refusal {
  return new Refusal('internal', {
    message: `The connection to the database was lost during a commit (${causeOf(error)}); whether the request was kept is not known. Send it again with the same idempotency id, or look for it first.`,
    cause: error,
  });
}
