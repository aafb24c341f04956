/** Days as this device's calendar has them: some have 23 or 25 hours. */

/** `2026-11-26`, by this device's clock. */
export function dayOf(ms: number): string {
  return nameOf(new Date(ms));
}

/** The day and those before it, oldest first. */
export function daysUntil(ms: number, count: number): readonly string[] {
  const now = new Date(ms);
  return Array.from({ length: count }, (_, index) =>
    nameOf(new Date(now.getFullYear(), now.getMonth(), now.getDate() - (count - 1 - index))),
  );
}

/** Noon of a day, which every calendar has: for writing it as a date. */
export function noonOf(day: string): Date {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date, 12);
}

/** The morning of the next day. */
export function nextMorning(ms: number, hour: number): number {
  const now = new Date(ms);
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, hour).getTime();
}

function nameOf(date: Date): string {
  const two = (count: number): string => String(count).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
