import { t } from '../../strings/language.ts';
import { CloseIcon } from '../icon.tsx';
import { useSite } from '../site-context.ts';
import { HistoryAll } from './history-all.tsx';
import { HistoryList } from './history-list.tsx';
import { HistoryReport } from './history-report.tsx';
import { HistorySearch } from './history-search.tsx';
import { HistoryUndo } from './history-undo.tsx';

const SHORTCUTS = ['begin', 'search', 'move', 'open', 'rename', 'remove'] as const;

export interface HistoryPanelProps {
  readonly titleId: string;
  /** A conversation was chosen. */
  readonly onOpen: () => void;
  /** Left out where nothing can be closed. */
  readonly onClose?: () => void;
}

/** The conversations of the chosen tier or circle. */
export function HistoryPanel({ titleId, onOpen, onClose }: HistoryPanelProps) {
  const { tiers } = useSite();
  const isCircle = tiers.tier.value === 'circle';
  return (
    <div class="history-panel">
      <div class="history-head">
        <h2 id={titleId}>{t('conversations.list.title')}</h2>
        {onClose === undefined ? null : (
          <button
            type="button"
            class="button-icon"
            data-testid="history-close"
            aria-label={t('conversations.list.close')}
            onClick={onClose}
          >
            <CloseIcon />
          </button>
        )}
      </div>
      <HistorySearch />
      <HistoryReport />
      <HistoryList onOpen={onOpen} />
      <div class="history-foot">
        <HistoryUndo />
        <HistoryAll />
        <p class="fine">
          {t(isCircle ? 'conversations.list.keptCircle' : 'conversations.list.kept')}
        </p>
        <details class="history-keys">
          <summary>{t('conversations.shortcuts.title')}</summary>
          <dl>
            {SHORTCUTS.map((name) => (
              <div key={name}>
                <dt>
                  <kbd>{t(`conversations.shortcuts.keys.${name}`)}</kbd>
                </dt>
                <dd>{t(`conversations.shortcuts.${name}`)}</dd>
              </div>
            ))}
          </dl>
        </details>
      </div>
    </div>
  );
}
