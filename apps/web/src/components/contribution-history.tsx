import { useEffect, useState } from 'preact/hooks';
import { formatCount } from '../state/format.ts';
import {
  describeChart,
  listTotals,
  MEASURES,
  type Measure,
  sumPeriods,
} from '../state/history-view.ts';
import { WATTS_MAX, WATTS_MIN } from '../state/limits.ts';
import { t } from '../strings/language.ts';
import { HistoryChart } from './history-chart.tsx';
import { useSite } from './site-context.ts';

/** What this browser gave, day by day, on this device alone. */
export function ContributionHistory() {
  const { contributionHistory: history, energy } = useSite();
  const [measure, setMeasure] = useState<Measure>('tokens');
  useEffect(() => void history.refresh(), [history]);
  const days = history.days.value;
  const watts = energy.watts.value;
  const nowMs = Date.now();
  return (
    <section class="card history" aria-labelledby="history-title" data-testid="history">
      <h2 id="history-title">{t('contribute.history.title')}</h2>
      <p class="fine">
        {history.isKept.value ? t('contribute.history.intro') : t('contribute.history.notKept')}
      </p>
      {days.length === 0 ? (
        <p>{t('contribute.history.none')}</p>
      ) : (
        <>
          <MeasurePicker measure={measure} onChoose={setMeasure} />
          <HistoryChart chart={describeChart(days, measure, { watts, nowMs })} measure={measure} />
          <Totals columns={sumPeriods(days, nowMs).map((counts) => listTotals(counts, watts))} />
        </>
      )}
      <WattsField />
      {days.length === 0 ? null : <DeleteHistory dayCount={days.length} />}
    </section>
  );
}

function MeasurePicker(props: {
  readonly measure: Measure;
  readonly onChoose: (measure: Measure) => void;
}) {
  return (
    <fieldset class="measures">
      <legend class="visually-hidden">{t('contribute.history.measure')}</legend>
      {MEASURES.map((each) => (
        <label key={each} class="measure">
          <input
            type="radio"
            name="history-measure"
            class="visually-hidden"
            data-testid={`history-${each}`}
            checked={props.measure === each}
            onChange={() => props.onChoose(each)}
          />
          <span>{t(`contribute.history.measures.${each}`)}</span>
        </label>
      ))}
    </fieldset>
  );
}

const ROWS = ['tokens', 'answers', 'active', 'busy', 'energy', 'data'] as const;
const PERIODS = ['today', 'month', 'ever'] as const;

function Totals({ columns }: { readonly columns: readonly (readonly string[])[] }) {
  return (
    <table class="history-totals">
      <thead>
        <tr>
          <th scope="col">
            <span class="visually-hidden">{t('contribute.history.period')}</span>
          </th>
          {PERIODS.map((period) => (
            <th key={period} scope="col">
              {t(`contribute.history.${period}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {ROWS.map((row, index) => (
          <tr key={row} data-testid={`total-${row}`}>
            <th scope="row">{t(`contribute.history.totals.${row}`)}</th>
            {columns.map((column, period) => (
              <td key={PERIODS[period]}>{column[index]}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function WattsField() {
  const { energy } = useSite();
  const watts = energy.watts.value;
  return (
    <div class="field watts">
      <label class="field-label" for="watts">
        {t('contribute.energy.label')}
      </label>
      <span class="watts-row">
        <input
          id="watts"
          type="number"
          inputMode="numeric"
          data-testid="watts"
          min={WATTS_MIN}
          max={WATTS_MAX}
          value={watts}
          aria-describedby="watts-hint"
          onChange={(event) => {
            energy.change(event.currentTarget.valueAsNumber);
            // What was out of bounds, or nothing, is shown as it was taken.
            event.currentTarget.value = String(energy.watts.value);
          }}
        />
        <span>{t('contribute.energy.unit')}</span>
      </span>
      <span class="field-hint" id="watts-hint">
        {t('contribute.energy.hint', { watts: formatCount(watts) })}
      </span>
    </div>
  );
}

/** Asks once more where it stands, since it cannot be taken back. */
function DeleteHistory({ dayCount }: { readonly dayCount: number }) {
  const { contributionHistory: history } = useSite();
  const [isAsking, setAsking] = useState(false);
  const [hasFailed, setFailed] = useState(false);
  if (!isAsking) {
    return (
      <button
        type="button"
        class="button button-small history-delete"
        data-testid="history-delete"
        onClick={() => setAsking(true)}
      >
        {t('contribute.history.delete')}
      </button>
    );
  }
  const deleteAll = (): void => {
    history.deleteAll().then(
      () => setAsking(false),
      () => setFailed(true),
    );
  };
  return (
    <div class="history-sure" role="alertdialog" aria-labelledby="history-sure">
      <p id="history-sure">{t('contribute.history.deleteSure', { count: dayCount })}</p>
      <button
        type="button"
        class="button button-small button-danger"
        data-testid="history-delete-sure"
        ref={(button) => button?.focus()}
        onClick={deleteAll}
      >
        {t('contribute.history.deleteYes')}
      </button>
      <button type="button" class="button button-small" onClick={() => setAsking(false)}>
        {t('contribute.history.deleteNo')}
      </button>
      {hasFailed ? (
        <p class="field-error" role="alert">
          {t('contribute.history.deleteFailed')}
        </p>
      ) : null}
    </div>
  );
}
