import type { Clock } from '../std/clock.ts';
import type { Random } from '../std/random.ts';

/** A structured log line. Fields must never hold a secret; the production logger redacts the known names as a net. */
export interface Log {
  debug(fields: Record<string, unknown>, message: string): void;
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

/**
 * Everything a piece of the engine may do besides talking to the store, the blobs and the upstreams. A simulation
 * passes its own: a virtual clock, a seeded random, and a `fault` that may end the process it stands for.
 */
export interface Effects {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /**
   * A named point at which a process may die. Awaited between any two durable steps. In production it returns at
   * once; a crash test kills the process there (`REELPOOL_FAULT_POINT`), a simulation never lets it return.
   */
  fault(point: FaultPoint): Promise<void> | undefined;
}

/** Every fault point, in the order a job passes them. `test/crash/` kills a gateway at each. */
export type FaultPoint =
  | 'upload.received'
  | 'upload.stored'
  | 'upload.recorded'
  | 'admit.decoded'
  | 'admit.committed'
  | 'dispatch.placed'
  | 'dispatch.inputs-read'
  | 'local.recorded'
  | 'local.rendered'
  | 'dispatch.answered'
  | 'dispatch.recorded'
  | 'observe.polled'
  | 'observe.recorded'
  | 'cancel.confirmed'
  | 'ingest.fetched'
  | 'ingest.checked'
  | 'ingest.cover-stored'
  | 'settle.committed'
  | 'deliver.taken'
  | 'deliver.answered'
  | 'deliver.recorded'
  // Of a rotation of the encryption key, in its order.
  | 'rotate.key-stored'
  | 'rotate.switched'
  | 'rotate.sealed'
  | 'rotate.dropped';
