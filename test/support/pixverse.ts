/** Requests of the PixVerse dialect for the tests of its decoders. */
import assert from 'node:assert/strict';
import type { JobDraft } from '../../src/core/request.ts';
import { Refusal } from '../../src/std/errors.ts';
import { ERRORS_ON_WIRE } from '../../src/wire/pixverse/errors.ts';
import { decodeImageToVideo } from '../../src/wire/pixverse/requests/image-to-video.ts';
import { decodeTextToVideo } from '../../src/wire/pixverse/requests/text-to-video.ts';

export type Body = Record<string, unknown>;

export const TEXT: Body = { prompt: 'a cat', model: 'v6', duration: 5, quality: '540p', aspect_ratio: '16:9' };
export const IMAGE: Body = { prompt: 'a cat', model: 'v6', duration: 5, quality: '540p', img_id: 12 };
/** The seed of requests without one. */
export const PICKED = 4711;
export const pickSeed = () => PICKED;

/** Text to video with some fields changed. */
export const text = (change: Body = {}): JobDraft => decodeTextToVideo({ ...TEXT, ...change }, pickSeed);
/** Image to video with some fields changed. */
export const image = (change: Body = {}): JobDraft => decodeImageToVideo({ ...IMAGE, ...change }, pickSeed);

/** Asserts the ErrCode and that the message names the field; returns the message. */
export function refused(make: () => unknown, errCode: number, field: string): string {
  try {
    make();
  } catch (error) {
    assert.ok(error instanceof Refusal, String(error));
    assert.equal(ERRORS_ON_WIRE[error.code].code, errCode, error.message);
    assert.equal(error.field, field);
    assert.ok(error.message.includes(field), error.message);
    return error.message;
  }
  assert.fail(`not refused; expected ${errCode} for ${field}`);
}
