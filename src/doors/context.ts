import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Log } from '../contracts/effects.ts';
import type { Gateway } from '../engine/gateway.ts';
import type { Clock } from '../std/clock.ts';
import type { Random } from '../std/random.ts';

/** What every door is given when it is mounted. */
export interface DoorContext {
  readonly gateway: Gateway;
  /** Public origin (`https://host[:port]`, no trailing slash) for the URLs in answers to this request. */
  origin(request: FastifyRequest): string;
  /** For defects only; pass it to `armDoor` (doors/http.ts). */
  readonly log: Log;
  /** For answers that count from now, such as the days left of a plan, and for streams. */
  readonly clock: Clock;
  /** For what a dialect picks where a request leaves it open, such as a seed. */
  readonly random: Random;
}

/** A place where we listen and speak one dialect: mounted as an encapsulated plugin under its prefix. */
export interface Door {
  readonly name: string;
  /** Path prefix of its routes; empty for the root. */
  readonly prefix: string;
  mount(app: FastifyInstance, context: DoorContext): Promise<void> | void;
}
