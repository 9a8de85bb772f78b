import { JOB_STATES, type JobState } from '../core/job.ts';
import type { JobWire } from '../wire/native/schemas/jobs.ts';
import { oneOf, POOL_OPTIONS, parse, wholeNumber } from './arguments.ts';
import { type Command, POOL_USAGE, printJson } from './command.ts';
import { CliError, EXIT } from './exit.ts';
import { withPool } from './pool.ts';
import {
  type Column,
  creditsText,
  creditText,
  fields,
  type Io,
  paint,
  printableText,
  type Style,
  sizeText,
  table,
  timeText,
} from './terminal.ts';

/** `reelpool jobs`. */
export const jobs: Command = {
  usage: `Usage: reelpool jobs list [options]
       reelpool jobs show ID [options]
       reelpool jobs why ID [options]

list shows jobs, newest first; show tells everything about one, with its timeline; why tells what a waiting job waits
for, how long that usually takes and what each account says to it, or why a placed one went where it went.

      --state STATE      only jobs in this state: ${JOB_STATES.slice(0, 5).join(', ')},
                         ${JOB_STATES.slice(5).join(', ')}
      --limit N          at most N jobs, 1 to 200 (default 20)
      --before ID        only jobs older than this one
${POOL_USAGE}`,
  async run(args, io) {
    const [verb, ...rest] = args;
    if (verb === 'list') return await list(rest, io);
    if (verb === 'show') return await show(rest, io);
    if (verb === 'why') return await (await import('./why.ts')).why(rest, io);
    const known = 'list, show and why';
    throw new CliError(
      EXIT.usage,
      verb === undefined ? `Say ${known.replace('and', 'or')}` : `jobs knows ${known}, not ${verb}`,
    );
  },
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

function styleOf(state: JobState): Style | undefined {
  if (state === 'succeeded') return 'green';
  if (state === 'failed' || state === 'expired' || state === 'moderated' || state === 'unknown') return 'red';
  return state === 'cancelled' ? 'dim' : 'cyan';
}

/** Where an unfinished job stands, in a few words; empty for others. */
function whereabouts(job: JobWire): string {
  if (job.queuePlace !== null) return job.queuePlace === 0 ? 'next in line' : `${creditText(job.queuePlace)} before it`;
  if (job.finishedAt !== null || job.progress === null) return '';
  return `${Math.floor(job.progress * 100)} %`;
}

async function show(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parse(args, POOL_OPTIONS, ['ID']);
  const id = wholeNumber('ID', positionals[0] ?? '', 1, Number.MAX_SAFE_INTEGER);
  return await withPool(io, values, async (pool) => {
    const job = await pool.jobs.get(id);
    const { events } = await pool.jobs.timeline(id);
    if (values.json) printJson(io, { job, events });
    else {
      io.out(describe(io, job));
      io.out(`\n${paint(io, 'bold', 'Timeline (UTC)')}\n`);
      for (const { at, kind, data } of events) {
        const detail = data === null || JSON.stringify(data) === '{}' ? '' : `  ${printableText(JSON.stringify(data))}`;
        io.out(`  ${at.slice(0, 23).replace('T', ' ')}  ${printableText(kind)}${paint(io, 'dim', detail)}\n`);
      }
    }
    return EXIT.ok;
  });
}

const CREDIT_WORDS = { held: 'held', captured: 'paid', released: 'given back' } as const;

function describe(io: Io, job: JobWire): string {
  const where = whereabouts(job);
  const asked = [
    job.operation,
    job.model,
    job.quality,
    `${job.durationS} s`,
    job.aspectRatio,
    job.audio && 'with sound',
  ];
  const entries: [string, string][] = [
    ['Job', String(job.id)],
    ['State', paint(io, styleOf(job.state) ?? 'cyan', job.state) + (where === '' ? '' : `, ${where}`)],
    ['Asked for', asked.filter(Boolean).join(', ')],
    ['Prompt', printableText(job.prompt)],
    ['Credits', `${creditsText(job.credit.amount)} ${CREDIT_WORDS[job.credit.state]}`],
    ['Account', job.account === null ? '-' : printableText(job.account)],
    ['Attempts', String(job.attempts)],
    [
      'Through',
      `${job.dialect}, tenant ${job.tenantId}${job.traceId === null ? '' : `, id ${printableText(job.traceId)}`}`,
    ],
    ['Created', `${timeText(job.createdAt)} UTC`],
    ['Finished', job.finishedAt === null ? '-' : `${timeText(job.finishedAt)} UTC`],
  ];
  if (job.error !== null) {
    entries.push(['Error', paint(io, 'red', `${job.error.code}: ${printableText(job.error.message)}`)]);
  }
  if (job.deleted) entries.push(['Result', 'deleted']);
  if (job.result !== null) {
    const { url, mime, width, height, durationMs, bytes } = job.result;
    entries.push(['Result', `${mime}, ${width}×${height}, ${durationMs / 1000} s, ${sizeText(bytes)}`], ['', url]);
  }
  return fields(io, entries);
}
