/**
 * What is asked for, and how long upstreams take. Nothing here is measured at a real vendor: the medians are those of
 * a video that takes "a minute or two", the spread is given with every result, and one attempt in fifty is a straggler.
 */
import type { JobRequest } from '../../src/core/request.ts';
import { type Random, randomInt } from '../../src/std/random.ts';

/** A model and an operation with the time that most of its five-second clips take. */
interface Kind {
  readonly operation: JobRequest['operation'];
  readonly model: string;
  readonly medianMs: number;
}

const KINDS: readonly Kind[] = [
  { operation: 'text-to-video', model: 'quick', medianMs: 40_000 },
  { operation: 'text-to-video', model: 'v5', medianMs: 60_000 },
  { operation: 'text-to-video', model: 'v6', medianMs: 75_000 },
  { operation: 'text-to-video', model: 'large', medianMs: 120_000 },
  { operation: 'text-to-video', model: 'v5.6', medianMs: 90_000 },
  { operation: 'text-to-video', model: 'c1', medianMs: 110_000 },
];

/** A clip is five or eight seconds long; the longer takes half as long again: 40 to 180 s. */
const LENGTHS = [
  { durationS: 5, takes: 1 },
  { durationS: 8, takes: 1.5 },
] as const;

/** What the gateway is told to expect, whatever the model: it has to learn the rest. */
export const expectedSlotMs = (request: JobRequest): number => 20_000 + request.durationS * 10_000;

/** The medians of all kinds and lengths, equally frequent, ms. */
export const KINDS_AND_LENGTHS = KINDS.flatMap(({ medianMs }) => LENGTHS.map(({ takes }) => medianMs * takes));

/** A few are stragglers: their share, and how many times as long they take. */
export const STRAGGLER = { share: 0.02, from: 2, to: 4 } as const;

/** How wide the durations of one kind are: the standard deviation of their logarithm. */
export const SPREAD = 0.25;

/** One piece of work. */
export interface Work {
  readonly request: JobRequest;
  /** How long the upstream takes, ms. */
  readonly takesMs: number;
}

/** Draws what a client wants next, and how long it will take. */
export function drawWork(random: Random, spread: number): Work {
  const kind = pick(random, KINDS);
  const length = pick(random, LENGTHS);
  const late = random.float() < STRAGGLER.share;
  const times = late ? STRAGGLER.from + (STRAGGLER.to - STRAGGLER.from) * random.float() : 1;
  const takesMs = kind.medianMs * length.takes * Math.exp(spread * normal(random)) * times;
  return {
    takesMs: Math.round(takesMs),
    request: { ...REQUEST, operation: kind.operation, model: kind.model, durationS: length.durationS },
  };
}

const REQUEST: JobRequest = {
  operation: 'text-to-video',
  model: '',
  prompt: 'a tram in fog',
  negativePrompt: '',
  seed: 1,
  quality: '540p',
  durationS: 5,
  aspectRatio: '16:9',
  audio: false,
  motionMode: 'normal',
  style: '',
  cameraMovement: null,
  multiClip: false,
  soundEffect: null,
  speech: null,
  inputs: [],
};

function pick<T>(random: Random, list: readonly T[]): T {
  const picked = list[randomInt(random, list.length)];
  if (picked === undefined) throw new Error('nothing to draw from');
  return picked;
}

/** A standard normal number (Box and Muller). */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.float())) * Math.cos(2 * Math.PI * random.float());
}
