/** Requests of the PixVerse dialect for the tests of its decoders. */
import assert from 'node:assert/strict';
import type { MediaInfo } from '../../src/contracts/media.ts';
import type { KnownInput } from '../../src/contracts/views.ts';
import { type InputRole, type JobDraft, type JobRequest, settledDraft } from '../../src/core/request.ts';
import { Refusal } from '../../src/std/errors.ts';
import { ERRORS_ON_WIRE } from '../../src/wire/pixverse/errors.ts';
import type { Reading } from '../../src/wire/pixverse/requests/draft.ts';
import { decodeImageToVideo } from '../../src/wire/pixverse/requests/image-to-video.ts';
import { decodeTextToVideo } from '../../src/wire/pixverse/requests/text-to-video.ts';
import { TEMPLATES } from '../../src/wire/pixverse/templates.ts';
import { CREATE_ROUTES, type CreateRoute } from '../../src/wire/pixverse/requests.ts';

export type Body = Record<string, unknown>;

export const TEXT: Body = { prompt: 'a cat', model: 'v6', duration: 5, quality: '540p', aspect_ratio: '16:9' };
export const IMAGE: Body = { prompt: 'a cat', model: 'v6', duration: 5, quality: '540p', img_id: 12 };
/** The seed of requests without one. */
export const PICKED = 4711;
/** What is read beside a body. */
export const READING: Reading = { pickSeed: () => PICKED, templates: TEMPLATES };

/** Text to video with some fields changed. */
export const text = (change: Body = {}): JobDraft => decodeTextToVideo({ ...TEXT, ...change }, READING);
/** Image to video with some fields changed. */
export const image = (change: Body = {}): JobDraft => decodeImageToVideo({ ...IMAGE, ...change }, READING);

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

const PICTURE = { kind: 'image', mime: 'image/png', extension: 'png', width: 64, height: 36, durationMs: 0 } as const;
const VIDEO = {
  kind: 'video',
  mime: 'video/mp4',
  extension: 'mp4',
  width: 640,
  height: 360,
  durationMs: 5000,
} as const;
const SOUND = { kind: 'audio', mime: 'audio/mpeg', extension: 'mp3', width: 0, height: 0, durationMs: 12_000 } as const;
const INFOS = { image: PICTURE, video: VIDEO, audio: SOUND };

/** The inputs of a draft as admission might find them. @param change what is different about those of a role. */
export function known(draft: JobDraft, change: Partial<Record<InputRole, KnownChange>> = {}): KnownInput[] {
  return draft.inputs.map(({ role, kind, from, field, name }, index) => {
    const { madeBy, bytes = 1000, ...info } = change[role] ?? {};
    const assetId = 'assetId' in from ? from.assetId : 1000 + index;
    const job = 'jobId' in from ? { jobId: from.jobId } : {};
    const sounding = { hasAudio: kind !== 'image', videoCodec: 'avc', audioCodec: 'aac', fps: 24, frames: null };
    return {
      ref: { role, kind, assetId, ...job, ...(name === undefined ? {} : { name }) },
      info: { ...sounding, ...INFOS[kind], ...info },
      bytes,
      field,
      ...(madeBy === undefined ? {} : { madeBy }),
    };
  });
}

type KnownChange = Partial<MediaInfo> & { bytes?: number; madeBy?: JobRequest };

/** The route with a path. */
export function route(path: string): CreateRoute {
  return CREATE_ROUTES.find((known) => known.path === path) ?? assert.fail(`no route ${path}`);
}

/** What a body comes to: decoded, and completed with inputs as admission might find them. */
export function completed(path: string, body: Body, change: Parameters<typeof known>[1] = {}): JobRequest {
  const { decode, complete } = route(path);
  const draft = decode(body, READING);
  const inputs = known(draft, change);
  const refs = inputs.map(({ ref }) => ref);
  return (complete ? complete(draft, inputs) : settledDraft(draft, refs)) ?? assert.fail('nothing settles its length');
}
