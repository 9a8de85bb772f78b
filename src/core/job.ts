/**
 * The life of a job.
 *
 * A job is one accepted request. It is `queued` until a slot lease is taken for it; then an attempt exists and it is
 * `submitting` while the one call that can cost money is out. Accepted, it is `running`; when the upstream says done
 * it is `storing` until the bytes are fetched, checked and kept; only then has it `succeeded` and is paid. When the
 * create call's outcome was never learned the job is `unknown`: it is asked about, waits for a late callback, the
 * operator or its horizons, and is never submitted again by a loop.
 *
 *     queued ──► submitting ──► running ──► storing ──► succeeded
 *       ▲            │  │          │           │
 *       └────────────┘  ▼          ▼           ▼
 *      (refused,     unknown ──► failed · moderated · expired ──► succeeded (late)
 *       nothing         │
 *       created)        └──► running · storing
 *
 * `expired` means the credit horizon passed and the hold was released. Its late success is the only exit from a
 * terminal state, paid by a late-capture entry. `cancelled` is reached from `queued`, or from a submitted state where
 * the upstream confirmed. Deleting results is a mark on a finished job, not a state.
 *
 * `transition` is the only judge of a move; the store's one setter (`jobs.move`) writes what it allows, and only for
 * the holder of the job's current fence.
 */

/** The states of a job. */
export type JobState =
  | 'queued'
  | 'submitting'
  | 'running'
  | 'storing'
  | 'unknown'
  | 'succeeded'
  | 'failed'
  | 'moderated'
  | 'cancelled'
  | 'expired';

/** From each state, the states a job may move to. */
export const TRANSITIONS: Readonly<Record<JobState, readonly JobState[]>> = {
  queued: ['submitting', 'failed', 'cancelled'],
  submitting: ['queued', 'running', 'storing', 'unknown', 'failed', 'moderated', 'cancelled', 'expired'],
  running: ['storing', 'failed', 'moderated', 'cancelled', 'expired'],
  storing: ['succeeded', 'failed', 'expired'],
  unknown: ['running', 'storing', 'failed', 'moderated', 'cancelled', 'expired'],
  succeeded: [],
  failed: [],
  moderated: [],
  cancelled: [],
  expired: ['succeeded'],
};

/** All states, in the order of a job's life. */
export const JOB_STATES = Object.keys(TRANSITIONS) as JobState[];

/** States in which nothing is owed any more (but see `expired` above). */
export function isTerminal(state: JobState): boolean {
  return (
    state === 'succeeded' || state === 'failed' || state === 'moderated' || state === 'cancelled' || state === 'expired'
  );
}

/** States a job can end in, in the order of `JOB_STATES`. */
export const END_STATES = JOB_STATES.filter(isTerminal);

/** States in which an attempt may be alive at an upstream. */
export function isInFlight(state: JobState): boolean {
  return state === 'submitting' || state === 'running' || state === 'storing' || state === 'unknown';
}

/** Returns `to`, or throws: an illegal move is a defect of ours, never a caller's. */
export function transition(from: JobState, to: JobState): JobState {
  if (!TRANSITIONS[from].includes(to)) throw new Error(`a job cannot move from ${from} to ${to}`);
  return to;
}
