/**
 * `npm run sim`: plays simulated runs of the real engine (test/sim/, docs/simulation.md), each from its seed, and judges
 * them. A run that breaks a promise is made as small as it goes and told; the exit code is then 1.
 *
 *     npm run sim                               one run of a few minutes, from a new seed
 *     npm run sim -- --seed 7 --days 1          a simulated day with some thousand jobs
 *     npm run sim -- --seed 7 --runs 500        the seeds 7 to 506
 *     npm run sim -- --seed 7 --plant counter   with a known bug in it (test/sim/plants.ts)
 *     npm run sim -- --seed 7 --json            one JSON object on standard output
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { drawDays, drawPlan } from '../test/sim/draw.ts';
import { describe, type Plan } from '../test/sim/plan.ts';
import type { Plant } from '../test/sim/plant.ts';
import { PLANTS } from '../test/sim/plants.ts';
import { shrink } from '../test/sim/shrink.ts';
import { type Outcome, type Summary, simulate } from '../test/sim/simulate.ts';
import { INVARIANTS } from '../test/sim/violation.ts';

/** Runs, and time, that are spent on making a failure small. */
const SHRINK_RUNS_MAX = 600;
const SHRINK_MS = 120_000;
/** Last steps of a failed run that are told. */
const TOLD_LINES = 60;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    days: { type: 'string' },
    runs: { type: 'string', default: '1' },
    plant: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}

function numberOf(name: 'seed' | 'days' | 'runs', least: number): number | undefined {
  const given = values[name];
  if (given === undefined) return undefined;
  const number = Number(given);
  if (!Number.isFinite(number) || number < least) fail(`--${name} ${given} is not a number from ${least} up`);
  return number;
}

const seed = Math.floor(numberOf('seed', 0) ?? randomInt(2 ** 31));
const days = numberOf('days', 0.001);
const runs = Math.floor(numberOf('runs', 1) ?? 1);
const planted = values.plant === undefined ? undefined : PLANTS[values.plant];
if (values.plant !== undefined && !planted)
  fail(`--plant ${values.plant} is none of ${Object.keys(PLANTS).join(', ')}`);
const plant: { plant?: Plant } = planted ? { plant: planted.plant } : {};

/** A failed run, made small: the plan, and how it went. */
interface Small {
  readonly plan: Plan;
  readonly tries: number;
  readonly outcome: Outcome;
}

async function smaller(plan: Plan, outcome: Outcome): Promise<Small | null> {
  const { violation, summary } = outcome;
  if (!violation) return null;
  const until = performance.now() + SHRINK_MS;
  const goOn = () => performance.now() < until;
  const options = { ...plant, runsMax: SHRINK_RUNS_MAX, goOn, brokeAtMs: summary.simulatedMs };
  const small = await shrink(plan, violation.invariant, options);
  return { plan: small.plan, tries: small.runs, outcome: await simulate(small.plan, { ...plant, trace: true }) };
}

const lines = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ') || 'none';

function table(all: readonly Summary[]): string {
  const sum = (of: (summary: Summary) => number) => all.reduce((total, one) => total + of(one), 0);
  const merged = (of: (summary: Summary) => Readonly<Record<string, number>>) => {
    const counts: Record<string, number> = {};
    for (const one of all) for (const [name, n] of Object.entries(of(one))) counts[name] = (counts[name] ?? 0) + n;
    return lines(counts);
  };
  const rows: [string, string][] = [
    ['runs', String(all.length)],
    ['simulated', `${(sum((one) => one.simulatedMs) / 3_600_000).toFixed(2)} h in ${sum((one) => one.steps)} steps`],
    ['clients', String(sum((one) => one.clients))],
    ['jobs accepted', String(sum((one) => one.accepted))],
    ['refused', merged((one) => one.refused)],
    ['not answered', String(sum((one) => one.unanswered))],
    ['jobs ended', merged((one) => one.ended)],
    ['attempts', String(sum((one) => one.attempts))],
    ['started upstream', String(sum((one) => one.started))],
    ['processes died', `${sum((one) => one.crashes)} (${merged((one) => one.diedAt)})`],
    ['commits judged', String(sum((one) => one.commits))],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`).join('\n');
}

function tell({ plan, tries, outcome }: Small): void {
  const { violation, trace } = outcome;
  const [promise, sentence] = violation ? INVARIANTS[violation.invariant] : ['-', ''];
  console.log(`\nThe smallest plan found (after ${tries} runs), schedule ${plan.seed}:`);
  console.log(
    `  ${plan.processes.length} processes, clocks off by ${plan.processes.map((p) => p.skewMs).join(', ')} ms`,
  );
  if (plan.signalLoss > 0) console.log(`  ${plan.signalLoss * 100} % of the wake-ups are lost`);
  for (const [at, one] of plan.accounts.entries())
    console.log(`  account ${at}: ${one.upstream}, ${one.maxJobs} slots, ${one.credits} credits`);
  for (const [at, one] of plan.tenants.entries())
    console.log(`  tenant ${at}: weight ${one.weight}, ${one.credits} credits, ${one.expiring.credits} that expire`);
  for (const element of plan.elements) console.log(`  ${describe(element)}`);
  console.log(`\nIts last steps (minutes:seconds, who, what):`);
  for (const line of trace?.last(TOLD_LINES) ?? []) console.log(`  ${line}`);
  console.log(`\n${violation?.invariant} (${promise}): ${sentence}\n  ${violation?.message}`);
  if (violation?.invariant === 'defect') console.log(violation.stack);
  console.log('\nTo keep it, add this to test/sim/seeds.json:');
  console.log(JSON.stringify({ broke: violation?.invariant, because: 'say why', plan }));
}

const summaries: Summary[] = [];
let broken: { seed: number; outcome: Outcome; small: Small } | null = null;
if (!values.json) console.log(`seed ${seed}${runs > 1 ? ` to ${seed + runs - 1}` : ''}`);
for (let at = seed; at < seed + runs && !broken; at++) {
  const plan = days === undefined ? drawPlan(at, planted?.size) : drawDays(at, days);
  const outcome = await simulate(plan, plant);
  summaries.push(outcome.summary);
  const small = await smaller(plan, outcome);
  if (small) broken = { seed: at, outcome, small };
}
if (values.json) {
  const told = broken && {
    seed: broken.seed,
    violation: broken.outcome.violation,
    small: { plan: broken.small.plan, violation: broken.small.outcome.violation },
    history: broken.small.outcome.trace?.last(TOLD_LINES),
  };
  console.log(JSON.stringify({ seed, runs: summaries.length, days: days ?? null, broken: told, summaries }));
} else {
  console.log(table(summaries));
  if (broken) {
    console.log(
      `\nseed ${broken.seed} broke ${broken.outcome.violation?.invariant}: ${broken.outcome.violation?.message}`,
    );
    tell(broken.small);
  } else console.log('\nEvery promise was kept.');
}
process.exitCode = broken ? 1 : 0;
