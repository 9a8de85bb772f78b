/** The frame of a request, and what a result has to be to count as one (promise P5). */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { checkResult, expectationOf, type ResultFacts } from '../../src/core/expectation.ts';
import { type FrameSize, frameSize } from '../../src/core/frame.ts';
import { ASPECT_RATIOS, type AspectRatio, type JobRequest, QUALITIES, type Quality } from '../../src/core/request.ts';

const REQUEST: JobRequest = {
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

suite('frame', () => {
  const TABLE: [Quality, AspectRatio | FrameSize, number, number][] = [
    ['360p', '16:9', 640, 360],
    ['360p', '9:16', 360, 640],
    ['360p', '1:1', 360, 360],
    ['360p', '4:3', 480, 360],
    ['360p', '2:3', 360, 540],
    ['360p', '21:9', 840, 360],
    ['540p', '16:9', 960, 540],
    ['540p', '3:4', 540, 720],
    ['720p', '16:9', 1280, 720],
    ['720p', '21:9', 1680, 720],
    ['1080p', '16:9', 1920, 1080],
    ['1080p', '3:2', 1620, 1080],
    ['360p', { width: 4000, height: 3000 }, 480, 360],
    ['360p', { width: 1000, height: 333 }, 840, 360],
    ['360p', { width: 1, height: 10_000 }, 360, 840],
    ['540p', { width: 333, height: 332 }, 542, 540],
    ['720p', { width: 1, height: 1 }, 720, 720],
  ];
  for (const [quality, shape, width, height] of TABLE) {
    test(`${quality} of ${JSON.stringify(shape)} is ${width} × ${height}`, () => {
      assert.deepEqual(frameSize(quality, shape), { width, height });
    });
  }

  test('every frame has even sides and its short side from the quality', () => {
    for (const quality of QUALITIES) {
      for (const ratio of ASPECT_RATIOS) {
        const { width, height } = frameSize(quality, ratio);
        assert.ok(width % 2 === 0 && height % 2 === 0);
        assert.equal(Math.min(width, height), Number.parseInt(quality, 10));
      }
    }
  });

  test('a picture without pixels has no frame', () => {
    for (const shape of [
      { width: 0, height: 9 },
      { width: 9, height: -1 },
      { width: Number.NaN, height: 1 },
    ]) {
      assert.throws(() => frameSize('360p', shape), RangeError);
    }
  });
});

suite('expectation', () => {
  const good: ResultFacts = { kind: 'video', width: 960, height: 540, durationMs: 5000, frames: 120, hasAudio: false };
  const expected = expectationOf(REQUEST, []);

  test('follows from the request, and from the picture where that decides', () => {
    assert.deepEqual(expected, {
      kind: 'video',
      size: { width: 960, height: 540 },
      durationMs: 5000,
      fps: 24,
      audio: false,
      oursAlone: [],
    });
    const image: JobRequest = { ...REQUEST, operation: 'image-to-video', aspectRatio: null };
    assert.deepEqual(expectationOf(image, [{ width: 300, height: 400 }]).size, { width: 540, height: 720 });
    assert.equal(expectationOf(image, []).size, null);
    for (const sound of [{ audio: true }, { soundEffect: '' }, { speech: { text: 'hi', speakerId: '1' } }]) {
      assert.equal(expectationOf({ ...REQUEST, ...sound }, []).audio, true);
    }
  });

  /** What is changed, whether a real upstream's result passes, whether our own does; the reason where neither does. */
  const TABLE: [Partial<ResultFacts>, boolean, boolean, RegExp?][] = [
    [{}, true, true],
    [{ durationMs: 5002 }, true, true],
    [{ durationMs: 5042 }, true, false],
    [{ durationMs: 5500 }, true, false],
    [{ durationMs: 4500 }, true, false],
    [{ durationMs: 5501 }, false, false, /5\.501 s long, not 5 s/],
    [{ durationMs: 4499 }, false, false],
    [{ durationMs: 0 }, false, false, /no length/],
    [{ width: 1920, height: 1080 }, true, false],
    [{ width: 988 }, true, false],
    [{ width: 932 }, true, false],
    [{ width: 990 }, false, false, /ratio/],
    [{ width: 930 }, false, false],
    [{ width: 540, height: 960 }, false, false],
    [{ width: 0, height: 0 }, false, false, /no pixels/],
    [{ kind: 'image', durationMs: 0 }, false, false, /image, not video/],
    [{ kind: 'audio', width: 0, height: 0 }, false, false],
    [{ hasAudio: true }, true, false],
    [{ frames: 119 }, true, false],
    [{ frames: null }, true, true],
  ];
  for (const [change, upstream, exact, reason] of TABLE) {
    test(`${JSON.stringify(change)}: upstream ${upstream ? 'passes' : 'fails'}, exact ${exact ? 'passes' : 'fails'}`, () => {
      const found = { ...good, ...change };
      const loose = checkResult(found, expected, 'upstream');
      assert.equal(loose === null, upstream, String(loose));
      assert.equal(checkResult(found, expected, 'exact') === null, exact);
      if (reason) assert.match(loose ?? '', reason);
    });
  }

  test('a longer video may be off by a tenth', () => {
    const long = expectationOf({ ...REQUEST, durationS: 15 }, []);
    assert.equal(checkResult({ ...good, durationMs: 16_500 }, long, 'upstream'), null);
    assert.notEqual(checkResult({ ...good, durationMs: 16_501 }, long, 'upstream'), null);
  });

  test('what is not known is not checked', () => {
    const open = { kind: 'video', size: null, durationMs: null, fps: null, audio: null, oursAlone: [] } as const;
    for (const tolerance of ['exact', 'upstream'] as const) {
      assert.equal(checkResult({ ...good, width: 3, durationMs: 9, hasAudio: true }, open, tolerance), null);
    }
  });

  test('sound that was asked for and is not there fails the exact check', () => {
    const loud = expectationOf({ ...REQUEST, audio: true }, []);
    assert.match(checkResult(good, loud, 'exact') ?? '', /no sound/);
  });
});
