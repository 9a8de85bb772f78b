/** The comparison as a picture: how busy the slots are, against what that costs in questions. */
import { boundAt, busyAtMost } from './bound.ts';
import type { Figures } from './figures.ts';
import { SPREAD } from './load.ts';
import { POLICIES, type PolicyName } from './policies.ts';
import { GOAL } from './table.ts';

const WIDTH = 860;
const HEIGHT = 460;
const PLOT = { left: 70, right: 840, top: 30, bottom: 400 } as const;
const CALLS = { from: 0, to: 26 } as const;
const BUSY = { from: 0.96, to: 1 } as const;
/** Where a label stands beside its point. */
const LABELS: Readonly<Record<PolicyName, { dx: number; dy: number; anchor: 'start' | 'middle' | 'end' }>> = {
  clients: { dx: 108, dy: 22, anchor: 'end' },
  fixed: { dx: 0, dy: 22, anchor: 'middle' },
  adaptive: { dx: 12, dy: 14, anchor: 'start' },
  later: { dx: 12, dy: 4, anchor: 'start' },
  soon: { dx: 12, dy: -8, anchor: 'start' },
};

const x = (calls: number) => PLOT.left + ((calls - CALLS.from) / (CALLS.to - CALLS.from)) * (PLOT.right - PLOT.left);
const y = (busy: number) => PLOT.bottom - ((busy - BUSY.from) / (BUSY.to - BUSY.from)) * (PLOT.bottom - PLOT.top);
const at = (value: number) => value.toFixed(1);

/** An SVG that reads on light and dark pages alike. */
export function chart(found: ReadonlyMap<PolicyName, Figures>): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="13">`,
    '<title>Slot utilisation against status calls a job</title>',
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    ...axes(),
    ...goal(),
    ...bound(),
    ...[...found].flatMap(([name, figures]) => point(name, figures)),
    '</svg>',
    '',
  ].join('\n');
}

function axes(): string[] {
  const lines: string[] = [];
  for (let busy = BUSY.from; busy <= BUSY.to + 1e-9; busy += 0.01) {
    lines.push(
      `<path d="M${PLOT.left} ${at(y(busy))}H${PLOT.right}" stroke="#dddddd"/>`,
      text(PLOT.left - 8, y(busy) + 4, `${(100 * busy).toFixed(0)} %`, 'end'),
    );
  }
  for (let calls = CALLS.from; calls <= CALLS.to; calls += 2) {
    lines.push(
      `<path d="M${at(x(calls))} ${PLOT.bottom}v5" stroke="#888888"/>`,
      text(x(calls), PLOT.bottom + 20, String(calls), 'middle'),
    );
  }
  lines.push(
    `<path d="M${PLOT.left} ${PLOT.bottom}H${PLOT.right}" stroke="#888888"/>`,
    text((PLOT.left + PLOT.right) / 2, PLOT.bottom + 44, 'status calls a job', 'middle'),
    text(PLOT.left, PLOT.top - 12, 'share of their time in which the slots work', 'start'),
  );
  return lines;
}

function goal(): string[] {
  const corner = { x: x(GOAL.statusCalls), y: y(GOAL.busy) };
  return [
    `<rect x="${PLOT.left}" y="${PLOT.top}" width="${at(corner.x - PLOT.left)}" height="${at(corner.y - PLOT.top)}" fill="#d9f2dd"/>`,
    text(PLOT.left + 10, PLOT.top + 20, 'the goal', 'start', '#2c7a3f'),
  ];
}

/** The curve above which no policy comes that only asks. */
function bound(): string[] {
  const load = boundAt(SPREAD);
  const points: string[] = [];
  for (let calls = 5; calls <= CALLS.to; calls += 0.25) {
    const busy = busyAtMost(load, calls);
    if (busy >= BUSY.from) points.push(`${at(x(calls))} ${at(y(busy))}`);
  }
  return [
    `<path d="M${points.join('L')}" fill="none" stroke="#6b7a90" stroke-dasharray="6 4"/>`,
    text(x(13), y(busyAtMost(load, 13)) + 18, 'the best that asking alone can do', 'start', '#4d5b70'),
  ];
}

function point(name: PolicyName, { busy, statusCalls }: Figures): string[] {
  const { dx, dy, anchor } = LABELS[name];
  const ours = name !== 'clients' && name !== 'fixed';
  return [
    `<circle cx="${at(x(statusCalls))}" cy="${at(y(busy))}" r="5.5" fill="${ours ? '#1f6feb' : '#b0413e'}"/>`,
    text(x(statusCalls) + dx, y(busy) + dy, POLICIES[name].title, anchor),
  ];
}

function text(left: number, top: number, words: string, anchor: string, fill = '#333333'): string {
  return `<text x="${at(left)}" y="${at(top)}" text-anchor="${anchor}" fill="${fill}">${words}</text>`;
}
