/** Two servers under the same load in one run, in turns, so that what else the machine does falls on both. */
import { load, type Round, type Target } from './load.ts';
import type { Server } from './server.ts';

/** How long and how often. */
export interface Effort {
  readonly rounds: number;
  readonly roundMs: number;
  readonly warmUpMs: number;
}

/** One side of a comparison. */
export interface Side {
  readonly server: Server;
  readonly target: Target;
}

/** Medians over the rounds. */
export interface Comparison {
  /** Answers per second. */
  readonly ours: number;
  readonly baseline: number;
  /** ours ÷ baseline, the median of the rounds' own ratios. */
  readonly ratio: number;
  /** Share of one core each server used while it was measured; near 1 where the server was the limit. */
  readonly oursBusy: number;
  readonly baselineBusy: number;
  /** CPU time of one answer, all threads of the server, µs. */
  readonly oursCpu: number;
  readonly baselineCpu: number;
}

/** A round with what the server used: cores, and CPU time of one answer in µs. */
type Measured = Round & { readonly busy: number; readonly each: number };

/** Loads both in turns (A B, B A, A B, …) after a warm-up. */
export async function compare(ours: Side, baseline: Side, connections: number, effort: Effort): Promise<Comparison> {
  const measure = async ({ server, target }: Side, ms: number) => {
    const before = await server.vitals();
    const round = await load(target, connections, ms);
    const after = await server.vitals();
    if (round.wrong !== null) throw new Error(`a wrong answer, so nothing was measured:\n${round.wrong}`);
    const cpu = after.cpu - before.cpu;
    return { ...round, busy: cpu / round.seconds, each: (cpu / round.answers) * 1e6 };
  };
  await measure(ours, effort.warmUpMs);
  await measure(baseline, effort.warmUpMs);
  const pairs: { ours: Measured; baseline: Measured }[] = [];
  for (let index = 0; index < effort.rounds; index++) {
    if (index % 2 === 0) {
      const first = await measure(ours, effort.roundMs);
      pairs.push({ ours: first, baseline: await measure(baseline, effort.roundMs) });
    } else {
      const first = await measure(baseline, effort.roundMs);
      pairs.push({ ours: await measure(ours, effort.roundMs), baseline: first });
    }
  }
  return {
    ours: median(pairs.map((pair) => pair.ours.rate)),
    baseline: median(pairs.map((pair) => pair.baseline.rate)),
    ratio: median(pairs.map((pair) => pair.ours.rate / pair.baseline.rate)),
    oursBusy: median(pairs.map((pair) => pair.ours.busy)),
    baselineBusy: median(pairs.map((pair) => pair.baseline.busy)),
    oursCpu: median(pairs.map((pair) => pair.ours.each)),
    baselineCpu: median(pairs.map((pair) => pair.baseline.each)),
  };
}

/** The middle value (the lower of the two middle ones). */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}
