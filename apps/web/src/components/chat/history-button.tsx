import { t } from '../../strings/language.ts';
import { ListIcon } from '../icon.tsx';

export interface HistoryButtonProps {
  readonly isShown: boolean;
  readonly onToggle: () => void;
}

/** Shows the list of conversations, beside the chat or over it. */
export function HistoryButton({ isShown, onToggle }: HistoryButtonProps) {
  return (
    <button
      type="button"
      class="button-quiet"
      data-testid="history-button"
      aria-expanded={isShown}
      onClick={onToggle}
    >
      <ListIcon />
      <span>{t('conversations.list.open')}</span>
    </button>
  );
}
