import { BenchTable } from '../components/bench-table.tsx';
import { CopyButton } from '../components/copy-button.tsx';
import { StopIcon } from '../components/icon.tsx';
import { ErrorNotice, Notice } from '../components/notice.tsx';
import { useSite } from '../components/site-context.ts';
import type { BenchState } from '../state/bench.ts';
import {
  type BenchRowView,
  benchAsJson,
  describeBenchProgress,
  describeRow,
} from '../state/bench-view.ts';

export function BenchPage() {
  const { bench, contribution } = useSite();
  const state = bench.state.value;
  const retry = () => void bench.run();
  return (
    <>
      <header class="page-head">
        <h1>How fast is this device?</h1>
        <p class="lead">
          Runs the engine on made-up weights in the shapes of published models, on the GPU and on
          the processor. Nothing is downloaded but the engine itself, and nothing is sent anywhere.
        </p>
      </header>
      {contribution.isActive.value ? (
        <Notice tone="warning" title="This tab contributes right now">
          <p>Other people’s work would share the device and spoil the figures. Stop it first.</p>
        </Notice>
      ) : null}
      {state.phase === 'failed' && state.error !== undefined ? (
        <ErrorNotice error={state.error} handlers={{ retry }} />
      ) : null}
      <Controls />
      {state.rows.length === 0 ? null : <BenchTable rows={listRows(state)} />}
      <Result />
    </>
  );
}

function listRows({ rows, device }: BenchState): readonly BenchRowView[] {
  return rows.map((row) => describeRow(row, device?.adapter?.isFallback));
}

function Controls() {
  const { bench } = useSite();
  const state = bench.state.value;
  const isRunning = state.phase === 'running';
  return (
    <section class="card bench-controls" aria-label="Run">
      <fieldset class="bench-extent" disabled={isRunning}>
        <legend>What to measure</legend>
        {EXTENTS.map(({ extent, title, detail }) => (
          <label key={extent} class="bench-choice">
            <input
              type="radio"
              name="bench-extent"
              checked={state.extent === extent}
              onChange={() => bench.choose(extent)}
            />
            <span>
              <strong>{title}</strong> <span class="fine">{detail}</span>
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
          <StopIcon /> Stop
        </button>
      ) : (
        <button
          type="button"
          class="button button-primary button-large"
          data-testid="bench-run"
          onClick={() => void bench.run()}
        >
          {state.rows.length === 0 ? 'Measure this device' : 'Measure again'}
        </button>
      )}
      <p class="bench-progress" role="status" data-testid="bench-phase" data-phase={state.phase}>
        {isRunning ? describeBenchProgress(state) : PHASE_WORDS[state.phase]}
      </p>
      {isRunning ? (
        <progress max={state.caseCount} value={state.rows.length} aria-label="Progress" />
      ) : null}
    </section>
  );
}

const EXTENTS = [
  { extent: 'quick', title: 'Quick', detail: 'one small model, two types; under a minute' },
  { extent: 'full', title: 'Everything', detail: 'three models, four types; minutes, up to 1 GB' },
] as const;

const PHASE_WORDS = {
  idle: 'Nothing is computed before you press the button.',
  running: '',
  done: 'Done.',
  stopped: 'Stopped. What was measured stands below.',
  failed: 'It did not work.',
};

function Result() {
  const { bench } = useSite();
  const state = bench.state.value;
  if (state.phase === 'running' || state.rows.length === 0) return null;
  const { userAgent, hardwareConcurrency } = navigator;
  return (
    <section class="bench-result" aria-label="Result">
      <CopyButton
        text={benchAsJson(state, userAgent, hardwareConcurrency)}
        label="Copy the result"
      />
      <p class="fine">
        Figures are medians for blocks alone: embedding and head are not counted. They depend on
        what else this device does, its heat and its battery.
      </p>
    </section>
  );
}
