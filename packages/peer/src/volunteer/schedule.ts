/** When a tab may work: on these days, between these times of its own clock. */
export interface Schedule {
  /** 0 is Sunday, as in `Date`. A period over midnight belongs to the day on which it begins. */
  readonly days: readonly number[];
  /** Minutes after midnight. */
  readonly startMinute: number;
  /** At or before `startMinute`: of the next day. */
  readonly endMinute: number;
}

const DAYS_OF_WEEK = 7;

/**
 * The first moment from `nowMs` on that lies in the schedule: `nowMs` itself where it does. Undefined
 * where no day was chosen.
 */
export function nextOpening(schedule: Schedule, nowMs: number): number | undefined {
  const { days, startMinute, endMinute } = schedule;
  const now = new Date(nowMs);
  const lastDay = endMinute <= startMinute ? 1 : 0;
  // From yesterday, whose period may go on past midnight, to this day in a week.
  for (let day = -1; day <= DAYS_OF_WEEK; day += 1) {
    const start = onDay(now, day, startMinute);
    if (!days.includes(onDay(now, day, 0).getDay())) continue;
    if (onDay(now, day + lastDay, endMinute).getTime() <= nowMs) continue;
    return Math.max(nowMs, start.getTime());
  }
  return undefined;
}

/** The next moment after `nowMs` at which the schedule begins or ends. */
export function nextChange(schedule: Schedule, nowMs: number): number | undefined {
  const { days, startMinute, endMinute } = schedule;
  const now = new Date(nowMs);
  const lastDay = endMinute <= startMinute ? 1 : 0;
  const moments: number[] = [];
  for (let day = -1; day <= DAYS_OF_WEEK; day += 1) {
    if (!days.includes(onDay(now, day, 0).getDay())) continue;
    moments.push(onDay(now, day, startMinute).getTime());
    moments.push(onDay(now, day + lastDay, endMinute).getTime());
  }
  const later = moments.filter((moment) => moment > nowMs);
  return later.length > 0 ? Math.min(...later) : undefined;
}

/** The first moment of the next day: a day may have 23 or 25 hours. */
export function nextMidnight(nowMs: number): number {
  return onDay(new Date(nowMs), 1, 0).getTime();
}

/** Built from the parts of a date, so that a time of day stays one when the clocks change. */
function onDay(now: Date, day: number, minute: number): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + day, 0, minute);
}
