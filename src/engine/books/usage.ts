/** What a tenant's jobs came to. */
import type { ChargeRow, ChargeView, Library } from '../../contracts/library.ts';
import type { Operation } from '../../core/request.ts';
import { firstIdAt, madeAt } from '../../std/ids.ts';
import type { Engine } from '../context.ts';

/**
 * The charges of one engine's tenants. Pages go by the ids of jobs, which sort by time and never change, so that none is
 * skipped or told twice however many jobs come meanwhile.
 */
export function usageMethods(engine: Engine): Pick<Library, 'charges' | 'priceOf'> {
  return {
    priceOf: (request) => engine.catalog.price(request),
    charges: ({ tenantId }, { from, until, before, limit, refunded, operations }) =>
      engine.store.read(function* (q) {
        const end = Math.min(firstIdAt(until), before ?? Number.MAX_SAFE_INTEGER);
        const range = { tenantId, from: firstIdAt(from), before: end, limit: limit + 1 };
        const rows = yield* q.usage.charges({ ...range, refunded, operations });
        const shown = rows.slice(0, limit);
        const next = rows.length > limit ? (shown.at(-1)?.jobId ?? null) : null;
        return { charges: shown.map(chargeView), next };
      }),
  };
}

function chargeView({ jobId, operation, traceId, amount, refunded }: ChargeRow): ChargeView {
  return { jobId, operation: operation as Operation, traceId, at: madeAt(jobId), amount, refunded };
}
