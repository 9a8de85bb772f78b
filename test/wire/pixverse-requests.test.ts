import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CAMERA_MOVEMENTS, LIMITS, MODELS, STYLES } from '../../src/wire/pixverse/models.ts';
import { decodeImageToVideo } from '../../src/wire/pixverse/requests/image-to-video.ts';
import { decodeTextToVideo } from '../../src/wire/pixverse/requests/text-to-video.ts';
import { IMAGE, image, PICKED, pickSeed, refused, TEXT, text } from '../support/pixverse.ts';

describe('PixVerse rules for videos', () => {
  test('required fields [pixverse.video.required]', () => {
    for (const field of ['prompt', 'model', 'duration', 'quality']) {
      const { [field]: _t, ...fromText } = TEXT;
      const { [field]: _i, ...fromImage } = IMAGE;
      refused(() => decodeTextToVideo(fromText, pickSeed), 400011, field);
      refused(() => decodeImageToVideo(fromImage, pickSeed), 400011, field);
    }
    for (const field of ['prompt', 'model', 'quality']) {
      refused(() => text({ [field]: '' }), 400011, field);
      refused(() => text({ [field]: '  ' }), 400011, field);
    }
    refused(() => text({ aspect_ratio: undefined }), 400011, 'aspect_ratio');
    refused(() => image({ img_id: undefined }), 400011, 'img_id');
    refused(() => image({ img_id: '' }), 400011, 'img_id');
    refused(() => image({ img_id: undefined, img_ids: [12] }), 400011, 'img_id');
  });

  test('models [pixverse.video.model]', () => {
    assert.deepEqual(MODELS, ['v3.5', 'v4', 'v4.5', 'v5', 'v5.5', 'v5.6', 'v6', 'c1']);
    for (const model of MODELS) assert.equal(text({ model }).model, model);
    for (const model of ['v7', 'V6', 'v5-fast', 'constructor', '__proto__', 'toString']) {
      assert.match(
        refused(() => text({ model }), 400017, 'model'),
        /v3\.5, v4, v4\.5, v5, v5\.5, v5\.6, v6, c1/,
      );
    }
  });

  /** Durations accepted at a quality, out of everything from −1 to 20 s. */
  const durations = (model: string, quality: string): number[] => {
    const accepted: number[] = [];
    for (let duration = -1; duration <= 20; duration++) {
      try {
        text({ model, quality, duration });
        accepted.push(duration);
      } catch {
        refused(() => text({ model, quality, duration }), 400017, 'duration');
      }
    }
    return accepted;
  };
  const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);

  test('durations [pixverse.video.duration]', () => {
    for (const quality of ['360p', '540p', '720p']) {
      for (const model of ['v3.5', 'v4', 'v4.5', 'v5']) assert.deepEqual(durations(model, quality), [5, 8], model);
      for (const model of ['v5.5', 'v5.6']) assert.deepEqual(durations(model, quality), [5, 8, 10], model);
      for (const model of ['v6', 'c1']) assert.deepEqual(durations(model, quality), upTo(15), model);
    }
    assert.match(
      refused(() => text({ model: 'v5', duration: 7 }), 400017, 'duration'),
      /5, 8/,
    );
  });

  test('durations at 1080p [pixverse.video.duration-1080p]', () => {
    assert.deepEqual(durations('v3.5', '1080p'), [5]);
    for (const model of ['v5', 'v5.5', 'v5.6']) assert.deepEqual(durations(model, '1080p'), [5, 8], model);
    for (const model of ['v6', 'c1']) assert.deepEqual(durations(model, '1080p'), upTo(15), model);
  });

  test('v4 and v4.5 at 1080p have no 8 s [pixverse.video.duration-1080p-v4]', () => {
    for (const model of ['v4', 'v4.5']) assert.deepEqual(durations(model, '1080p'), [5], model);
  });

  test('qualities [pixverse.video.quality]', () => {
    for (const quality of ['360p', '540p', '720p', '1080p']) assert.equal(text({ quality }).quality, quality);
    for (const quality of ['480p', '4k', '540', '540P', 'turbo']) {
      assert.match(
        refused(() => text({ quality }), 400017, 'quality'),
        /360p, 540p, 720p, 1080p/,
      );
    }
  });

  test('ratios [pixverse.video.ratio]', () => {
    const five = ['16:9', '4:3', '1:1', '3:4', '9:16'];
    const more = ['2:3', '3:2', '21:9'];
    for (const model of MODELS) {
      for (const ratio of five) assert.equal(text({ model, aspect_ratio: ratio }).aspectRatio, ratio);
      for (const ratio of more) {
        if (model === 'v6' || model === 'c1') assert.equal(text({ model, aspect_ratio: ratio }).aspectRatio, ratio);
        else refused(() => text({ model, aspect_ratio: ratio }), 400017, 'aspect_ratio');
      }
      for (const ratio of ['auto', '9.16', '16x9']) {
        refused(() => text({ model, aspect_ratio: ratio }), 400017, 'aspect_ratio');
      }
    }
  });

  test('prompts [pixverse.video.prompt]', () => {
    for (const model of MODELS) {
      assert.equal(text({ model, prompt: 'x'.repeat(5000) }).prompt.length, 5000);
      refused(() => text({ model, prompt: 'x'.repeat(5001) }), 400018, 'prompt');
    }
    assert.equal(image({ prompt: '🙂'.repeat(5000) }).prompt.length, 10_000, 'characters, not UTF-16 units');
    refused(() => image({ prompt: '🙂'.repeat(5001) }), 400018, 'prompt');
  });

  test('negative prompts [pixverse.video.negative-prompt]', () => {
    assert.equal(text({ negative_prompt: 'blurry' }).negativePrompt, 'blurry');
    assert.equal(text({ negative_prompt: 'x'.repeat(2048) }).negativePrompt.length, 2048);
    refused(() => text({ negative_prompt: 'x'.repeat(2049) }), 400019, 'negative_prompt');
  });

  test('seeds [pixverse.video.seed]', () => {
    for (const seed of [0, 1, 2147483647]) assert.equal(text({ seed }).seed, seed);
    assert.equal(text().seed, PICKED);
    for (const seed of [-1, 2147483648, 1e300]) refused(() => text({ seed }), 400017, 'seed');
  });

  test('motion [pixverse.video.motion]', () => {
    for (const model of ['v3.5', 'v4', 'v4.5']) {
      assert.equal(text({ model, motion_mode: 'fast' }).motionMode, 'fast');
      assert.equal(text({ model, motion_mode: 'normal', duration: 8 }).motionMode, 'normal');
      refused(() => text({ model, motion_mode: 'fast', duration: 8 }), 400017, 'motion_mode');
      refused(() => text({ model, motion_mode: 'fast', quality: '1080p' }), 400017, 'motion_mode');
      refused(() => text({ model, motion_mode: 'slow' }), 400017, 'motion_mode');
    }
    for (const model of ['v5', 'v5.5', 'v5.6', 'v6', 'c1']) {
      assert.equal(text({ model, motion_mode: 'fast', duration: 8 }).motionMode, 'normal', 'ignored');
    }
  });

  test('camera movements [pixverse.video.camera]', () => {
    assert.equal(CAMERA_MOVEMENTS.length, 20);
    for (const movement of CAMERA_MOVEMENTS) {
      assert.equal(text({ model: 'v4', camera_movement: movement }).cameraMovement, movement);
    }
    assert.equal(image({ model: 'v4.5', camera_movement: 'zoom_in' }).cameraMovement, 'zoom_in');
    assert.equal(image({ model: 'v5', camera_movement: 'zoom_in' }).cameraMovement, 'zoom_in');
    refused(() => text({ model: 'v5', camera_movement: 'zoom_in' }), 400017, 'camera_movement');
    for (const model of ['v3.5', 'v5.5', 'v5.6', 'v6', 'c1']) {
      refused(() => text({ model, camera_movement: 'zoom_in' }), 400017, 'camera_movement');
      refused(() => image({ model, camera_movement: 'zoom_in' }), 400017, 'camera_movement');
      assert.equal(text({ model, camera_movement: '' }).cameraMovement, null);
      assert.equal(text({ model, camera_movement: 'default' }).cameraMovement, null);
    }
    refused(() => text({ model: 'v4', camera_movement: 'zoom' }), 400017, 'camera_movement');
  });

  test('styles [pixverse.video.style]', () => {
    for (const style of STYLES) assert.equal(text({ model: 'v3.5', style }).style, style);
    refused(() => text({ model: 'v3.5', style: 'day' }), 400017, 'style');
    for (const model of MODELS.slice(1)) refused(() => text({ model, style: 'anime' }), 400017, 'style');
    assert.equal(text({ style: '' }).style, '');
  });

  test('audio [pixverse.video.audio]', () => {
    for (const model of MODELS) {
      const sounds = ['v5.5', 'v5.6', 'v6', 'c1'].includes(model);
      assert.equal(text({ model, generate_audio_switch: true }).audio, sounds, model);
      assert.equal(text({ model, generate_audio_switch: false }).audio, false);
    }
  });

  test('sound effects [pixverse.video.sound-effect]', () => {
    for (const model of MODELS) {
      assert.equal(text({ model, sound_effect_switch: false, sound_effect_content: 'rain' }).soundEffect, null);
      if (LIMITS[model].inlineSound) {
        const { soundEffect, audio } = text({ model, sound_effect_switch: true, sound_effect_content: 'rain' });
        assert.deepEqual({ soundEffect, audio }, { soundEffect: 'rain', audio: true });
        assert.equal(image({ model, sound_effect_switch: true }).soundEffect, '', 'from the picture');
      } else {
        refused(() => text({ model, sound_effect_switch: true }), 400017, 'sound_effect_switch');
      }
    }
    assert.deepEqual(
      MODELS.filter((model) => LIMITS[model].inlineSound),
      ['v3.5', 'v4', 'v4.5', 'v5'],
    );
  });

  test('speech under either switch [pixverse.video.speech]', () => {
    const words = { lip_sync_tts_content: 'hello', lip_sync_tts_speaker_id: '7' };
    for (const field of ['lip_sync_switch', 'lip_sync_tts_switch']) {
      const { speech, audio } = text({ model: 'v5', [field]: true, ...words });
      assert.deepEqual({ speech, audio }, { speech: { text: 'hello', speakerId: '7' }, audio: true });
      refused(() => text({ model: 'v6', [field]: true, ...words }), 400017, field);
      assert.equal(text({ model: 'v6', [field]: false, ...words }).speech, null);
    }
    const both = { model: 'v5', lip_sync_switch: false, lip_sync_tts_switch: true };
    assert.equal(text({ ...both, ...words }).speech?.text, 'hello');
    for (const id of ['auto', 'Auto']) {
      assert.equal(text({ ...both, ...words, lip_sync_tts_speaker_id: id }).speech?.speakerId, 'auto');
    }
    assert.equal(text({ ...both, ...words, lip_sync_tts_speaker_id: 14 }).speech?.speakerId, '14');
    refused(() => text({ ...both, ...words, lip_sync_tts_speaker_id: 'nobody' }), 400017, 'lip_sync_tts_speaker_id');
    refused(() => text({ ...both, lip_sync_tts_content: 'hello' }), 400011, 'lip_sync_tts_speaker_id');
    refused(() => text({ ...both, lip_sync_tts_speaker_id: '7' }), 400011, 'lip_sync_tts_content');
    const long = { ...words, lip_sync_tts_content: 'é'.repeat(201) };
    refused(() => text({ ...both, ...long }), 400017, 'lip_sync_tts_content');
  });

  test('several shots [pixverse.video.multi-clip]', () => {
    for (const model of MODELS) {
      const ask = () => text({ model, generate_multi_clip_switch: true }).multiClip;
      if (model === 'v5.5' || model === 'v6') assert.equal(ask(), true);
      else if (model === 'c1') assert.equal(ask(), false);
      else refused(ask, 400017, 'generate_multi_clip_switch');
      assert.equal(text({ model, generate_multi_clip_switch: false }).multiClip, false);
    }
  });

  test('thinking [pixverse.video.thinking]', () => {
    for (const thinking of ['enabled', 'disabled', 'auto']) {
      assert.deepEqual(text({ model: 'v5.5', thinking_type: thinking }), text({ model: 'v5.5' }));
    }
    refused(() => text({ model: 'v5.5', thinking_type: 'hard' }), 400017, 'thinking_type');
    assert.deepEqual(text({ thinking_type: 'hard' }), text());
  });

  test('templates [pixverse.video.template]', () => {
    for (const none of [0, '0', '', null]) {
      assert.deepEqual(text({ template_id: none }), text());
      assert.deepEqual(image({ template_id: none }), image());
    }
    for (const id of [1, '2', 1e20, 377378608924544]) {
      refused(() => text({ template_id: id }), 500070, 'template_id');
      refused(() => decodeImageToVideo({ template_id: id }, pickSeed), 500070, 'template_id');
    }
  });

  test('one picture or several, not both [pixverse.image.both]', () => {
    refused(() => image({ img_ids: [1, 2] }), 400017, 'img_ids');
    assert.deepEqual(image({ img_ids: [] }), image());
  });

  test('a ratio beside a picture is ignored [pixverse.image.ratio]', () => {
    for (const ratio of ['auto', '16:9', '21:9', 'nonsense', 7]) {
      assert.deepEqual(image({ aspect_ratio: ratio }), image());
    }
  });
});
