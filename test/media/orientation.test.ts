/** Pictures that are stored turned: shown size, cover and orientation, for all eight EXIF values. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, suite, test } from 'node:test';
import { decodeRgb, meanColour, tempFolder, testMedia } from './fixtures.ts';

const media = await testMedia({ after });
const folder = await tempFolder({ after });

/** 96 × 64, its quarters red, green, blue, white. */
const upright = await (async () => {
  const quarter = (colour: string) => ['-f', 'lavfi', '-i', `color=${colour}:s=48x32:d=0.04:r=25`];
  const { outputs } = await media.run({
    argv: [
      ...['-v', 'error', ...['0xd02020', '0x20c020', '0x2020d0', '0xf0f0f0'].flatMap(quarter)],
      ...['-filter_complex', '[0][1]hstack[a];[2][3]hstack[b];[a][b]vstack', '-frames:v', '1'],
      ...['-huffman', 'default', '-q:v', '2', 'q.jpg'],
    ],
    files: {},
    outputs: ['q.jpg'],
    timeoutMs: 30_000,
  });
  return Buffer.from(outputs.get('q.jpg') ?? []);
})();

/** Puts an EXIF segment with an orientation behind the start marker. */
function withOrientation(jpeg: Buffer, value: number, order: 'II' | 'MM'): Buffer {
  const tiff = Buffer.alloc(26);
  tiff.write(order, 0, 'latin1');
  const u16 = (number: number, at: number) =>
    order === 'II' ? tiff.writeUInt16LE(number, at) : tiff.writeUInt16BE(number, at);
  const u32 = (number: number, at: number) =>
    order === 'II' ? tiff.writeUInt32LE(number, at) : tiff.writeUInt32BE(number, at);
  u16(42, 2);
  u32(8, 4);
  u16(1, 8);
  u16(0x0112, 10);
  u16(3, 12);
  u32(1, 14);
  u16(value, 18);
  const body = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff]);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(body.length + 2);
  return Buffer.concat([jpeg.subarray(0, 2), Buffer.from([0xff, 0xe1]), length, body, jpeg.subarray(2)]);
}

/** The stored quarters (0 red, 1 green, 2 blue, 3 white) as they are shown: top left, top right, bottom left, bottom right. */
const SHOWN: Readonly<Record<number, string>> = {
  1: '0123',
  2: '1032',
  3: '3210',
  4: '2301',
  5: '0213',
  6: '2031',
  7: '3120',
  8: '1302',
};

suite('EXIF orientation', { concurrency: 2 }, () => {
  for (const [value, expected] of Object.entries(SHOWN)) {
    test(`orientation ${value}`, async () => {
      const orientation = Number(value);
      const full = path.join(folder, `turned-${value}.jpg`);
      await writeFile(full, withOrientation(upright, orientation, orientation % 2 === 0 ? 'II' : 'MM'));
      const info = await media.probe(full);
      const turned = orientation >= 5;
      assert.deepEqual([info?.width, info?.height], turned ? [64, 96] : [96, 64]);
      assert.equal(info?.orientation, orientation === 1 ? undefined : orientation);

      const cover = path.join(folder, `cover-${value}.jpg`);
      await writeFile(cover, await media.cover(full));
      const coverInfo = await media.check(cover);
      assert.ok(coverInfo);
      assert.deepEqual([coverInfo.width, coverInfo.height], [info?.width, info?.height]);
      assert.equal(coverInfo.orientation, undefined, 'the cover is stored as shown');
      const rgb = await decodeRgb(media, cover, coverInfo, 'null');
      const [w, h] = [coverInfo.width / 2, coverInfo.height / 2];
      const corners = [
        [0, 0],
        [w, 0],
        [0, h],
        [w, h],
      ].map(([x = 0, y = 0]) =>
        nameOf(meanColour(rgb, coverInfo.width, { x: x + 6, y: y + 6, width: w - 12, height: h - 12 })),
      );
      assert.equal(corners.join(''), expected);
    });
  }

  test('a broken EXIF segment does not matter', async () => {
    const broken = withOrientation(upright, 6, 'II');
    broken.writeUInt32LE(0xfffffff0, 16);
    const full = path.join(folder, 'broken-exif.jpg');
    await writeFile(full, broken);
    assert.deepEqual([(await media.probe(full))?.width, (await media.probe(full))?.orientation], [96, undefined]);
    assert.ok((await readFile(full)).includes('Exif'));
  });
});

function nameOf([red, green, blue]: [number, number, number]): number {
  if (red > 150 && green > 150 && blue > 150) return 3;
  return red > green && red > blue ? 0 : green > blue ? 1 : 2;
}
