import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JobRequest, Quality } from '../../src/core/request.ts';
import { MODEL_QUALITIES } from '../../src/wire/pixverse/models.ts';
import { pixverseCatalog } from '../../src/wire/pixverse/prices.ts';

const BASE: JobRequest = {
  operation: 'text-to-video',
  model: 'v6',
  prompt: 'a cat',
  negativePrompt: '',
  seed: 1,
  quality: '540p',
  durationS: 5,
  aspectRatio: '16:9',
  audio: false,
  motionMode: 'normal',
  style: '',
  cameraMovement: null,
  multiClip: false,
  soundEffect: null,
  speech: null,
  inputs: [],
};

/** Whole credits, or undefined. Both operations must agree. */
function price(change: Partial<JobRequest>): number | undefined {
  const text = pixverseCatalog.price({ ...BASE, ...change });
  const inputs = [{ role: 'image', kind: 'image', assetId: 1 } as const];
  const image = pixverseCatalog.price({ ...BASE, operation: 'image-to-video', aspectRatio: null, inputs, ...change });
  assert.equal(text, image);
  return text === undefined ? undefined : text / 1000;
}

/** One price per quality, from 360p to 1080p. */
const perQuality = (change: Partial<JobRequest>) =>
  MODEL_QUALITIES.map((quality: Quality) => price({ ...change, quality }) ?? null);

describe('PixVerse prices', () => {
  test('v6 by the second [pixverse.price.v6]', () => {
    assert.deepEqual(perQuality({ model: 'v6', durationS: 1 }), [5, 7, 9, 18]);
    assert.deepEqual(perQuality({ model: 'v6', durationS: 15 }), [75, 105, 135, 270]);
    assert.deepEqual(perQuality({ model: 'v6', durationS: 1, audio: true }), [7, 9, 12, 23]);
    assert.equal(price({ model: 'v6', durationS: 5, quality: '720p', audio: true }), 60);
  });

  test('c1 by the second [pixverse.price.c1]', () => {
    assert.deepEqual(perQuality({ model: 'c1', durationS: 1 }), [6, 8, 10, 19]);
    assert.deepEqual(perQuality({ model: 'c1', durationS: 10, audio: true }), [80, 100, 130, 240]);
  });

  test('v5.6 by the clip [pixverse.price.v5.6]', () => {
    const model = 'v5.6';
    assert.deepEqual(perQuality({ model, durationS: 5 }), [35, 35, 45, 75]);
    assert.deepEqual(perQuality({ model, durationS: 8 }), [70, 70, 90, 150]);
    assert.deepEqual(perQuality({ model, durationS: 10 }), [77, 77, 99, null]);
    assert.deepEqual(perQuality({ model, durationS: 5, audio: true }), [80, 90, 80, 150]);
    assert.deepEqual(perQuality({ model, durationS: 8, audio: true }), [115, 115, 135, 195]);
    assert.deepEqual(perQuality({ model, durationS: 10, audio: true }), [122, 122, 144, null]);
  });

  test('v5 by the clip [pixverse.price.v5]', () => {
    assert.deepEqual(perQuality({ model: 'v5', durationS: 5 }), [45, 45, 60, 120]);
    assert.deepEqual(perQuality({ model: 'v5', durationS: 8 }), [90, 90, 120, 240]);
  });

  test('older models, and fast [pixverse.price.older]', () => {
    for (const model of ['v3.5', 'v4', 'v4.5']) {
      assert.deepEqual(perQuality({ model, durationS: 5 }), [45, 45, 60, 120]);
      assert.deepEqual(perQuality({ model, durationS: 8 }), [90, 90, 120, null]);
      assert.deepEqual(perQuality({ model, durationS: 5, motionMode: 'fast' }), [90, 90, 120, null]);
      assert.deepEqual(perQuality({ model, durationS: 8, motionMode: 'fast' }), [null, null, null, null]);
    }
  });

  test('what parameters add [pixverse.price.inline]', () => {
    const speech = { text: 'hello', speakerId: '7' };
    const v5 = { model: 'v5', durationS: 5, audio: true } as const;
    assert.equal(price({ ...v5, speech }), 45 + 20);
    assert.equal(price({ ...v5, durationS: 8, speech }), 90 + 32);
    assert.equal(price({ ...v5, soundEffect: '' }), 45 + 10);
    assert.equal(price({ ...v5, durationS: 8, soundEffect: 'rain' }), 90 + 20);
    assert.equal(price({ ...v5, durationS: 8, soundEffect: 'rain', speech }), 90 + 20 + 32);
  });

  test('our own defaults [pixverse.price.ours]', () => {
    for (const durationS of [5, 8, 10]) {
      for (const audio of [false, true]) {
        assert.deepEqual(
          perQuality({ model: 'v5.5', durationS, audio }),
          perQuality({ model: 'v5.6', durationS, audio }),
        );
      }
    }
    assert.equal(price({ model: 'v5.6', quality: '540p', durationS: 5, audio: true }), 90);
    for (const model of ['v5.5', 'v6']) {
      assert.equal(price({ model, multiClip: true }), price({ model }));
    }
  });

  test('what is not sold has no price [pixverse.price.total]', () => {
    const nothing: Partial<JobRequest>[] = [
      { model: 'v7' },
      { model: 'constructor' },
      { model: 'v6', durationS: 16 },
      { model: 'v6', durationS: 0 },
      { model: 'v6', durationS: 2.5 },
      { model: 'v6', motionMode: 'fast' },
      { model: 'v6', soundEffect: '' },
      { model: 'v6', speech: { text: 'a', speakerId: '1' } },
      { model: 'v5.6', durationS: 6 },
      { model: 'v5.6', multiClip: true },
      { model: 'v5', durationS: 10 },
      { model: 'v5', audio: true },
      { model: 'v4', durationS: 8, quality: '1080p' },
      { model: 'v3.5', durationS: 8, quality: '1080p' },
    ];
    for (const request of nothing) assert.equal(price(request), undefined, JSON.stringify(request));
  });

  test('a longer or larger clip is expected to hold its slot for longer', () => {
    const slot = (durationS: number, quality: Quality) =>
      pixverseCatalog.expectedSlotMs({ ...BASE, durationS, quality });
    assert.ok(slot(5, '360p') > 0);
    for (const [small, large] of [
      [slot(5, '540p'), slot(8, '540p')],
      [slot(5, '540p'), slot(5, '720p')],
      [slot(5, '720p'), slot(5, '1080p')],
    ]) {
      assert.ok((small ?? 0) < (large ?? 0));
    }
  });
});
