import { useEffect } from 'preact/hooks';
import { useSite } from '../site-context.ts';

/** Escape stops an answer, Ctrl+Shift+O begins anew, / searches. */
export function useChatKeys(showHistory: () => void): void {
  const { chat } = useSite();
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.isComposing || event.defaultPrevented) return;
      const isCommand = (event.ctrlKey || event.metaKey) && event.shiftKey && !event.altKey;
      if (event.key === 'Escape' && !isInDialog(event.target)) chat.stop();
      else if (isCommand && event.code === 'KeyO') {
        event.preventDefault();
        chat.clear();
        document.querySelector<HTMLElement>('[data-testid="chat-input"]')?.focus();
      } else if (event.key === '/' && !isTyping(event.target)) {
        event.preventDefault();
        showHistory();
        requestAnimationFrame(() => document.querySelector<HTMLElement>('.history-query')?.focus());
      }
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, [chat, showHistory]);
}

/** There Escape closes the dialog, and nothing behind it is meant. */
function isInDialog(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('dialog') !== null;
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, textarea, select, dialog') !== null;
}
