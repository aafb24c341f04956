import { t } from '../../strings/language.ts';
import { PlusIcon } from '../icon.tsx';
import { useSite } from '../site-context.ts';

/** An empty conversation; the one before stays in the list, where there is one. */
export function NewChatButton() {
  const { chat, conversations } = useSite();
  return (
    <button
      type="button"
      class="button-quiet"
      data-testid="chat-new"
      title={conversations.isListed ? t('chat.toolbar.beginKeys') : undefined}
      disabled={chat.turns.value.length === 0}
      onClick={chat.clear}
    >
      <PlusIcon />
      <span>{t('chat.toolbar.begin')}</span>
    </button>
  );
}
