import type { GuestRules, Pause } from '@manyhands/peer/volunteer/choose-pause';
import type { Schedule } from '@manyhands/peer/volunteer/schedule';
import { language, t } from '../strings/language.ts';
import type { DayUsage } from './data-usage.ts';
import { formatBytes } from './format.ts';
import type { Guest } from './guest.ts';
import { formatMinute, MINUTES_OF_DAY } from './guest-rules.ts';

/** `Paused: this tab is hidden. It resumes by itself when that changes.` */
export function describePause(pause: Pause, nowMs: number): string {
  const { reasons, untilMs } = pause;
  const why = joinWords(reasons.map((reason) => t(`guest.reasons.${reason}`)));
  return t('guest.pause.sentence', { why, when: describeEnd(reasons, untilMs, nowMs) });
}

function describeEnd(reasons: Pause['reasons'], untilMs: number | undefined, nowMs: number) {
  if (untilMs !== undefined) return t('guest.pause.at', { moment: formatMoment(untilMs, nowMs) });
  return reasons.includes('by-hand') ? t('guest.pause.byHand') : t('guest.pause.changes');
}

/** `a, b and c`, as the language that is shown joins words. */
export function joinWords(words: readonly string[]): string {
  return new Intl.ListFormat(localeOf(), { type: 'conjunction' }).format(words);
}

/** English dates and lists as in Britain: no other comma, and days before months. */
function localeOf(): string {
  return language.value === 'en' ? 'en-GB' : language.value;
}

/** `at 22:00`, `tomorrow at 00:00`, `on Friday at 22:00`. */
export function formatMoment(atMs: number, nowMs: number): string {
  const [at, now] = [new Date(atMs), new Date(nowMs)];
  const time = at.toLocaleTimeString(localeOf(), { hour: '2-digit', minute: '2-digit' });
  const isOn = (days: number): boolean =>
    at.toDateString() ===
    new Date(now.getFullYear(), now.getMonth(), now.getDate() + days).toDateString();
  if (isOn(0)) return t('guest.moment.today', { time });
  if (isOn(1)) return t('guest.moment.tomorrow', { time });
  const day = at.toLocaleDateString(localeOf(), { weekday: 'long' });
  return t('guest.moment.later', { day, time });
}

/** `26/11/2026`, as the language that is shown writes a day. */
export function formatDate(atMs: number): string {
  return new Date(atMs).toLocaleDateString(localeOf());
}

export interface DataView {
  /** `120 MB of 5 GB today`. */
  readonly amount: string;
  readonly left: string;
  /** 0 to 1; undefined without a bound. */
  readonly fraction: number | undefined;
}

/** What the day's data is, and what is left of it. */
export function describeData(
  { bytesUp, bytesDown }: DayUsage,
  { dataBytesPerDayMax }: GuestRules,
): DataView {
  const bytes = bytesUp + bytesDown;
  const used = formatBytes(bytes);
  if (dataBytesPerDayMax === null) {
    const left = t('guest.data.directions', {
      sent: formatBytes(bytesUp),
      received: formatBytes(bytesDown),
    });
    return { amount: t('guest.data.open', { used }), left, fraction: undefined };
  }
  const leftBytes = Math.max(0, dataBytesPerDayMax - bytes);
  return {
    amount: t('guest.data.bounded', { used, bound: formatBytes(dataBytesPerDayMax) }),
    left: t('guest.data.left', { bytes: formatBytes(leftBytes) }),
    fraction: Math.min(1, bytes / dataBytesPerDayMax),
  };
}

/** What a setting can do in this browser: the hint below it. */
export function hintBattery({ isOnBattery }: Guest['conditions']['value']): string {
  if (isOnBattery === undefined) {
    return t('guest.rules.batteryUntold');
  }
  return isOnBattery ? t('guest.rules.onBattery') : t('guest.rules.pluggedIn');
}

export function hintMetered(told: Guest['connectionTold']): string {
  switch (told) {
    case 'nothing':
      return t('guest.rules.meteredUntold');
    case 'saving':
      return t('guest.rules.meteredSaving');
    case 'kind':
      return t('guest.rules.meteredKind');
    default:
      return told satisfies never;
  }
}

/** Numbers of the days as in `Date`, in the order in which people read a week. */
const WEEK_ORDER = [1, 2, 3, 4, 5, 6, 0];

export interface DayName {
  readonly day: number;
  readonly short: string;
  readonly long: string;
}

/** The week in the language that is shown. */
export function listWeek(): readonly DayName[] {
  return WEEK_ORDER.map((day) => {
    // The first of November 2026 is a Sunday.
    const date = new Date(2026, 10, 1 + day, 12);
    const name = (weekday: 'short' | 'long'): string =>
      date.toLocaleDateString(localeOf(), { weekday });
    return { day, short: name('short').slice(0, 2), long: name('long') };
  });
}

/** `Every day from 22:00 until 07:00 of the next day, by this device’s clock.` */
export function describeSchedule(schedule: GuestRules['schedule']): string {
  if (schedule === null) return t('guest.schedule.always');
  const week = listWeek();
  const chosen = week.filter(({ day }) => schedule.days.includes(day)).map(({ long }) => long);
  const values = {
    days: chosen.length === week.length ? t('guest.schedule.everyDay') : joinWords(chosen),
    start: formatMinute(schedule.startMinute),
    end: formatMinute(schedule.endMinute),
  };
  return schedule.endMinute <= schedule.startMinute
    ? t('guest.schedule.nextDay', values)
    : t('guest.schedule.sameDay', values);
}

/** The open parts of a day as fractions of it: a period over midnight goes on with the next day. */
export function listOpenHours(
  { days, startMinute, endMinute }: Schedule,
  day: number,
): readonly { readonly start: number; readonly end: number }[] {
  const isOverMidnight = endMinute <= startMinute;
  const before = (day + 6) % 7;
  const parts = [
    ...(isOverMidnight && days.includes(before) ? [[0, endMinute] as const] : []),
    ...(days.includes(day)
      ? [[startMinute, isOverMidnight ? MINUTES_OF_DAY : endMinute] as const]
      : []),
  ];
  return parts
    .filter(([start, end]) => end > start)
    .map(([start, end]) => ({ start: start / MINUTES_OF_DAY, end: end / MINUTES_OF_DAY }));
}
