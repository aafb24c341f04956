import { language, t } from '../strings/language.ts';
import { energyOf } from './energy.ts';
import { formatBytes, formatCount, formatDuration } from './format.ts';
import { type DayCounts, type HistoryDay, lastDays, sumDays } from './history-days.ts';
import { HISTORY_DAYS_SHOWN } from './limits.ts';
import { noonOf } from './local-day.ts';

export const MEASURES = ['tokens', 'time', 'energy', 'data'] as const;
export type Measure = (typeof MEASURES)[number];

/** One day of the chart. */
export interface Bar {
  readonly day: string;
  readonly label: string;
  readonly text: string;
  /** Of the highest one, 0 to 1. */
  readonly fraction: number;
}

export interface HistoryChart {
  readonly bars: readonly Bar[];
  readonly from: string;
  readonly to: string;
  readonly most: string;
}

/** The last days as bars. */
export function describeChart(
  days: readonly HistoryDay[],
  measure: Measure,
  { watts, nowMs }: { readonly watts: number; readonly nowMs: number },
): HistoryChart {
  const shown = lastDays(days, nowMs, HISTORY_DAYS_SHOWN);
  const values = shown.map((day) => amountOf(day, measure, watts));
  const most = Math.max(...values);
  const bars = shown.map(({ day }, index): Bar => {
    const value = values[index] ?? 0;
    return {
      day,
      label: formatDay(day),
      text: formatValue(value, measure),
      fraction: most > 0 ? value / most : 0,
    };
  });
  return {
    bars,
    from: bars[0]?.label ?? '',
    to: bars.at(-1)?.label ?? '',
    most: formatValue(most, measure),
  };
}

/** Sums of one period in words, in the order of the rows of the table. */
export function listTotals(counts: DayCounts, watts: number): readonly string[] {
  return [
    formatCount(counts.tokens),
    formatCount(counts.answers),
    formatDuration(counts.activeMs),
    formatDuration(counts.busyMs),
    formatEnergy(energyOf(counts.busyMs, watts)),
    formatBytes(counts.bytesUp + counts.bytesDown),
  ];
}

/** Today, the days that are drawn, and all there are. */
export function sumPeriods(days: readonly HistoryDay[], nowMs: number): readonly DayCounts[] {
  const today = sumDays(lastDays(days, nowMs, 1));
  const month = sumDays(lastDays(days, nowMs, HISTORY_DAYS_SHOWN));
  return [today, month, sumDays(days)];
}

/** `14 Wh`, `1.2 kWh`. */
export function formatEnergy(wattHours: number): string {
  const write = (value: number, digits: number): string =>
    new Intl.NumberFormat(language.value, { maximumFractionDigits: digits }).format(value);
  return wattHours < 999.5
    ? t('contribute.energy.wattHours', { value: write(wattHours, wattHours < 10 ? 1 : 0) })
    : t('contribute.energy.kilowattHours', { value: write(wattHours / 1_000, 1) });
}

function amountOf(day: DayCounts, measure: Measure, watts: number): number {
  switch (measure) {
    case 'tokens':
      return day.tokens;
    case 'time':
      return day.activeMs;
    case 'energy':
      return energyOf(day.busyMs, watts);
    case 'data':
      return day.bytesUp + day.bytesDown;
    default:
      return measure satisfies never;
  }
}

function formatValue(value: number, measure: Measure): string {
  switch (measure) {
    case 'tokens':
      return formatCount(value);
    case 'time':
      return formatDuration(value);
    case 'energy':
      return formatEnergy(value);
    case 'data':
      return formatBytes(value);
    default:
      return measure satisfies never;
  }
}

function formatDay(day: string): string {
  const locale = language.value === 'en' ? 'en-GB' : language.value;
  return noonOf(day).toLocaleDateString(locale, { day: 'numeric', month: 'short' });
}
