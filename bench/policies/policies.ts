/** The policies that are compared, each with what it is called in the table. */
import type { Shape, Webhooks } from './far-side.ts';
import { type Found, fixedPlan, runClients, runGateway, type Span } from './runs.ts';

/** The pool of the comparison: a hundred accounts of five slots. */
export const POOL: Shape = { accounts: 100, slots: 5, webhooks: null };
/** Half as many clients again as there are slots, so that jobs always wait. */
export const CLIENTS = 750;

/** Vendors whose calls come soon after the end, and less soon; one in fifty never comes. */
const SOON: Webhooks = { loss: 0.02, fromMs: 100, toMs: 500 };
const LATER: Webhooks = { loss: 0.02, fromMs: 500, toMs: 2_000 };

/** One way to run the pool. */
export interface Policy {
  readonly title: string;
  readonly run: (shape: Shape, span: Span) => Promise<Found>;
}

/** By name. */
export const POLICIES = {
  clients: { title: 'clients without a queue, refused with 429', run: runClients },
  fixed: { title: 'our queue, asking every 5 s', run: (shape, span) => runGateway(shape, span, fixedPlan) },
  adaptive: { title: 'our queue, our asking', run: (shape, span) => runGateway(shape, span) },
  later: {
    title: 'the same, webhooks after 0.5 to 2 s',
    run: (shape, span) => runGateway({ ...shape, webhooks: LATER }, span),
  },
  soon: {
    title: 'the same, webhooks after 0.1 to 0.5 s',
    run: (shape, span) => runGateway({ ...shape, webhooks: SOON }, span),
  },
} as const satisfies Record<string, Policy>;

/** Name of a policy. */
export type PolicyName = keyof typeof POLICIES;

/** Is it the name of a policy? */
export function isPolicy(name: string | undefined): name is PolicyName {
  return name !== undefined && name in POLICIES;
}
