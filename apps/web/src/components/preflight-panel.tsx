import type { CheckResult } from '@manyhands/peer/preflight/check';
import { useEffect, useState } from 'preact/hooks';
import { describePreflight, nameOfCheck } from '../state/preflight.ts';
import { useSite } from './site-context.ts';

/** Can this browser contribute? One line when all is well; opens by itself when it is not. */
export function PreflightPanel() {
  const { preflight } = useSite();
  const results = preflight.results.value;
  const isRunning = preflight.isRunning.value;
  const { tone, summary, results: sorted } = describePreflight(results, isRunning);
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    if (preflight.results.value.length === 0) void preflight.run('quiet');
  }, [preflight]);
  useEffect(() => {
    if (tone === 'bad') setOpen(true);
  }, [tone]);
  return (
    <details
      class={`preflight tone-${tone}`}
      data-testid="preflight"
      data-tone={tone}
      open={isOpen}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary>
        <span class="dot" aria-hidden="true" />
        <span role="status">{summary}</span>
        <span class="preflight-more">{isOpen ? 'Hide' : 'Details'}</span>
      </summary>
      <ul>
        {sorted.map((result) => (
          <CheckItem key={result.id} result={result} />
        ))}
      </ul>
      <div class="preflight-foot">
        <button
          type="button"
          class="button button-small"
          data-testid="preflight-run"
          disabled={isRunning}
          onClick={() => void preflight.run('thorough')}
        >
          {isRunning ? 'Checking…' : 'Check everything'}
        </button>
        <p class="fine">
          Also asks the browser for a GPU, and the relay’s STUN servers how your router treats
          connections. Nothing is downloaded or computed, and what is found stays in this page.
        </p>
      </div>
    </details>
  );
}

const MARKS: Record<CheckResult['level'], string> = {
  ok: '✓',
  warning: '!',
  problem: '✕',
  unknown: '?',
};

function CheckItem({ result }: { readonly result: CheckResult }) {
  const { id, level, text, remedy } = result;
  return (
    <li class={`check check-${level}`} data-testid="check" data-check={id} data-level={level}>
      <span class="check-mark" aria-hidden="true">
        {MARKS[level]}
      </span>
      <div>
        <p>
          <strong>{nameOfCheck(id)}:</strong> {text}
        </p>
        {remedy === undefined ? null : <p class="check-remedy">{remedy}</p>}
      </div>
    </li>
  );
}
