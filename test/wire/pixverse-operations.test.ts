/** What the create operations decode to, and what their inputs decide. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JobRequest } from '../../src/core/request.ts';
import { pixverseCatalogWith, pixversePrice } from '../../src/wire/pixverse/prices.ts';
import { type Body, completed, refused } from '../support/pixverse.ts';

/** Whole credits. */
const price = (request: JobRequest): number => Number(pixversePrice(request)) / 1000;

const TRANSITION = '/video/transition/generate';
const MULTI = '/video/multi_transition/generate';
const EXTEND = '/video/extend/generate';
const LIP_SYNC = '/video/lip_sync/generate';
const SOUND = '/video/sound_effect/generate';

describe('PixVerse transitions decoded', () => {
  const body: Body = {
    prompt: 'p',
    model: 'v5',
    duration: 5,
    quality: '540p',
    first_frame_img: 1,
    last_frame_img: '2',
  };

  test('a transition, priced as a clip [pixverse-ops.transition.required] [pixverse-ops.price.clips]', () => {
    const request = completed(TRANSITION, { ...body, aspect_ratio: '1:1' });
    assert.deepEqual(
      request.inputs.map(({ role, assetId }) => [role, assetId]),
      [
        ['first-frame', 1],
        ['last-frame', 2],
      ],
    );
    assert.deepEqual([request.operation, request.aspectRatio, request.durationS], ['transition', null, 5]);
    assert.equal(price(request), 45);
    assert.equal(price(completed(TRANSITION, { ...body, model: 'v6', generate_audio_switch: true })), 45);
    const spoken = { lip_sync_tts_switch: 'true', lip_sync_tts_content: 'hi', lip_sync_tts_speaker_id: 'auto' };
    assert.equal(price(completed(TRANSITION, { ...body, ...spoken })), 65);
    assert.equal(completed(TRANSITION, { ...body, lip_sync_tts_switch: 'false' }).speech, null);
  });

  test('a multi-transition [pixverse-ops.multi-transition.durations] [pixverse-ops.price.ours]', () => {
    const frames = [3, 2, 0].map((duration, index) => ({ img_id: index + 1, duration, prompt: `to ${index}` }));
    const request = completed(MULTI, { multi_transition: frames, model: 'v5', quality: '720p' });
    assert.deepEqual(request.options?.segments, [
      { durationS: 3, prompt: 'to 0' },
      { durationS: 2, prompt: 'to 1' },
    ]);
    assert.deepEqual(
      request.inputs.map(({ role, assetId }) => [role, assetId]),
      [
        ['frame', 1],
        ['frame', 2],
        ['frame', 3],
      ],
    );
    assert.equal(request.durationS, 5);
    assert.equal(price(request), 60);
    const fast = { multi_transition: frames, model: 'v4', quality: '720p', motion_mode: 'fast' };
    assert.equal(price(completed(MULTI, fast)), 120);
    const whole = [5, 5, 5, 5, 5, 5].map((duration) => ({ img_id: 1, duration }));
    assert.equal(
      completed(MULTI, { multi_transition: [...whole, { img_id: 1 }], model: 'v5', quality: '360p' }).durationS,
      30,
    );
  });
});

describe('PixVerse operations on videos decoded', () => {
  test('extend [pixverse-ops.extend.fields] [pixverse-ops.extend.models] [pixverse-ops.price.clips]', () => {
    const body: Body = { video_media_id: 9, prompt: 'p', model: 'v6', duration: 3, quality: '540p' };
    const request = completed(EXTEND, { ...body, generate_audio_switch: true });
    assert.deepEqual(request.options, { sourceS: 5, keepSound: true });
    assert.deepEqual([request.durationS, request.audio, price(request)], [3, true, 27]);
    const older = completed(EXTEND, { ...body, model: 'v5.5', duration: 5, generate_audio_switch: true });
    assert.deepEqual([older.audio, price(older)], [false, 35]);
  });

  test('lip sync of each kind [pixverse-ops.lip-sync.combinations] [pixverse-ops.price.lip-sync]', () => {
    const words = { lip_sync_tts_speaker_id: 'Auto', lip_sync_tts_content: 'hello this is harry, where are you from?' };
    for (const source of [{ source_video_id: 4 }, { video_media_id: 4 }]) {
      const said = completed(LIP_SYNC, { ...source, ...words });
      assert.deepEqual(said.speech, { text: words.lip_sync_tts_content, speakerId: 'auto' });
      assert.deepEqual([said.durationS, said.audio, said.inputs.length], [5, true, 1]);
      assert.equal(price(said), 12, '40 bytes are three times 15, started');
      const sung = completed(LIP_SYNC, { ...source, audio_media_id: 7 });
      assert.deepEqual(
        sung.inputs.map(({ role, kind }) => [role, kind]),
        [
          ['source', 'video'],
          ['sound', 'audio'],
        ],
      );
      assert.equal(price(sung), 48, '12 s of sound');
    }
    assert.equal(
      price(completed(LIP_SYNC, { source_video_id: 4, audio_media_id: 7 }, { sound: { durationMs: 12_001 } })),
      52,
    );
    const umlauts = { ...words, lip_sync_tts_content: 'äöüäöüäö' };
    assert.equal(price(completed(LIP_SYNC, { source_video_id: 4, ...umlauts })), 8, '16 bytes');
  });

  test('sound effects [pixverse-ops.sound-effect.text] [pixverse-ops.sound-effect.original] [pixverse-ops.price.sound-effect]', () => {
    const older = completed(SOUND, { source_video_id: 4, sound_effect_content: 'rain', original_sound_switch: true });
    const newer = completed(SOUND, { source_video_id: 4, prompt: 'rain', original_sound_switch: true });
    assert.deepEqual(older, newer);
    assert.deepEqual([newer.soundEffect, newer.options?.keepSound, price(newer)], ['rain', true, 10]);
    const automatic = completed(SOUND, { source_video_id: 4 }, { source: { durationMs: 8000, hasAudio: false } });
    assert.deepEqual([automatic.soundEffect, automatic.options?.keepSound, price(automatic)], ['', false, 20]);
    const silent = { source: { hasAudio: false } };
    const kept = completed(SOUND, { source_video_id: 4, original_sound_switch: true }, silent);
    assert.equal(kept.options?.keepSound, false, 'there is none to keep');
  });

  test('limits of a source [pixverse-ops.source.limits] [pixverse-ops.extend.webm]', () => {
    const bodies: [string, Body][] = [
      [EXTEND, { prompt: 'p', model: 'v6', duration: 3, quality: '540p' }],
      [LIP_SYNC, { audio_media_id: 7 }],
      [SOUND, {}],
    ];
    for (const [path, body] of bodies) {
      const uploaded = { ...body, video_media_id: 9 };
      completed(path, uploaded, { source: { durationMs: 30_000, width: 1920, height: 1080, bytes: 50 * 2 ** 20 } });
      completed(path, uploaded, { source: { mime: 'video/quicktime' } });
      for (const change of [
        { durationMs: 30_200 },
        { durationMs: 0 },
        { width: 1921 },
        { height: 1921 },
        { bytes: 50 * 2 ** 20 + 1 },
        { mime: 'video/x-matroska' },
      ]) {
        refused(() => completed(path, uploaded, { source: change }), 400017, 'video_media_id');
      }
      const webm = () => completed(path, uploaded, { source: { mime: 'video/webm' } });
      if (path === EXTEND) webm();
      else refused(webm, 400017, 'video_media_id');
      const made = { ...body, source_video_id: 9 };
      completed(path, made, { source: { width: 2520 } });
      refused(() => completed(path, made, { source: { durationMs: 31_000 } }), 400017, 'source_video_id');
    }
  });

  test('limits of a sound [pixverse-ops.lip-sync.sound]', () => {
    const body = { video_media_id: 9, audio_media_id: 7 };
    for (const change of [{ mime: 'audio/wav' }, { durationMs: 30_000 }]) completed(LIP_SYNC, body, { sound: change });
    for (const change of [{ mime: 'audio/ogg' }, { durationMs: 31_000 }, { bytes: 50 * 2 ** 20 + 1 }]) {
      refused(() => completed(LIP_SYNC, body, { sound: change }), 400017, 'audio_media_id');
    }
  });
});

describe('PixVerse prices of ours', () => {
  test('are changed by name [pixverse-ops.price.ours]', () => {
    const frames = [{ img_id: 1, duration: 2 }, { img_id: 2 }];
    const request = completed(MULTI, { multi_transition: frames, model: 'v5', quality: '360p' });
    assert.equal(price(request), 18);
    assert.equal(pixverseCatalogWith({ prices: { 'multi-transition.360p': 1.25 } }).price(request), 3000, 'rounded up');
    assert.throws(
      () => pixverseCatalogWith({ prices: { 'multi-transition': 1 } }),
      /did you mean multi-transition\.\d+p\?/,
    );
  });
});
