import { isObject } from '../std/json.ts';
import type { Problem } from '../wire/native/schemas/common.ts';

/** A refusal of the gateway: what its problem document says (docs/native-api.md, "Errors"). */
export class ReelpoolError extends Error {
  override readonly name = 'ReelpoolError';
  /** HTTP status. */
  readonly status: number;
  /** A stable code, such as `credits_insufficient`. */
  readonly code: string;
  readonly title: string;
  /** Who is at fault. */
  readonly owner: Problem['owner'];
  /** May the same request succeed later? */
  readonly retryable: boolean;
  /** Seconds until it may, where that is known. */
  readonly retryAfterS: number | null;
  /** `untouched`: nothing was held or paid. `unknown`: look for the job before you send it under another id. */
  readonly credits: Problem['credits'];
  /** The field, header or parameter at fault, where it is one. */
  readonly field: string | null;

  constructor(problem: Problem) {
    super(problem.detail);
    this.status = problem.status;
    this.code = problem.code;
    this.title = problem.title;
    this.owner = problem.owner;
    this.retryable = problem.retryable;
    this.retryAfterS = problem.retryAfterS ?? null;
    this.credits = problem.credits;
    this.field = problem.field ?? null;
  }
}

/**
 * No answer of a gateway: nothing listens, the connection broke, the time was up, or something else answered. A change may
 * have been made all the same (`maybeDone`); sent again under its `idempotencyKey` it is not made twice.
 */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
  /** HTTP status of what answered and is no gateway; null where nothing did. */
  readonly status: number | null;
  /** The id that the request carried; null for one that changes nothing. */
  readonly idempotencyKey: string | null;
  /** False where nothing was to be changed, or no try came as far as a connection. */
  readonly maybeDone: boolean;

  constructor(
    message: string,
    about: { status?: number; idempotencyKey: string | null; maybeDone: boolean; cause?: unknown },
  ) {
    super(message, { cause: about.cause });
    this.status = about.status ?? null;
    this.idempotencyKey = about.idempotencyKey;
    this.maybeDone = about.maybeDone;
  }
}

/** The problem that an answer is, or undefined. Members that newer gateways add are none of our business. */
export function readProblem(value: unknown): Problem | undefined {
  if (!isObject(value)) return undefined;
  const { code, detail, retryable, status } = value;
  const isProblem =
    typeof code === 'string' &&
    typeof detail === 'string' &&
    typeof retryable === 'boolean' &&
    typeof status === 'number';
  return isProblem ? (value as Problem) : undefined;
}
