/**
 * The best that asking alone can do. If attempts of a kind end with density f and a share S is still running, questions
 * at the rate r cost ∫ S·r and find the end ∫ f ÷ 2r after it. By Cauchy and Schwarz the product of the two is at least
 * half the square of ∫ √(f·S) dt: that much a policy that knows f exactly, and asks all kinds with the same thrift,
 * comes to. (Questions are counted as a stream; with the few there are, that is good to a few hundredths of a per cent.)
 */
import { KINDS_AND_LENGTHS, STRAGGLER } from './load.ts';

/** One job's figures over a load. */
export interface Bound {
  /** Mean time of work, ms. */
  readonly workMs: number;
  /** The mean of ∫ √(f·S) dt over the kinds, in √ms. */
  readonly root: number;
}

const POINTS = 4000;
/** Half a question goes by before the first counts: questions come one at a time. */
const HALF = 0.5;

/** Works out the load of load.ts at a spread (standard deviation of the logarithm of a kind's durations). */
export function boundAt(spread: number): Bound {
  const kinds = KINDS_AND_LENGTHS.map((median) => ofKind(median, spread));
  const mean = (of: (bound: Bound) => number) => kinds.reduce((sum, kind) => sum + of(kind), 0) / kinds.length;
  return { workMs: mean((kind) => kind.workMs), root: mean((kind) => kind.root) };
}

/** The most of their time that slots can be busy with so many questions a job, 0 … 1. Create calls count as instant. */
export function busyAtMost({ workMs, root }: Bound, questions: number): number {
  return workMs / (workMs + root ** 2 / (2 * (questions - HALF)));
}

/** The fewest questions a job with which slots can be this busy. */
export function questionsFor({ workMs, root }: Bound, busy: number): number {
  const idleMs = workMs / busy - workMs;
  return root ** 2 / (2 * idleMs) + HALF;
}

/** A log-normal distribution with its stragglers, on a grid of the logarithm. */
function ofKind(medianMs: number, spread: number): Bound {
  const from = Math.log(medianMs) - 5 * spread;
  const to = Math.log(medianMs * STRAGGLER.to) + 5 * spread;
  const step = (to - from) / POINTS;
  const factors = Array.from(
    { length: 40 },
    (_, i) => STRAGGLER.from + ((i + 0.5) / 40) * (STRAGGLER.to - STRAGGLER.from),
  );
  const bell = (log: number, centre: number) =>
    Math.exp(-0.5 * ((log - centre) / spread) ** 2) / (spread * Math.sqrt(2 * Math.PI));
  let ended = 0;
  let root = 0;
  let workMs = 0;
  for (let i = 0; i < POINTS; i++) {
    const log = from + (i + 0.5) * step;
    const late = factors.reduce((sum, factor) => sum + bell(log, Math.log(medianMs * factor)), 0) / factors.length;
    const share = ((1 - STRAGGLER.share) * bell(log, Math.log(medianMs)) + STRAGGLER.share * late) * step;
    const time = Math.exp(log);
    const lasts = time * step;
    root += Math.sqrt((share / lasts) * Math.max(0, 1 - ended - share / 2)) * lasts;
    workMs += share * time;
    ended += share;
  }
  return { workMs, root };
}
