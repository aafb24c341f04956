import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  choosePause,
  type GuestConditions,
  type GuestRules,
  nextPauseCheck,
} from './choose-pause.ts';
import { nextOpening } from './schedule.ts';

const AWAY: GuestConditions = { isHidden: true, isOnBattery: true, isMetered: true };
const FINE: GuestConditions = { isHidden: false, isOnBattery: false, isMetered: false };
const STRICT: GuestRules = {
  servesHidden: false,
  servesOnBattery: false,
  servesMetered: false,
  dataBytesPerDayMax: 1_000,
  schedule: null,
};
const NIGHTS = { days: [0, 1, 2, 3, 4, 5, 6], startMinute: 22 * 60, endMinute: 6 * 60 };
/** Thursday. */
const at = (hour: number, minute = 0, day = 26) => new Date(2026, 10, day, hour, minute).getTime();

// A zone whose clocks change, wherever the tests run.
beforeEach(() => {
  vi.stubEnv('TZ', 'Europe/Berlin');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('choosing a pause', () => {
  const now = { nowMs: at(12), bytesToday: 0 };

  it('is none while nothing speaks against working', () => {
    expect(choosePause(FINE, STRICT, now)).toBeUndefined();
  });

  it('lets a frame rest that nobody can see', () => {
    const away = { ...FINE, isOutOfView: true };
    expect(choosePause(away, STRICT, now)).toEqual({ reasons: ['out-of-view'] });
    expect(choosePause(away, { ...STRICT, servesHidden: true }, now)).toBeUndefined();
  });

  it('names every reason, and no end where an event decides', () => {
    expect(choosePause(AWAY, STRICT, { ...now, bytesToday: 1_000 })).toEqual({
      reasons: ['hidden', 'battery', 'metered', 'data-cap'],
    });
  });

  it('follows what the person allows', () => {
    const allowed = { ...STRICT, servesHidden: true, servesOnBattery: true, servesMetered: true };
    expect(choosePause(AWAY, allowed, now)).toBeUndefined();
  });

  it('takes what the browser does not tell for no reason', () => {
    const unknown = { isHidden: false, isOnBattery: undefined, isMetered: undefined };
    expect(choosePause(unknown, STRICT, now)).toBeUndefined();
  });

  it('ends at midnight for the data of a day, or when the schedule begins after it', () => {
    const used = { nowMs: at(12), bytesToday: 1_000 };
    expect(choosePause(FINE, STRICT, used)).toEqual({
      reasons: ['data-cap'],
      untilMs: at(0, 0, 27),
    });
    const evenings = { ...NIGHTS, startMinute: 11 * 60, endMinute: 13 * 60 };
    expect(choosePause(FINE, { ...STRICT, schedule: evenings }, used)).toEqual({
      reasons: ['data-cap'],
      untilMs: at(11, 0, 27),
    });
    expect(choosePause(FINE, { ...STRICT, dataBytesPerDayMax: null }, used)).toBeUndefined();
  });

  it('keeps to a schedule over midnight', () => {
    const rules = { ...STRICT, schedule: NIGHTS };
    const pauseAt = (nowMs: number) => choosePause(FINE, rules, { nowMs, bytesToday: 0 });
    expect(pauseAt(at(12))).toEqual({ reasons: ['schedule'], untilMs: at(22) });
    expect(pauseAt(at(21, 59))).toEqual({ reasons: ['schedule'], untilMs: at(22) });
    expect(pauseAt(at(22))).toBeUndefined();
    expect(pauseAt(at(5, 59))).toBeUndefined();
    expect(pauseAt(at(6))).toEqual({ reasons: ['schedule'], untilMs: at(22) });
  });

  it('counts a night to the day on which it begins', () => {
    const thursday = { ...NIGHTS, days: [4] };
    expect(nextOpening(thursday, at(3, 0, 27))).toBe(at(3, 0, 27));
    expect(nextOpening(thursday, at(3, 0, 26))).toBe(at(22));
    expect(nextOpening(thursday, at(7, 0, 27))).toBe(at(22, 0, 33));
    expect(nextOpening({ ...thursday, days: [] }, at(3))).toBeUndefined();
  });

  it('takes equal times for the whole day', () => {
    const allDay = { ...NIGHTS, startMinute: 0, endMinute: 0, days: [4] };
    expect(nextOpening(allDay, at(0))).toBe(at(0));
    expect(nextOpening(allDay, at(23, 59))).toBe(at(23, 59));
    expect(nextOpening(allDay, at(0, 0, 27))).toBe(at(0, 0, 33));
  });

  it('means the time on the clock on days with 23 and with 25 hours', () => {
    const early = { days: [0], startMinute: 4 * 60, endMinute: 5 * 60 };
    const spring = new Date(2026, 2, 29, 4).getTime();
    expect(nextOpening(early, new Date(2026, 2, 29, 0).getTime())).toBe(spring);
    expect(spring - new Date(2026, 2, 29, 0).getTime()).toBe(3 * 3_600_000);
    const autumn = new Date(2026, 9, 25, 4).getTime();
    expect(nextOpening(early, new Date(2026, 9, 25, 0).getTime())).toBe(autumn);
    expect(autumn - new Date(2026, 9, 25, 0).getTime()).toBe(5 * 3_600_000);
  });

  it('is looked at again when the clock alone may change it', () => {
    expect(nextPauseCheck(STRICT, at(12))).toBe(at(0, 0, 27));
    const rules = { ...STRICT, schedule: NIGHTS };
    expect(nextPauseCheck(rules, at(12))).toBe(at(22));
    expect(nextPauseCheck(rules, at(3))).toBe(at(6));
    expect(nextPauseCheck(rules, at(22))).toBe(at(0, 0, 27));
  });
});
