/**
 * `npm run bench`: speed and size of this gateway beside their baselines, in one run on this machine, so that what
 * counts is a ratio. About three minutes.
 *
 *     npm run bench                     every row
 *     npm run bench -- reads creates    some rows
 *     npm run bench -- --json           one JSON object on stdout
 *     npm run bench -- --smoke          each row so briefly that it only shows that it runs
 *     npm run bench -- --strict         exit code 1 when a goal is missed
 */
import { cpus } from 'node:os';
import type { Effort } from './compare.ts';
import { type Finding, meets, type Row } from './row.ts';
import { busy } from './rows/busy.ts';
import { clip, loop } from './rows/clip.ts';
import { creates } from './rows/creates.ts';
import { hugePlacement, placement } from './rows/placement.ts';
import { serveProcess } from './rows/process.ts';
import { reads } from './rows/reads.ts';

const ROWS: readonly Row[] = [reads, creates, placement, hugePlacement, serveProcess, loop, busy, clip];
const FULL: Effort = { rounds: 5, roundMs: 3_000, warmUpMs: 2_000 };
const SMOKE: Effort = { rounds: 1, roundMs: 300, warmUpMs: 200 };

const args = process.argv.slice(2);
const known = new Set(['--json', '--smoke', '--strict', ...ROWS.map((row) => row.name)]);
const unknown = args.filter((arg) => !known.has(arg));
if (unknown.length > 0) {
  console.error(`Unknown: ${unknown.join(' ')}. Known: ${[...known].join(' ')}`);
  process.exit(2);
}
const chosen = ROWS.filter((row) => args.includes(row.name));
const json = args.includes('--json');
const smoke = args.includes('--smoke');
const say = (line: string) => (json ? console.error(line) : console.log(line));

const format = (value: number, unit: string) => (unit === '×' ? value.toFixed(2) : value.toFixed(1));
const goalText = ({ goal }: Finding) =>
  goal.atLeast === undefined ? `≤ ${goal.atMost} ${goal.unit}` : `≥ ${goal.atLeast} ${goal.unit}`;

function line(finding: Finding): string {
  const verdict = smoke ? 'ran ' : meets(finding) ? 'pass' : 'MISS';
  const value = `${format(finding.value, finding.goal.unit)} ${finding.goal.unit}`;
  return `${verdict}  ${finding.what.padEnd(40)} ${value.padStart(9)}  ${goalText(finding).padEnd(9)}  ${finding.detail}`;
}

say(`node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}`);
if (smoke) say('a smoke run: it shows that every row runs; the numbers mean nothing');
const findings: Finding[] = [];
const skipped: { row: string; why: string }[] = [];
for (const row of chosen.length > 0 ? chosen : ROWS.filter(({ onDemand }) => !onDemand)) {
  const why = row.skip?.();
  if (why !== undefined) {
    skipped.push({ row: row.name, why });
    say(`skip  ${row.name.padEnd(40)} ${why}`);
    continue;
  }
  for (const finding of await row.run(smoke ? SMOKE : FULL)) {
    findings.push(finding);
    say(line(finding));
  }
}
const missed = findings.filter((finding) => !meets(finding));
if (!smoke) say(missed.length === 0 ? 'every goal met' : `${missed.length} of ${findings.length} goals missed`);
if (json) {
  const rows = findings.map((finding) => ({ ...finding, pass: smoke ? null : meets(finding) }));
  console.log(JSON.stringify({ node: process.version, smoke, findings: rows, skipped }, null, 2));
}
if (args.includes('--strict') && !smoke && missed.length > 0) process.exitCode = 1;
