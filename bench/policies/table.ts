/** The comparison as Markdown. */
import { boundAt, busyAtMost, questionsFor } from './bound.ts';
import type { Figures } from './figures.ts';
import { POLICIES, type PolicyName } from './policies.ts';

/** What slots have to be busy, and what that may cost in questions a job. */
export const GOAL = { busy: 0.995, statusCalls: 8 } as const;

/** Spreads in the table of what asking alone can do. */
const SPREADS = [0.02, 0.05, 0.1, 0.25, 0.35];

const percent = (share: number, digits = 2) => `${(100 * share).toFixed(digits)} %`;
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

/** Does a policy reach the goal? */
export function reaches(figures: Figures): boolean {
  return figures.busy >= GOAL.busy && figures.statusCalls <= GOAL.statusCalls;
}

/** One row per policy. */
export function policyTable(found: ReadonlyMap<PolicyName, Figures>): string {
  const head = [
    'policy',
    'slots busy',
    'status calls a job',
    'creates refused a job',
    'waiting, median',
    'waiting, 95 %',
    'end known after, mean',
    'after, 95 %',
    'goal',
  ];
  const rows = [...found].map(([name, figures]) => [
    POLICIES[name].title,
    `${percent(figures.busy)} ± ${(100 * figures.busyWithin).toFixed(2)}`,
    figures.statusCalls.toFixed(2),
    figures.refused.toFixed(2),
    seconds(figures.waitMedianMs),
    seconds(figures.waitP95Ms),
    seconds(figures.toldMeanMs),
    seconds(figures.toldP95Ms),
    reaches(figures) ? 'reached' : 'missed',
  ]);
  return markdown(head, rows);
}

/** What asking alone can do, by how wide the durations of a kind are. */
export function boundTable(): string {
  const head = [
    'spread',
    'busy at most, with 8 status calls a job',
    `status calls a job needed for ${percent(GOAL.busy, 1)}`,
  ];
  const rows = SPREADS.map((spread) => {
    const bound = boundAt(spread);
    return [
      `± ${(100 * spread).toFixed(0)} %`,
      percent(busyAtMost(bound, GOAL.statusCalls)),
      questionsFor(bound, GOAL.busy).toFixed(0),
    ];
  });
  return markdown(head, rows);
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
