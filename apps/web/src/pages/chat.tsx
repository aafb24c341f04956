import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { ChatSettingsPanel } from '../components/chat/chat-settings-panel.tsx';
import { ChatToolbar } from '../components/chat/chat-toolbar.tsx';
import { Composer } from '../components/chat/composer.tsx';
import { Conversation } from '../components/chat/conversation.tsx';
import { LocalPanel } from '../components/chat/local-panel.tsx';
import { TierPicker } from '../components/circle/tier-picker.tsx';
import { ErrorNotice } from '../components/notice.tsx';
import { RelayNotice } from '../components/relay-notice.tsx';
import { useSite } from '../components/site-context.ts';

export function ChatPage() {
  const { chat, environment, tiers } = useSite();
  const isSettingsOpen = useSignal(false);
  const hasErrors = Object.keys(chat.draftErrors.value).length > 0;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !event.isComposing) chat.stop();
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, [chat]);
  return (
    <>
      <h1 class="visually-hidden">Chat</h1>
      <TierPicker name="chat" />
      <ChatToolbar
        isSettingsOpen={isSettingsOpen.value}
        onToggleSettings={() => {
          isSettingsOpen.value = !isSettingsOpen.value;
        }}
      />
      {tiers.tier.value === 'local' ? <LocalPanel /> : null}
      {isSettingsOpen.value || hasErrors ? <ChatSettingsPanel /> : null}
      {environment.isSecureContext ? (
        <RelayNotice />
      ) : (
        <ErrorNotice
          error={{ code: 'insecure-context', message: 'The page is not in a secure context.' }}
        />
      )}
      <Conversation />
      <Composer />
    </>
  );
}
