/**
 * Widths of characters from a TrueType font (the tables `head`, `hhea`, `hmtx` and `cmap`), so that text is wrapped
 * and shrunk by what the renderer will really draw, with any font an operator names.
 */
export interface FontMetrics {
  /** Width of a text in ems: multiplied by the font size it is pixels. Kerning is left out; it only narrows. */
  width(text: string): number;
  /** Does the font hold a glyph for it? */
  has(codePoint: number): boolean;
}

/** Reads a TrueType or OpenType font. Throws an Error that says what is missing. */
export function readFont(bytes: Uint8Array): FontMetrics {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    const tables = tableOffsets(data);
    const unitsPerEm = data.readUInt16BE(offsetOf(tables, 'head') + 18);
    const metricCount = data.readUInt16BE(offsetOf(tables, 'hhea') + 34);
    const metrics = offsetOf(tables, 'hmtx');
    const glyphOf = readCharacterMap(data, offsetOf(tables, 'cmap'));
    const advance = (glyph: number) => data.readUInt16BE(metrics + 4 * Math.min(glyph, metricCount - 1));
    const cache = new Map<number, number>();
    const widthOf = (codePoint: number) => {
      let width = cache.get(codePoint);
      if (width === undefined) {
        width = advance(glyphOf(codePoint)) / unitsPerEm;
        cache.set(codePoint, width);
      }
      return width;
    };
    return {
      width(text) {
        let sum = 0;
        for (const character of text) sum += widthOf(character.codePointAt(0) ?? 0);
        return sum;
      },
      has: (codePoint) => glyphOf(codePoint) !== 0,
    };
  } catch (error) {
    throw new Error(`not a font that can be used: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function tableOffsets(data: Buffer): Map<string, number> {
  const tables = new Map<string, number>();
  const count = data.readUInt16BE(4);
  for (let index = 0; index < count; index++) {
    const record = 12 + index * 16;
    tables.set(data.toString('latin1', record, record + 4), data.readUInt32BE(record + 8));
  }
  return tables;
}

function offsetOf(tables: Map<string, number>, name: string): number {
  const offset = tables.get(name);
  if (offset === undefined) throw new Error(`it has no ${name} table`);
  return offset;
}

/** The Unicode map: format 12 (all planes) where there is one, else format 4 (the basic plane). */
function readCharacterMap(data: Buffer, cmap: number): (codePoint: number) => number {
  const count = data.readUInt16BE(cmap + 2);
  const found = new Map<number, number>();
  for (let index = 0; index < count; index++) {
    const record = cmap + 4 + index * 8;
    const platform = data.readUInt16BE(record);
    const encoding = data.readUInt16BE(record + 2);
    const offset = cmap + data.readUInt32BE(record + 4);
    if (platform === 0 || (platform === 3 && (encoding === 1 || encoding === 10))) {
      found.set(data.readUInt16BE(offset), offset);
    }
  }
  const groups = found.get(12);
  if (groups !== undefined) return (codePoint) => glyphInGroups(data, groups, codePoint);
  const segments = found.get(4);
  if (segments !== undefined) return (codePoint) => glyphInSegments(data, segments, codePoint);
  throw new Error('it has no Unicode map');
}

function glyphInGroups(data: Buffer, table: number, codePoint: number): number {
  let low = 0;
  let high = data.readUInt32BE(table + 12) - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const group = table + 16 + middle * 12;
    if (codePoint < data.readUInt32BE(group)) high = middle - 1;
    else if (codePoint > data.readUInt32BE(group + 4)) low = middle + 1;
    else return data.readUInt32BE(group + 8) + codePoint - data.readUInt32BE(group);
  }
  return 0;
}

function glyphInSegments(data: Buffer, table: number, codePoint: number): number {
  if (codePoint > 0xffff) return 0;
  const doubled = data.readUInt16BE(table + 6);
  const ends = table + 14;
  const starts = ends + doubled + 2;
  for (let at = 0; at < doubled; at += 2) {
    if (codePoint > data.readUInt16BE(ends + at)) continue;
    const start = data.readUInt16BE(starts + at);
    if (codePoint < start) return 0;
    const delta = data.readUInt16BE(starts + doubled + at);
    const rangeAt = starts + 2 * doubled + at;
    const range = data.readUInt16BE(rangeAt);
    if (range === 0) return (codePoint + delta) & 0xffff;
    const glyph = data.readUInt16BE(rangeAt + range + 2 * (codePoint - start));
    return glyph === 0 ? 0 : (glyph + delta) & 0xffff;
  }
  return 0;
}
