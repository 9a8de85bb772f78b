/**
 * When to ask again how an attempt stands.
 *
 * A slot stands idle from the end of its work until we know of it, so questions are placed where they shorten that
 * most. If attempts of a kind end with the density f(t) and a share S(t) of them is still running at t, then questions
 * at the rate r(t) cost ∫ S·r of them and find the end ∫ f ÷ 2r late on average. For a given number of questions that
 * is least when r is proportional to the root of f ÷ S: few early, dense around the usual end, thinning out after it.
 *
 * f is what was seen of this kind lately, smoothed, with a little of a very wide guess mixed in, so that a kind never
 * seen, one that has changed its pace, and the one attempt that takes many times as long are all asked about in time.
 * That guess deserves fewer questions than its size, which is why the power measured best is not ½ (docs/policies.md).
 * Durations count relative to what was expected of each attempt, so that a short clip tells of a long one.
 */

/** Questions an attempt gets on average; half a one comes on top, because the one that finds the end comes after it. */
const ASKED = 7.2;
/** The power of f ÷ S to which the rate of questions is proportional. */
const POWER = 0.7;
/** Two questions about one attempt are at least this far apart, ms. */
const APART_MS = 500;
/** An attempt that takes long after all is asked about at least this often, ms. */
const LATE_MS = 60_000;
/** From this many times the usual duration on, the pause grows to a fraction of the time since. */
const LATE_FROM = 3;
const LATE_PAUSE = 1 / 16;

/** The grid: logarithms of duration ÷ expected, from a twentieth to twenty times. */
const FROM = -3;
const STEP = 0.0125;
const POINTS = 481;

/** Width (standard deviation of the logarithm) of the guess that is mixed in, and its least share. */
const GUESS_WIDTH = 0.7;
const GUESS_SHARE = 0.05;
/** How wide one observation is taken for when there are no others to tell. */
const ALONE_WIDTH = 0.3;
const KERNEL_WIDTH_MIN = 0.02;

/** How one finished attempt went: how long it took, and what was expected, ms. */
export interface Took {
  readonly tookMs: number;
  readonly expectedMs: number;
}

/** When attempts of one kind are asked about. */
export interface AskPlan {
  /**
   * The pause before the next question, ms.
   * @param elapsedMs since the upstream accepted the attempt; 0 for the first question.
   * @param expectedMs what its duration was expected to be.
   * @param jitter in [0, 1). Spreads the first question evenly over the time of the first, later ones by ± 10 %.
   */
  delayMs(elapsedMs: number, expectedMs: number, jitter: number): number;
}

/** The plan that follows from what was seen lately, in any order. Costs some ten thousand additions. */
export function planAsking(seen: readonly Took[]): AskPlan {
  const logs = seen.map(logRatio).sort((a, b) => a - b);
  const centre = logs[logs.length >> 1] ?? 0;
  const asked = cumulate(density(logs, centre));
  const usual = Math.exp(centre);
  return {
    delayMs(elapsedMs, expectedMs, jitter) {
      const expected = Math.max(1, expectedMs);
      const first = elapsedMs <= 0;
      const before = first ? 0 : at(asked, Math.log(elapsedMs / expected));
      const next = Math.exp(where(asked, before + (first ? jitter : 0.9 + jitter / 5))) * expected;
      const late = (elapsedMs - LATE_FROM * usual * expected) * LATE_PAUSE;
      const pause = Math.max(APART_MS, next - elapsedMs, Math.min(LATE_MS, late));
      return Math.round(late > 0 ? Math.min(LATE_MS, pause) : pause);
    },
  };
}

function logRatio({ tookMs, expectedMs }: Took): number {
  const log = Math.log(Math.max(1, tookMs) / Math.max(1, expectedMs));
  return Math.min(-FROM, Math.max(FROM, log));
}

/** How likely each point of the grid is, per unit of the logarithm. */
function density(logs: readonly number[], centre: number): Float64Array {
  const count = logs.length;
  const share = Math.max(GUESS_SHARE, 1 / (1 + count));
  const points = new Float64Array(POINTS);
  addBell(points, centre, GUESS_WIDTH, share);
  const width = kernelWidth(logs);
  for (const log of logs) addBell(points, log, width, (1 - share) / count);
  return points;
}

/** Silverman's rule, by the inner quartiles, so that a straggler does not blur the rest. */
function kernelWidth(logs: readonly number[]): number {
  const quantile = (q: number) => logs[Math.min(logs.length - 1, Math.floor(q * logs.length))] ?? 0;
  const spread = (quantile(0.75) - quantile(0.25)) / 1.34 + ALONE_WIDTH / Math.max(1, logs.length);
  return Math.max(KERNEL_WIDTH_MIN, 0.9 * spread * Math.max(1, logs.length) ** -0.2);
}

/** Adds a normal distribution of this weight. */
function addBell(points: Float64Array, centre: number, width: number, weight: number): void {
  const height = weight / (width * Math.sqrt(2 * Math.PI));
  const from = Math.max(0, Math.floor((centre - 4 * width - FROM) / STEP));
  const to = Math.min(POINTS - 1, Math.ceil((centre + 4 * width - FROM) / STEP));
  for (let i = from; i <= to; i++) {
    const z = (FROM + i * STEP - centre) / width;
    points[i] = (points[i] ?? 0) + height * Math.exp(-0.5 * z * z);
  }
}

/** How many questions are asked up to each point of the grid, by the rule at the top of this file. */
function cumulate(points: Float64Array): Float64Array {
  const asked = new Float64Array(POINTS);
  const total = points.reduce((sum, point) => sum + point, 0);
  let ended = 0;
  let expected = 0;
  for (let i = 0; i < POINTS; i++) {
    const share = (points[i] ?? 0) / total;
    const running = Math.max(1e-9, 1 - ended - share / 2);
    // A step of the logarithm lasts as long as the time it starts at, and holds that much less of f in each moment.
    const lasts = Math.exp(FROM + i * STEP);
    const rate = lasts * (share / running / lasts) ** POWER;
    expected += running * rate;
    asked[i] = (asked[i - 1] ?? 0) + rate;
    ended += share;
  }
  for (let i = 0; i < POINTS; i++) asked[i] = ((asked[i] ?? 0) * ASKED) / expected;
  return asked;
}

/** Questions asked up to a place on the grid. */
function at(asked: Float64Array, log: number): number {
  const place = Math.min(POINTS - 1, Math.max(0, (log - FROM) / STEP));
  const low = Math.floor(place);
  const from = asked[low] ?? 0;
  return from + ((asked[low + 1] ?? from) - from) * (place - low);
}

/** The place on the grid at which so many questions have been asked; its end where they never are. */
function where(asked: Float64Array, questions: number): number {
  let low = 0;
  let high = POINTS - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((asked[middle] ?? 0) < questions) low = middle;
    else high = middle;
  }
  const from = asked[low] ?? 0;
  const over = (asked[high] ?? 0) - from;
  const part = over > 0 ? Math.min(1, Math.max(0, (questions - from) / over)) : 1;
  return FROM + (low + part) * STEP;
}
