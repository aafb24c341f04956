import { describe, expect, it } from 'vitest';
import { DEFAULT_GUEST_RULES, parseMinute, toggleDay } from './guest-rules.ts';
import { describeData, describePause, describeSchedule } from './guest-view.ts';

const at = (hour: number, day = 26) => new Date(2026, 10, day, hour).getTime();

describe('a pause', () => {
  it.each([
    [
      { reasons: ['hidden'] },
      'Paused: this tab is hidden. It resumes by itself when that changes.',
    ],
    [
      { reasons: ['schedule'], untilMs: at(22) },
      'Paused: it is not the time you chose. It resumes at 22:00.',
    ],
    [
      { reasons: ['data-cap'], untilMs: at(0, 27) },
      'Paused: the data of today is used up. It resumes tomorrow at 00:00.',
    ],
    [
      { reasons: ['schedule', 'data-cap'], untilMs: at(9, 30) },
      'Paused: it is not the time you chose and the data of today is used up. It resumes on Monday at 09:00.',
    ],
  ] as const)('%j is said as %s', (pause, text) => {
    expect(describePause(pause, at(12))).toBe(text);
  });
});

describe('the data of a day', () => {
  const used = { day: '2026-11-26', bytesUp: 90_000_000, bytesDown: 30_000_000 };

  it('shows what is left of a bound', () => {
    const rules = { ...DEFAULT_GUEST_RULES, dataBytesPerDayMax: 250_000_000 };
    expect(describeData(used, rules)).toEqual({
      amount: '120 MB of 250 MB today',
      left: '130 MB left',
      fraction: 0.48,
    });
    expect(describeData(used, { ...rules, dataBytesPerDayMax: 100_000_000 })).toMatchObject({
      left: '0 B left',
      fraction: 1,
    });
  });

  it('shows both directions where there is none', () => {
    expect(describeData(used, { ...DEFAULT_GUEST_RULES, dataBytesPerDayMax: null })).toEqual({
      amount: '120 MB today',
      left: '90 MB sent, 30 MB received',
      fraction: undefined,
    });
  });
});

describe('a schedule', () => {
  const nights = { days: [0, 1, 2, 3, 4, 5, 6], startMinute: 22 * 60, endMinute: 7 * 60 + 30 };

  it('is said in a sentence', () => {
    expect(describeSchedule(null)).toBe('Now: at any time.');
    expect(describeSchedule(nights)).toBe(
      'Every day from 22:00 until 07:30 of the next day, by this device’s clock.',
    );
    expect(describeSchedule({ days: [0, 1, 3], startMinute: 540, endMinute: 1_020 })).toBe(
      'Monday, Wednesday and Sunday from 09:00 until 17:00, by this device’s clock.',
    );
  });

  it('keeps a last day', () => {
    const monday = { ...nights, days: [1] };
    expect(toggleDay(monday, 1)).toBe(monday);
    expect(toggleDay(monday, 0).days).toEqual([0, 1]);
    expect(toggleDay(nights, 3).days).toEqual([0, 1, 2, 4, 5, 6]);
  });

  it('reads what a time input says', () => {
    expect(['22:00', '07:30:15', '', '24:00'].map(parseMinute)).toEqual([
      1_320,
      450,
      undefined,
      undefined,
    ]);
  });
});
