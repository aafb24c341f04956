import { BenchTable } from '../components/bench-table.tsx';
import { CopyButton } from '../components/copy-button.tsx';
import { StopIcon } from '../components/icon.tsx';
import { ErrorNotice, Notice } from '../components/notice.tsx';
import { useSite } from '../components/site-context.ts';
import type { BenchState } from '../state/bench.ts';
import type { KeptBench } from '../state/bench-memory.ts';
import {
  type BenchRowView,
  benchAsJson,
  describeBefore,
  describeBenchProgress,
  describeRow,
} from '../state/bench-view.ts';
import { t } from '../strings/language.ts';

const EXTENTS = ['quick', 'full'] as const;

/** Measures the engine on this device, when a person asks for it. */

export function BenchPage() {
  const { bench, contribution } = useSite();
  const state = bench.state.value;
  const retry = () => void bench.run();
  return (
    <>
      <header class="page-head">
        <h1>{t('bench.title')}</h1>
        <p class="lead">{t('bench.lead')}</p>
      </header>
      {contribution.isActive.value ? (
        <Notice tone="warning" title={t('bench.contributing.title')}>
          <p>{t('bench.contributing.text')}</p>
        </Notice>
      ) : null}
      {state.phase === 'failed' && state.error !== undefined ? (
        <ErrorNotice error={state.error} handlers={{ retry }} />
      ) : null}
      <Controls />
      {state.rows.length === 0 ? null : <BenchTable rows={listRows(state, bench.before.value)} />}
      <Result />
    </>
  );
}

function listRows({ rows, device }: BenchState, before: KeptBench): readonly BenchRowView[] {
  return rows.map((row) => describeRow(row, device?.adapter?.isFallback, before));
}

function Controls() {
  const { bench } = useSite();
  const state = bench.state.value;
  const isRunning = state.phase === 'running';
  const before = describeBefore(bench.before.value);
  return (
    <section class="card bench-controls" aria-label={t('bench.run')}>
      <fieldset class="bench-extent" disabled={isRunning}>
        <legend>{t('bench.what')}</legend>
        {EXTENTS.map((extent) => (
          <label key={extent} class="bench-choice">
            <input
              type="radio"
              name="bench-extent"
              checked={state.extent === extent}
              onChange={() => bench.choose(extent)}
            />
            <span>
              <strong>{t(`bench.extents.${extent}.title`)}</strong>{' '}
              <span class="fine">{t(`bench.extents.${extent}.detail`)}</span>
            </span>
          </label>
        ))}
      </fieldset>
      {isRunning ? (
        <button
          type="button"
          class="button button-danger button-large"
          data-testid="bench-stop"
          onClick={bench.stop}
        >
          <StopIcon /> {t('bench.stop')}
        </button>
      ) : (
        <button
          type="button"
          class="button button-primary button-large"
          data-testid="bench-run"
          onClick={() => void bench.run()}
        >
          {t(state.rows.length === 0 ? 'bench.measure' : 'bench.again')}
        </button>
      )}
      <p class="bench-progress" role="status" data-testid="bench-phase" data-phase={state.phase}>
        {describePhase(state)}
      </p>
      {isRunning ? (
        <progress
          max={state.caseCount}
          value={state.rows.length}
          aria-label={t('bench.progressBar')}
        />
      ) : null}
      {state.phase === 'idle' && before !== '' ? <p class="fine">{before}</p> : null}
    </section>
  );
}

function describePhase(state: BenchState): string {
  if (state.phase === 'running') return describeBenchProgress(state);
  const isEmpty = state.phase === 'stopped' && state.rows.length === 0;
  return t(`bench.phases.${isEmpty ? 'stoppedEmpty' : state.phase}`);
}

function Result() {
  const { bench } = useSite();
  const state = bench.state.value;
  if (state.phase === 'running' || state.rows.length === 0) return null;
  const { userAgent, hardwareConcurrency } = navigator;
  return (
    <section class="bench-result" aria-label={t('bench.result')}>
      <CopyButton
        text={benchAsJson(state, userAgent, hardwareConcurrency)}
        label={t('bench.copy')}
      />
      <p class="fine">{t('bench.note')}</p>
    </section>
  );
}
