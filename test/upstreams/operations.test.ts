/** Operations on pictures and videos: the results are real, and do what their parameters say. Judged by decoded pixels. */
import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { after, suite, test } from 'node:test';
import { FILTERS_NEEDED, findFfmpeg } from '../../src/media/cli.ts';
import { openMedia } from '../../src/media/media.ts';
import { systemClock } from '../../src/std/clock.ts';
import { silent, testMedia } from '../media/fixtures.ts';
import { assertColour, assertFilters, difference, ffprobe, type Rgb, Workshop } from './workshop.ts';

const media = await testMedia({ after });
const shop = await Workshop.open({ after }, media);

const ORANGE: Rgb = [200, 110, 40];
const BLUE: Rgb = [30, 90, 200];
const GREEN: Rgb = [40, 160, 70];

/** One second whose picture is never the same twice, with a tone. */
const moving = await shop.clip('source', 'testsrc2=s=320x180:r=24:d=1', 'sine=f=440:r=48000:d=1');
const silentClip = await shop.clip('source', 'testsrc2=s=320x180:r=24:d=1');
const red = await shop.clip('source', 'color=c=0xc02020:s=320x180:r=24:d=1', 'sine=f=440:r=48000:d=1');

suite('transition', { concurrency: 2 }, () => {
  test('starts on the first picture, ends on the last, and is neither between', async () => {
    const pictures = [await shop.picture('first-frame', ORANGE), await shop.picture('last-frame', BLUE)];
    const [video] = await shop.draw({ operation: 'transition' }, pictures);
    assert.deepEqual([video.info.width, video.info.height, video.info.frames], [640, 360, 24]);
    assertColour(await shop.colour(video, 0), ORANGE);
    assertColour(await shop.colour(video, -1), BLUE);
    const area = { x: 0.1, y: 0.3, width: 0.8, height: 0.3 };
    const middle = await shop.colour(video, 12, area);
    assert.ok(middle[0] < 190 && middle[2] < 190, String(middle));
  });

  test('passes every picture of several at its time', async () => {
    const colours = [ORANGE, BLUE, GREEN, ORANGE];
    const pictures = await Promise.all(colours.map((colour) => shop.picture('frame', colour)));
    const segments = [1, 2, 1].map((durationS) => ({ durationS, prompt: '' }));
    const [video] = await shop.draw(
      { operation: 'multi-transition', durationS: 4, model: 'v5', options: { segments } },
      pictures,
    );
    for (const [frame, colour] of [
      [0, ORANGE],
      [24, BLUE],
      [72, GREEN],
      [95, ORANGE],
    ] as const) {
      assertColour(await shop.colour(video, frame), colour, 16, `frame ${frame}`);
    }
  });

  test('takes the size of the first picture, and a last one of another shape', async () => {
    const tall = await shop.prop(
      'first-frame',
      'image',
      await shop.engine(['-f', 'lavfi', '-i', 'color=c=white:s=90x160', '-frames:v', '1', 'tall.png'], 'tall.png'),
    );
    const [video] = await shop.draw({ operation: 'transition' }, [tall, await shop.picture('last-frame', GREEN)]);
    assert.deepEqual([video.info.width, video.info.height], [360, 640]);
    assertColour(await shop.colour(video, -1), GREEN);
  });
});

suite('extend', { concurrency: 2 }, () => {
  test('is the source, and goes on from its last frame', async () => {
    const [video] = await shop.draw({ operation: 'extend' }, [moving]);
    assert.deepEqual([video.info.frames, video.info.durationMs, video.info.hasAudio], [48, 2000, true]);
    const area = (frame: Buffer) => frame.subarray(64 * 3 * 6, 64 * 3 * 26);
    const at = async (index: number) => area(await shop.frame(video, index));
    const source = async (index: number) => area(await shop.frame(moving, index));
    assert.ok(difference(await at(0), await source(0)) < 4, 'it begins as the source does');
    assert.ok(difference(await at(23), await source(23)) < 4, 'the source is there to its last frame');
    assert.ok(difference(await at(24), await at(23)) < 1.5, 'the added part begins on that frame');
    assert.ok(difference(await at(47), await at(23)) > 2, 'and moves');
  });

  test('keeps the sound of its source, and adds none to a silent one unless asked', async () => {
    const [sounding] = await shop.draw({ operation: 'extend' }, [moving]);
    const [first = 0, second = 0] = await shop.loudness(sounding, 2);
    assert.ok(first > 500 && second < first / 20, `${first} ${second}`);
    const [silent] = await shop.draw({ operation: 'extend' }, [silentClip]);
    assert.equal(silent.info.hasAudio, false);
    const [asked] = await shop.draw({ operation: 'extend', audio: true }, [silentClip]);
    const [before = 0, added = 0] = await shop.loudness(asked, 2);
    assert.ok(added > 200 && before < added / 20, `${before} ${added}`);
  });

  test('sources of other rates and sizes are exact too', async () => {
    const odd = await shop.clip('source', 'testsrc2=s=200x240:r=30:d=1.5');
    const [video] = await shop.draw({ operation: 'extend', durationS: 2 }, [odd]);
    assert.deepEqual([video.info.frames, video.info.width, video.info.height], [84, 360, 432]);
  });
});

suite('sound effect', { concurrency: 2 }, () => {
  const change = { operation: 'sound-effect', quality: null } as const;

  test('adds a track to a silent video and leaves the pictures', async () => {
    const [video] = await shop.draw({ ...change, soundEffect: 'rain on a roof' }, [silentClip]);
    assert.equal(video.info.hasAudio, true);
    const [loud = 0] = await shop.loudness(video, 1);
    assert.ok(loud > 100, String(loud));
    const [a, b] = [await shop.frame(video, 12), await shop.frame(silentClip, 12)];
    assert.ok(difference(a.subarray(64 * 3 * 8, 64 * 3 * 24), b.subarray(64 * 3 * 8, 64 * 3 * 24)) < 4);
  });

  test('takes the place of the original sound, or is laid over it', async () => {
    const steps = { ...change, soundEffect: 'steps' };
    const [instead] = await shop.draw({ ...steps, options: { keepSound: false } }, [moving]);
    const [over] = await shop.draw({ ...steps, options: { keepSound: true } }, [moving]);
    // Between two steps nothing is heard but what was there before.
    const quiet = async (piece: typeof over) => Math.min(...(await shop.loudness(piece, 20)));
    assert.ok((await quiet(instead)) < 100, String(await quiet(instead)));
    assert.ok((await quiet(over)) > 500, String(await quiet(over)));
  });
});

suite('lip sync', { concurrency: 2 }, () => {
  const change = { operation: 'lip-sync', quality: null } as const;
  const lips = { x: 0.47, y: 0.55, width: 0.06, height: 0.1 };

  test('carries the sound that was given, and the mouth follows it', async () => {
    const half = await shop.sound("aevalsrc='if(lt(t,0.5),0.5*sin(880*PI*t),0)':s=48000:d=1");
    const [video] = await shop.draw(change, [red, half]);
    const [first = 0, second = 0] = await shop.loudness(video, 2);
    assert.ok(first > 2_000 && second < first / 50, `${first} ${second}`);
    const open = await shop.colour(video, 6, lips);
    const shut = await shop.colour(video, 20, lips);
    assert.ok(open[0] < shut[0] - 30, `open ${open}, shut ${shut}`);
  });

  test('speaks a text: a longer one takes longer, the same one sounds the same', async () => {
    const speak = (text: string) =>
      shop.draw({ ...change, durationS: 4, speech: { text, speakerId: '1' } }, [red]).then(([video]) => video);
    const [short, long, again] = [
      await speak('Hello.'),
      await speak('Hello there, how do you do today?'),
      await speak('Hello.'),
    ];
    const spoken = async (piece: typeof short) => (await shop.loudness(piece, 80)).filter((loud) => loud > 150).length;
    const [shorter, longer] = [await spoken(short), await spoken(long)];
    assert.ok(shorter >= 4 && longer > 3 * shorter, `${shorter} ${longer}`);
    assert.ok(Buffer.from(short.bytes).equals(Buffer.from(again.bytes)));
    const other = await shop.draw({ ...change, durationS: 4, speech: { text: 'Hello.', speakerId: '7' } }, [red]);
    assert.notDeepEqual(await shop.loudness(other[0], 80), await shop.loudness(short, 80));
  });

  test('the original sound stays where that was asked for', async () => {
    const pause = await shop.sound('anullsrc=r=48000:d=1');
    const [kept] = await shop.draw({ ...change, options: { keepSound: true } }, [moving, pause]);
    const [gone] = await shop.draw(change, [moving, pause]);
    assert.ok(((await shop.loudness(kept, 1))[0] ?? 0) > 300);
    assert.ok(((await shop.loudness(gone, 1))[0] ?? 9) < 5);
  });
});

test('upscale doubles both sides and keeps pictures and sound', async () => {
  const [video] = await shop.draw({ operation: 'upscale', quality: null }, [moving]);
  assert.deepEqual([video.info.width, video.info.height, video.info.hasAudio], [640, 360, true]);
  const [a, b] = [await shop.frame(video, 20), await shop.frame(moving, 20)];
  assert.ok(difference(a.subarray(64 * 3 * 8, 64 * 3 * 28), b.subarray(64 * 3 * 8, 64 * 3 * 28)) < 5);
});

test('graphs name only filters that a system ffmpeg is asked for before it takes over', () => {
  assertFilters(shop.graphs, FILTERS_NEEDED);
});

const noFfmpeg = findFfmpeg() === undefined ? 'no ffmpeg on PATH' : false;
test('the system ffmpeg carries the same calls out, as exactly', { skip: noFfmpeg }, async (t) => {
  const cli = await openMedia({ engine: 'cli', workers: 1, tempFolder: tmpdir(), log: silent, clock: systemClock });
  t.after(() => cli.close());
  const there = await Workshop.open(t, cli);
  const clip = await there.clip('source', 'testsrc2=s=320x180:r=25:d=1', 'sine=f=440:r=44100:d=1');
  const sound = await there.sound('sine=f=220:d=1');
  await there.draw({ operation: 'extend' }, [clip]);
  await there.draw({ operation: 'lip-sync', quality: null, options: { keepSound: true } }, [clip, sound]);
  await there.draw({ operation: 'upscale', quality: null }, [clip]);
  const pictures = [await there.picture('first-frame', ORANGE), await there.picture('last-frame', BLUE)];
  const [video] = await there.draw({ operation: 'transition' }, pictures);
  assertColour(await there.colour(video, 0), ORANGE);
  assertColour(await there.colour(video, -1), BLUE);
});

test('ffprobe finds the same in a result as we do', { skip: noFfmpeg }, async () => {
  const [video] = await shop.draw({ operation: 'extend' }, [moving]);
  const { streams } = await ffprobe(video.path);
  const [picture, sound] = streams;
  assert.deepEqual(
    [
      picture?.['codec_name'],
      picture?.['width'],
      picture?.['height'],
      picture?.['nb_read_frames'],
      picture?.['duration'],
    ],
    ['h264', 640, 360, '48', '2.000000'],
  );
  assert.deepEqual([sound?.['codec_name'], sound?.['duration']], ['aac', '2.000000']);
});
