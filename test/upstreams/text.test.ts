/** The prompt as lines of a picture: measured with the font's own widths, wrapped, shrunk, cut off. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { suite, test } from 'node:test';
import { fitCaption, plainText } from '../../src/upstreams/local/caption.ts';
import { readFont } from '../../src/upstreams/local/font.ts';
import { fc } from '../support/property.ts';

const fonts = path.dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'));
const bold = readFont(await readFile(path.join(fonts, 'DejaVuSans-Bold.ttf')));
const mono = readFont(await readFile(path.join(fonts, 'DejaVuSansMono.ttf')));

const BOX = { width: 560, height: 210, sizeMax: 34, sizeMin: 14, linesMax: 12 };

suite('font', () => {
  test('widths are those of the font', () => {
    assert.equal(mono.width('i'), mono.width('W'));
    assert.ok(Math.abs(mono.width('0123456789') - 6.02) < 0.01, String(mono.width('0123456789')));
    assert.ok(bold.width('W') > 2 * bold.width('i'));
    assert.equal(bold.width(''), 0);
    assert.ok(Math.abs(bold.width('ab') - bold.width('a') - bold.width('b')) < 1e-9);
  });

  test('what the font does not hold is known, and has the width of its box', () => {
    for (const character of ['A', 'é', 'Ω', 'Ж', '…', '·'])
      assert.ok(bold.has(character.codePointAt(0) ?? 0), character);
    assert.equal(bold.has(0x6f22), false);
    assert.ok(bold.width('漢') > 0);
    assert.ok(bold.width('🎬') > 0);
  });

  test('what is no font is refused in words', async () => {
    const whole = await readFile(path.join(fonts, 'DejaVuSans.ttf'));
    for (const bytes of [new Uint8Array(), Buffer.from('hello'), whole.subarray(0, 400), Buffer.alloc(4096, 0xff)]) {
      assert.throws(() => readFont(bytes), /not a font that can be used/);
    }
  });
});

suite('caption', () => {
  test('text is made plain: one line, no controls, no invisible marks', () => {
    assert.equal(plainText('  a\n\tb\r\n\u2028c\u0000d  '), 'a b c d');
    assert.equal(plainText('zero\u200bwidth \u202eturned\ufeff'), 'zerowidth turned');
    assert.equal(plainText('half \ud83c pair'), 'half pair');
    assert.equal(plainText('e\u0301'), 'é');
    assert.equal(plainText('❤\ufe0f'), '❤');
    assert.equal(plainText('\n \t'), '');
  });

  test('a short text is as large as may be, a longer one smaller, a very long one is cut off', () => {
    assert.deepEqual(fitCaption('a cat', BOX, bold).lines, ['a cat']);
    assert.equal(fitCaption('a cat', BOX, bold).size, BOX.sizeMax);
    const middle = fitCaption(
      'a lighthouse in a storm, waves crashing over the rocks, cinematic light '.repeat(3),
      BOX,
      bold,
    );
    assert.ok(middle.size < BOX.sizeMax && middle.size > BOX.sizeMin, String(middle.size));
    assert.doesNotMatch(middle.lines.join(' '), /…/);
    const long = fitCaption('lorem ipsum dolor '.repeat(100), BOX, bold);
    assert.equal(long.size, BOX.sizeMin);
    assert.match(long.lines.at(-1) ?? '', /…$/);
  });

  test('nothing to say is no lines', () => {
    assert.deepEqual(fitCaption(' \n ', BOX, bold).lines, []);
  });

  test('any text fits its box, and all of it is there unless it was cut off', () => {
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 400 }), fc.lorem({ maxCount: 80 }));
    fc.assert(
      fc.property(
        text,
        fc.integer({ min: 60, max: 900 }),
        fc.integer({ min: 20, max: 500 }),
        (prompt, width, height) => {
          const box = { ...BOX, width, height };
          const { lines, size, leading } = fitCaption(prompt, box, bold);
          assert.ok(size >= box.sizeMin && size <= box.sizeMax);
          assert.ok(lines.length <= box.linesMax);
          assert.ok(lines.length <= 1 || lines.length * leading <= height);
          for (const line of lines) {
            assert.ok([...line].length <= 1 || bold.width(line) * size <= width + 1e-6, line);
            assert.doesNotMatch(line, /[\n\r\0]/);
          }
          const squeezed = (value: string) => value.replaceAll(' ', '');
          if (!lines.at(-1)?.endsWith('…')) assert.equal(squeezed(lines.join('')), squeezed(plainText(prompt)));
        },
      ),
      { numRuns: 150 },
    );
  });
});
