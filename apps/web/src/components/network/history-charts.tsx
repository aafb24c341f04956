import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { type ChartRange, chartHistory } from '../../state/network-chart.ts';
import type { HistoryState } from '../../state/network-history.ts';
import { t } from '../../strings/language.ts';
import { useSite } from '../site-context.ts';
import { TimeChart } from './time-chart.tsx';

const RANGES: readonly ChartRange[] = ['hour', 'day'];

/** What the relay counted over time, where it keeps a history. */
export function HistoryCharts() {
  const { networkHistory } = useSite();
  const range = useSignal<ChartRange>('hour');
  useEffect(() => networkHistory.watch(), [networkHistory]);
  const state = networkHistory.state.value;
  return (
    <section
      class="card network-history"
      aria-labelledby="history-title"
      data-testid="network-history"
      data-state={state.kind}
    >
      <div class="network-model-head">
        <h2 id="history-title">{t('network.charts.title')}</h2>
        {state.kind === 'read' && state.history.samples.length > 0 ? (
          <fieldset class="range-choice">
            <legend class="visually-hidden">{t('network.charts.range')}</legend>
            {RANGES.map((one) => (
              <label key={one}>
                <input
                  type="radio"
                  name="history-range"
                  checked={range.value === one}
                  onChange={() => {
                    range.value = one;
                  }}
                />
                {t(`network.charts.${one}`)}
              </label>
            ))}
          </fieldset>
        ) : null}
      </div>
      <Charts state={state} range={range.value} />
    </section>
  );
}

function Charts({ state, range }: { readonly state: HistoryState; readonly range: ChartRange }) {
  const { networkHistory } = useSite();
  switch (state.kind) {
    case 'reading':
      return <p role="status">{t('network.charts.reading')}</p>;
    case 'none':
      return <p>{t('network.charts.none')}</p>;
    case 'failed':
      return (
        <div class="network-history-failed">
          <p class="tone-bad" role="alert">
            {t('network.charts.failed')}
          </p>
          <button
            type="button"
            class="button button-small"
            onClick={() => void networkHistory.retry()}
          >
            {t('network.charts.retry')}
          </button>
        </div>
      );
    case 'read':
      // One count is no line.
      if (state.history.samples.length < 2) return <p>{t('network.charts.empty')}</p>;
      return (
        <>
          <div class="network-charts">
            <TimeChart view={chartHistory(state.history, range, 'volunteers')} />
            <TimeChart view={chartHistory(state.history, range, 'tokens')} />
          </div>
          <p class="fine">{t('network.charts.note')}</p>
        </>
      );
    default:
      return state satisfies never;
  }
}
