/** What a run comes to, as the table shows it. */
import type { Found } from './runs.ts';

/** The figures of one policy. */
export interface Figures {
  /** Share of the slots' time in which the vendor worked, 0 … 1. */
  readonly busy: number;
  /** Half the width of the interval in which the long-run share lies with 95 % confidence, from ten stretches of the run. */
  readonly busyWithin: number;
  readonly jobs: number;
  readonly statusCalls: number;
  readonly refused: number;
  readonly waitMedianMs: number;
  readonly waitP95Ms: number;
  readonly toldMeanMs: number;
  readonly toldP95Ms: number;
}

/** Student's t for nine degrees of freedom at 95 %. */
const T_9 = 2.262;

/** Reduces what was found. Calls are per job. */
export function figuresOf({ counts, waitedMs, tenths }: Found): Figures {
  const mean = average(tenths);
  const variance = tenths.reduce((sum, tenth) => sum + (tenth - mean) ** 2, 0) / (tenths.length - 1);
  return {
    busy: counts.busyMs / counts.slotMs,
    busyWithin: T_9 * Math.sqrt(variance / tenths.length),
    jobs: counts.started,
    statusCalls: counts.statusCalls / counts.started,
    refused: counts.refused / counts.started,
    waitMedianMs: quantile(waitedMs, 0.5),
    waitP95Ms: quantile(waitedMs, 0.95),
    toldMeanMs: average(counts.toldMs),
    toldP95Ms: quantile(counts.toldMs, 0.95),
  };
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function quantile(values: readonly number[], q: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
}
