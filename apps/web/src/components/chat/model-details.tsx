import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { ModelOption } from '../../state/model-choice.ts';
import { describeCoverage } from '../../state/model-facts.ts';
import { t } from '../../strings/language.ts';
import { useSite } from '../site-context.ts';
import { ModelList } from './model-list.tsx';

/** What stands behind the name in the picker: coverage in a glance, and all models side by side on request. */
export function ModelDetails({ option }: { readonly option: ModelOption }) {
  const { tiers } = useSite();
  const isOpen = useSignal(false);
  return (
    <details
      class="model-details"
      data-testid="model-details"
      onToggle={(event) => {
        isOpen.value = event.currentTarget.open;
      }}
    >
      <summary>
        <span class={`dot coverage-${option.coverage.state}`} aria-hidden="true" />
        {describeCoverage(option, tiers.scope.value)}
        <span class="model-compare">{t('chat.model.compare')}</span>
      </summary>
      {isOpen.value ? <ComparedModels /> : null}
    </details>
  );
}

function ComparedModels() {
  const { blocked, chat, modelSpeeds, tiers } = useSite();
  const models = chat.models.value;
  const stagesMin = Number(chat.draft.value.stagesMin);
  const avoid = blocked.list.value.map(({ identity }) => identity);
  const answering = models.flatMap(({ entry, coverage }) =>
    coverage.state === 'full' && entry.modelRoot !== undefined ? [entry.modelRoot] : [],
  );
  // Whoever comes or goes may change a speed; the relay's report of it may not ask for more than that.
  const standing = models.map(({ coverage }) => coverage.label).join();
  useEffect(() => {
    void modelSpeeds.predict(answering, {
      stagesMin: Number.isInteger(stagesMin) ? Math.max(1, stagesMin) : 1,
      avoid,
    });
  }, [standing, answering.join(), avoid.join(), stagesMin, tiers.scope.value, modelSpeeds]);
  return <ModelList />;
}
