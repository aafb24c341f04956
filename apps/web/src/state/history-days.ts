import * as v from 'valibot';
import { HISTORY_DAYS_MAX } from './limits.ts';
import { daysUntil } from './local-day.ts';

const Count = v.pipe(v.number(), v.finite(), v.minValue(0));
const HistoryDay = v.strictObject({
  /** `2026-11-26`, by the clock of this device. */
  day: v.pipe(v.string(), v.regex(/^\d{4}-\d{2}-\d{2}$/)),
  tokens: Count,
  /** Sessions and requests it computed something for. */
  answers: Count,
  /** How long the device computed, the rests left out. */
  busyMs: Count,
  /** How long the tab was there for others, working or waiting for work. */
  activeMs: Count,
  bytesUp: Count,
  bytesDown: Count,
});

/** What this browser gave on one day. */
export type HistoryDay = v.InferOutput<typeof HistoryDay>;
export type DayCounts = Omit<HistoryDay, 'day'>;

export const NO_COUNTS: DayCounts = {
  tokens: 0,
  answers: 0,
  busyMs: 0,
  activeMs: 0,
  bytesUp: 0,
  bytesDown: 0,
};
const FIELDS = Object.keys(NO_COUNTS) as (keyof DayCounts)[];

export function addCounts(to: DayCounts, more: Partial<DayCounts>): DayCounts {
  return Object.fromEntries(
    FIELDS.map((field) => [field, to[field] + (more[field] ?? 0)]),
  ) as unknown as DayCounts;
}

export function hasCounts(counts: DayCounts): boolean {
  return FIELDS.some((field) => counts[field] > 0);
}

/** The days with more on one of them, in order; the oldest of too many go. */
export function addToDay(
  days: readonly HistoryDay[],
  day: string,
  more: DayCounts,
): readonly HistoryDay[] {
  const before = days.find((each) => each.day === day) ?? { day, ...NO_COUNTS };
  return [...days.filter((each) => each.day !== day), { day, ...addCounts(before, more) }]
    .sort((a, b) => (a.day < b.day ? -1 : 1))
    .slice(-HISTORY_DAYS_MAX);
}

/** Today and the days before it, oldest first, those without anything too. */
export function lastDays(
  days: readonly HistoryDay[],
  nowMs: number,
  count: number,
): readonly HistoryDay[] {
  const known = new Map(days.map((each) => [each.day, each]));
  return daysUntil(nowMs, count).map((day) => known.get(day) ?? { day, ...NO_COUNTS });
}

export function sumDays(days: readonly HistoryDay[]): DayCounts {
  return days.reduce<DayCounts>(addCounts, NO_COUNTS);
}

/** What was stored, whatever it is: days that are whole, each once. */
export function parseDays(stored: unknown): readonly HistoryDay[] {
  if (!Array.isArray(stored)) return [];
  return stored.slice(-HISTORY_DAYS_MAX).reduce<readonly HistoryDay[]>((days, each) => {
    const result = v.safeParse(HistoryDay, each);
    if (!result.success) return days;
    const { day, ...counts } = result.output;
    return addToDay(days, day, counts);
  }, []);
}
