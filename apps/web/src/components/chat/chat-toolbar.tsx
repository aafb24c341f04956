import { PlusIcon, SlidersIcon } from '../icon.tsx';
import { useSite } from '../site-context.ts';
import { ModelDetails } from './model-details.tsx';

export interface ChatToolbarProps {
  readonly isSettingsOpen: boolean;
  readonly onToggleSettings: () => void;
}

/** Which model answers, and the two ways to change the conversation as a whole. */
export function ChatToolbar({ isSettingsOpen, onToggleSettings }: ChatToolbarProps) {
  const { chat, catalog } = useSite();
  const chosen = chat.model.value;
  const isEmpty = chat.models.value.length === 0;
  return (
    <div class="chat-toolbar">
      <div class="chat-toolbar-row">
        <label class="model-picker">
          <span class="visually-hidden">Model</span>
          <select
            data-testid="model-picker"
            value={chosen?.entry.id ?? ''}
            disabled={chosen === undefined}
            onChange={(event) => chat.chooseModel(event.currentTarget.value)}
          >
            {chosen === undefined ? (
              <option value="">
                {isEmpty && !catalog.isKnown.value
                  ? 'Reading the list of models…'
                  : 'No model is ready'}
              </option>
            ) : null}
            {chat.models.value.map((option) => (
              <option key={option.entry.id} value={option.entry.id} disabled={!option.isSelectable}>
                {option.label}
              </option>
            ))}
          </select>
        </label>
        <button
          type="button"
          class="button-quiet"
          data-testid="chat-advanced"
          aria-expanded={isSettingsOpen}
          aria-controls="chat-settings"
          onClick={onToggleSettings}
        >
          <SlidersIcon />
          <span>Advanced</span>
        </button>
        <button
          type="button"
          class="button-quiet"
          data-testid="chat-new"
          disabled={chat.turns.value.length === 0}
          onClick={chat.clear}
        >
          <PlusIcon />
          <span>New</span>
        </button>
      </div>
      {chosen === undefined ? null : <ModelDetails option={chosen} />}
    </div>
  );
}
