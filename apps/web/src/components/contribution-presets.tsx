import { limitsOf, PRESETS, type Preset } from '../state/contribution-presets.ts';
import { listPresetFigures } from '../state/preset-view.ts';
import { t } from '../strings/language.ts';
import { useSite } from './site-context.ts';

/** Three ways to give, each with what it means here; whoever moves a limit has their own. */
export function ContributionPresets() {
  const { contribution, environment } = useSite();
  const { settings, preset } = contribution;
  const isActive = contribution.isActive.value;
  const chosen = preset.value;
  return (
    <fieldset class="presets">
      <legend>{t('contribute.presets.legend')}</legend>
      {PRESETS.map((each) => (
        <PresetCard
          key={each}
          name={each}
          isChosen={chosen === each}
          figures={listPresetFigures(limitsOf(each, environment.deviceMemoryGb))}
          onChoose={() => contribution.applyPreset(each)}
        />
      ))}
      {chosen === 'custom' ? (
        <PresetCard
          name="custom"
          isChosen={true}
          figures={listPresetFigures(settings.value)}
          onChoose={() => undefined}
        />
      ) : null}
      {isActive ? <p class="field-hint">{t('contribute.presets.atStart')}</p> : null}
    </fieldset>
  );
}

function PresetCard(props: {
  readonly name: Preset | 'custom';
  readonly isChosen: boolean;
  readonly figures: readonly string[];
  readonly onChoose: () => void;
}) {
  const { name, isChosen, figures } = props;
  const figuresId = `preset-${name}-figures`;
  return (
    <label class="preset">
      <input
        type="radio"
        name="preset"
        data-testid={`preset-${name}`}
        checked={isChosen}
        aria-describedby={figuresId}
        onChange={props.onChoose}
      />
      <span class="preset-name">{t(`contribute.presets.names.${name}`)}</span>
      <span class="preset-figures" id={figuresId}>
        {joinFigures(figures)}
      </span>
    </label>
  );
}

/** No line begins with the dot, or with the unit of a number. */
function joinFigures(figures: readonly string[]): string {
  return figures.map((figure) => figure.replace(/(\d) (?=\S)/g, '$1\u00a0')).join('\u00a0· ');
}
