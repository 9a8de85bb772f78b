/**
 * Working hours of an account, as UTC windows of the week, e.g. `mon-fri 08:00-18:00`, `sat 22:00-02:00` (over midnight)
 * or `09:00-17:00` (every day). No window at all means always.
 */

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const DAY_MIN = 24 * 60;
const WEEK_MIN = 7 * DAY_MIN;
const MINUTE_MS = 60_000;
/** Monday 5 January 1970, 00:00 UTC: the first Monday of the count. */
const MONDAY_MS = 4 * DAY_MIN * MINUTE_MS;

const TEXT = /^(?:([a-z]{3})(?:-([a-z]{3}))?\s+)?([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)$/;

/** Minutes of the week, Monday 00:00 being 0: sorted, merged, `from` below `to`, nothing beyond the week's end. */
export type Hours = readonly { readonly from: number; readonly to: number }[];

/** The windows of a text; undefined where it is none. */
function windowOf(text: string): { from: number; to: number }[] | undefined {
  const match = TEXT.exec(text.trim().toLowerCase());
  if (!match) return undefined;
  const [, first, last, fromHour, fromMinute, toHour, toMinute] = match;
  const from = Number(fromHour) * 60 + Number(fromMinute);
  const to = Number(toHour) * 60 + Number(toMinute);
  if (to > DAY_MIN || from === to) return undefined;
  const start = first === undefined ? 0 : DAYS.indexOf(first as (typeof DAYS)[number]);
  const end = first === undefined ? 6 : last === undefined ? start : DAYS.indexOf(last as (typeof DAYS)[number]);
  if (start < 0 || end < 0) return undefined;
  const windows: { from: number; to: number }[] = [];
  for (let day = start; ; day = (day + 1) % 7) {
    const at = day * DAY_MIN;
    windows.push({ from: at + from, to: at + (to > from ? to : to + DAY_MIN) });
    if (day === end) return windows;
  }
}

/** Is this a window of the week? */
export function isHours(text: string): boolean {
  return windowOf(text) !== undefined;
}

/** The hours that these windows come to; null for always. Texts that are none count for nothing. */
export function hoursOf(texts: readonly string[]): Hours | null {
  if (texts.length === 0) return null;
  const parts: { from: number; to: number }[] = [];
  for (const { from, to } of texts.flatMap((text) => windowOf(text) ?? [])) {
    parts.push({ from, to: Math.min(to, WEEK_MIN) });
    if (to > WEEK_MIN) parts.push({ from: 0, to: to - WEEK_MIN });
  }
  parts.sort((a, b) => a.from - b.from);
  const merged: { from: number; to: number }[] = [];
  for (const part of parts) {
    const last = merged.at(-1);
    if (last && part.from <= last.to) last.to = Math.max(last.to, part.to);
    else merged.push({ ...part });
  }
  if (merged.length === 1 && merged[0]?.from === 0 && merged[0].to === WEEK_MIN) return null;
  return merged;
}

/**
 * Open or closed at this time of the day clock, and for how long, ms.
 * @param at ms since 1970.
 */
export function openAt(hours: Hours, at: number): { open: boolean; forMs: number } {
  const weekMs = WEEK_MIN * MINUTE_MS;
  const into = (((at - MONDAY_MS) % weekMs) + weekMs) % weekMs;
  const first = hours[0];
  if (first === undefined) return { open: false, forMs: weekMs };
  for (const { from, to } of hours) {
    if (into < from * MINUTE_MS) return { open: false, forMs: from * MINUTE_MS - into };
    if (into < to * MINUTE_MS) {
      // A window that ends with the week goes on where one begins it.
      const more = to === WEEK_MIN && first.from === 0 ? first.to * MINUTE_MS : 0;
      return { open: true, forMs: to * MINUTE_MS - into + more };
    }
  }
  return { open: false, forMs: weekMs - into + first.from * MINUTE_MS };
}
