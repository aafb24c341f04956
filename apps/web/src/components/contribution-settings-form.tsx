import { BACKENDS } from '@manyhands/engine/worker/choose-backend';
import { canShareMemory, chooseThreads } from '@manyhands/engine/worker/choose-threads';
import { MEMORY_STEPS } from '../state/contribution-settings.ts';
import { formatBytes } from '../state/format.ts';
import { describeHoldable } from '../state/model-choice.ts';
import { t } from '../strings/language.ts';
import { ContributionPresets } from './contribution-presets.tsx';
import { GuestFields } from './guest-fields.tsx';
import { RelayOnlyField, TakesRelayedField } from './path-fields.tsx';
import { ShareSlider } from './share-slider.tsx';
import { useSite } from './site-context.ts';
import { Slider } from './slider.tsx';

/** How much this tab gives: a preset, and each limit behind it. Memory and model apply at the next start. */
export function ContributionSettingsForm() {
  const { contribution } = useSite();
  const { memoryBytes } = contribution.settings.value;
  const isActive = contribution.isActive.value;
  return (
    <form
      class="card limits"
      aria-labelledby="limits-title"
      onSubmit={(event) => event.preventDefault()}
    >
      <h2 id="limits-title">{t('contribute.limits.title')}</h2>
      <ModelSelect isDisabled={isActive} />
      <ContributionPresets />
      <details class="limits-details">
        <summary data-testid="limits-details">{t('contribute.limits.details')}</summary>
        <div class="limits-fields">
          <BackendSelect isDisabled={isActive} />
          <ThreadsSelect isDisabled={isActive} />
          <Slider
            id="memory-limit"
            label={t('contribute.limits.memory')}
            value={formatBytes(memoryBytes)}
            hint={isActive ? t('contribute.limits.stopFirst') : t('contribute.limits.memoryHint')}
            isDisabled={isActive}
            min={0}
            max={MEMORY_STEPS.length - 1}
            step={1}
            position={MEMORY_STEPS.indexOf(memoryBytes)}
            onMove={(step) =>
              contribution.change({ memoryBytes: MEMORY_STEPS[step] ?? memoryBytes })
            }
          />
          <ShareSlider id="gpu-limit" />
          <GuestFields />
          <RelayOnlyField />
          <TakesRelayedField />
        </div>
      </details>
    </form>
  );
}

function ModelSelect({ isDisabled }: { readonly isDisabled: boolean }) {
  const { contribution, catalog } = useSite();
  const { modelId } = contribution.settings.value;
  const entries = catalog.entries.value;
  const chosen = entries.find((entry) => entry.id === modelId);
  const isKnown = entries.some((entry) => entry.id === modelId && entry.status === 'ready');
  return (
    <label class="field">
      <span class="field-label">{t('contribute.limits.model')}</span>
      <select
        data-testid="contribute-model"
        disabled={isDisabled}
        value={isKnown && modelId !== null ? modelId : ''}
        onChange={(event) => contribution.change({ modelId: event.currentTarget.value || null })}
      >
        <option value="">{t('contribute.limits.whatever')}</option>
        {entries.map((entry) => (
          <option key={entry.id} value={entry.id} disabled={entry.status !== 'ready'}>
            {describeHoldable(entry)}
          </option>
        ))}
      </select>
      {chosen?.embedding === undefined ? null : (
        <span class="field-hint">{t('contribute.limits.embeddingHint')}</span>
      )}
    </label>
  );
}

const CHOICES = ['auto', ...BACKENDS] as const;

function BackendSelect({ isDisabled }: { readonly isDisabled: boolean }) {
  const { contribution } = useSite();
  return (
    <label class="field">
      <span class="field-label">{t('contribute.limits.compute')}</span>
      <select
        data-testid="contribute-backend"
        disabled={isDisabled}
        value={contribution.settings.value.backend}
        onChange={(event) => {
          const backend = CHOICES.find((each) => each === event.currentTarget.value);
          if (backend !== undefined) contribution.change({ backend });
        }}
      >
        {CHOICES.map((backend) => (
          <option key={backend} value={backend}>
            {t(`contribute.limits.backends.${backend}`)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Nothing to choose where the page is not isolated, as on another host: then one thread computes. */
function ThreadsSelect({ isDisabled }: { readonly isDisabled: boolean }) {
  const { contribution } = useSite();
  const choices = listThreads(canShareMemory() ? navigator.hardwareConcurrency : 1);
  if (choices.length < 2) return null;
  const auto = chooseThreads(undefined, navigator.hardwareConcurrency);
  return (
    <label class="field">
      <span class="field-label">{t('contribute.limits.threads')}</span>
      <select
        data-testid="contribute-threads"
        disabled={isDisabled}
        value={contribution.settings.value.threads ?? ''}
        onChange={(event) => {
          contribution.change({ threads: Number(event.currentTarget.value) || null });
        }}
      >
        <option value="">{t('contribute.limits.threadsAuto', { count: auto })}</option>
        {choices.map((threads) => (
          <option key={threads} value={threads}>
            {threads}
          </option>
        ))}
      </select>
      <span class="field-hint">{t('contribute.limits.threadsHint')}</span>
    </label>
  );
}

function listThreads(processorCount: number): readonly number[] {
  const most = chooseThreads(processorCount, processorCount);
  return Array.from({ length: most }, (_, i) => i + 1);
}
