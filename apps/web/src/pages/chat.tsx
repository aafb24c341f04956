import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { BlockedList } from '../components/chat/blocked-list.tsx';
import { ChatSettingsPanel } from '../components/chat/chat-settings-panel.tsx';
import { ChatToolbar } from '../components/chat/chat-toolbar.tsx';
import { Composer } from '../components/chat/composer.tsx';
import { Conversation } from '../components/chat/conversation.tsx';
import { HistoryButton } from '../components/chat/history-button.tsx';
import { HistoryDrawer } from '../components/chat/history-drawer.tsx';
import { HistoryNotices } from '../components/chat/history-notices.tsx';
import { HistoryPanel } from '../components/chat/history-panel.tsx';
import { HistoryUndo } from '../components/chat/history-undo.tsx';
import { LocalPanel } from '../components/chat/local-panel.tsx';
import { ReportDialog } from '../components/chat/report-dialog.tsx';
import { useChatKeys } from '../components/chat/use-chat-keys.ts';
import { useWide } from '../components/chat/use-wide.ts';
import { TierPicker } from '../components/circle/tier-picker.tsx';
import { ErrorNotice } from '../components/notice.tsx';
import { RelayNotice } from '../components/relay-notice.tsx';
import { useSite } from '../components/site-context.ts';
import { t } from '../strings/language.ts';

export function ChatPage() {
  const { conversations, history } = useSite();
  // Also where the list is not shown: what is wrong with it, and who answers elsewhere, is.
  useEffect(() => void conversations.load(), [conversations]);
  const isWide = useWide();
  const isBeside = isWide.value && history.isDocked.value;
  const isShown = isBeside || history.isDrawerOpen.value;
  const toggle = (): void => {
    if (isWide.peek()) history.toggleDock();
    else history.isDrawerOpen.value = true;
  };
  useChatKeys(() => {
    if (!isShown) toggle();
  });
  return (
    <>
      <h1 class="visually-hidden">{t('shell.pages.chat')}</h1>
      {isBeside ? (
        <aside class="history-beside" aria-labelledby="history-title">
          <HistoryPanel titleId="history-title" onOpen={() => undefined} />
        </aside>
      ) : null}
      <ChatColumn history={<HistoryButton isShown={isShown} onToggle={toggle} />} />
      {isWide.value ? null : <HistoryDrawer />}
      {isShown ? null : <HistoryUndo />}
    </>
  );
}

function ChatColumn({ history }: { readonly history: ComponentChildren }) {
  const { chat, environment, tiers } = useSite();
  const isSettingsOpen = useSignal(false);
  const hasErrors = Object.keys(chat.draftErrors.value).length > 0;
  return (
    <div class="chat-column">
      <TierPicker name="chat" />
      <ChatToolbar
        history={history}
        isSettingsOpen={isSettingsOpen.value}
        onToggleSettings={() => {
          isSettingsOpen.value = !isSettingsOpen.value;
        }}
      />
      {tiers.tier.value === 'local' ? <LocalPanel /> : null}
      {isSettingsOpen.value || hasErrors ? (
        <ChatSettingsPanel>
          <BlockedList />
        </ChatSettingsPanel>
      ) : null}
      {environment.isSecureContext ? (
        <RelayNotice />
      ) : (
        <ErrorNotice error={{ code: 'insecure-context', message: t('conversations.insecure') }} />
      )}
      <HistoryNotices />
      <Conversation />
      <Composer />
      <ReportDialog />
    </div>
  );
}
