import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Refusal } from '../../src/std/errors.ts';
import { ERRORS_ON_WIRE } from '../../src/wire/pixverse/errors.ts';
import { MODELS } from '../../src/wire/pixverse/models.ts';
import { pixversePrice } from '../../src/wire/pixverse/prices.ts';
import { CREATE_ROUTES } from '../../src/wire/pixverse/requests.ts';
import { type Body, completed, image, PICKED, READING, refused, TEXT, text } from '../support/pixverse.ts';
import { fc } from '../support/property.ts';

/** A value for every field that names an input, so that what is asked with it is likely to be taken. */
const LIKELY = {
  prompt: 'p',
  aspect_ratio: '1:1',
  img_id: 3,
  first_frame_img: 4,
  last_frame_img: 5,
  source_video_id: 6,
  multi_transition: [{ img_id: 7, duration: 2 }, { img_id: 8 }],
};

describe('PixVerse request types', () => {
  test('a plain request of each kind is decoded in full', () => {
    const rest = { negativePrompt: '', audio: false, motionMode: 'normal', style: '', cameraMovement: null };
    const none = { multiClip: false, soundEffect: null, speech: null };
    const common = { model: 'v6', prompt: 'a cat', seed: PICKED, quality: '540p', durationS: 5, ...rest, ...none };
    assert.deepEqual(text(), { operation: 'text-to-video', ...common, aspectRatio: '16:9', inputs: [] });
    const inputs = [{ role: 'image', kind: 'image', from: { assetId: 12 }, field: 'img_id' }];
    assert.deepEqual(image(), { operation: 'image-to-video', ...common, aspectRatio: null, inputs });
  });

  test('a body that is no object is refused [pixverse.types.body]', () => {
    for (const { decode } of CREATE_ROUTES) {
      for (const body of [[], [TEXT], 'text', 5, true]) {
        assert.throws(
          () => decode(body, READING),
          (error) => error instanceof Refusal && ERRORS_ON_WIRE[error.code].code === 400013,
        );
      }
      assert.throws(
        () => decode(undefined, READING),
        (error) => error instanceof Refusal && [400011, 400017].includes(ERRORS_ON_WIRE[error.code].code),
      );
    }
  });

  test('any JSON body is decoded to a priced job or refused [pixverse.types.total] [pixverse.price.total]', () => {
    const value = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom<unknown>(
        0,
        1,
        5,
        8,
        10,
        15,
        '',
        '16:9',
        'auto',
        '540p',
        '1080p',
        'fast',
        'anime',
        'zoom_in',
        true,
      ),
    );
    const fields = [...new Set(CREATE_ROUTES.flatMap(({ schema }) => Object.keys(schema.shape)))];
    const wild = fc.record(Object.fromEntries(fields.map((field) => [field, value])), { requiredKeys: [] });
    const likely = fc
      .record(
        {
          model: fc.constantFrom(...MODELS),
          quality: fc.constantFrom('360p', '540p', '720p', '1080p'),
          duration: fc.integer({ min: 1, max: 15 }),
          motion_mode: fc.constantFrom('normal', 'fast'),
          generate_audio_switch: fc.boolean(),
          generate_multi_clip_switch: fc.boolean(),
          sound_effect_switch: fc.boolean(),
          lip_sync_switch: fc.boolean(),
          lip_sync_tts_content: fc.constant('hello'),
          lip_sync_tts_speaker_id: fc.constant('auto'),
          change: wild,
        },
        { requiredKeys: ['model', 'quality', 'duration', 'change'] },
      )
      .map(({ change, ...body }) => ({ ...LIKELY, ...body, ...change }));
    const bodies = fc.oneof(fc.jsonValue(), wild, likely);
    fc.assert(
      fc.property(bodies, fc.constantFrom(...CREATE_ROUTES), (body, route) => {
        try {
          const request = completed(route.path, body as Body);
          const price = pixversePrice(request);
          assert.ok(price !== undefined && price > 0 && price % 1000 === 0, JSON.stringify(request));
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
        }
      }),
      { numRuns: 1500 },
    );
  });
});

describe('PixVerse ids', () => {
  test('an id is a number or a string [pixverse.ids.both]', () => {
    assert.deepEqual(image({ img_id: 123456789012345 }).inputs[0]?.from, { assetId: 123456789012345 });
    assert.deepEqual(image({ img_id: '123456789012345' }).inputs[0]?.from, { assetId: 123456789012345 });
    assert.deepEqual(image({ img_id: '9007199254740991' }).inputs[0]?.from, { assetId: Number.MAX_SAFE_INTEGER });
  });

  test('an id that loses digits is no id [pixverse.ids.lossless] [pixverse.image.id]', () => {
    const largest = 'the largest id that keeps its digits is 9007199254740991';
    for (const digits of ['9007199254740992', '9007199254740993', '18446744073709551615', '12345678901234567890123']) {
      const parsed: unknown = JSON.parse(digits);
      refused(() => image({ img_id: parsed }), 400032, 'img_id');
      refused(() => image({ img_id: digits }), 400032, 'img_id');
      assert.ok(Number(parsed) > Number.MAX_SAFE_INTEGER, largest);
    }
    for (const value of [0, -1, 1.5, 'abc', '0', '-1', '1.5', '1e3', ' 12', '0x10']) {
      refused(() => image({ img_id: value }), 400032, 'img_id');
    }
  });
});
