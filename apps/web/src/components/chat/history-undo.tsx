import { titleOf } from '../../state/conversation-view.ts';
import { formatCount } from '../../state/format.ts';
import { t } from '../../strings/language.ts';
import { useSite } from '../site-context.ts';

/** What was deleted a moment ago. The offer waits while the pointer or the focus is on it. */
export function HistoryUndo() {
  const { conversations } = useSite();
  const removal = conversations.removed.value;
  const [first] = removal?.records ?? [];
  const count = removal?.records.length ?? 0;
  return (
    <div role="status" class="history-undo-place">
      {first === undefined ? null : (
        <div
          class="history-undo"
          onPointerEnter={conversations.hold}
          onPointerLeave={conversations.release}
          onFocusIn={conversations.hold}
          onFocusOut={conversations.release}
        >
          <span>
            {count === 1
              ? t('conversations.undo.one', { title: titleOf(first) })
              : t('conversations.undo.many', { count, total: formatCount(count) })}
          </span>
          <button
            type="button"
            class="button button-small"
            data-testid="history-undo"
            onClick={conversations.undo}
          >
            {t('conversations.undo.undo')}
          </button>
        </div>
      )}
    </div>
  );
}
