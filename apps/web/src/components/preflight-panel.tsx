import type { CheckResult } from '@manyhands/peer/preflight/check';
import { useEffect, useState } from 'preact/hooks';
import { describeFinding, describePreflight, describeRemedy } from '../state/preflight.ts';
import { t } from '../strings/language.ts';
import { Rich } from './rich.tsx';
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
        <span class="preflight-more">{isOpen ? t('preflight.hide') : t('preflight.details')}</span>
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
          {isRunning ? t('preflight.checking') : t('preflight.checkAll')}
        </button>
        <p class="fine">{t('preflight.checkAllHint')}</p>
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
  const { id, level } = result;
  const remedy = describeRemedy(result);
  const text = t('preflight.named', {
    name: t(`preflight.names.${id}`),
    text: describeFinding(result),
  });
  return (
    <li class={`check check-${level}`} data-testid="check" data-check={id} data-level={level}>
      <span class="check-mark" aria-hidden="true">
        {MARKS[level]}
      </span>
      <div>
        <p>
          <Rich text={text} parts={{ name: (words) => <strong>{words}</strong> }} />
        </p>
        {remedy === undefined ? null : <p class="check-remedy">{remedy}</p>}
      </div>
    </li>
  );
}
