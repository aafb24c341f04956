import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  addToDay,
  type HistoryDay,
  lastDays,
  NO_COUNTS,
  parseDays,
  sumDays,
} from './history-days.ts';
import { HISTORY_DAYS_MAX } from './limits.ts';
import { dayOf, daysUntil, nextMorning } from './local-day.ts';

// A zone whose clocks change, wherever the tests run.
beforeEach(() => void vi.stubEnv('TZ', 'Europe/Berlin'));
afterEach(() => void vi.unstubAllEnvs());

const tokens = (count: number) => ({ ...NO_COUNTS, tokens: count });

describe('days of this device', () => {
  it('are each there once where the clocks change', () => {
    // 29 March 2026 has 23 hours, 25 October 25.
    const spring = daysUntil(new Date(2026, 2, 30, 0, 15).getTime(), 4);
    expect(spring).toEqual(['2026-03-27', '2026-03-28', '2026-03-29', '2026-03-30']);
    const autumn = daysUntil(new Date(2026, 9, 26, 23, 45).getTime(), 3);
    expect(autumn).toEqual(['2026-10-24', '2026-10-25', '2026-10-26']);
  });

  it('begin at its own midnight', () => {
    const midnight = new Date(2026, 9, 25).getTime();
    expect([dayOf(midnight - 1), dayOf(midnight)]).toEqual(['2026-10-24', '2026-10-25']);
    // The hour that comes twice is of one day.
    expect(dayOf(midnight + 24.5 * 3_600_000)).toBe('2026-10-25');
  });

  it('have a next morning, also after a night of nine hours', () => {
    const evening = new Date(2026, 9, 24, 22).getTime();
    expect(nextMorning(evening, 7) - evening).toBe(10 * 3_600_000);
  });
});

describe('the days of a history', () => {
  it('add up, stay in order, and are bounded', () => {
    let days: readonly HistoryDay[] = [];
    days = addToDay(days, '2026-11-26', tokens(5));
    days = addToDay(days, '2026-11-24', tokens(2));
    days = addToDay(days, '2026-11-26', { ...tokens(1), answers: 1 });
    expect(days).toMatchObject([
      { day: '2026-11-24', tokens: 2 },
      { day: '2026-11-26', tokens: 6, answers: 1 },
    ]);
    const now = new Date(2026, 10, 26, 12).getTime();
    for (const day of daysUntil(now, HISTORY_DAYS_MAX + 5)) days = addToDay(days, day, tokens(1));
    expect(days).toHaveLength(HISTORY_DAYS_MAX);
    expect(days.at(-1)).toMatchObject({ day: '2026-11-26', tokens: 7 });
  });

  it('are drawn with those on which nothing happened', () => {
    const days = addToDay([], '2026-11-24', tokens(2));
    const shown = lastDays(days, new Date(2026, 10, 26, 1).getTime(), 4);
    expect(shown.map(({ day, tokens: count }) => [day, count])).toEqual([
      ['2026-11-23', 0],
      ['2026-11-24', 2],
      ['2026-11-25', 0],
      ['2026-11-26', 0],
    ]);
    expect(sumDays(shown).tokens).toBe(2);
  });

  it('are read from whatever a browser kept', () => {
    const whole = { day: '2026-11-24', ...tokens(2) };
    const damaged = [{ ...whole, tokens: -1 }, { day: 'x' }, null, { ...whole, extra: 1 }];
    expect(parseDays([...damaged, whole])).toEqual([whole]);
    expect(parseDays({ day: '2026-11-24' })).toEqual([]);
  });
});
