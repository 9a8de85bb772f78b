import type { FontMetrics } from './font.ts';

/**
 * Text for a picture, wrapped and shrunk to a box by our own measure. Each line becomes a file of its own that the
 * renderer draws as it stands (`expansion=none`), so no character of a prompt means anything to a filter graph.
 */
export interface Caption {
  readonly lines: readonly string[];
  /** Font size in pixels. */
  readonly size: number;
  /** Distance from one baseline to the next, pixels. */
  readonly leading: number;
}

/** The room there is for a caption. Pixels. */
export interface CaptionBox {
  readonly width: number;
  readonly height: number;
  readonly sizeMax: number;
  readonly sizeMin: number;
  readonly linesMax: number;
}

const LEADING = 1.28;

/** More characters than any box shows; the rest of a prompt is not even looked at. */
const CHARACTERS_MAX = 2_000;

/** One line of plain text: no controls, no marks without a width of their own, no white space but single blanks. */
export function plainText(text: string): string {
  return text
    .slice(0, CHARACTERS_MAX)
    .toWellFormed()
    .normalize('NFC')
    .replace(/\p{Cf}|\p{Cs}|\p{Co}|\p{Cn}|\p{Variation_Selector}|\u{fffd}/gu, '')
    .replace(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
}

/** Fits a text into a box: the largest size at which it fits, and at the smallest one cut off with an ellipsis. */
export function fitCaption(text: string, box: CaptionBox, font: FontMetrics): Caption {
  const plain = plainText(text);
  if (plain === '') return { lines: [], size: box.sizeMax, leading: Math.round(box.sizeMax * LEADING) };
  for (let size = box.sizeMax; ; size -= Math.max(1, Math.round(size * 0.08))) {
    const last = size <= box.sizeMin;
    const pixels = Math.max(size, box.sizeMin);
    const leading = Math.round(pixels * LEADING);
    const room = Math.max(1, Math.min(box.linesMax, Math.floor(box.height / leading)));
    const lines = wrap(plain, box.width / pixels, room, font);
    if (lines.length <= room) return { lines, size: pixels, leading };
    if (last) return { lines: cutOff(lines, room, box.width / pixels, font), size: pixels, leading };
  }
}

/** Breaks at blanks, and inside words that are wider than a line. Stops one line after `room`: that is enough to know. */
function wrap(text: string, width: number, room: number, font: FontMetrics): string[] {
  const lines: string[] = [];
  const blank = font.width(' ');
  let line = '';
  let taken = 0;
  const end = () => {
    if (line !== '') lines.push(line);
    line = '';
    taken = 0;
  };
  for (const word of text.split(' ')) {
    const wide = font.width(word);
    if (line !== '' && taken + blank + wide <= width) {
      line += ` ${word}`;
      taken += blank + wide;
      continue;
    }
    end();
    if (wide <= width) {
      line = word;
      taken = wide;
    } else {
      for (const character of word) {
        const more = font.width(character);
        if (taken + more > width) end();
        if (lines.length > room) return lines;
        line += character;
        taken += more;
      }
    }
    if (lines.length > room) return lines;
  }
  end();
  return lines;
}

function cutOff(lines: readonly string[], room: number, width: number, font: FontMetrics): string[] {
  const kept = lines.slice(0, room);
  const characters = [...(kept.pop() ?? '')];
  while (characters.length > 1 && font.width(`${characters.join('')}…`) > width) characters.pop();
  return [...kept, `${characters.join('').trimEnd()}…`];
}
