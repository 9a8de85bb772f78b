import type { JobWish } from '../core/operations.ts';
import type { JobDraft, JobRequest } from '../core/request.ts';
import type { KnownInput } from './views.ts';

/** What models make and what they take, for jobs that are asked for in our own words. */
export interface Rules {
  /**
   * What a wish comes to, with everything that was not said. Refuses what breaks a rule, naming the member of the wish at
   * fault (`durationS`, `inputs[0]`).
   * @param pickSeed the seed of a wish without one.
   */
  read(wish: JobWish, pickSeed: () => number): RuledDraft;
}

/** A draft, with the rules about its inputs once they are known. */
export interface RuledDraft {
  readonly draft: JobDraft;
  /** As `JobOrder.complete` of the façade. Absent where the draft says everything. */
  readonly complete?: (draft: JobDraft, inputs: readonly KnownInput[]) => JobRequest;
}
