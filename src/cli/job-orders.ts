/** `reelpool jobs create | quote | cancel`. */
import { sleep, systemClock } from '../std/clock.ts';
import type { JobWire } from '../wire/native/schemas/jobs.ts';
import type { DryRunWire } from '../wire/native/schemas/orders.ts';
import { type OptionTable, POOL_OPTIONS, parse, wholeNumber } from './arguments.ts';
import { printJson } from './command.ts';
import { CliError, EXIT } from './exit.ts';
import { describeJob } from './job-text.ts';
import { inputsOf, ORDER_OPTIONS, orderOf } from './order-options.ts';
import { type Pool, withPool } from './pool.ts';
import { progressView } from './progress.ts';
import { creditsText, fields, type Io, paint, printableText, spanText, timeText } from './terminal.ts';

/** Between two looks at a job that is waited for. */
const LOOK_EVERY_MS = 500;

const CREATE_OPTIONS = {
  ...POOL_OPTIONS,
  ...ORDER_OPTIONS,
  wait: { type: 'boolean', default: false },
  once: { type: 'string' },
} as const satisfies OptionTable;

/** Makes a job; with `--wait` it is watched to its end, and the command fails where it does not succeed. */
export async function create(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parse(args, CREATE_OPTIONS, ['OPERATION']);
  const order = orderOf(positionals[0] ?? '', values);
  return await withPool(io, values, async (pool) => {
    const inputs = await inputsOf(pool, io, values.input ?? []);
    const made = await pool.jobs.create({ ...order, inputs }, {}, { idempotencyKey: values.once });
    if ('dryRun' in made) throw new CliError(EXIT.failed, 'the gateway made no job');
    const job = values.wait ? await watched(pool, io, made, values.json === true) : made;
    if (values.json) printJson(io, job);
    else io.out(describeJob(io, job));
    return values.wait && job.state !== 'succeeded' ? EXIT.failed : EXIT.ok;
  });
}

async function watched(pool: Pool, io: Io, made: JobWire, quiet: boolean): Promise<JobWire> {
  const view = progressView(quiet ? { ...io, out: () => undefined } : io);
  const startedAt = systemClock.monotonic();
  try {
    for (;;) {
      const job = await pool.jobs.get(made.id);
      view.show([{ name: job.operation, job, elapsedMs: systemClock.monotonic() - startedAt }]);
      if (job.finishedAt !== null) return job;
      await sleep(systemClock, LOOK_EVERY_MS);
    }
  } finally {
    view.end();
  }
}

/** What a job would come to. Fails where it would be refused now. */
export async function quote(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parse(args, { ...POOL_OPTIONS, ...ORDER_OPTIONS }, ['OPERATION']);
  const order = orderOf(positionals[0] ?? '', values);
  return await withPool(io, values, async (pool) => {
    const inputs = await inputsOf(pool, io, values.input ?? []);
    const asked = await pool.jobs.create({ ...order, inputs }, { dry_run: true });
    if (!('dryRun' in asked)) throw new CliError(EXIT.failed, 'the gateway made a job');
    if (values.json) printJson(io, asked);
    else io.out(describeQuote(io, asked));
    return asked.refusal === null ? EXIT.ok : EXIT.refused;
  });
}

function describeQuote(io: Io, { request, price, refusal, expected, waitsFor, balance, estimate }: DryRunWire): string {
  const { operation, model, quality, durationS, aspectRatio, audio } = request;
  const asked = [operation, model, quality, `${durationS} s`, aspectRatio, audio && 'with sound'];
  const waiting = `${estimate.whole ? '' : 'more than '}${estimate.waiting} waiting now`;
  const entries: [string, string][] = [
    ['Asked for', asked.filter(Boolean).join(', ')],
    ['Price', price === null ? '-' : `${creditsText(price)} of ${creditsText(balance.available)}`],
    ['Left', creditsText(balance.after)],
  ];
  if (expected !== null) {
    entries.push(
      ['Account', expected.account === null ? 'there is one' : printableText(expected.account)],
      ['Starts', `${expected.waitMs === 0 ? 'now' : `in ${spanText(expected.waitMs)}`} (${waiting})`],
      ['Takes', spanText(expected.takesMs)],
      ['Ends', `${timeText(expected.endsAt)} UTC`],
    );
  }
  if (waitsFor !== null) entries.push(['Account', paint(io, 'red', `none: ${waitsFor.message}`)]);
  if (refusal !== null)
    entries.push(['Refused', paint(io, 'red', `${refusal.code}: ${printableText(refusal.detail)}`)]);
  return fields(io, entries);
}

/** Ends a job that waits, or one whose upstream stops it. */
export async function cancel(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parse(args, POOL_OPTIONS, ['ID']);
  const id = wholeNumber('ID', positionals[0] ?? '', 1, Number.MAX_SAFE_INTEGER);
  return await withPool(io, values, async (pool) => {
    const job = await pool.jobs.cancel(id);
    if (values.json) printJson(io, job);
    else io.out(`Cancelled: job ${id}. ${creditsText(job.credit.amount)} given back.\n`);
    return EXIT.ok;
  });
}
