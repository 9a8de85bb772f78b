import type { KnownInput } from '../../../contracts/views.ts';
import type { InputRole, JobDraft, JobRequest, Operation, OperationOptions } from '../../../core/request.ts';
import type { Template } from '../../../core/template.ts';
import { SEED_MAX } from '../models.ts';
import { invalid } from './fields.ts';

/** A draft of an operation with nothing but what is given: no model, no prompt, no sound, and what its inputs decide. */
export function draftOf(operation: Operation, seed: number, given: Partial<JobDraft>): JobDraft {
  return {
    operation,
    model: '',
    prompt: '',
    negativePrompt: '',
    seed,
    quality: null,
    durationS: null,
    aspectRatio: null,
    audio: false,
    motionMode: 'normal',
    style: '',
    cameraMovement: null,
    multiClip: false,
    soundEffect: null,
    speech: null,
    inputs: [],
    ...given,
  };
}

/** What is read beside the body of a request. */
export interface Reading {
  /** The seed of a request without one. */
  readonly pickSeed: () => number;
  /** Every template that a request may name. */
  readonly templates: readonly Template[];
}

/** §4.1 `seed`; `reading` gives the seed of a request without one. 0 is a seed like any other. */
export function readSeed(seed: number | null | undefined, reading: Reading): number {
  if (seed === undefined || seed === null) return reading.pickSeed();
  return seed >= 0 && seed <= SEED_MAX ? seed : invalid('seed', `Allowed: integers from 0 to ${SEED_MAX}.`);
}

/** The request a draft comes to, with what its inputs decided. */
export function settle(
  draft: JobDraft,
  inputs: readonly KnownInput[],
  decided: { readonly durationS?: number; readonly audio?: boolean; readonly options?: OperationOptions },
): JobRequest {
  const durationS = decided.durationS ?? draft.durationS ?? 0;
  const options = { ...draft.options, ...decided.options };
  const refs = inputs.map(({ ref }) => ref);
  const own = Object.keys(options).length > 0 ? { options } : {};
  return { ...draft, ...decided, durationS, ...own, inputs: refs };
}

/** The input of a role, which the decoder put there. */
export function inputOf(inputs: readonly KnownInput[], role: InputRole): KnownInput {
  const found = inputs.find(({ ref }) => ref.role === role);
  if (found === undefined) throw new Error(`a draft lost its ${role}`);
  return found;
}

/** Seconds of an input. */
export function secondsOf({ info }: KnownInput): number {
  return info.durationMs / 1000;
}

/**
 * What redraws a video: as long as it, with its sound, unless the draft says it goes.
 * @param check the limits of the source.
 */
export function settleFromSource(
  draft: JobDraft,
  inputs: readonly KnownInput[],
  check: (source: KnownInput) => void,
): JobRequest {
  const source = inputOf(inputs, 'source');
  check(source);
  const durationS = secondsOf(source);
  const keepSound = draft.options?.keepSound !== false && source.info.hasAudio;
  return settle(draft, inputs, { durationS, options: { sourceS: durationS, keepSound } });
}
