import type { Dialect } from '../../contracts/dialect.ts';
import { v1Refusal, v2Refusal } from './errors.ts';

/**
 * v2. States are the raw `video_status` numbers that its records carry; names and finality are derived from them.
 * DESIGN §3; reference/useapi-pixverse.md §1.7.
 */
export const useapiV2: Dialect = {
  name: 'useapi-v2',
  prefix: '/v2/pixverse',
  states: {
    queued: 5,
    submitting: 10,
    running: 10,
    storing: 10,
    unknown: 10,
    succeeded: 1,
    moderated: 7,
    failed: 8,
    expired: 8,
    cancelled: 8,
  },
  refusal: v2Refusal,
};

/**
 * v1, deprecated by its vendor in favour of v2. `started` until the upstream is known to work on the job, `progress`
 * from then on. DESIGN §3; reference/useapi-pixverse.md §6.3.
 */
export const useapiV1: Dialect = {
  name: 'useapi-v1',
  prefix: '/v1/pixverse',
  states: {
    queued: 'created',
    submitting: 'started',
    unknown: 'started',
    running: 'progress',
    storing: 'progress',
    succeeded: 'completed',
    moderated: 'moderated',
    failed: 'failed',
    expired: 'failed',
    cancelled: 'cancelled',
  },
  refusal: v1Refusal,
};
