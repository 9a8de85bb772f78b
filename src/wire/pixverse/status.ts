import type { JobState } from '../../core/job.ts';

/** Status codes of a video: reference/pixverse-platform.md §4.17. */
export const STATUS = { success: 1, generating: 5, deleted: 6, moderated: 7, failed: 8 } as const;

/** How each state of a job is spelled (DESIGN §3). A result that was deleted is `STATUS.deleted`, whatever the state. */
export const STATES: Readonly<Record<JobState, number>> = {
  queued: STATUS.generating,
  submitting: STATUS.generating,
  running: STATUS.generating,
  storing: STATUS.generating,
  unknown: STATUS.generating,
  succeeded: STATUS.success,
  moderated: STATUS.moderated,
  failed: STATUS.failed,
  expired: STATUS.failed,
  cancelled: STATUS.failed,
};

/** The status of a job with its deletion mark. */
export function statusOf(job: { readonly state: JobState; readonly deleted: boolean }): number {
  return job.deleted ? STATUS.deleted : STATES[job.state];
}
