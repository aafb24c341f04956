import type { GuestRules } from '@manyhands/peer/volunteer/choose-pause';
import type { Schedule } from '@manyhands/peer/volunteer/schedule';
import * as v from 'valibot';

const MEGABYTE = 1_000_000;
const DATA_BOUNDS = [100, 250, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000].map(
  (megabytes) => megabytes * MEGABYTE,
);
/** What a day's data is bounded by at first. */
export const DEFAULT_DATA_BYTES = 5_000 * MEGABYTE;
/** Steps of the data slider; the last one is no bound. */
export const DATA_STEPS: readonly (number | null)[] = [...DATA_BOUNDS, null];
export const MINUTES_OF_DAY = 24 * 60;

const Minute = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MINUTES_OF_DAY - 1));

const StoredSchedule = v.strictObject({
  days: v.pipe(
    v.array(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(6))),
    v.minLength(1),
    v.maxLength(7),
    v.readonly(),
  ),
  startMinute: Minute,
  endMinute: Minute,
});

/** As they are stored: see `GuestRules`. */
export const StoredGuestRules = v.strictObject({
  servesHidden: v.boolean(),
  servesOnBattery: v.boolean(),
  servesMetered: v.boolean(),
  dataBytesPerDayMax: v.nullable(v.picklist(DATA_BOUNDS)),
  schedule: v.nullable(StoredSchedule),
});

/**
 * A tab that contributes is usually behind another one, and says so beside the button: without this,
 * most contributions would end with the first look at something else. Battery, data that costs money
 * and the day's data are the person's own, and spared until they say otherwise.
 */
export const DEFAULT_GUEST_RULES = {
  servesHidden: true,
  servesOnBattery: false,
  servesMetered: false,
  dataBytesPerDayMax: DEFAULT_DATA_BYTES,
  schedule: null,
} as const satisfies GuestRules;

/** Every night, until the person changes it. */
export const DEFAULT_SCHEDULE: Schedule = {
  days: [0, 1, 2, 3, 4, 5, 6],
  startMinute: 22 * 60,
  endMinute: 7 * 60,
};

/** Times that are often chosen, by their key in the catalogue. */
export const SHORTCUTS = {
  nights: DEFAULT_SCHEDULE,
  evenings: { days: [0, 1, 2, 3, 4, 5, 6], startMinute: 18 * 60, endMinute: 23 * 60 },
  // Equal times are a whole day.
  weekend: { days: [0, 6], startMinute: 0, endMinute: 0 },
} as const satisfies Record<string, Schedule>;

/** With the day or without it; the last day stays, for a schedule without any would never open. */
export function toggleDay(schedule: Schedule, day: number): Schedule {
  const { days } = schedule;
  const isOn = days.includes(day);
  const next = isOn ? days.filter((each) => each !== day) : [...days, day].sort((a, b) => a - b);
  return next.length === 0 ? schedule : { ...schedule, days: next };
}

/** `1320` as `22:00`, the value of a time input. */
export function formatMinute(minute: number): string {
  const two = (count: number): string => String(count).padStart(2, '0');
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

/** The minute of `22:00`; undefined for an input that is being cleared. */
export function parseMinute(text: string): number | undefined {
  const match = /^(\d{2}):(\d{2})/.exec(text);
  if (match === null) return undefined;
  const minute = Number(match[1]) * 60 + Number(match[2]);
  return minute < MINUTES_OF_DAY ? minute : undefined;
}
