/** What the operations with references, masks and templates decode to, what their inputs decide, and their prices. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JobRequest } from '../../src/core/request.ts';
import { pixversePrice } from '../../src/wire/pixverse/prices.ts';
import { type Body, completed, refused } from '../support/pixverse.ts';

const price = (request: JobRequest): number => Number(pixversePrice(request)) / 1000;
const rolesOf = ({ inputs }: JobRequest) => inputs.map(({ role }) => role);

const FUSION = '/video/fusion/generate';
const SWAP = '/video/swap/generate';
const MODIFY = '/video/modify/generate';
const MASKS = '/video/mask/selection';

describe('PixVerse references decoded', () => {
  const reference = { type: 'subject', img_id: 1, ref_name: 'dog' };
  const body: Body = {
    image_references: [reference, { type: 'background', img_id: '2', ref_name: 'room' }],
    prompt: '@dog plays at @room',
    model: 'v4.5',
    duration: 5,
    quality: '540p',
    aspect_ratio: '16:9',
  };

  test('pictures [pixverse-ops.fusion.references] [pixverse-ops.fusion.required] [pixverse-ops.price.fusion]', () => {
    const request = completed(FUSION, body);
    assert.deepEqual(
      request.inputs.map(({ role, assetId, name }) => [role, assetId, name]),
      [
        ['reference', 1, 'dog'],
        ['background', 2, 'room'],
      ],
    );
    assert.deepEqual([request.aspectRatio, request.durationS, price(request)], ['16:9', 5, 45]);
    const sounding = { ...body, model: 'v5.6', generate_audio_switch: true };
    assert.equal(price(completed(FUSION, sounding)), 80);
    assert.equal(completed(FUSION, { ...body, aspect_ratio: 'auto' }).aspectRatio, null);
    const plain = completed(FUSION, { ...body, image_references: [{ img_id: 1 }] });
    assert.deepEqual([plain.inputs[0]?.role, plain.inputs[0]?.name], ['reference', undefined]);
    completed(FUSION, { ...body, reference_mode: 'omni', video_references: [] });
  });

  test('videos [pixverse-ops.fusion.videos] [pixverse-ops.price.fusion]', () => {
    const omni = { ...body, model: 'v6', duration: 0, quality: '720p', reference_mode: 'omni' };
    for (const video of [{ media_id: 9 }, { video_media_id: 9 }, { source_video_id: 9 }]) {
      const request = completed(FUSION, { ...omni, video_references: [{ ref_name: 'v', ...video }] });
      assert.deepEqual(rolesOf(request), ['reference', 'background', 'reference']);
      assert.deepEqual([request.durationS, request.options?.omni, price(request)], [5, true, 90]);
    }
    const videos = { ...omni, video_references: [{ media_id: 9 }] };
    const at = (durationMs: number) => completed(FUSION, videos, { reference: { durationMs } }).durationS;
    assert.deepEqual([at(5001), at(14_900), at(29_000)], [6, 15, 15]);
    refused(() => at(31_000), 400017, 'video_references[0].video_media_id');
  });
});

describe('PixVerse redrawing decoded', () => {
  test('restyle and upscale [pixverse-ops.restyle.one] [pixverse-ops.upscale.rules] [pixverse-ops.price.ours]', () => {
    const listed = completed('/video/restyle/generate', { video_media_id: 9, restyle_id: '1001', seed: 4 });
    assert.deepEqual(listed.options, { restyleId: 1001, sourceS: 5, keepSound: true });
    assert.deepEqual([listed.durationS, listed.seed, price(listed)], [5, 4, 50]);
    const said = completed('/video/restyle/generate', { video_media_id: 9, restyle_prompt: 'ink', restyle_id: 0 });
    assert.deepEqual([said.prompt, said.options?.restyleId], ['ink', null]);
    const larger = completed('/video/upscale/generate', { source_video_id: 9 }, { source: { hasAudio: false } });
    assert.deepEqual(larger.options, { sourceS: 5, keepSound: false });
    assert.equal(price(larger), 25);
  });

  test('motion control [pixverse-ops.motion-control.rules] [pixverse-ops.price.motion-control]', () => {
    const path = '/video/mimic/generate';
    const body: Body = { video_media_id: 9, img_id: 1 };
    const prices = ['360p', '540p', '720p'].map((quality) => price(completed(path, { ...body, quality })));
    assert.deepEqual(prices, [45, 50, 60]);
    const large = { ...body, quality: '360p' };
    assert.deepEqual(rolesOf(completed(path, large, { source: { bytes: 100 * 2 ** 20 } })), ['image', 'source']);
    refused(() => completed(path, large, { source: { bytes: 100 * 2 ** 20 + 1 } }), 400017, 'video_media_id');
  });

  test('mask selection [pixverse-ops.mask.keyframe] [pixverse-ops.mask.codec] [pixverse-ops.price.mask]', () => {
    const at = (keyframe?: number) => completed(MASKS, { video_media_id: 9, keyframe_id: keyframe });
    assert.deepEqual(
      [at(), at(0), at(1), at(120)].map(({ options }) => options?.keyframes),
      [[1], [1], [1], [120]],
    );
    refused(() => at(121), 400017, 'keyframe_id');
    assert.equal(price(at()), 2);
    const coded = (videoCodec: string) => completed(MASKS, { video_media_id: 9 }, { source: { videoCodec } });
    coded('hevc');
    refused(() => coded('vp9'), 400017, 'video_media_id');
  });

  const madeBy = completed(MASKS, { video_media_id: 9, keyframe_id: 3 });

  test('swap [pixverse-ops.swap.together] [pixverse-ops.swap.sound] [pixverse-ops.price.ours]', () => {
    const body: Body = { video_media_id: 9, keyframe_id: 3, mask_id: '7', img_id: 1, quality: '720p' };
    const request = completed(SWAP, body, { mask: { madeBy } });
    assert.deepEqual(rolesOf(request), ['source', 'mask', 'image']);
    assert.deepEqual(request.options, { keyframes: [3], keepSound: true, sourceS: 5 });
    assert.equal(price(request), 60);
    const silent = completed(SWAP, { ...body, original_sound_switch: false }, { mask: { madeBy } });
    assert.equal(silent.options?.keepSound, false);
    refused(() => completed(SWAP, { ...body, keyframe_id: 4 }, { mask: { madeBy } }), 400017, 'keyframe_id');
    refused(() => completed(SWAP, { ...body, keyframe_id: 400 }, { mask: { madeBy } }), 400017, 'keyframe_id');
    refused(() => completed(SWAP, { ...body, video_media_id: 10 }, { mask: { madeBy } }), 400017, 'mask_id');
    refused(() => completed(SWAP, body), 400017, 'mask_id');
  });

  test('modify [pixverse-ops.modify.rules] [pixverse-ops.swap.together]', () => {
    const body: Body = {
      video_media_id: 9,
      prompt: '@selection0 is @img0',
      img_ids: [1],
      mask_ids: ['7'],
      quality: '540p',
    };
    const request = completed(MODIFY, body, { mask: { madeBy } });
    assert.deepEqual(
      request.inputs.map(({ role, name }) => [role, name]),
      [
        ['source', undefined],
        ['mask', 'selection0'],
        ['reference', 'img0'],
      ],
    );
    assert.deepEqual(request.options?.keyframes, [3], 'that of its mask');
    assert.equal(price(request), 50);
    for (const keyframe_ids of [3, [3, 4]]) completed(MODIFY, { ...body, keyframe_ids }, { mask: { madeBy } });
    refused(() => completed(MODIFY, { ...body, keyframe_ids: 4 }, { mask: { madeBy } }), 400017, 'keyframe_ids');
    refused(() => completed(MODIFY, { ...body, video_media_id: 10 }, { mask: { madeBy } }), 400017, 'mask_ids[0]');
    completed(MODIFY, { video_media_id: 9, prompt: 'it snows', quality: '360p' });
  });
});

describe('PixVerse templates decoded', () => {
  test('of videos [pixverse-ops.template.rules] [pixverse-ops.price.ours]', () => {
    const body: Body = {
      template_id: 384631857552768,
      img_id: 1,
      quality: '720p',
      prompt: '',
      duration: 15,
      model: 'any',
    };
    const request = completed('/video/img/generate', body);
    assert.deepEqual([request.operation, request.durationS, request.model], ['template', 5, '']);
    assert.deepEqual(request.options, { templateId: 384631857552768 });
    assert.equal(price(request), 60);
    const music = completed('/video/img/generate', { ...body, sound_effect_switch: true });
    assert.deepEqual([music.audio, price(music)], [true, 70]);
    const fromText = completed('/video/text/generate', { template_id: '302325299692608', quality: '360p' });
    assert.deepEqual([fromText.aspectRatio, fromText.inputs.length, price(fromText)], ['16:9', 0, 45]);
    const several = completed('/video/img/generate', { ...body, img_id: undefined, img_ids: [1] });
    assert.deepEqual(several.inputs, request.inputs);
  });

  test('of pictures [pixverse-ops.image-template.rules] [pixverse-ops.price.ours]', () => {
    for (const id of [1, '1']) {
      const request = completed('/image/template/generate', { img_ids: [id], template_id: 377378608924544 });
      assert.deepEqual([request.operation, request.inputs[0]?.assetId, request.durationS], ['image-template', 1, 0]);
      assert.equal(price(request), 10);
    }
  });
});

describe('PixVerse avatars, agents and music decoded', () => {
  test('avatar [pixverse-ops.avatar.rules] [pixverse-ops.price.ours]', () => {
    const path = '/video/avatar/generate';
    const sung = completed(path, { img_id: 1, quality: '360p', audio_media_id: 7 });
    assert.deepEqual([rolesOf(sung), sung.durationS, price(sung)], [['image', 'sound'], 12, 84]);
    const words = { lip_sync_tts_speaker_id: '7', lip_sync_tts_content: 'sixteen letters!' };
    const said = completed(path, { img_id: 1, quality: '1080p', ...words });
    assert.deepEqual([said.durationS, said.speech?.speakerId, price(said)], [2, '7', 46]);
  });

  test('viral recreation [pixverse-ops.agent.viral] [pixverse-ops.agent.ids]', () => {
    const body: Body = {
      agent_id: '414562414124109',
      prompt: 'again',
      img_references: [{ img_url: 'https://example.com/a.png' }],
      video_references: [{ video_url: 'https://example.com/v.mp4' }],
      quality: '1080p',
      aspect_ratio: '9:16',
    };
    const made = (change: object = {}) =>
      completed('/video/agent/generate', body, { reference: { width: 640, height: 640, ...change } });
    const request = made();
    assert.deepEqual([request.options?.agent?.name, request.durationS, price(request)], ['viral-recreation', 5, 113]);
    for (const change of [{ durationMs: 1900 }, { width: 639 }, { height: 1921 }, { bytes: 101 * 2 ** 20 }]) {
      refused(() => made(change), 400017, 'video_references[0].video_url');
    }
  });

  test('real estate [pixverse-ops.agent.estate]', () => {
    const body: Body = { agent_id: 419629433597950, quality: '720p', product_url: 'https://example.com/house' };
    const made = (change: Body) => completed('/video/agent/generate', { ...body, ...change });
    const fast = made({ model: 'fast' });
    assert.deepEqual([fast.inputs.length, fast.durationS, price(fast)], [0, 15, 225]);
    const ad = { model: 'pro', mode: 'ad_house_tour', video_style: 'cozy', duration: 30, language_code: 'auto' };
    assert.deepEqual(made(ad).options?.agent?.settings, {
      model: 'pro',
      language_code: 'auto',
      product_url: 'https://example.com/house',
      mode: 'ad_house_tour',
      video_style: 'cozy',
    });
    assert.equal(price(made({ model: 'pro', quality: '480p' })), 300);
  });

  test('music [pixverse-ops.music.rules] [pixverse-ops.price.music]', () => {
    const body: Body = { mv_agent_type: 'vibe_mv', audio_media_id: 7, aspect_ratio: '9:16' };
    const made = (quality: string, change: Body = {}) =>
      completed('/video/music_mv_agent/generate', { ...body, quality, ...change }, { sound: { durationMs: 10_500 } });
    assert.deepEqual([price(made('720p')), price(made('1080p'))], [165, 248]);
    const words = [{ start: 0, end: 1, word: 'la' }];
    const full = made('720p', {
      mv_style: 'retro',
      caption_switch: true,
      lyric_timestamp: { words },
      img_references: [{ img_id: 3 }],
    });
    assert.deepEqual(rolesOf(full), ['sound', 'reference']);
    assert.deepEqual(full.options?.agent, {
      name: 'vibe_mv',
      settings: { mv_style: 'retro', caption_switch: true, lyric_timestamp: JSON.stringify({ words }) },
    });
    refused(
      () => completed('/video/music_mv_agent/generate', { ...body, quality: '720p' }, { sound: { durationMs: 9000 } }),
      400017,
      'audio_media_id',
    );
  });
});
