import { t } from '../strings/language.ts';
import { formatCount, formatHourMinute } from './format.ts';
import { CHART_TABLE_ROWS } from './limits.ts';
import type { History, HistorySample } from './network-history.ts';

export type ChartRange = 'hour' | 'day';
export type ChartQuantity = 'tokens' | 'volunteers';

/** A line over time, with the words for who does not see it. */
export interface ChartView {
  readonly quantity: ChartQuantity;
  readonly title: string;
  /** Seconds since 1970, and a value for each; nothing where the relay did not count. */
  readonly times: readonly number[];
  readonly values: readonly (number | null)[];
  readonly summary: string;
  readonly rows: readonly ChartRow[];
}

export interface ChartRow {
  readonly key: number;
  readonly time: string;
  readonly value: string;
}

const RANGE_S: Record<ChartRange, number> = { hour: 3_600, day: 86_400 };

/** The last hour or day that was counted, seen from its last sample. */
export function chartHistory(
  { samples, everyS }: History,
  range: ChartRange,
  quantity: ChartQuantity,
): ChartView {
  const last = samples.at(-1)?.at ?? 0;
  const shown = samples.filter(({ at }) => at > last - RANGE_S[range]);
  const { times, values } = drawLine(shown, everyS, quantity);
  return {
    quantity,
    title: t(`network.charts.${quantity}.title`),
    times,
    values,
    summary: summarize(shown, quantity),
    rows: listRows(shown, quantity),
  };
}

/** A relay that stood still leaves a gap, not a straight line. */
function drawLine(samples: readonly HistorySample[], everyS: number, quantity: ChartQuantity) {
  const times: number[] = [];
  const values: (number | null)[] = [];
  for (const sample of samples) {
    const before = times.at(-1);
    if (before !== undefined && sample.at - before > 1.5 * everyS) {
      times.push(before + everyS);
      values.push(null);
    }
    times.push(sample.at);
    values.push(sample[quantity]);
  }
  return { times, values };
}

function summarize(samples: readonly HistorySample[], quantity: ChartQuantity): string {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined) return t('network.charts.empty');
  const values = samples.map((sample) => sample[quantity]);
  const total = values.reduce((sum, value) => sum + value, 0);
  const most = Math.max(...values);
  return t(`network.charts.${quantity}.summary`, {
    // The noun that is counted: all tokens, or the most volunteers.
    count: quantity === 'tokens' ? total : most,
    from: formatHourMinute(first.at * 1_000),
    to: formatHourMinute(last.at * 1_000),
    total: formatCount(total),
    least: formatCount(Math.min(...values)),
    most: formatCount(most),
    last: formatCount(last[quantity]),
  });
}

/** What stands at one place of the line. */
export function describePoint({ quantity, times, values }: ChartView, index: number): string {
  const time = formatHourMinute((times[index] ?? 0) * 1_000);
  const value = values[index];
  if (value === undefined || value === null) return t('network.charts.notCounted', { time });
  return t(`network.charts.${quantity}.at`, { count: value, time, value: formatCount(value) });
}

/** A table that is not longer than people read: tokens add up, of volunteers the most count. */
function listRows(samples: readonly HistorySample[], quantity: ChartQuantity): readonly ChartRow[] {
  const size = Math.max(1, Math.ceil(samples.length / CHART_TABLE_ROWS));
  const rows: ChartRow[] = [];
  for (let start = 0; start < samples.length; start += size) {
    const group = samples.slice(start, start + size);
    const [first, last] = [group[0]?.at ?? 0, group.at(-1)?.at ?? 0];
    const values = group.map((sample) => sample[quantity]);
    const value =
      quantity === 'tokens' ? values.reduce((sum, one) => sum + one, 0) : Math.max(...values);
    const [from, to] = [formatHourMinute(first * 1_000), formatHourMinute(last * 1_000)];
    rows.push({
      key: first,
      time: from === to ? from : `${from}–${to}`,
      value: formatCount(value),
    });
  }
  return rows;
}
