import { z } from 'zod';
import type { JobDraft } from '../../../core/request.ts';
import { FAST_DURATION_S, LIMITS, MODEL_QUALITIES, MOTION_MODES } from '../models.ts';
import { draftOf, readSeed, type Reading } from './draft.ts';
import { idField, invalid, limitText, listField, oneOf, readBody, required, textField, wholeField } from './fields.ts';
import { imageInput } from './sources.ts';

/** §4.8. */
const MULTI_TRANSITION_MODELS = ['v3.5', 'v4', 'v4.5', 'v5'] as const;
const FRAMES = { min: 2, max: 7 };
const TOTAL_MAX_S = 30;
/** Seconds between two frames: longer where there are only two. */
const SEGMENT_MAX_S = { two: 8, more: 5 };
/** As of every transition (§4.4). */
const PROMPT_MAX = 2048;

/** Body of `POST /video/multi_transition/generate`: reference/pixverse-platform.md §4.8. */
export const multiTransitionBody = z.object({
  multi_transition: listField({ img_id: idField, duration: wholeField, prompt: textField }),
  model: textField,
  quality: textField,
  motion_mode: textField,
  seed: wholeField,
});

/** Decodes the body, or refuses: a video that passes two to seven uploaded pictures in order. */
export function decodeMultiTransition(raw: unknown, reading: Reading): JobDraft {
  const body = readBody(multiTransitionBody, raw);
  const frames = required('multi_transition', body.multi_transition);
  const model = oneOf('model', required('model', body.model), MULTI_TRANSITION_MODELS);
  const quality = oneOf('quality', required('quality', body.quality), MODEL_QUALITIES);
  if (frames.length < FRAMES.min || frames.length > FRAMES.max) {
    invalid('multi_transition', `It must list ${FRAMES.min} to ${FRAMES.max} pictures, not ${frames.length}.`);
  }
  const place = (index: number) => `multi_transition[${index}]`;
  const inputs = frames.map((frame, index) => {
    const field = `${place(index)}.img_id`;
    return imageInput('frame', field, required(field, frame.img_id));
  });
  const longest = frames.length === 2 ? SEGMENT_MAX_S.two : SEGMENT_MAX_S.more;
  const segments = frames.slice(0, -1).map(({ duration, prompt }, index) => {
    const field = `${place(index)}.duration`;
    const durationS = required(field, duration);
    if (durationS < 1 || durationS > longest) invalid(field, `Allowed: 1 to ${longest}, in seconds.`);
    limitText(`${place(index)}.prompt`, prompt ?? '', PROMPT_MAX, 'prompt_too_long');
    return { durationS, prompt: prompt ?? '' };
  });
  if ((frames.at(-1)?.duration ?? 0) !== 0) {
    invalid(`${place(frames.length - 1)}.duration`, 'The last picture has none; send 0 or leave it out.');
  }
  const durationS = segments.reduce((sum, segment) => sum + segment.durationS, 0);
  if (durationS > TOTAL_MAX_S) invalid('multi_transition', `The video may have ${TOTAL_MAX_S} s, not ${durationS}.`);
  const motionMode =
    LIMITS[model].motionMode && body.motion_mode ? oneOf('motion_mode', body.motion_mode, MOTION_MODES) : 'normal';
  const slow = segments.some((segment) => segment.durationS > FAST_DURATION_S);
  if (motionMode === 'fast' && (slow || quality === '1080p')) {
    invalid('motion_mode', `fast goes only with durations up to ${FAST_DURATION_S} and not with 1080p; use normal.`);
  }
  return draftOf('multi-transition', readSeed(body.seed, reading), {
    model,
    quality,
    durationS,
    motionMode,
    inputs,
    options: { segments },
  });
}
