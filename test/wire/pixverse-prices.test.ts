import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JobRequest, Quality } from '../../src/core/request.ts';
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

describe('PixVerse prices', () => {
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
