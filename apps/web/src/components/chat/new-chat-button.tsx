import { PlusIcon } from '../icon.tsx';
import { useSite } from '../site-context.ts';

/** Ends the conversation and begins an empty one. */
export function NewChatButton() {
  const { chat } = useSite();
  return (
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
  );
}
