import type { GuestRules, Pause, PauseReason } from '@manyhands/peer/volunteer/choose-pause';
import type { DayUsage } from './data-usage.ts';
import { formatBytes } from './format.ts';
import type { Guest } from './guest.ts';
import { formatMinute } from './guest-rules.ts';

const REASONS: Record<PauseReason, string> = {
  asleep: 'the browser froze this tab, which now has to prove that it runs',
  hidden: 'this tab is hidden',
  'out-of-view': 'this frame is covered or out of view',
  battery: 'the device runs on its battery',
  metered: 'the connection is metered or set to save data',
  schedule: 'it is not the time you chose',
  'data-cap': 'the data of today is used up',
};

/** `Paused: this tab is hidden. It resumes by itself when that changes.` */
export function describePause(pause: Pause, nowMs: number): string {
  const { reasons, untilMs } = pause;
  const why = joinWords(reasons.map((reason) => REASONS[reason]));
  const when =
    untilMs === undefined
      ? 'It resumes by itself when that changes.'
      : `It resumes ${formatMoment(untilMs, nowMs)}.`;
  return `Paused: ${why}. ${when}`;
}

function joinWords(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** `at 22:00`, `tomorrow at 00:00`, `on Friday at 22:00`. */
export function formatMoment(atMs: number, nowMs: number): string {
  const [at, now] = [new Date(atMs), new Date(nowMs)];
  const time = at.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  const isOn = (days: number): boolean =>
    at.toDateString() ===
    new Date(now.getFullYear(), now.getMonth(), now.getDate() + days).toDateString();
  if (isOn(0)) return `at ${time}`;
  if (isOn(1)) return `tomorrow at ${time}`;
  return `on ${at.toLocaleDateString('en-GB', { weekday: 'long' })} at ${time}`;
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
  const detail = `${formatBytes(bytesUp)} sent, ${formatBytes(bytesDown)} received`;
  if (dataBytesPerDayMax === null) {
    return { amount: `${formatBytes(bytes)} today`, left: detail, fraction: undefined };
  }
  const leftBytes = Math.max(0, dataBytesPerDayMax - bytes);
  return {
    amount: `${formatBytes(bytes)} of ${formatBytes(dataBytesPerDayMax)} today`,
    left: `${formatBytes(leftBytes)} left`,
    fraction: Math.min(1, bytes / dataBytesPerDayMax),
  };
}

/** What a setting can do in this browser: the hint below it. */
export function hintBattery({ isOnBattery }: Guest['conditions']['value']): string {
  if (isOnBattery === undefined) {
    return 'This browser does not tell whether it runs on a battery, so nothing pauses for it.';
  }
  return isOnBattery ? 'It runs on its battery now.' : 'It is plugged in now.';
}

export function hintMetered(told: Guest['connectionTold']): string {
  switch (told) {
    case 'nothing':
      return 'This browser tells nothing of the connection, so nothing pauses for it.';
    case 'saving':
      return 'This browser tells only whether it is set to save data.';
    case 'kind':
      return 'Mobile data, or a browser set to save data.';
    default:
      return told satisfies never;
  }
}

/** The week as people read it; numbers as in `Date`. */
export const WEEK: readonly {
  readonly day: number;
  readonly short: string;
  readonly long: string;
}[] = [
  { day: 1, short: 'Mo', long: 'Monday' },
  { day: 2, short: 'Tu', long: 'Tuesday' },
  { day: 3, short: 'We', long: 'Wednesday' },
  { day: 4, short: 'Th', long: 'Thursday' },
  { day: 5, short: 'Fr', long: 'Friday' },
  { day: 6, short: 'Sa', long: 'Saturday' },
  { day: 0, short: 'Su', long: 'Sunday' },
];

/** `Every day from 22:00 until 07:00 of the next day, by this device’s clock.` */
export function describeSchedule(schedule: GuestRules['schedule']): string {
  if (schedule === null) return 'Now: at any time.';
  const { days, startMinute, endMinute } = schedule;
  const chosen = WEEK.filter(({ day }) => days.includes(day)).map(({ long }) => long);
  const when = chosen.length === WEEK.length ? 'Every day' : joinWords(chosen);
  const next = endMinute <= startMinute ? ' of the next day' : '';
  return `${when} from ${formatMinute(startMinute)} until ${formatMinute(endMinute)}${next}, by this device’s clock.`;
}
