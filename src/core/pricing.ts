import type { Credits } from '../std/credits.ts';
import type { JobRequest } from './request.ts';
import type { Template } from './template.ts';

/**
 * Pricing is a lookup in tables that live in `wire/<vendor>/`; the engine is given them as one `Catalog`.
 * A request without a price is refused, never run for nothing (promise P8).
 */
export interface Catalog {
  /** What the tenant pays, or undefined where the tables have no price for exactly this request. */
  price(request: JobRequest): Credits | undefined;
  /** Slot time to expect before any was observed, ms. */
  expectedSlotMs(request: JobRequest): number;
  /** Every template there is, in the order of the list. */
  readonly templates: readonly Template[];
  /** Templates that a tenant may activate in a calendar month (UTC). */
  readonly activationsPerMonth: number;
}
