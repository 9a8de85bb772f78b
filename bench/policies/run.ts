/**
 * `npm run policies`: how we ask and place, beside asking every five seconds and beside clients that have no queue, on
 * virtual time. About ten minutes on two cores; prints the tables of docs/policies.md.
 *
 *     npm run policies                          every policy
 *     npm run policies -- adaptive soon         some policies
 *     npm run policies -- --hours=24            a whole day (default 6 hours: see `REPRESENTATIVE`)
 *     npm run policies -- --seed=7
 *     npm run policies -- --write               also writes the tables and the chart into docs/
 */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { chart } from './chart.ts';
import type { Figures } from './figures.ts';
import { isPolicy, POLICIES, type PolicyName } from './policies.ts';
import { boundTable, policyTable } from './table.ts';

const HOURS = 6;
/** A run keeps its whole database in memory, so there are never many at a time. */
const TOGETHER_MAX = 2;

const REPRESENTATIVE = `Load, durations and pool stay as they are all day, and every job is drawn anew, so an hour is like another:
a longer run only narrows the interval behind each figure (95 %, from ten stretches of the run).`;

const docs = path.join(import.meta.dirname, '..', '..', 'docs');
const args = process.argv.slice(2);
const option = (name: string, otherwise: number) => {
  const given = args.find((arg) => arg.startsWith(`--${name}=`));
  return given === undefined ? otherwise : Number(given.slice(name.length + 3));
};
const hours = option('hours', HOURS);
const seed = option('seed', 1);
const unknown = args.filter((arg) => !isPolicy(arg) && !/^--(?:hours|seed)=[\d.]+$/.test(arg) && arg !== '--write');
if (unknown.length > 0 || !(hours > 0)) {
  console.error(`Unknown: ${unknown.join(' ')}. Known: ${Object.keys(POLICIES).join(' ')} --hours=N --seed=N --write`);
  process.exit(2);
}
const names = (Object.keys(POLICIES) as PolicyName[]).filter((name) => !args.some(isPolicy) || args.includes(name));

const found = new Map<PolicyName, Figures>();
const waiting = [...names].sort((a, b) => cost(b) - cost(a));
await Promise.all(Array.from({ length: Math.min(TOGETHER_MAX, availableParallelism()) }, work));
const ordered = new Map(names.flatMap((name) => pair(name, found.get(name))));
const span = `${hours} simulated hours, seed ${seed}`;
console.log(`\n${span}\n${REPRESENTATIVE}\n\n${policyTable(ordered)}\n\n${boundTable()}`);
if (args.includes('--write')) await write();

/** Asks most, works longest: begun first. */
function cost(name: PolicyName): number {
  return name === 'fixed' ? 2 : name === 'clients' ? 0 : 1;
}

async function work(): Promise<void> {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    const file = path.join(import.meta.dirname, 'one.ts');
    const { stdout } = await promisify(execFile)(process.execPath, [file, name, String(hours), String(seed)]);
    const figures = JSON.parse(stdout) as Figures;
    found.set(name, figures);
    console.log(
      `${POLICIES[name].title}: ${(100 * figures.busy).toFixed(2)} % busy, ${figures.statusCalls.toFixed(2)} status calls a job, ${figures.jobs} jobs`,
    );
  }
}

function pair(name: PolicyName, figures: Figures | undefined): [PolicyName, Figures][] {
  return figures ? [[name, figures]] : [];
}

async function write(): Promise<void> {
  const file = path.join(docs, 'policies.md');
  let text = await readFile(file, 'utf8');
  text = replaced(
    text,
    'policies',
    `${policyTable(ordered)}\n\n${span}, ${[...ordered.values()].reduce((sum, one) => sum + one.jobs, 0)} jobs in all.`,
  );
  text = replaced(text, 'bound', boundTable());
  await writeFile(file, text);
  await writeFile(path.join(docs, 'policies.svg'), chart(ordered));
}

/** Replaces what stands between the two marks of a name. */
function replaced(text: string, name: string, by: string): string {
  const [from, to] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const start = text.indexOf(from);
  const end = text.indexOf(to);
  if (start < 0 || end < start) throw new Error(`docs/policies.md has no place for ${name}`);
  return `${text.slice(0, start + from.length)}\n${by}\n${text.slice(end)}`;
}
