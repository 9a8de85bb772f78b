import { JOB_STATES, type JobState } from '../core/job.ts';
import type { JobWire } from '../wire/native/schemas/jobs.ts';
import { oneOf, POOL_OPTIONS, parse, wholeNumber } from './arguments.ts';
import { type Command, POOL_USAGE, printJson } from './command.ts';
import { EXIT } from './exit.ts';
import { describeJob, styleOf, whereabouts } from './job-text.ts';
import { ORDER_USAGE } from './order-options.ts';
import { withPool } from './pool.ts';
import { type Column, creditText, type Io, paint, printableText, table, timeText } from './terminal.ts';
import { verbs } from './verbs.ts';

/** `reelpool jobs`. */
export const jobs: Command = {
  usage: `Usage: reelpool jobs list [options]
       reelpool jobs show ID [options]
       reelpool jobs why ID [options]
       reelpool jobs create OPERATION [--prompt TEXT] [--input ROLE=WHAT] [--wait] [--once ID] [options]
       reelpool jobs quote OPERATION [--prompt TEXT] [--input ROLE=WHAT] [options]
       reelpool jobs cancel ID [options]

list shows jobs, newest first; show tells everything about one, with its timeline; why tells what a waiting job waits
for, how long that usually takes and what each account says to it, or why a placed one went where it went. create makes
one of any operation; quote tells what it would cost and when it would run, and makes nothing; cancel ends one that waits,
or one whose upstream stops it.

      --state STATE      only jobs in this state: ${JOB_STATES.slice(0, 5).join(', ')},
                         ${JOB_STATES.slice(5).join(', ')}
      --limit N          at most N jobs, 1 to 200 (default 20)
      --before ID        only jobs older than this one
      --wait             watch the job to its end; where it does not succeed the command fails
      --once ID          the id of this request: repeated under it, it makes nothing and tells the same job again
${ORDER_USAGE}${POOL_USAGE}`,
  run: verbs('jobs', {
    list,
    show,
    why: async (args, io) => await (await import('./why.ts')).why(args, io),
    create: async (args, io) => await (await import('./job-orders.ts')).create(args, io),
    quote: async (args, io) => await (await import('./job-orders.ts')).quote(args, io),
    cancel: async (args, io) => await (await import('./job-orders.ts')).cancel(args, io),
  }),
};

async function list(args: readonly string[], io: Io): Promise<number> {
  const { values } = parse(args, {
    ...POOL_OPTIONS,
    state: { type: 'string' },
    limit: { type: 'string', default: '20' },
    before: { type: 'string' },
  });
  const filter = {
    state: values.state === undefined ? undefined : (oneOf('--state', values.state, JOB_STATES) satisfies JobState),
    before:
      values.before === undefined ? undefined : wholeNumber('--before', values.before, 1, Number.MAX_SAFE_INTEGER),
    limit: wholeNumber('--limit', values.limit, 1, 200),
  };
  return await withPool(io, values, async (pool) => {
    const page = await pool.jobs.list(filter);
    if (values.json) printJson(io, page);
    else if (page.jobs.length === 0) io.out('No jobs.\n');
    else {
      io.out(table(io, COLUMNS, page.jobs));
      if (page.nextBefore !== null) io.out(paint(io, 'dim', `More: reelpool jobs list --before ${page.nextBefore}\n`));
    }
    return EXIT.ok;
  });
}

const COLUMNS: readonly Column<JobWire>[] = [
  { title: 'ID', right: true, cell: ({ id }) => String(id) },
  { title: 'STATE', cell: ({ state }) => state, style: ({ state }) => styleOf(state) },
  { title: 'WHERE', cell: whereabouts },
  { title: 'OPERATION', cell: ({ operation }) => operation },
  { title: 'MODEL', cell: ({ model }) => model },
  { title: 'CREDITS', right: true, cell: ({ price }) => creditText(price) },
  { title: 'CREATED (UTC)', cell: ({ createdAt }) => timeText(createdAt) },
  { title: 'PROMPT', cell: ({ prompt }) => prompt },
];

async function show(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parse(args, POOL_OPTIONS, ['ID']);
  const id = wholeNumber('ID', positionals[0] ?? '', 1, Number.MAX_SAFE_INTEGER);
  return await withPool(io, values, async (pool) => {
    const job = await pool.jobs.get(id);
    const { events } = await pool.jobs.timeline(id);
    if (values.json) printJson(io, { job, events });
    else {
      io.out(describeJob(io, job));
      io.out(`\n${paint(io, 'bold', 'Timeline (UTC)')}\n`);
      for (const { at, kind, data } of events) {
        const detail = data === null || JSON.stringify(data) === '{}' ? '' : `  ${printableText(JSON.stringify(data))}`;
        io.out(`  ${at.slice(0, 23).replace('T', ' ')}  ${printableText(kind)}${paint(io, 'dim', detail)}\n`);
      }
    }
    return EXIT.ok;
  });
}
