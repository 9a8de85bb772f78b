import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MediaInfo } from '../../src/contracts/media.ts';
import type { AssetView, JobView } from '../../src/contracts/views.ts';
import { JOB_STATES, type JobState } from '../../src/core/job.ts';
import { ERRORS, type ErrorCode, Refusal } from '../../src/std/errors.ts';
import {
  balanceAnswer,
  createAnswer,
  imageUploadAnswer,
  statusAnswer,
  success,
} from '../../src/wire/pixverse/answers.ts';
import { pixverseDialect } from '../../src/wire/pixverse/dialect.ts';
import { ERRORS_ON_WIRE } from '../../src/wire/pixverse/errors.ts';
import { IMAGE_UPLOAD } from '../../src/wire/pixverse/uploads.ts';

const INFO: MediaInfo = {
  kind: 'video',
  mime: 'video/mp4',
  extension: 'mp4',
  width: 640,
  height: 360,
  durationMs: 1000,
  fps: 24,
  frames: 24,
  hasAudio: true,
  videoCodec: 'avc',
  audioCodec: 'aac',
};
const ASSET: AssetView = { id: 9, path: '/media/9.mp4?e=1&s=2', bytes: 1234, sha256: 'ab', info: INFO };

const job = (state: JobState, change: Partial<JobView> = {}): JobView => ({
  id: 7,
  tenantId: 1,
  dialect: 'pixverse',
  request: {
    operation: 'text-to-video',
    model: 'v6',
    prompt: 'a cat',
    negativePrompt: 'dogs',
    seed: 3,
    quality: '360p',
    durationS: 1,
    aspectRatio: '16:9',
    audio: true,
    motionMode: 'normal',
    style: '',
    cameraMovement: null,
    multiClip: false,
    soundEffect: null,
    speech: null,
    inputs: [],
  },
  state,
  price: 7000,
  credit: { state: 'held', amount: 7000 },
  progress: null,
  queuePlace: null,
  account: null,
  attempts: 0,
  error: null,
  result: state === 'succeeded' ? ASSET : null,
  cover: null,
  masks: [],
  traceId: null,
  createdAt: Date.UTC(2026, 10, 20, 8, 30),
  updatedAt: Date.UTC(2026, 10, 20, 8, 31),
  finishedAt: null,
  deleted: false,
  ...change,
});

describe('PixVerse errors', () => {
  test('every code has a number of the table of codes [pixverse.errors.table]', () => {
    const known = [
      10004, 10005, 99999, 400011, 400012, 400013, 400017, 400018, 400019, 400032, 400080, 500008, 500020, 500030,
      500031, 500032, 500033, 500041, 500042, 500044, 500052, 500054, 500060, 500063, 500064, 500069, 500070, 500071,
      500090, 500100, 701002, 701003, 701020,
    ];
    for (const code of Object.keys(ERRORS) as ErrorCode[]) {
      assert.ok(known.includes(ERRORS_ON_WIRE[code].code), code);
      const { status, body } = pixverseDialect.refusal(new Refusal(code));
      assert.equal(status, ERRORS_ON_WIRE[code].http);
      if (code === 'image_moderated') {
        // §1: documented so, with lower-case keys and a text.
        assert.deepEqual({ ...(body as object), err_msg: '' }, { err_code: 500052, err_msg: '', resp: '' });
        continue;
      }
      assert.deepEqual(Object.keys(body as object), ['ErrCode', 'ErrMsg', 'Resp']);
      assert.equal((body as { Resp: unknown }).Resp, null);
    }
  });

  test('money, permission and queue [pixverse.errors.money]', () => {
    const pinned = [
      ['credits_insufficient', 500090],
      ['budget_exceeded', 500090],
      ['permission_denied', 500020],
      ['queue_full', 500044],
    ] as const;
    for (const [code, number] of pinned) assert.deepEqual(ERRORS_ON_WIRE[code], { http: 200, code: number });
  });

  test('only the transport has statuses of its own [pixverse.envelope.refusal] [pixverse.envelope.transport]', () => {
    const statuses = Object.fromEntries(
      Object.entries(ERRORS_ON_WIRE)
        .filter(([, { http }]) => http !== 200)
        .map(([code, { http }]) => [code, http]),
    );
    assert.deepEqual(statuses, {
      key_missing: 401,
      key_wrong: 401,
      key_disabled: 401,
      key_expired: 401,
      route_unknown: 404,
      method_not_allowed: 405,
      body_too_large: 413,
      media_type_unsupported: 415,
      rate_limited: 429,
      unavailable: 503,
      database_failed: 503,
      internal: 500,
      image_moderated: 500,
    });
  });

  test('messages name the field, and say when to come back', () => {
    const answer = pixverseDialect.refusal(new Refusal('parameter_invalid', { field: 'quality', message: 'No.' }));
    assert.equal((answer.body as { ErrMsg: string }).ErrMsg, 'quality: No.');
    const image = pixverseDialect.refusal(new Refusal('image_id_invalid', { message: 'No such picture.' }));
    assert.match((image.body as { ErrMsg: string }).ErrMsg, /^img_id: /);
    const later = pixverseDialect.refusal(new Refusal('rate_limited', { retryAfterS: 1.2 }));
    assert.equal(later.status, 429);
    assert.deepEqual(later.headers, { 'retry-after': '2' });
  });
});

describe('PixVerse answers', () => {
  test('the envelope of a success [pixverse.envelope.success]', () => {
    assert.deepEqual(success({ a: 1 }), { ErrCode: 0, ErrMsg: 'success', Resp: { a: 1 } });
  });

  test('a create [pixverse.create.answer]', () => {
    assert.deepEqual(createAnswer(job('queued')), { video_id: 7, credits: 7 });
    assert.deepEqual(createAnswer(job('queued', { price: 7001 })), { video_id: 7, credits: 8 }, 'rounded up');
  });

  test('every state has its status [pixverse.status.codes]', () => {
    const spelled = Object.fromEntries(JOB_STATES.map((state) => [state, statusAnswer(job(state), 'http://h').status]));
    assert.deepEqual(spelled, {
      queued: 5,
      submitting: 5,
      running: 5,
      storing: 5,
      unknown: 5,
      succeeded: 1,
      failed: 8,
      moderated: 7,
      cancelled: 8,
      expired: 8,
    });
    assert.deepEqual(pixverseDialect.states, spelled);
    const deleted = statusAnswer(job('succeeded', { deleted: true, result: null }), 'http://h');
    assert.equal(deleted.status, 6);
    assert.equal(deleted.url, '');
  });

  test('a status in full [pixverse.status.fields] [pixverse.status.url]', () => {
    assert.deepEqual(statusAnswer(job('succeeded'), 'https://pool.example'), {
      id: 7,
      status: 1,
      url: 'https://pool.example/media/9.mp4?e=1&s=2',
      prompt: 'a cat',
      negative_prompt: 'dogs',
      style: '',
      seed: 3,
      size: 1234,
      outputWidth: 640,
      outputHeight: 360,
      resolution_ratio: 360,
      create_time: '2026-11-20T08:30:00.000Z',
      modify_time: '2026-11-20T08:31:00.000Z',
      has_audio: true,
      customer_paths: {},
    });
  });

  test('no state loses a field or changes its type [pixverse.status.fields]', () => {
    const full: Record<string, unknown> = { ...statusAnswer(job('succeeded'), 'http://h') };
    for (const state of JOB_STATES) {
      const answer: Record<string, unknown> = { ...statusAnswer(job(state), 'http://h') };
      assert.deepEqual(Object.keys(answer), Object.keys(full));
      for (const [key, value] of Object.entries(answer)) assert.equal(typeof value, typeof full[key], key);
      if (state !== 'succeeded') assert.equal(answer['url'], '');
    }
  });

  test('a balance is what can be spent, in whole credits [pixverse.balance.fields] [pixverse.balance.sum]', () => {
    const books = { tenantId: 3, tenant: 't', available: 0, held: 5000 };
    const answer = balanceAnswer({ ...books, daily: 1500, monthly: 2600, package: 7999, promo: 1000 });
    assert.deepEqual(answer, { account_id: 3, credit_monthly: 4, credit_package: 8 });
  });

  test('an upload, and what is taken [pixverse.upload.answer] [pixverse.upload.policy]', () => {
    const asset = { id: 5, path: '/media/5.png' };
    assert.deepEqual(imageUploadAnswer(asset, 'http://h'), { img_id: 5, img_url: 'http://h/media/5.png' });
    assert.deepEqual(IMAGE_UPLOAD.mimes, ['image/png', 'image/jpeg', 'image/webp']);
    assert.ok(IMAGE_UPLOAD.maxBytes < 20 * 1024 * 1024);
    assert.equal(IMAGE_UPLOAD.maxSidePx, 10_000);
  });
});
