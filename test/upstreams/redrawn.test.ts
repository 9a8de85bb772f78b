/** Operations that redraw a source or bring pictures together: they change what their parameters say, where they say it. */
import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { OPERATIONS } from '../../src/core/request.ts';
import { FILTERS_NEEDED } from '../../src/media/cli.ts';
import { DRAWINGS } from '../../src/upstreams/local/operations.ts';
import { testMedia } from '../media/fixtures.ts';
import {
  type Area,
  assertColour,
  assertFilters,
  difference,
  type Piece,
  type Prop,
  type Rgb,
  Workshop,
} from './workshop.ts';
import { TEXT } from './world.ts';

const media = await testMedia({ after });
const shop = await Workshop.open({ after }, media);

const ORANGE: Rgb = [200, 110, 40];
const BLUE: Rgb = [30, 90, 200];
const GREEN: Rgb = [40, 160, 70];

const moving = await shop.clip('source', 'testsrc2=s=320x180:r=24:d=1', 'sine=f=440:r=48000:d=1');
const blue = await shop.clip('source', 'color=c=0x1e5ac8:s=320x180:r=24:d=1', 'sine=f=440:r=48000:d=1');
const kept = { keepSound: true };
const asMask = ({ path }: Piece, name?: string) => shop.prop('mask', 'image', shop.bytes(path), name);

test('every operation is drawn, and none without what it needs', () => {
  assert.deepEqual(Object.keys(DRAWINGS).sort(), [...OPERATIONS].sort());
  for (const operation of OPERATIONS) {
    const bare = { ...TEXT, operation, inputs: [], aspectRatio: null };
    assert.equal(DRAWINGS[operation].supports(bare), false, operation);
  }
});

suite('restyle', { concurrency: 2 }, () => {
  const change = { operation: 'restyle', quality: null } as const;
  const styled = async (id: number | null, prompt = '') => {
    const [video] = await shop.draw({ ...change, prompt, options: { ...kept, restyleId: id } }, [moving]);
    return { video, frame: await shop.frame(video, 12) };
  };

  test('changes every part of the source, each style in its own way, and keeps the sound', async () => {
    const source = await shop.frame(moving, 12);
    const [film, pixels, night] = await Promise.all([styled(1009), styled(1007), styled(1012)]);
    for (const { video, frame } of [film, pixels, night]) {
      assert.ok(difference(frame, source) > 8);
      assert.equal(video.info.hasAudio, true);
    }
    assert.ok(difference(film.frame, night.frame) > 8);
    const [red, green, blueness] = await shop.colour(night.video, 12);
    assert.ok(green > red + 20 && green > blueness + 20, 'night vision is green');
  });

  test('words ask for a style, and other words for another', async () => {
    const [pixels, oil, unknown] = await Promise.all([
      styled(null, 'big square pixels'),
      styled(null, 'an oil painting'),
      styled(null, 'quux'),
    ]);
    assert.ok(difference(pixels.frame, (await styled(1007)).frame) < 3, 'the words of a style are the style');
    assert.ok(difference(pixels.frame, oil.frame) > 4);
    assert.ok(difference(unknown.frame, await shop.frame(moving, 12)) > 8);
  });
});

suite('masks', { concurrency: 2 }, () => {
  const select = () =>
    shop.draw({ operation: 'mask-selection', quality: null, durationS: 0, options: { keyframes: [13] } }, [moving]);

  test('the keyframe is the frame asked for; masks are of its size, and are its parts', async () => {
    const [keyframe, ...masks] = await select();
    assert.deepEqual([keyframe.info.mime, keyframe.info.width, keyframe.info.height], ['image/jpeg', 320, 180]);
    assert.ok(difference(await shop.frame(keyframe, 0), await shop.frame(moving, 12)) < 4);
    assert.ok(difference(await shop.frame(keyframe, 0), await shop.frame(moving, 0)) > 4);
    assert.deepEqual(
      masks.map(({ name, info }) => [name, info.mime, info.width, info.height]),
      ['person', 'object', 'background'].map((name) => [name, 'image/png', 320, 180]),
    );
    const [person, object, background] = await Promise.all(masks.map((mask) => shop.frame(mask, 0)));
    let sum = 0;
    for (let at = 0; at < 64 * 36 * 3; at++) {
      sum += (person?.readUInt8(at) ?? 0) + (object?.readUInt8(at) ?? 0) + (background?.readUInt8(at) ?? 0);
    }
    assert.ok(Math.abs(sum / (64 * 36 * 3) - 255) < 6, 'together they are the whole frame');
  });

  test('swap puts the picture where the mask is, and leaves the rest', async () => {
    const [, person] = await select();
    assert.ok(person);
    const props = [blue, await asMask(person), await shop.picture('image', ORANGE)];
    const [video] = await shop.draw({ operation: 'swap', options: { keyframes: [13], ...kept } }, props);
    const inside = await whiteOf(person);
    assertColour(await shop.colour(video, 12, inside), ORANGE, 20, 'inside');
    assertColour(await shop.colour(video, 12, { x: 0.02, y: 0.2, width: 0.08, height: 0.3 }), BLUE, 20, 'outside');
    assert.equal(video.info.hasAudio, true);
    const [silent] = await shop.draw({ operation: 'swap', options: { keepSound: false } }, props);
    assert.equal(silent.info.hasAudio, false);
  });

  test('modify changes what the mask shows, or everything, and puts in the pictures it is given', async () => {
    const [, person] = await select();
    assert.ok(person);
    const mask = await asMask(person, 'selection0');
    const [look] = await shop.draw({ operation: 'modify', prompt: 'make @selection0 a night', options: kept }, [
      blue,
      mask,
    ]);
    const outside = { x: 0.02, y: 0.2, width: 0.08, height: 0.3 };
    assertColour(await shop.colour(look, 12, outside), BLUE, 20, 'outside');
    const inside = await shop.colour(look, 12, await whiteOf(person));
    assert.ok(Math.abs(inside[2] - BLUE[2]) > 30, `inside ${inside}`);
    const [everywhere] = await shop.draw({ operation: 'modify', prompt: 'make it night', options: kept }, [blue]);
    assert.ok(Math.abs((await shop.colour(everywhere, 12, outside))[2] - BLUE[2]) > 30);
    const [put] = await shop.draw({ operation: 'modify', prompt: 'add @img0', options: kept }, [
      blue,
      await shop.picture('reference', ORANGE, ORANGE, 'img0'),
    ]);
    assertColour(await shop.colour(put, 12, { x: 0.75, y: 0.5, width: 0.1, height: 0.1 }), ORANGE, 24, 'the picture');
  });

  /** A small area in the middle of what a mask shows. */
  async function whiteOf(mask: Piece): Promise<Area> {
    const frame = await shop.frame(mask, 0);
    const row = 24;
    const columns = Array.from({ length: 64 }, (_, x) => x).filter((x) => frame.readUInt8((row * 64 + x) * 3) > 250);
    const middle = columns[Math.floor(columns.length / 2)] ?? assert.fail('the mask is white somewhere');
    return { x: (middle - 1) / 64, y: (row - 1) / 36, width: 3 / 64, height: 3 / 36 };
  }
});

test('motion control moves the picture, with the video in a corner and its sound', async () => {
  const [video] = await shop.draw({ operation: 'motion-control', options: kept }, [
    await shop.picture('image', ORANGE, GREEN),
    blue,
  ]);
  assert.deepEqual([video.info.width, video.info.height, video.info.hasAudio], [640, 360, true]);
  assertColour(await shop.colour(video, 0, { x: 0.05, y: 0.3, width: 0.15, height: 0.3 }), ORANGE, 20);
  assertColour(await shop.colour(video, 12, { x: 0.78, y: 0.57, width: 0.1, height: 0.08 }), BLUE, 20);
  assert.ok(difference(await shop.frame(video, 0), await shop.frame(video, 23)) > 0.5);
});

test('fusion shows every reference in front of the background', async () => {
  const video: Prop = { ...blue, role: 'reference', name: 'clip' };
  const props = [
    await shop.picture('reference', ORANGE, ORANGE, 'cat'),
    video,
    await shop.picture('background', GREEN),
  ];
  const change = { operation: 'fusion', aspectRatio: '16:9', prompt: '@cat meets @clip ' } as const;
  const [piece] = await shop.draw(change, props);
  assertColour(await shop.colour(piece, 12, { x: 0.15, y: 0.3, width: 0.2, height: 0.15 }), ORANGE, 20, 'cat');
  assertColour(await shop.colour(piece, 12, { x: 0.65, y: 0.3, width: 0.2, height: 0.15 }), BLUE, 20, 'clip');
  assertColour(await shop.colour(piece, 12, { x: 0.47, y: 0.3, width: 0.06, height: 0.2 }), GREEN, 20, 'background');
  const [omni] = await shop.draw({ ...change, durationS: 0, options: { omni: true } }, props);
  assert.equal(omni.info.frames, 24, 'as long as its video');
});

suite('templates', { concurrency: 2 }, () => {
  test('an effect moves over the picture, another template has another one', async () => {
    const draw = async (templateId: number) =>
      (await shop.draw({ operation: 'template', options: { templateId } }, [await shop.picture('image', ORANGE)]))[0];
    const [snow, film] = [await draw(2002), await draw(2003)];
    assert.ok(difference(await shop.frame(snow, 0), await shop.frame(snow, 20)) > 0.5);
    assert.ok(difference(await shop.frame(snow, 12), await shop.frame(film, 12)) > 3);
  });

  test('several pictures are shown one after the other', async () => {
    const pictures = [await shop.picture('image', ORANGE), await shop.picture('image', BLUE)];
    const [video] = await shop.draw({ operation: 'template', options: { templateId: 2001 } }, pictures);
    const corner = { x: 0.02, y: 0.45, width: 0.1, height: 0.1 };
    assert.ok((await shop.colour(video, 1, corner))[0] > (await shop.colour(video, 22, corner))[0] + 60);
  });

  test('an image template is a picture of the pictures, side by side', async () => {
    const pictures = [await shop.picture('image', ORANGE), await shop.picture('image', BLUE)];
    const [image] = await shop.draw(
      { operation: 'image-template', quality: null, durationS: 0, options: { templateId: 2102 } },
      pictures,
    );
    assert.deepEqual([image.info.mime, image.info.width, image.info.height], ['image/jpeg', 160, 90]);
    const [left, right] = [
      await shop.colour(image, 0, { x: 0.15, y: 0.3, width: 0.2, height: 0.3 }),
      await shop.colour(image, 0, { x: 0.65, y: 0.3, width: 0.2, height: 0.3 }),
    ];
    assert.ok(difference(Buffer.from(left), Buffer.from(right)) > 20, `${left} ${right}`);
  });
});

suite('slideshows', { concurrency: 2 }, () => {
  test('an avatar speaks, with a mouth that moves', async () => {
    const speech = { text: 'Ah, oh. Ah!', speakerId: '3' };
    const [video] = await shop.draw({ operation: 'avatar', audio: true, speech }, [await shop.picture('image', GREEN)]);
    const mouth = { x: 0.42, y: 0.52, width: 0.16, height: 0.16 };
    const reds = await Promise.all([0, 4, 8, 12, 16].map(async (frame) => (await shop.colour(video, frame, mouth))[0]));
    assert.ok(Math.max(...reds) - Math.min(...reds) > 5, String(reds));
  });

  test('an agent shows its pictures and its video in order', async () => {
    const video: Prop = { ...blue, role: 'reference' };
    const pictures = [await shop.picture('reference', ORANGE), await shop.picture('reference', GREEN), video];
    const agent = { name: 'viral-recreation', settings: {} };
    const [piece] = await shop.draw({ operation: 'agent', durationS: 2, audio: true, options: { agent } }, pictures);
    assert.equal(piece.info.hasAudio, true);
    for (const [frame, colour] of [
      [2, ORANGE],
      [20, GREEN],
      [45, BLUE],
    ] as const) {
      assertColour(await shop.colour(piece, frame), colour, 20, `frame ${frame}`);
    }
  });

  test('a music video carries its song over its pictures, or over none', async () => {
    const song = await shop.sound("aevalsrc='if(lt(t,0.5),0.5*sin(880*PI*t),0)':s=48000:d=1");
    const agent = { name: 'vibe_mv', settings: { lyric_text: 'One line\nAnother line' } };
    const change = { operation: 'music-video', aspectRatio: '1:1', audio: true, options: { agent } } as const;
    const [video] = await shop.draw(change, [song, await shop.picture('reference', GREEN)]);
    assertColour(await shop.colour(video, 12), GREEN);
    const [first = 0, second = 0] = await shop.loudness(video, 2);
    assert.ok(first > 2_000 && second < first / 50, `${first} ${second}`);
    const [bare] = await shop.draw(change, [song]);
    assert.deepEqual([bare.info.width, bare.info.height], [360, 360]);
  });
});

test('the same request makes the same bytes', async () => {
  const change = { operation: 'restyle', quality: null, options: { restyleId: 1009, keepSound: true } } as const;
  const [one, two] = [await shop.draw(change, [moving]), await shop.draw(change, [moving])];
  assert.ok(Buffer.from(one[0].bytes).equals(Buffer.from(two[0].bytes)));
});

test('graphs name only filters that a system ffmpeg is asked for before it takes over', () => {
  assertFilters(shop.graphs, FILTERS_NEEDED);
});
