import { PRESET_NAMES, PRESETS, presetOf } from '../../state/chat-presets.ts';
import { t } from '../../strings/language.ts';
import { useSite } from '../site-context.ts';

/** How freely words are chosen, in one click. The values behind it stand below and can be changed. */
export function PresetPicker() {
  const { chat } = useSite();
  const chosen = presetOf(chat.draft.value);
  return (
    <fieldset class="style-presets" aria-describedby="preset-hint">
      <legend class="settings-legend">{t('chat.settings.presets.legend')}</legend>
      <div class="style-preset-row">
        {PRESET_NAMES.map((name) => (
          <label key={name} class="style-preset">
            <input
              type="radio"
              name="chat-preset"
              data-testid={`preset-${name}`}
              checked={chosen === name}
              onChange={() => chat.changeDraft(PRESETS[name])}
            />
            <span>{t(`chat.settings.presets.${name}`)}</span>
          </label>
        ))}
      </div>
      <p class="field-hint" id="preset-hint" role="status">
        {chosen === undefined
          ? t('chat.settings.presets.ownHint')
          : t(`chat.settings.presets.${chosen}Hint`)}
      </p>
    </fieldset>
  );
}
