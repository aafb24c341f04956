import type { HistoryChart as Chart, Measure } from '../state/history-view.ts';
import { t } from '../strings/language.ts';

export interface HistoryChartProps {
  readonly chart: Chart;
  readonly measure: Measure;
}

/** A bar for each day, and below it the same as a table. */
export function HistoryChart({ chart, measure }: HistoryChartProps) {
  const { bars, from, to, most } = chart;
  const name = t(`contribute.history.measures.${measure}`);
  if (bars.every(({ fraction }) => fraction === 0)) {
    return <p class="fine">{t('contribute.history.noneOfIt')}</p>;
  }
  return (
    <>
      <div
        class="bars"
        role="img"
        aria-label={t('contribute.history.chart', { measure: name, from, to })}
      >
        {bars.map(({ day, label, text, fraction }) => (
          <span
            key={day}
            class="bar"
            title={t('contribute.history.barLabel', { day: label, value: text })}
          >
            <span
              class={fraction > 0 ? 'bar-fill' : ''}
              style={{ blockSize: `${fraction * 100}%` }}
            />
          </span>
        ))}
      </div>
      <p class="bars-axis fine" aria-hidden="true">
        <span>{from}</span>
        <span>{t('contribute.history.mostOf', { most })}</span>
        <span>{to}</span>
      </p>
      <details class="history-days">
        <summary>{t('contribute.history.table')}</summary>
        <div class="history-scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">{t('contribute.history.day')}</th>
                <th scope="col">{name}</th>
              </tr>
            </thead>
            <tbody>
              {bars.toReversed().map(({ day, label, text }) => (
                <tr key={day}>
                  <th scope="row">{label}</th>
                  <td>{text}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </>
  );
}
