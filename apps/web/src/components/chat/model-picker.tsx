import { t } from '../../strings/language.ts';
import { useSite } from '../site-context.ts';

/** Which model answers. */
export function ModelPicker() {
  const { chat, catalog } = useSite();
  const chosen = chat.model.value;
  const isEmpty = chat.models.value.length === 0;
  return (
    <label class="model-picker">
      <span class="visually-hidden">{t('chat.model.label')}</span>
      <select
        data-testid="model-picker"
        value={chosen?.entry.id ?? ''}
        disabled={chosen === undefined}
        onChange={(event) => chat.chooseModel(event.currentTarget.value)}
      >
        {chosen === undefined ? (
          <option value="">
            {isEmpty && !catalog.isKnown.value ? t('chat.model.reading') : t('chat.model.none')}
          </option>
        ) : null}
        {chat.models.value.map((option) => (
          <option key={option.entry.id} value={option.entry.id} disabled={!option.isSelectable}>
            {option.label}
          </option>
        ))}
      </select>
    </label>
  );
}
