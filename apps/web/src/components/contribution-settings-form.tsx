import { MEMORY_STEPS } from '../state/contribution-settings.ts';
import { formatBytes } from '../state/format.ts';
import { describeHoldable } from '../state/model-choice.ts';
import { GuestFields } from './guest-fields.tsx';
import { RelayOnlyField, TakesRelayedField } from './path-fields.tsx';
import { ShareSlider } from './share-slider.tsx';
import { useSite } from './site-context.ts';
import { Slider } from './slider.tsx';

/** The limits of the contribution. Memory and model apply at the next start, the GPU share at once. */
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
      <h2 id="limits-title">Limits</h2>
      <ModelSelect isDisabled={isActive} />
      <BackendSelect isDisabled={isActive} />
      <Slider
        id="memory-limit"
        label="Memory at most"
        value={formatBytes(memoryBytes)}
        hint={isActive ? 'Stop to change this.' : 'For blocks and for running conversations.'}
        isDisabled={isActive}
        min={0}
        max={MEMORY_STEPS.length - 1}
        step={1}
        position={MEMORY_STEPS.indexOf(memoryBytes)}
        onMove={(step) => contribution.change({ memoryBytes: MEMORY_STEPS[step] ?? memoryBytes })}
      />
      <ShareSlider id="gpu-limit" />
      <GuestFields />
      <RelayOnlyField />
      <TakesRelayedField />
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
      <span class="field-label">Model</span>
      <select
        data-testid="contribute-model"
        disabled={isDisabled}
        value={isKnown && modelId !== null ? modelId : ''}
        onChange={(event) => contribution.change({ modelId: event.currentTarget.value || null })}
      >
        <option value="">Whatever is needed most</option>
        {entries.map((entry) => (
          <option key={entry.id} value={entry.id} disabled={entry.status !== 'ready'}>
            {describeHoldable(entry)}
          </option>
        ))}
      </select>
      {chosen?.embedding === undefined ? null : (
        <span class="field-hint">
          Runs whole in this tab. The program that runs it comes from this site: 4 to 7 MB more.
        </span>
      )}
    </label>
  );
}

const BACKEND_NAMES = {
  auto: 'Whatever is faster here',
  webgpu: 'The GPU (WebGPU)',
  wasm: 'The processor (WebAssembly)',
} as const;

function BackendSelect({ isDisabled }: { readonly isDisabled: boolean }) {
  const { contribution } = useSite();
  const names = Object.entries(BACKEND_NAMES) as [keyof typeof BACKEND_NAMES, string][];
  return (
    <label class="field">
      <span class="field-label">Compute with</span>
      <select
        data-testid="contribute-backend"
        disabled={isDisabled}
        value={contribution.settings.value.backend}
        onChange={(event) => {
          const chosen = names.find(([backend]) => backend === event.currentTarget.value);
          if (chosen !== undefined) contribution.change({ backend: chosen[0] });
        }}
      >
        {names.map(([backend, name]) => (
          <option key={backend} value={backend}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
