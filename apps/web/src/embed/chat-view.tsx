import { Composer } from '../components/chat/composer.tsx';
import { Conversation } from '../components/chat/conversation.tsx';
import { ModelPicker } from '../components/chat/model-picker.tsx';
import { NewChatButton } from '../components/chat/new-chat-button.tsx';
import { RelayNotice } from '../components/relay-notice.tsx';
import { t } from '../strings/language.ts';
import { StorageAccess } from './storage-access.tsx';

/** The conversation, without what a whole page has around it. */
export function ChatView() {
  return (
    <section class="embed-chat" aria-label={t('embed.tabs.chat')}>
      <div class="chat-toolbar-row">
        <ModelPicker />
        <NewChatButton />
      </div>
      <RelayNotice />
      <Conversation />
      <Composer />
      <StorageAccess />
    </section>
  );
}
