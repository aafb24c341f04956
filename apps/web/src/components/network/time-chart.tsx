import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { type ChartView, describePoint } from '../../state/network-chart.ts';
import { language, t } from '../../strings/language.ts';
import type { DrawnChart } from './draw-chart.ts';
import { watchTheme } from './watch-theme.ts';

/** A line over time: seen, walked through with arrow keys, told in a sentence, and read as a table. */
export function TimeChart({ view }: { readonly view: ChartView }) {
  const titleId = `chart-${view.quantity}`;
  return (
    <figure class="time-chart" data-testid="time-chart" data-quantity={view.quantity}>
      <figcaption id={titleId}>{view.title}</figcaption>
      <Line view={view} titleId={titleId} />
      <p class="fine" id={`${titleId}-summary`}>
        {view.summary}
      </p>
      <ChartTable view={view} />
    </figure>
  );
}

function Line({ view, titleId }: { readonly view: ChartView; readonly titleId: string }) {
  const host = useRef<HTMLDivElement>(null);
  const drawn = useRef<DrawnChart>(undefined);
  const marked = useSignal<number | undefined>(undefined);
  const { quantity, times, values } = view;
  const latest = useRef(view);
  latest.current = view;
  useEffect(() => {
    let isGone = false;
    const element = host.current;
    const start = async (): Promise<void> => {
      const { drawChart } = await import('./draw-chart.ts');
      if (isGone || element === null) return;
      const options = {
        label: latest.current.title,
        isStepped: quantity === 'volunteers',
        onMark: (index: number | undefined) => {
          marked.value = index;
        },
      };
      drawn.current = drawChart(element, options, latest.current.times, latest.current.values);
    };
    // Without the drawing, the sentence and the table below say the same.
    start().catch(() => undefined);
    const unwatch = watchTheme(() => drawn.current?.redraw());
    return () => {
      isGone = true;
      unwatch();
      drawn.current?.dispose();
      drawn.current = undefined;
    };
  }, [quantity, marked]);
  useEffect(() => drawn.current?.setData(times, values), [times.at(-1), times[0], times.length]);
  useEffect(() => drawn.current?.redraw(), [language.value]);
  const move = (event: KeyboardEvent): void => {
    const next = nextIndex(event.key, marked.value, times.length);
    if (next === undefined) return;
    event.preventDefault();
    drawn.current?.mark(next);
  };
  return (
    <>
      <div
        ref={host}
        class="time-chart-line"
        role="slider"
        tabIndex={0}
        aria-labelledby={titleId}
        aria-describedby={`${titleId}-summary`}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, times.length - 1)}
        aria-valuenow={marked.value ?? Math.max(0, times.length - 1)}
        aria-valuetext={describePoint(view, marked.value ?? times.length - 1)}
        onKeyDown={move}
      />
      <p class="time-chart-point" aria-hidden="true">
        {marked.value === undefined ? t('network.charts.keys') : describePoint(view, marked.value)}
      </p>
    </>
  );
}

function nextIndex(key: string, now: number | undefined, count: number): number | undefined {
  const last = count - 1;
  const at = now ?? last;
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return Math.max(0, at - 1);
    case 'ArrowRight':
    case 'ArrowUp':
      return Math.min(last, at + 1);
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return undefined;
  }
}

function ChartTable({ view }: { readonly view: ChartView }) {
  if (view.rows.length === 0) return null;
  return (
    <details class="time-chart-table">
      <summary>{t('network.charts.table')}</summary>
      <table>
        <caption class="visually-hidden">{view.title}</caption>
        <thead>
          <tr>
            <th scope="col">{t('network.charts.time')}</th>
            <th scope="col">{t(`network.charts.${view.quantity}.column`)}</th>
          </tr>
        </thead>
        <tbody>
          {view.rows.map((row) => (
            <tr key={row.key}>
              <th scope="row">{row.time}</th>
              <td>{row.value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
