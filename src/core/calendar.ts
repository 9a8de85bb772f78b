/** Refill periods and budget windows. All in UTC. */

const daysInMonth = (year: number, month: number): number => new Date(Date.UTC(year, month + 1, 0)).getUTCDate();

/** Start of the monthly period of year/month, its anchor day clamped to the month's end. */
const anchorAt = (year: number, month: number, anchorDay: number): number => {
  const first = new Date(Date.UTC(year, month, 1));
  const y = first.getUTCFullYear();
  const m = first.getUTCMonth();
  return Date.UTC(y, m, Math.min(anchorDay, daysInMonth(y, m)));
};

/** The monthly period that `at` lies in: its name (the month it began in), start and end, ms. */
export function monthlyPeriod(at: number, anchorDay: number): { name: string; startsAt: number; endsAt: number } {
  const date = new Date(at);
  let month = date.getUTCMonth();
  const year = date.getUTCFullYear();
  if (anchorAt(year, month, anchorDay) > at) month -= 1;
  const startsAt = anchorAt(year, month, anchorDay);
  return { name: monthName(startsAt), startsAt, endsAt: anchorAt(year, month + 1, anchorDay) };
}

/** `2026-11-20`. */
export function dayName(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** `2026-11`. */
export function monthName(at: number): string {
  return new Date(at).toISOString().slice(0, 7);
}

/** The next midnight after `at`. */
export function nextDay(at: number): number {
  const date = new Date(at);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() + 1);
}

/** Days since 1970 in UTC. */
export function dayNumber(at: number): number {
  return Math.floor(at / (24 * 3600 * 1000));
}
