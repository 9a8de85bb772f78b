import type { Dialect } from '../../contracts/dialect.ts';
import { refusalAnswer } from './errors.ts';
import { NATIVE_PREFIX } from './routes.ts';

/** Reelpool's own API. It says what the gateway thinks, without translation: docs/native-api.md. */
export const nativeDialect: Dialect = {
  name: 'native',
  prefix: NATIVE_PREFIX,
  states: {
    queued: 'queued',
    submitting: 'submitting',
    running: 'running',
    storing: 'storing',
    unknown: 'unknown',
    succeeded: 'succeeded',
    failed: 'failed',
    moderated: 'moderated',
    cancelled: 'cancelled',
    expired: 'expired',
  },
  refusal: refusalAnswer,
};
