/** What people read: aligned tables, colours where they are wanted, text without surprises. */

/** Where a command writes and what it may know of its surroundings. */
export interface Io {
  /** Writes to stdout as it is. */
  out(text: string): void;
  /** Writes to stderr as it is. */
  err(text: string): void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Is stdout a terminal? */
  readonly tty: boolean;
  readonly colours: boolean;
  /** Width of the terminal in characters. */
  readonly columns: number;
}

const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

/** A style by name. */
export type Style = keyof typeof STYLES;

/** The text in a style, or plain where colours are not wanted (no terminal, or NO_COLOR set). */
export function paint(io: Pick<Io, 'colours'>, style: Style, text: string): string {
  return io.colours && text !== '' ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text;
}

/** Text of strangers without control characters: what moves the cursor or colours the screen becomes a space. */
export function printableText(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, ' ').trim();
}

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u;
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Columns a text takes on a terminal. */
export function widthOf(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += WIDE.test(segment) ? 2 : 1;
  return width;
}

/** Cuts a text to a width; what was cut ends in an ellipsis. */
export function cutTo(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let cut = '';
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    used += widthOf(segment);
    if (used > width - 1) break;
    cut += segment;
  }
  return `${cut}…`;
}

/** A column of a table. */
export interface Column<T> {
  readonly title: string;
  readonly right?: boolean;
  /** The cell's text; control characters are taken out. */
  cell(row: T): string;
  /** Style of a cell, by its row. */
  style?(row: T): Style | undefined;
}

/** An aligned table with a heading. On a terminal the last column is cut so that no line wraps. */
export function table<T>(io: Io, columns: readonly Column<T>[], rows: readonly T[]): string {
  const cells = rows.map((row) => columns.map((column) => printableText(column.cell(row))));
  const widths = columns.map((column, index) =>
    Math.max(widthOf(column.title), ...cells.map((line) => widthOf(line[index] ?? ''))),
  );
  const fixed = widths.slice(0, -1).reduce((sum, width) => sum + width + 2, 0);
  const last = widths.length - 1;
  if (io.tty) widths[last] = Math.min(widths[last] ?? 0, Math.max(10, io.columns - fixed));
  const line = (texts: readonly string[], styleOf: (index: number) => Style | undefined): string => {
    const parts = texts.map((text, index) => {
      const width = widths[index] ?? 0;
      const shown = cutTo(text, width);
      const space = ' '.repeat(width - widthOf(shown));
      const style = styleOf(index);
      const painted = style === undefined ? shown : paint(io, style, shown);
      if (columns[index]?.right === true) return space + painted;
      return index === last ? painted : painted + space;
    });
    return `${parts.join('  ').trimEnd()}\n`;
  };
  const heading = line(
    columns.map(({ title }) => title),
    () => 'bold',
  );
  const body = cells.map((texts, row) =>
    line(texts, (index) => {
      const source = rows[row];
      return source === undefined ? undefined : columns[index]?.style?.(source);
    }),
  );
  return heading + body.join('');
}

/** Two columns of names and values, the names aligned. Values of several lines are indented. */
export function fields(io: Io, entries: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...entries.map(([name]) => widthOf(name)));
  return entries
    .map(([name, value]) => `${paint(io, 'bold', name)}${' '.repeat(width - widthOf(name) + 2)}${value}\n`)
    .join('');
}

/** Credits for people: `15,000` or `1.5`. */
export function creditText(amount: number): string {
  return amount.toLocaleString('en-US', { maximumFractionDigits: 3 });
}

/** `1 credit`, `2 credits`. */
export function creditsText(amount: number): string {
  return `${creditText(amount)} ${amount === 1 ? 'credit' : 'credits'}`;
}

/** Bytes for people: `512 B`, `48 KB`, `1.3 MB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} KB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** ISO time → `2026-11-20 19:07:33` in UTC. */
export function timeText(iso: string): string {
  return iso.slice(0, 19).replace('T', ' ');
}

/** A span of time: `45 s`, `3 min`, `2 h`. */
export function spanText(ms: number): string {
  if (ms < 90_000) return `${Math.max(1, Math.round(ms / 1000))} s`;
  return ms < 5_400_000 ? `${Math.round(ms / 60_000)} min` : `${(ms / 3_600_000).toFixed(1)} h`;
}
