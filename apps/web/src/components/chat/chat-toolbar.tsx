import type { ComponentChildren } from 'preact';
import { t } from '../../strings/language.ts';
import { SlidersIcon } from '../icon.tsx';
import { useSite } from '../site-context.ts';
import { ModelDetails } from './model-details.tsx';
import { ModelPicker } from './model-picker.tsx';
import { NewChatButton } from './new-chat-button.tsx';

export interface ChatToolbarProps {
  /** The button of the list of conversations. */
  readonly history: ComponentChildren;
  readonly isSettingsOpen: boolean;
  readonly onToggleSettings: () => void;
}

/** Which model answers, and the ways to change the conversation as a whole. */
export function ChatToolbar({ history, isSettingsOpen, onToggleSettings }: ChatToolbarProps) {
  const { chat } = useSite();
  const chosen = chat.model.value;
  return (
    <div class="chat-toolbar">
      <div class="chat-toolbar-row">
        {history}
        <ModelPicker />
        <button
          type="button"
          class="button-quiet"
          data-testid="chat-advanced"
          aria-expanded={isSettingsOpen}
          aria-controls="chat-settings"
          onClick={onToggleSettings}
        >
          <SlidersIcon />
          <span>{t('chat.toolbar.advanced')}</span>
        </button>
        <NewChatButton />
      </div>
      {chosen === undefined ? null : <ModelDetails option={chosen} />}
    </div>
  );
}
