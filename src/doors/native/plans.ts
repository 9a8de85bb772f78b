import { credits } from '../../std/credits.ts';
import { encodePlan } from '../../wire/native/order-encode.ts';
import type { Handlers } from './call.ts';
import { readOrders } from './orders.ts';

/** Many jobs at once. */
export const plans: Handlers<'plans'> = {
  create: async ({ who, reader, body, once, http }, context) => {
    const { run, priceMax } = body;
    const orders = await readOrders(context, { reader }, body.jobs);
    const view = await context.gateway.plan(who, {
      orders,
      run,
      priceMax: priceMax === undefined ? null : credits(priceMax),
      idempotency: run ? once : null,
    });
    if (!view.made) http?.reply.code(200);
    return encodePlan(view, reader, context.clock.now());
  },
};
