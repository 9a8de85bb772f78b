import type { JobState } from '../core/job.ts';
import type { ErrorCode, Refusal } from '../std/errors.ts';

/**
 * A wire language: a pure codec that owns its vocabulary in `wire/<vendor>/`. The door in `doors/` that speaks it
 * is plumbing. To add a dialect: its folder in `wire/`, its door, one line in `doors/registry.ts`, and
 * `test/requirements/<dialect>.ts`, whose ids the tests cite; that file is the proof that it matches the vendor.
 */
export interface Dialect {
  /** The name in the registry, e.g. `pixverse`; also written on every job that came through its door. */
  readonly name: string;
  /** Path prefix of every route of the dialect, e.g. `/openapi/v2`. */
  readonly prefix: string;
  /** How each job state is spelled, per DESIGN §3. */
  readonly states: Readonly<Record<JobState, string | number>>;
  /** The wire form of a refusal; total, so that no code can miss its translation. */
  refusal(refusal: Refusal): WireAnswer;
}

/** An answer in wire form. */
export interface WireAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** A dialect's translation of every error code. */
export type ErrorTable<T> = Readonly<Record<ErrorCode, T>>;

/**
 * A door's way to refuse what never reached a route: the inbound server keeps one per prefix, for URLs that cannot be
 * decoded or are too long. `request` is the framework's.
 */
export interface RefusalRenderer {
  readonly prefix: string;
  render(refusal: Refusal, request: unknown): WireAnswer;
}
