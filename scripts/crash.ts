/**
 * `npm run crash`: kills a gateway at every fault point, starts it again and checks that nothing was lost and nothing
 * happened twice (test/crash/scenario.ts), for each operation on each store. Prints a table of seconds; what failed is
 * told below it, and makes the exit code 1.
 *
 *     npm run crash                                     everything, about four minutes
 *     npm run crash -- --store postgres --operation img
 *     npm run crash -- --point settle.committed --point dispatch.placed
 *     npm run crash -- --jobs 4                         so many at a time; one per core otherwise
 */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { FaultPoint } from '../src/contracts/effects.ts';
import { crashAt, type Operation, POINTS, pointsOf } from '../test/crash/scenario.ts';
import { type PostgresServer, startPostgres } from '../test/support/postgres.ts';

const STORES = ['embedded', 'postgres'] as const;
const OPERATIONS: readonly Operation[] = ['text', 'img'];
const NAMES = { embedded: 'embedded store', postgres: 'PostgreSQL', text: 'text', img: 'picture' } as const;

/** One crash and what came of it. */
interface Run {
  readonly store: (typeof STORES)[number];
  readonly operation: Operation;
  readonly point: FaultPoint;
  seconds?: number;
  failure?: unknown;
}

const { values } = parseArgs({
  options: {
    store: { type: 'string', multiple: true },
    operation: { type: 'string', multiple: true },
    point: { type: 'string', multiple: true },
    jobs: { type: 'string' },
  },
});

/** The values asked for, all where none was; ends the program where one is unknown. */
function chosen<T extends string>(name: string, asked: readonly string[] | undefined, all: readonly T[]): readonly T[] {
  const unknown = asked?.find((value) => !all.some((each) => each === value));
  if (unknown !== undefined) {
    console.error(`--${name} ${unknown} is none of ${all.join(', ')}`);
    process.exit(2);
  }
  return asked === undefined ? all : all.filter((each) => asked.includes(each));
}

const stores = chosen('store', values.store, STORES);
const operations = chosen('operation', values.operation, OPERATIONS);
const points = chosen('point', values.point, POINTS);
const runs: Run[] = stores.flatMap((store) =>
  operations.flatMap((operation) =>
    pointsOf([operation])
      .filter((point) => points.includes(point))
      .map((point) => ({ store, operation, point })),
  ),
);

async function play(run: Run, server: PostgresServer | undefined): Promise<void> {
  const { operation, point } = run;
  const began = performance.now();
  try {
    const database = run.store === 'postgres' ? await server?.createDatabase() : undefined;
    await crashAt({ point, operations: [operation], ...(database === undefined ? {} : { database }) });
  } catch (error) {
    run.failure = error;
  }
  run.seconds = (performance.now() - began) / 1000;
  const how = run.failure === undefined ? 'held' : 'FAILED';
  console.error(`${NAMES[run.store]}, ${NAMES[operation]}, ${point}: ${how} after ${run.seconds.toFixed(1)} s`);
}

function cell(run: Run | undefined): string {
  if (run === undefined) return '–';
  return run.failure === undefined ? (run.seconds ?? 0).toFixed(1) : 'FAILED';
}

function table(): string {
  const columns = stores.flatMap((store) => operations.map((operation) => ({ store, operation })));
  const rows = points.map((point) => [
    point,
    ...columns.map((column) =>
      cell(runs.find((run) => run.point === point && run.store === column.store && run.operation === column.operation)),
    ),
  ]);
  const head = ['killed at', ...columns.map(({ store, operation }) => `${NAMES[store]}, ${NAMES[operation]}`)];
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((text, i) => (i === 0 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0))).join(' | ')} |`;
  const rule = `| ${widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

// Every crash starts the program twice: what was compiled once need not be again.
process.env['NODE_COMPILE_CACHE'] ??= path.join(import.meta.dirname, '..', 'node_modules', '.cache', 'node');

const server = stores.includes('postgres') ? await startPostgres() : undefined;
const waiting = [...runs];
const worker = async () => {
  for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) await play(run, server);
};
await Promise.all(Array.from({ length: Number(values.jobs ?? availableParallelism()) }, worker));
await server?.stop();

const failed = runs.filter((run) => run.failure !== undefined);
console.log(table());
console.log(`${runs.length - failed.length} of ${runs.length} crashes ended as promised.`);
for (const { store, operation, point, failure } of failed) {
  console.log(`\n${NAMES[store]}, ${NAMES[operation]}, ${point}:`, failure);
}
process.exitCode = failed.length === 0 ? 0 : 1;
