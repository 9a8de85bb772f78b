import type { Dialect } from '../../contracts/dialect.ts';
import { refusalAnswer } from './errors.ts';
import { STATES } from './status.ts';

/** The PixVerse Platform OpenAPI v2: reference/pixverse-platform.md. */
export const pixverseDialect: Dialect = {
  name: 'pixverse',
  prefix: '/openapi/v2',
  states: STATES,
  refusal: refusalAnswer,
};

/** §2: the header that holds the key; names of headers are compared without case. */
export const KEY_HEADER = 'API-KEY';
/** §2: the header whose repetition is a replay. */
export const TRACE_HEADER = 'Ai-trace-id';
