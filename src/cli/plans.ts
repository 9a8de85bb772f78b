import type { PlanWire } from '../wire/native/schemas/orders.ts';
import { creditsNumber } from './arguments.ts';
import { type Command, POOL_USAGE } from './command.ts';
import { ordersIn } from './order-options.ts';
import {
  type Column,
  creditsText,
  creditText,
  type Io,
  paint,
  printableText,
  spanText,
  table,
  timeText,
} from './terminal.ts';
import { answer, parseVerb, verbs } from './verbs.ts';

/** `reelpool plans`. */
export const plans: Command = {
  usage: `Usage: reelpool plans quote FILE [options]
       reelpool plans run FILE [--price-max CREDITS] [--once ID] [options]

Many jobs together, from a JSON file: a list of up to 1,000, each as the body of POST /pool/v1/jobs. quote tells what each
would cost and when it would run, with what the ones before it leave of credits, budget and queue; run makes all of them,
or none.

      --price-max N      make none where together they cost more
      --once ID          the id of this request: repeated under it, it makes nothing and tells the same jobs again
${POOL_USAGE}`,
  run: verbs('plans', { quote, run }),
};

async function quote(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseVerb(args, {}, ['FILE']);
  const jobs = ordersIn(io, positionals[0] ?? '');
  return await answer(
    io,
    values,
    (pool) => pool.plans.create({ jobs: jobs as never, run: false }),
    (plan) => describe(io, plan),
  );
}

async function run(args: readonly string[], io: Io): Promise<number> {
  const options = { 'price-max': { type: 'string' }, once: { type: 'string' } } as const;
  const { values, positionals } = parseVerb(args, options, ['FILE']);
  const jobs = ordersIn(io, positionals[0] ?? '');
  const most = values['price-max'];
  const limit = most === undefined ? {} : { priceMax: creditsNumber('--price-max', most) };
  return await answer(
    io,
    values,
    (pool) => pool.plans.create({ jobs: jobs as never, run: true, ...limit }, { idempotencyKey: values.once }),
    (plan) => describe(io, plan),
  );
}

type Row = PlanWire['jobs'][number] & { readonly place: number };

const COLUMNS: readonly Column<Row>[] = [
  { title: '#', right: true, cell: ({ place }) => String(place) },
  { title: 'OPERATION', cell: ({ operation }) => operation ?? '-' },
  { title: 'MODEL', cell: ({ model }) => model ?? '' },
  { title: 'SECONDS', right: true, cell: ({ durationS }) => (durationS ? String(durationS) : '') },
  { title: 'CREDITS', right: true, cell: ({ price }) => (price === null ? '' : creditText(price)) },
  {
    title: 'STARTS IN',
    right: true,
    cell: ({ expected }) => (expected ? (expected.waitMs === 0 ? 'now' : spanText(expected.waitMs)) : ''),
  },
  { title: 'TAKES', right: true, cell: ({ expected }) => (expected ? spanText(expected.takesMs) : '') },
  { title: 'ACCOUNT', cell: ({ expected }) => printableText(expected?.account ?? '') },
  { title: 'JOB', cell: outcome, style: ({ refusal }) => (refusal === null ? undefined : 'red') },
];

function outcome({ jobId, refusal, waitsFor }: Row): string {
  if (refusal !== null) return `${refusal.code}: ${printableText(refusal.detail)}`;
  if (waitsFor !== null) return waitsFor.message;
  return jobId === null ? '' : String(jobId);
}

function describe(io: Io, plan: PlanWire): string {
  const rows = plan.jobs.map((job, index) => ({ ...job, place: index }));
  const good = plan.jobs.length - plan.refused.length;
  const said = plan.made ? `${good} jobs made` : `${good} of ${plan.jobs.length} jobs would be accepted`;
  const ends = plan.endsAt === null ? '' : `, the last one to end at ${timeText(plan.endsAt)} UTC`;
  const left = `${creditsText(plan.price)} of ${creditsText(plan.balance.available)}, ${creditsText(plan.balance.after)} left`;
  return `${table(io, COLUMNS, rows)}\n${paint(io, 'bold', `${said}${ends}.`)} ${left}.\n`;
}
