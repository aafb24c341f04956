import { Composer } from '../components/chat/composer.tsx';
import { Conversation } from '../components/chat/conversation.tsx';
import { PlusIcon } from '../components/icon.tsx';
import { RelayNotice } from '../components/relay-notice.tsx';
import { useSite } from '../components/site-context.ts';
import { StorageAccess } from './storage-access.tsx';

/** The conversation, without what a whole page has around it. */
export function ChatView() {
  const { chat, catalog } = useSite();
  const chosen = chat.model.value;
  return (
    <section class="embed-chat" aria-label="Chat">
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
                {catalog.isKnown.value ? 'No model is ready' : 'Reading the list of models…'}
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
          data-testid="chat-new"
          disabled={chat.turns.value.length === 0}
          onClick={chat.clear}
        >
          <PlusIcon />
          <span>New</span>
        </button>
      </div>
      <RelayNotice />
      <Conversation />
      <Composer />
      <StorageAccess />
    </section>
  );
}
