/** The rules of clips over HTTP: what text to video and image to video take, refuse and charge, model by model. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { CAMERA_MOVEMENTS, LIMITS, MODEL_QUALITIES, MODELS, STYLES } from '../../src/wire/pixverse/models.ts';
import { startGateway } from '../support/gateway.ts';
import { picture } from '../support/pixverse-uploads.ts';
import { waitingClient } from '../support/pixverse-waiting.ts';

type Body = Record<string, unknown>;

const gateway = await startGateway({ after });
const waiting = await waitingClient(gateway);
const CLIP: Body = { prompt: 'a cat', model: 'v6', duration: 5, quality: '540p', seed: 4711 };
const TEXT: Body = { ...CLIP, aspect_ratio: '16:9' };
const IMAGE: Body = { ...CLIP, img_id: await picture(waiting.client) };
const [OF_TEXT, OF_IMAGE] = ['/video/text/generate', '/video/img/generate'];

const text = async (change: Body = {}) => (await waiting.order(OF_TEXT, { ...TEXT, ...change })).request;
const image = async (change: Body = {}) => (await waiting.order(OF_IMAGE, { ...IMAGE, ...change })).request;
const refusedText = (change: Body, errCode: number, field: string) =>
  waiting.refused(OF_TEXT, { ...TEXT, ...change }, errCode, field);
const refusedImage = (change: Body, errCode: number, field: string) =>
  waiting.refused(OF_IMAGE, { ...IMAGE, ...change }, errCode, field);

describe('PixVerse rules for videos', () => {
  test('required fields [pixverse.video.required]', async () => {
    for (const field of ['prompt', 'model', 'duration', 'quality']) {
      await refusedText({ [field]: undefined }, 400011, field);
      await refusedImage({ [field]: undefined }, 400011, field);
    }
    for (const field of ['prompt', 'model', 'quality']) {
      await refusedText({ [field]: '' }, 400011, field);
      await refusedText({ [field]: '  ' }, 400011, field);
    }
    await refusedText({ aspect_ratio: undefined }, 400011, 'aspect_ratio');
    await refusedImage({ img_id: undefined }, 400011, 'img_id');
    await refusedImage({ img_id: '' }, 400011, 'img_id');
    await refusedImage({ img_id: undefined, img_ids: [12] }, 400011, 'img_id');
  });

  test('models [pixverse.video.model]', async () => {
    assert.deepEqual(MODELS, ['v3.5', 'v4', 'v4.5', 'v5', 'v5.5', 'v5.6', 'v6', 'c1']);
    for (const model of MODELS) assert.equal((await text({ model })).model, model);
    for (const model of ['v7', 'V6', 'v5-fast', 'constructor', '__proto__', 'toString']) {
      assert.match(await refusedText({ model }, 400017, 'model'), /v3\.5, v4, v4\.5, v5, v5\.5, v5\.6, v6, c1/);
    }
  });

  /** Durations accepted at a quality, out of everything from −1 to 20 s. */
  const durations = async (model: string, quality: string): Promise<number[]> => {
    const taken: number[] = [];
    for (let duration = -1; duration <= 20; duration++) {
      const { body } = await waiting.client.post(OF_TEXT, { body: { ...TEXT, model, quality, duration } });
      if (body.ErrCode === 0) taken.push(duration);
      else assert.match(`${body.ErrCode} ${body.ErrMsg}`, /^400017 duration/);
    }
    return taken;
  };
  const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);

  test('durations [pixverse.video.duration]', async () => {
    for (const quality of ['360p', '540p', '720p']) {
      for (const model of ['v3.5', 'v4', 'v4.5', 'v5'])
        assert.deepEqual(await durations(model, quality), [5, 8], model);
      for (const model of ['v5.5', 'v5.6']) assert.deepEqual(await durations(model, quality), [5, 8, 10], model);
      for (const model of ['v6', 'c1']) assert.deepEqual(await durations(model, quality), upTo(15), model);
    }
    assert.match(await refusedText({ model: 'v5', duration: 7 }, 400017, 'duration'), /5, 8/);
  });

  test('durations at 1080p [pixverse.video.duration-1080p]', async () => {
    assert.deepEqual(await durations('v3.5', '1080p'), [5]);
    for (const model of ['v5', 'v5.5', 'v5.6']) assert.deepEqual(await durations(model, '1080p'), [5, 8], model);
    for (const model of ['v6', 'c1']) assert.deepEqual(await durations(model, '1080p'), upTo(15), model);
  });

  test('v4 and v4.5 at 1080p have no 8 s [pixverse.video.duration-1080p-v4]', async () => {
    for (const model of ['v4', 'v4.5']) assert.deepEqual(await durations(model, '1080p'), [5], model);
  });

  test('qualities [pixverse.video.quality]', async () => {
    for (const quality of ['360p', '540p', '720p', '1080p']) assert.equal((await text({ quality })).quality, quality);
    for (const quality of ['480p', '4k', '540', '540P', 'turbo']) {
      assert.match(await refusedText({ quality }, 400017, 'quality'), /360p, 540p, 720p, 1080p/);
    }
  });

  test('ratios [pixverse.video.ratio]', async () => {
    const five = ['16:9', '4:3', '1:1', '3:4', '9:16'];
    const more = ['2:3', '3:2', '21:9'];
    for (const model of MODELS) {
      for (const ratio of five) assert.equal((await text({ model, aspect_ratio: ratio })).aspectRatio, ratio);
      for (const ratio of more) {
        if (model === 'v6' || model === 'c1')
          assert.equal((await text({ model, aspect_ratio: ratio })).aspectRatio, ratio);
        else await refusedText({ model, aspect_ratio: ratio }, 400017, 'aspect_ratio');
      }
      for (const ratio of ['auto', '9.16', '16x9']) {
        await refusedText({ model, aspect_ratio: ratio }, 400017, 'aspect_ratio');
      }
    }
  });

  test('prompts [pixverse.video.prompt]', async () => {
    for (const model of MODELS) {
      assert.equal((await text({ model, prompt: 'x'.repeat(5000) })).prompt.length, 5000);
      await refusedText({ model, prompt: 'x'.repeat(5001) }, 400018, 'prompt');
    }
    assert.equal((await image({ prompt: '🙂'.repeat(5000) })).prompt.length, 10_000, 'characters, not UTF-16 units');
    await refusedImage({ prompt: '🙂'.repeat(5001) }, 400018, 'prompt');
  });

  test('negative prompts [pixverse.video.negative-prompt]', async () => {
    assert.equal((await text({ negative_prompt: 'blurry' })).negativePrompt, 'blurry');
    assert.equal((await text({ negative_prompt: 'x'.repeat(2048) })).negativePrompt.length, 2048);
    await refusedText({ negative_prompt: 'x'.repeat(2049) }, 400019, 'negative_prompt');
  });

  test('seeds [pixverse.video.seed]', async () => {
    for (const seed of [0, 1, 2147483647]) assert.equal((await text({ seed })).seed, seed);
    const { seed: picked } = await text({ seed: undefined });
    assert.ok(Number.isInteger(picked) && picked >= 0 && picked <= 2147483647);
    for (const seed of [-1, 2147483648, 1e300]) await refusedText({ seed }, 400017, 'seed');
  });

  test('motion [pixverse.video.motion]', async () => {
    for (const model of ['v3.5', 'v4', 'v4.5']) {
      assert.equal((await text({ model, motion_mode: 'fast' })).motionMode, 'fast');
      assert.equal((await text({ model, motion_mode: 'normal', duration: 8 })).motionMode, 'normal');
      await refusedText({ model, motion_mode: 'fast', duration: 8 }, 400017, 'motion_mode');
      await refusedText({ model, motion_mode: 'fast', quality: '1080p' }, 400017, 'motion_mode');
      await refusedText({ model, motion_mode: 'slow' }, 400017, 'motion_mode');
    }
    for (const model of ['v5', 'v5.5', 'v5.6', 'v6', 'c1']) {
      assert.equal((await text({ model, motion_mode: 'fast', duration: 8 })).motionMode, 'normal', 'ignored');
    }
  });

  test('camera movements [pixverse.video.camera]', async () => {
    assert.equal(CAMERA_MOVEMENTS.length, 20);
    for (const movement of CAMERA_MOVEMENTS) {
      assert.equal((await text({ model: 'v4', camera_movement: movement })).cameraMovement, movement);
    }
    assert.equal((await image({ model: 'v4.5', camera_movement: 'zoom_in' })).cameraMovement, 'zoom_in');
    assert.equal((await image({ model: 'v5', camera_movement: 'zoom_in' })).cameraMovement, 'zoom_in');
    await refusedText({ model: 'v5', camera_movement: 'zoom_in' }, 400017, 'camera_movement');
    for (const model of ['v3.5', 'v5.5', 'v5.6', 'v6', 'c1']) {
      await refusedText({ model, camera_movement: 'zoom_in' }, 400017, 'camera_movement');
      await refusedImage({ model, camera_movement: 'zoom_in' }, 400017, 'camera_movement');
      assert.equal((await text({ model, camera_movement: '' })).cameraMovement, null);
      assert.equal((await text({ model, camera_movement: 'default' })).cameraMovement, null);
    }
    await refusedText({ model: 'v4', camera_movement: 'zoom' }, 400017, 'camera_movement');
  });

  test('styles [pixverse.video.style]', async () => {
    for (const style of STYLES) assert.equal((await text({ model: 'v3.5', style })).style, style);
    await refusedText({ model: 'v3.5', style: 'day' }, 400017, 'style');
    for (const model of MODELS.slice(1)) await refusedText({ model, style: 'anime' }, 400017, 'style');
    assert.equal((await text({ style: '' })).style, '');
  });

  test('audio [pixverse.video.audio]', async () => {
    for (const model of MODELS) {
      const sounds = ['v5.5', 'v5.6', 'v6', 'c1'].includes(model);
      assert.equal((await text({ model, generate_audio_switch: true })).audio, sounds, model);
      assert.equal((await text({ model, generate_audio_switch: false })).audio, false);
    }
  });

  test('sound effects [pixverse.video.sound-effect]', async () => {
    for (const model of MODELS) {
      assert.equal((await text({ model, sound_effect_switch: false, sound_effect_content: 'rain' })).soundEffect, null);
      if (LIMITS[model].inlineSound) {
        const { soundEffect, audio } = await text({ model, sound_effect_switch: true, sound_effect_content: 'rain' });
        assert.deepEqual({ soundEffect, audio }, { soundEffect: 'rain', audio: true });
        assert.equal((await image({ model, sound_effect_switch: true })).soundEffect, '', 'from the picture');
      } else {
        await refusedText({ model, sound_effect_switch: true }, 400017, 'sound_effect_switch');
      }
    }
    assert.deepEqual(
      MODELS.filter((model) => LIMITS[model].inlineSound),
      ['v3.5', 'v4', 'v4.5', 'v5'],
    );
  });

  test('speech under either switch [pixverse.video.speech]', async () => {
    const words = { lip_sync_tts_content: 'hello', lip_sync_tts_speaker_id: '7' };
    for (const field of ['lip_sync_switch', 'lip_sync_tts_switch']) {
      const { speech, audio } = await text({ model: 'v5', [field]: true, ...words });
      assert.deepEqual({ speech, audio }, { speech: { text: 'hello', speakerId: '7' }, audio: true });
      await refusedText({ model: 'v6', [field]: true, ...words }, 400017, field);
      assert.equal((await text({ model: 'v6', [field]: false, ...words })).speech, null);
    }
    const both = { model: 'v5', lip_sync_switch: false, lip_sync_tts_switch: true };
    assert.equal((await text({ ...both, ...words })).speech?.text, 'hello');
    for (const id of ['auto', 'Auto']) {
      assert.equal((await text({ ...both, ...words, lip_sync_tts_speaker_id: id })).speech?.speakerId, 'auto');
    }
    assert.equal((await text({ ...both, ...words, lip_sync_tts_speaker_id: 14 })).speech?.speakerId, '14');
    await refusedText({ ...both, ...words, lip_sync_tts_speaker_id: 'nobody' }, 400017, 'lip_sync_tts_speaker_id');
    await refusedText({ ...both, lip_sync_tts_content: 'hello' }, 400011, 'lip_sync_tts_speaker_id');
    await refusedText({ ...both, lip_sync_tts_speaker_id: '7' }, 400011, 'lip_sync_tts_content');
    const long = { ...words, lip_sync_tts_content: 'é'.repeat(201) };
    await refusedText({ ...both, ...long }, 400017, 'lip_sync_tts_content');
  });

  test('several shots [pixverse.video.multi-clip]', async () => {
    for (const model of MODELS) {
      const change = { model, generate_multi_clip_switch: true };
      if (model === 'v5.5' || model === 'v6') assert.equal((await text(change)).multiClip, true);
      else if (model === 'c1') assert.equal((await text(change)).multiClip, false);
      else await refusedText(change, 400017, 'generate_multi_clip_switch');
      assert.equal((await text({ model, generate_multi_clip_switch: false })).multiClip, false);
    }
  });

  test('thinking [pixverse.video.thinking]', async () => {
    for (const thinking of ['enabled', 'disabled', 'auto']) {
      assert.deepEqual(await text({ model: 'v5.5', thinking_type: thinking }), await text({ model: 'v5.5' }));
    }
    await refusedText({ model: 'v5.5', thinking_type: 'hard' }, 400017, 'thinking_type');
    assert.deepEqual(await text({ thinking_type: 'hard' }), await text());
  });

  test('templates [pixverse.video.template]', async () => {
    for (const none of [0, '0', '', null]) {
      assert.deepEqual(await text({ template_id: none }), await text());
      assert.deepEqual(await image({ template_id: none }), await image());
    }
    for (const id of [1, '2', 1e20, 377378608924544]) {
      await refusedText({ template_id: id }, 500070, 'template_id');
      await refusedImage({ template_id: id }, 500070, 'template_id');
    }
  });

  test('one picture or several, not both [pixverse.image.both]', async () => {
    await refusedImage({ img_ids: [1, 2] }, 400017, 'img_ids');
    assert.deepEqual(await image({ img_ids: [] }), await image());
  });

  test('a ratio beside a picture is ignored [pixverse.image.ratio]', async () => {
    for (const ratio of ['auto', '16:9', '21:9', 'nonsense', 7]) {
      assert.deepEqual(await image({ aspect_ratio: ratio }), await image());
    }
  });
});

describe('PixVerse types of clips', () => {
  test('wrong JSON types are named, with what would be right [pixverse.types.strict]', async () => {
    const wrong: [string, unknown, RegExp][] = [
      ['prompt', 5, /a string, not a number/],
      ['prompt', ['a'], /a string, not a list/],
      ['duration', '5', /an integer, not a string/],
      ['duration', 5.5, /an integer, not a fraction/],
      ['seed', '0', /an integer/],
      ['quality', 540, /a string/],
      ['model', { name: 'v6' }, /a string, not an object/],
      ['generate_audio_switch', 'true', /true or false, not a string/],
      ['sound_effect_switch', 0, /true or false/],
      ['template_id', true, /an id/],
    ];
    for (const [field, value, right] of wrong) {
      assert.match(await refusedText({ [field]: value }, 400013, field), right);
      assert.match(await refusedImage({ [field]: value }, 400013, field), right);
    }
    await refusedImage({ img_id: {} }, 400013, 'img_id');
    assert.match(await refusedText({ duration: '5', quality: 540 }, 400013, 'duration'), /quality must be a string/);
  });

  test('null counts as absent [pixverse.types.null]', async () => {
    const nulls = { negative_prompt: null, style: null, template_id: null, generate_audio_switch: null };
    assert.deepEqual(await text(nulls), await text());
    assert.deepEqual(await image({ ...nulls, img_ids: null }), await image());
    await refusedText({ prompt: null }, 400011, 'prompt');
  });

  test('fields nobody names are ignored [pixverse.types.unknown] [pixverse.video.tolerated]', async () => {
    const extra = {
      water_mark: true,
      play_bgm: 1,
      sound_effect_switch: false,
      lip_sync_tts_switch: false,
      motion_mode: 'fast',
      off_peak_mode: 'x',
      a_field_of_tomorrow: [1, { b: null }],
    };
    assert.deepEqual(await text(extra), await text());
    assert.deepEqual(await image(extra), await image());
    assert.equal((await text({ ...extra, seed: 0 })).seed, 0);
  });
});

describe('PixVerse prices of clips', () => {
  const priceOf = async (change: Body): Promise<number> => {
    const { credits } = await waiting.order(OF_TEXT, { ...TEXT, ...change });
    assert.equal((await waiting.order(OF_IMAGE, { ...IMAGE, ...change })).credits, credits, 'both cost the same');
    return credits;
  };
  /** One price per quality, from 360p to 1080p; null where it is refused. */
  const prices = async (change: Body): Promise<(number | null)[]> => {
    const found: (number | null)[] = [];
    for (const quality of MODEL_QUALITIES) {
      const { body } = await waiting.client.post(OF_TEXT, { body: { ...TEXT, ...change, quality } });
      found.push(body.ErrCode === 0 ? await priceOf({ ...change, quality }) : null);
      if (body.ErrCode !== 0) assert.equal(body.ErrCode, 400017, body.ErrMsg);
    }
    return found;
  };
  const audio = { generate_audio_switch: true };

  test('v6 by the second [pixverse.price.v6]', async () => {
    assert.deepEqual(await prices({ model: 'v6', duration: 1 }), [5, 7, 9, 18]);
    assert.deepEqual(await prices({ model: 'v6', duration: 15 }), [75, 105, 135, 270]);
    assert.deepEqual(await prices({ model: 'v6', duration: 1, ...audio }), [7, 9, 12, 23]);
    assert.equal(await priceOf({ model: 'v6', duration: 5, quality: '720p', ...audio }), 60);
  });

  test('c1 by the second [pixverse.price.c1]', async () => {
    assert.deepEqual(await prices({ model: 'c1', duration: 1 }), [6, 8, 10, 19]);
    assert.deepEqual(await prices({ model: 'c1', duration: 10, ...audio }), [80, 100, 130, 240]);
  });

  test('v5.6 by the clip, and v5.5 like it [pixverse.price.v5.6] [pixverse.price.ours]', async () => {
    for (const model of ['v5.6', 'v5.5']) {
      assert.deepEqual(await prices({ model, duration: 5 }), [35, 35, 45, 75]);
      assert.deepEqual(await prices({ model, duration: 8 }), [70, 70, 90, 150]);
      assert.deepEqual(await prices({ model, duration: 10 }), [77, 77, 99, null]);
      assert.deepEqual(await prices({ model, duration: 5, ...audio }), [80, 90, 80, 150]);
      assert.deepEqual(await prices({ model, duration: 8, ...audio }), [115, 115, 135, 195]);
      assert.deepEqual(await prices({ model, duration: 10, ...audio }), [122, 122, 144, null]);
    }
    for (const model of ['v5.5', 'v6']) {
      assert.equal(await priceOf({ model, generate_multi_clip_switch: true }), await priceOf({ model }));
    }
  });

  test('v5 by the clip [pixverse.price.v5]', async () => {
    assert.deepEqual(await prices({ model: 'v5', duration: 5 }), [45, 45, 60, 120]);
    assert.deepEqual(await prices({ model: 'v5', duration: 8 }), [90, 90, 120, 240]);
  });

  test('older models, and fast [pixverse.price.older]', async () => {
    for (const model of ['v3.5', 'v4', 'v4.5']) {
      assert.deepEqual(await prices({ model, duration: 5 }), [45, 45, 60, 120]);
      assert.deepEqual(await prices({ model, duration: 8 }), [90, 90, 120, null]);
      assert.deepEqual(await prices({ model, duration: 5, motion_mode: 'fast' }), [90, 90, 120, null]);
      assert.deepEqual(await prices({ model, duration: 8, motion_mode: 'fast' }), [null, null, null, null]);
    }
  });

  test('what parameters add [pixverse.price.inline]', async () => {
    const v5 = { model: 'v5', quality: '360p', duration: 5 };
    const speech = { lip_sync_tts_switch: true, lip_sync_tts_content: 'hello', lip_sync_tts_speaker_id: '7' };
    const effect = { sound_effect_switch: true, sound_effect_content: 'rain' };
    assert.equal(await priceOf({ ...v5, ...speech }), 45 + 20);
    assert.equal(await priceOf({ ...v5, duration: 8, ...speech }), 90 + 32);
    assert.equal(await priceOf({ ...v5, sound_effect_switch: true }), 45 + 10);
    assert.equal(await priceOf({ ...v5, duration: 8, ...effect }), 90 + 20);
    assert.equal(await priceOf({ ...v5, duration: 8, ...effect, ...speech }), 90 + 20 + 32);
  });
});
