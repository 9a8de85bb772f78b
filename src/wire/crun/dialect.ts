import type { Dialect } from '../../contracts/dialect.ts';
import { crunRefusal } from './errors.ts';

/** CRUN's client API. States as TaskInfo spells them: DESIGN §3; reference/crun-and-peers.md §1.5. */
export const crun: Dialect = {
  name: 'crun',
  prefix: '/api/v1/client',
  states: {
    queued: 'pending',
    submitting: 'running',
    running: 'running',
    storing: 'running',
    unknown: 'running',
    succeeded: 'success',
    moderated: 'failed',
    failed: 'failed',
    expired: 'failed',
    cancelled: 'failed',
  },
  refusal: crunRefusal,
};
