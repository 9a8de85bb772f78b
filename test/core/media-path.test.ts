/** Media paths (core/media-path.ts). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mediaClaim, mediaPath, parseMediaPath } from '../../src/core/media-path.ts';
import { fc } from '../support/property.ts';

test('what is built is taken apart again, and ends in a file name', () => {
  const id = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
  const signature = fc.stringMatching(/^[A-Za-z0-9_-]{1,128}$/);
  fc.assert(
    fc.property(id, fc.constantFrom('mp4', 'png', 'jpg', 'webp'), id, signature, (assetId, extension, at, signed) => {
      const path = mediaPath(assetId, extension, at, signed);
      assert.deepEqual(parseMediaPath(path), { assetId, extension, expires: String(at), signature: signed });
      assert.ok(path.endsWith(`/${assetId}.${extension}`));
    }),
  );
});

test('what is signed changes with every part', () => {
  const claims = [
    mediaClaim(1, 'mp4', '2'),
    mediaClaim(2, 'mp4', '2'),
    mediaClaim(1, 'png', '2'),
    mediaClaim(1, 'mp4', '3'),
  ];
  assert.equal(new Set(claims).size, claims.length);
});

test('everything else is no media path', () => {
  for (const path of [
    '/media',
    '/media/1/s/2',
    '/media/1/s/2.',
    '/media/01/s/2.mp4',
    '/media/1/s/02.mp4',
    '/media/1/s/-2.mp4',
    '/media/1/s/9007199254740993.mp4',
    '/media/1/s/2.MP4',
    '/media/1/s/2.mp4/3',
    '/media/1/s%2f/2.mp4',
    '/media/1/../2.mp4',
    '/media/1/s/2.mp4\n',
    '/x/media/1/s/2.mp4',
  ]) {
    assert.equal(parseMediaPath(path), undefined, JSON.stringify(path));
  }
});
