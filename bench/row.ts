/** A row of the benchmark: one promise about speed or size, measured beside its baseline. */
import type { Effort } from './compare.ts';

/** What a row promises. */
export interface Goal {
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly unit: '×' | 'ms' | 'MB';
}

/** What a row found. */
export interface Finding {
  /** Short name of the line within its row. */
  readonly what: string;
  readonly goal: Goal;
  readonly value: number;
  /** The numbers behind the value, for people. */
  readonly detail: string;
}

/** One row. */
export interface Row {
  readonly name: string;
  run(effort: Effort): Promise<Finding[]>;
  /** Runs only where it is asked for by name. */
  readonly onDemand?: boolean;
  /** Why the row cannot run here, or undefined. */
  skip?(): string | undefined;
}

/** Does the value meet its goal? */
export function meets({ goal, value }: Finding): boolean {
  return value >= (goal.atLeast ?? Number.NEGATIVE_INFINITY) && value <= (goal.atMost ?? Number.POSITIVE_INFINITY);
}
