/**
 * Whose turn it is.
 *
 * Each tenant carries `servedMs`: the slot time it was given, divided by its weight. The next lease goes to the
 * tenant with a placeable job that was served least, and giving it adds the job's expected slot time ÷ weight. That
 * is fair queueing by virtual time: with jobs of at most L slot-ms, a waiting tenant falls behind its share by no more
 * than one job of each other tenant, which is inside the bound of DESIGN §8 (see decisions/0005-fair-order.md for why not
 * deficit round robin).
 *
 * A tenant that comes back from idleness starts where the others are: time it did not use is no debt of theirs. Where
 * that is says the level, one number for all processes: what the last tenant that was given a slot had been served
 * before. Whoever waits is above it, or has not waited.
 */

/** A tenant that has jobs waiting. */
export interface Waiting {
  readonly tenantId: number;
  readonly weight: number;
  readonly servedMs: number;
}

/** What a tenant's counter becomes when it is given `slotMs`. */
export function serve(tenant: Waiting, slotMs: number): number {
  return tenant.servedMs + Math.max(1, Math.round(slotMs / Math.max(1, tenant.weight)));
}

/** Lifts tenants that were idle to the level, so that none can spend past idleness. */
export function lift(tenants: readonly Waiting[], levelMs: number): Waiting[] {
  return tenants.map((tenant) => (tenant.servedMs >= levelMs ? tenant : { ...tenant, servedMs: levelMs }));
}

/** The least served tenant; ties go to the smaller id, so that the order is the same everywhere. */
export function next(tenants: Iterable<Waiting>): Waiting | undefined {
  let best: Waiting | undefined;
  for (const tenant of tenants) {
    if (
      best === undefined ||
      tenant.servedMs < best.servedMs ||
      (tenant.servedMs === best.servedMs && tenant.tenantId < best.tenantId)
    ) {
      best = tenant;
    }
  }
  return best;
}
